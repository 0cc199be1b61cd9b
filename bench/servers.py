"""Servers for a case: nginx for pages made beforehand, git behind it, and a long way in front of it."""

import collections
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from git_repository import git_environment
from nginx import Nginx

USER = "flow-service"
HTTP = """
    sendfile on;
    keepalive_requests 1000000;
    # A page has its start for a name; what is no listing has none.
    map $arg_start $page { "" 0; default $arg_start; }"""
SERVER = """
        root {root};
        add_header X-AUSERNAME {user} always;
        location /rest/ {{
            default_type "application/json;charset=UTF-8";
            try_files $uri/$page.json =404;
        }}
        location /scm/ {{
            client_max_body_size 0;
            proxy_http_version 1.1;
            proxy_buffering off;
            proxy_request_buffering off;
            proxy_set_header Connection "";
            proxy_pass http://127.0.0.1:{git_port};
        }}"""
Count = collections.namedtuple("Count", "requests bytes")


class Pages(Nginx):
    """nginx with a folder of pages; `git` is a folder of repositories, served below /scm/."""

    def __init__(self, folder, git=None):
        super().__init__("$request_length $bytes_sent $status $request_uri", None, HTTP)
        self.folder, self.git = folder, Git(git)

    def __enter__(self):
        self.git.__enter__()
        self.parts["server"] = SERVER.format(root=self.folder, user=USER, git_port=self.git.port)
        return super().__enter__()

    def __exit__(self, *_):
        super().__exit__()
        self.git.__exit__()

    def asked(self, below="/rest/"):
        """Path and query of each request since the last clear(), in order."""
        lines = self.lines()
        failed = [line for line in lines if int(line[2]) >= 400]
        if failed:
            raise RuntimeError(f"the server has no {failed[0][3]}")
        return [line[3] for line in lines if line[3].startswith(below)]

    def count(self):
        lines = self.lines()
        return Count(len(lines), sum(int(line[0]) + int(line[1]) for line in lines))


class Git:
    """git http-backend, as any server runs it."""

    def __init__(self, folder):
        self.folder, self.port = folder, 9  # where nobody listens

    def __enter__(self):
        if not self.folder:
            return
        handler = type("Handler", (GitHandler,), {"folder": self.folder})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __exit__(self, *_):
        if self.folder:
            self.server.shutdown()
            self.server.server_close()


class GitHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder = None

    def log_message(self, *_):
        """nginx writes the log."""

    def do_GET(self):
        path, _, query = self.path.partition("?")
        body = self.body()
        process = subprocess.Popen(["git", "http-backend"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   env=git_environment() | {
            "GIT_PROJECT_ROOT": self.folder, "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path[len("/scm"):],
            "REQUEST_METHOD": self.command, "QUERY_STRING": query, "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": self.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", "")})
        process.stdin.write(body)
        process.stdin.close()
        status, head = 200, []
        while line := process.stdout.readline().strip().decode():
            name, _, value = line.partition(": ")
            if name == "Status":
                status = int(value.split()[0])
            else:
                head.append((name, value))
        self.send_response(status)
        for name, value in head:
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while piece := process.stdout.read1(1 << 18):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")
        process.wait()

    do_POST = do_GET

    def body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body


class Way:
    """The way to a port, so many milliseconds longer there and back; 0: no longer, and nothing in between."""

    def __init__(self, program, port, added_ms):
        self.program, self.target, self.added_ms = program, port, added_ms

    def __enter__(self):
        self.port, self.process = self.target, None
        if self.added_ms:
            self.process = subprocess.Popen([self.program, str(self.target), str(self.added_ms * 1000)],
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            self.port = int(self.process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.stdin.close()
            self.process.wait()
            self.process.stdout.close()
