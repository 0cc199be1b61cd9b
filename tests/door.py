"""A port in front of a server that is shut as soon as a certain request comes: from then on connections are refused.

    with Door(fake.root, "/activities") as door:
        run_something_against(door.url)
        door.reopen()
"""

import re
import selectors
import socket
import threading
import urllib.parse

from ports import keep_port

LOOK_S = 0.1  # how long who carries bytes may not notice that the door was shut


class Door:
    def __init__(self, root, until):
        parts = urllib.parse.urlsplit(root)
        self.server, self.until = (parts.hostname, parts.port), re.compile(until.encode())
        self.asked = 0  # how often that request came
        self.threads = []

    def __enter__(self):
        self.keeper = keep_port()
        self.port = self.keeper.getsockname()[1]
        self.open()
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *_):
        self.shut()
        self.keeper.close()
        for thread in self.threads:
            thread.join()

    def open(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.is_shut = threading.Event()
        self.start(self.accept, self.listener, self.is_shut)

    def start(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        self.threads.append(thread)
        thread.start()

    def reopen(self):
        """For all, and for good."""
        self.until = re.compile(rb"(?!)")
        if self.is_shut.is_set():
            self.open()

    def shut(self):
        """Who accepts wakes up; who carries looks, and closes what is its own."""
        if not self.is_shut.is_set():
            self.is_shut.set()
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()

    def accept(self, listener, is_shut):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self.start(self.carry, client, socket.create_connection(self.server), is_shut)

    def carry(self, client, server, is_shut):
        with client, server, selectors.DefaultSelector() as ready:
            ready.register(client, selectors.EVENT_READ, server)
            ready.register(server, selectors.EVENT_READ, client)
            while not is_shut.is_set():
                for key, _ in ready.select(LOOK_S):
                    try:
                        data = key.fileobj.recv(65536)
                        if key.fileobj is client and self.until.search(data.partition(b"\r\n")[0]):
                            self.asked += 1
                            self.shut()
                            return
                        key.data.sendall(data)
                    except OSError:
                        return
                    if not data:
                        return
