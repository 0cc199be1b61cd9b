"""Faults below the answer itself: the same answer, sent as broken servers, proxies and lines send it.

A fault {"kind": "wire", "way": NAME} takes one of the WAYS. Each gets a Sending, and says whether the connection is
good for another request.
"""

import os
import re
import socket
import struct
import time
import zlib
from email.utils import formatdate

WAYS = {}
MIB = 1024 * 1024
BOMB_MIB = 300
STATUS_LINE = re.compile(rb"^HTTP/1\.1 [^\r]*")
LENGTH = re.compile(rb"Content-Length: \d+\r\n")


class Sending:
    """One answer on its way: head (with its blank line) and body as they should be, and the client's connection."""

    def __init__(self, connection, head, body, lifted, settings):
        self.connection, self.head, self.body, self.lifted, self.settings = connection, head, body, lifted, settings

    def send(self, *pieces):
        for piece in pieces:
            self.connection.sendall(piece)

    def head_with(self, *lines, status=None):
        """The head without its length, with these lines instead."""
        head = LENGTH.sub(b"", self.head)
        if status:
            head = STATUS_LINE.sub(b"HTTP/1.1 " + status.encode(), head)
        return head.removesuffix(b"\r\n") + b"".join(line.encode() + b"\r\n" for line in lines) + b"\r\n"

    def half(self):
        return self.body[:len(self.body) // 2]

    def reset(self):
        """The kernel sends RST instead of FIN when a socket is closed that lingers for no time."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())
        return False

    def stall(self):
        """Until the fault is lifted or the client hangs up."""
        self.connection.settimeout(0.1)
        while not self.lifted.is_set():
            try:
                if not self.connection.recv(4096):
                    break
            except TimeoutError:
                continue
        return False


def way(name):
    def add(function):
        WAYS[name] = function
        return function
    return add


def send(fault, connection, head, body):
    return WAYS[fault.settings["way"]](Sending(connection, head, body, fault.lifted, fault.settings))


# The connection goes away

@way("reset before the answer")
def reset_before(one):
    return one.reset()


@way("reset within the head")
def reset_in_head(one):
    one.send(one.head[:len(one.head) // 2])
    return one.reset()


@way("reset within the body")
def reset_in_body(one):
    one.send(one.head, one.half())
    return one.reset()


@way("reset after the answer")
def reset_after(one):
    one.send(one.head, one.body)
    return one.reset()


@way("closed within the head")
def closed_in_head(one):
    one.send(one.head[:len(one.head) // 2])
    return False


@way("closed within the body")
def closed_in_body(one):
    one.send(one.head, one.half())
    return False


@way("closed after the answer")
def closed_after(one):
    one.send(one.head, one.body)
    return False


# The connection stands still

@way("stalled within the head")
def stalled_in_head(one):
    one.send(one.head[:len(one.head) // 2])
    return one.stall()


@way("stalled within the body")
def stalled_in_body(one):
    one.send(one.head, one.half())
    return one.stall()


@way("a byte a second")
def trickle(one):
    one.send(one.head)
    for at in range(len(one.body)):
        one.send(one.body[at:at + 1])
        if one.lifted.wait(1):
            break
    return False


# The length is not what was told

@way("a length that is too large")
def too_long(one):
    one.send(one.head_with(f"Content-Length: {len(one.body) + 1000}"), one.body)
    return one.stall()


@way("a length that is too small")
def too_short(one):
    one.send(one.head_with(f"Content-Length: {len(one.body) // 2}", "Connection: close"), one.body)
    return False


@way("two lengths")
def two_lengths(one):
    one.send(one.head_with(f"Content-Length: {len(one.body)}", f"Content-Length: {len(one.body) // 2}",
                           "Connection: close"), one.body)
    return False


@way("a negative length")
def negative_length(one):
    one.send(one.head_with("Content-Length: -1"), one.body)
    return False


@way("a length beyond 64 bits")
def huge_length(one):
    one.send(one.head_with("Content-Length: 99999999999999999999999"), one.body)
    return False


@way("no length")
def no_length(one):
    one.send(one.head_with("Connection: close"), one.body)
    return False


@way("no length, half a body")
def no_length_half(one):
    one.send(one.head_with("Connection: close"), one.half())
    return False


# Encodings

def gzip(data):
    packer = zlib.compressobj(wbits=31)
    return packer.compress(data) + packer.flush()


def send_encoded(one, packed, encoding="gzip"):
    one.send(one.head_with(f"Content-Encoding: {encoding}", f"Content-Length: {len(packed)}"), packed)
    return True


@way("gzip")
def gzipped(one):
    return send_encoded(one, gzip(one.body))


@way("gzip within gzip")
def gzipped_twice(one):
    return send_encoded(one, gzip(gzip(one.body)), "gzip, gzip")


@way("gzip that is broken")
def broken_gzip(one):
    packed = bytearray(gzip(one.body))
    packed[10] = 0xFF  # a block of a type that there is not
    return send_encoded(one, bytes(packed))


@way("gzip that is cut")
def cut_gzip(one):
    packed = gzip(one.body)
    return send_encoded(one, packed[:len(packed) // 2])


@way("gzip that is none")
def no_gzip(one):
    return send_encoded(one, one.body)


@way("an encoding that nobody knows")
def unknown_encoding(one):
    return send_encoded(one, one.body, "zippy")


def packed_large(before, filling, after):
    """As gzip; the filling by the mebibyte, packed once: after a full flush no block refers to one before it."""
    packer = zlib.compressobj(wbits=31)
    begin = packer.compress(before) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(filling * MIB) + packer.flush(zlib.Z_FULL_FLUSH)
    return begin, block, packer.compress(after) + packer.flush()


@way("a gzip bomb")
def gzip_bomb(one):
    begin, block, end = packed_large(b'{"values":[{"id":1,"slug":"', b"x", b'"}],"isLastPage":true}')
    return send_encoded(one, begin + BOMB_MIB * block + end)


@way("a gzip bomb of blanks")
def gzip_bomb_of_blanks(one):
    """What a reader need not keep, it must not read for ever either."""
    begin, block, _ = packed_large(b"", b" ", b"")
    one.send(one.head_with("Content-Encoding: gzip", "Connection: close"), begin)
    while not one.lifted.is_set():
        one.send(block)
    return False


# Chunks

def send_chunked(one, *pieces):
    one.send(one.head_with("Transfer-Encoding: chunked"), *pieces)


def chunk(data, size=None):
    return f"{len(data) if size is None else size:x}\r\n".encode() + data + b"\r\n"


@way("chunks")
def chunked(one):
    send_chunked(one, chunk(one.half()), chunk(one.body[len(one.half()):]), b"0\r\n", b"X-Trailer: yes\r\n\r\n")
    return True


@way("a chunk whose size is no number")
def chunk_of_no_size(one):
    send_chunked(one, b"zz\r\n", one.body)
    return False


@way("a chunk larger than its size")
def chunk_too_large(one):
    send_chunked(one, chunk(one.body, len(one.body) // 2), b"0\r\n\r\n")
    return False


@way("a chunk of a size beyond 64 bits")
def chunk_beyond(one):
    send_chunked(one, b"fffffffffffffffffff\r\n", one.body)
    return False


@way("a chunk that is cut")
def chunk_cut(one):
    send_chunked(one, chunk(one.body)[:len(one.body) // 2])
    return False


@way("no last chunk")
def no_last_chunk(one):
    send_chunked(one, chunk(one.body))
    return False


# Heads

@way("100 first")
def continue_first(one):
    one.send(b"HTTP/1.1 100 Continue\r\n\r\n", one.head, one.body)
    return True


@way("103 first")
def hints_first(one):
    one.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" * 2, one.head, one.body)
    return True


@way("103 without end")
def hints_without_end(one):
    while not one.lifted.is_set():
        one.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" * 1000)
    return False


@way("101 that nobody asked for")
def switching(one):
    one.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", b"\x81\x05hello")
    return one.stall()


@way("a head without end")
def endless_head(one):
    one.send(one.head.removesuffix(b"\r\n"))
    number = 0
    while not one.lifted.is_set():
        one.send(b"".join(f"X-Filling-{number + i}: {'x' * 1000}\r\n".encode() for i in range(100)))
        number += 100
    return False


@way("no HTTP")
def no_http(one):
    one.send(b"SSH-2.0-OpenSSH_9.2\r\n" + one.body)
    return False


@way("a status line that is garbage")
def garbage_status(one):
    one.send(STATUS_LINE.sub(b"HTTP/1.1 two hundred", one.head), one.body)
    return False


@way("another status")
def another_status(one):
    """With the head and body of the good answer; 204 and 304 have no body."""
    status = one.settings["status"]
    if status[:3] in ("204", "304"):
        one.send(one.head_with(status=status))
    else:
        one.send(one.head_with(f"Content-Length: {len(one.body)}", status=status), one.body)
    return True


@way("half of it, as 206")
def partial_content(one):
    half = one.half()
    one.send(one.head_with(f"Content-Range: bytes 0-{len(half) - 1}/{len(one.body)}", f"Content-Length: {len(half)}",
                           status="206 Partial Content"), half)
    return True


@way("429 until a date")
def until_a_date(one):
    """`in_s` from now, or before now."""
    date = formatdate(time.time() + one.settings["in_s"], usegmt=True)
    one.send(one.head_with(f"Retry-After: {date}", "Content-Length: 0", status="429 Too Many Requests"))
    return True


# Large

@way("a large body")
def large_body(one):
    """`before`, then `times` the `filling`, then `after`."""
    settings = one.settings
    before, filling, after = (settings[name].encode() for name in ("before", "filling", "after"))
    at_once = max(1, MIB // len(filling))
    length = len(before) + settings["times"] * len(filling) + len(after)
    one.send(one.head_with(f"Content-Length: {length}"), before)
    left = settings["times"]
    while left:
        n = min(left, at_once)
        one.send(filling * n)
        left -= n
    one.send(after)
    return True
