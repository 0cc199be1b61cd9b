"""nginx for a test or a measurement: on a port of its own, with what it wrote into its log."""

import collections
import os
import shutil
import socket
import subprocess
import tempfile
import time

import hosting  # makes tap known
from ports import keep_port

from tap import Skip

CONFIG = """
daemon off;
worker_processes 1;
pid {run}/nginx.pid;
error_log {run}/error.log;
{user}
events {{ worker_connections 256; }}
http {{
    log_format told '{log}';
    access_log {run}/access.log told;
    client_body_temp_path {run}/body;
    proxy_temp_path {run}/proxy;
    fastcgi_temp_path {run}/fastcgi;
    uwsgi_temp_path {run}/uwsgi;
    scgi_temp_path {run}/scgi;
    {http}
    server {{
        listen 127.0.0.1:{port} {listen};
        {server}
    }}
}}
"""
ENVIRONMENT = os.environ | {"PATH": os.environ.get("PATH", "") + ":/usr/sbin"}
PATIENCE = 30


class Nginx:
    """`log` are the variables of a line of its log, `http` and `server` what stands in these blocks."""
    scheme = "http"

    def __init__(self, log, server, http="", listen=""):
        self.parts = {"log": log, "server": server, "http": http, "listen": listen}

    def __enter__(self):
        if not shutil.which("nginx", path=ENVIRONMENT["PATH"]):
            raise Skip("there is no nginx")
        self.run = tempfile.mkdtemp(prefix="source-host-nginx-")
        self.keeper = keep_port()
        self.port = self.keeper.getsockname()[1]
        self.url = f"{self.scheme}://127.0.0.1:{self.port}"
        with open(os.path.join(self.run, "nginx.conf"), "w", encoding="utf-8") as file:
            file.write(CONFIG.format(run=self.run, port=self.port, user="user root;" if os.getuid() == 0 else "",
                                     **self.parts))
        self.process = subprocess.Popen(["nginx", "-e", "stderr", "-p", self.run, "-c", f"{self.run}/nginx.conf"],
                                        stdin=subprocess.DEVNULL, env=ENVIRONMENT)
        self.await_port()
        return self

    def await_port(self):
        until = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.01)
        raise AssertionError("nginx did not start")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.keeper.close()
        shutil.rmtree(self.run)

    def lines(self):
        """Of the log, as words, in the order of the requests' ends.  It may be a moment behind."""
        with open(os.path.join(self.run, "access.log"), encoding="utf-8") as log:
            return [line.split() for line in log if line.endswith("\n")]

    def clear(self):
        os.truncate(os.path.join(self.run, "access.log"), 0)


Line = collections.namedtuple("Line", "connection protocol gzip_ratio status path")


class Http2(Nginx):
    """Before a server, as operators have it: TLS, HTTP/2, compression."""
    scheme = "https"

    def __init__(self, target, cert, key):
        super().__init__("$connection $server_protocol $gzip_ratio $status $request_uri", f"""
        ssl_certificate {cert};
        ssl_certificate_key {key};
        gzip on;
        gzip_types application/json;
        gzip_proxied any;
        location / {{ proxy_pass {target}; proxy_set_header Host $http_host; }}""", listen="ssl http2")

    def requests(self):
        return [Line(*words) for words in self.lines()]
