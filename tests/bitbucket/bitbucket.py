#!/usr/bin/env python3
"""A Bitbucket Server for tests and demonstrations, on loopback.

Prints `listening on URL` once it answers; ends on SIGTERM, SIGINT, and with its parent if asked to.
"""

import argparse
import os
import select
import shutil
import signal
import ssl
import sys
import tempfile
import threading

import demo_world
import history_world
import listing_world
from http_server import HttpServer
from server import Bitbucket
from version import Version


def options_from(arguments):
    parser = argparse.ArgumentParser(description="A Bitbucket Server for tests and demonstrations.")
    add = parser.add_argument
    add("--port", type=int, default=0, help="default: the kernel chooses")
    add("--context", default="", help="context path, such as /bitbucket")
    add("--cells", action="store_true", help="answer below /cell-1, /cell-2, .. as well, for tests side by side")
    add("--bitbucket-version", type=Version, default=Version("8.19.2"), metavar="X.Y.Z")
    add("--world", choices=("demo", "listing"), default="demo")
    add("--repositories", type=int, default=1000, help="how many the listing world has")
    add("--organizations", type=int, default=10, help="how many the listing world has")
    add("--history", type=int, default=0, metavar="N", help="adds HIST/long with N old pull requests")
    add("--newest-by", choices=("updated", "created"), default="updated", help="what order=NEWEST sorts by")
    add("--page-cap", type=int, help="no page is longer")
    add("--gaps", action="store_true", help="rows that may not be seen are counted by `start`")
    add("--null-next", action="store_true", help="last pages say nextPageStart: null")
    add("--iso-dates", action="store_true", help="dates as ISO 8601 strings")
    add("--links-base", help="base of the URLs in answers, when it is not the one listened on")
    add("--no-ausername", action="store_true", help="as behind a proxy that strips X-AUSERNAME and X-AUSERID")
    add("--open-properties", action="store_true", help="application-properties checks no credentials")
    add("--captcha-after", type=int, default=5, help="failed logins that an account has")
    add("--rate-limit", type=int, nargs=2, metavar=("CAPACITY", "FILL_RATE"), help="429 for who asks more than that")
    add("--basic-disabled", action="store_true", help="only tokens are accepted")
    add("--public-access", action="store_true", help="anonymous requests see public things")
    add("--tls-cert", metavar="FILE")
    add("--tls-key", metavar="FILE")
    add("--delay-ms", type=int, default=0, help="waits so long before each answer")
    add("--state", metavar="DIR", help="keep the git repositories there")
    add("--parent-pid", type=int, help="end when this process has ended")
    add("--until-eof", action="store_true", help="end at the end of standard input")
    options = parser.parse_args(arguments)
    options.context = "/" + options.context.strip("/") if options.context.strip("/") else ""
    return options


def build_world(options, folder):
    if options.world == "listing":
        return listing_world.build(options.bitbucket_version, options.repositories, options.organizations)
    world = demo_world.build(options.bitbucket_version, folder)
    if options.history:
        history_world.build(world, folder, options.history)
    return world


def listen(options, folder):
    tls = None
    if options.tls_cert:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(options.tls_cert, options.tls_key)
    world = build_world(options, folder)
    server = HttpServer(options.port, tls)
    scheme = "https" if tls else "http"
    base_url = f"{scheme}://127.0.0.1:{server.server_address[1]}{options.context}"
    server.bitbucket = Bitbucket(options, world, base_url, folder)
    return server


def end_with(parent_pid, until_eof, end):
    """Watches what the program shall not outlive."""
    watched = []
    if parent_pid:
        try:
            watched.append(os.pidfd_open(parent_pid))
        except ProcessLookupError:
            os.write(end, b".")
            return
    if until_eof:
        watched.append(sys.stdin.fileno())
    while watched:
        for ready in select.select(watched, [], [])[0]:
            if until_eof and ready == sys.stdin.fileno() and os.read(ready, 4096):
                continue
            os.write(end, b".")
            return


def main():
    options = options_from(sys.argv[1:])
    # A signal may come while its thread holds the lock of an Event, and set() would wait for that for ever.
    ended, end = os.pipe()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os.write(end, b"."))
    folder = options.state or tempfile.mkdtemp(prefix="fake-bitbucket-")
    os.makedirs(folder, exist_ok=True)
    try:
        server = listen(options, folder)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        threading.Thread(target=end_with, args=(options.parent_pid, options.until_eof, end), daemon=True).start()
        print(f"listening on {server.bitbucket.base_url}", flush=True)
        os.read(ended, 1)
    finally:
        if not options.state:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
