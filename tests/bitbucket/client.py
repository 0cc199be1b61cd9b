"""Starts a fake Bitbucket for a test, and asks its /_control.

    with FakeBitbucket("--context", "/bitbucket") as fake:
        fake.user("jdoe", active=False)
        run_something_against(fake.url)
        assert fake.requests() == ...
"""

import base64
import json
import os
import ssl
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bitbucket.py")


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class FakeBitbucket:
    def __init__(self, *options):
        self.options = [str(option) for option in options]
        self.process = self.url = self.root = None
        # The certificates of tests are signed by nobody.
        tls = ssl.create_default_context()
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=tls), NoRedirects)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        # The pipe to its standard input ends it, should this process die without saying so.
        self.process = subprocess.Popen([sys.executable, PROGRAM, "--until-eof", *self.options],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening on "):
            self.stop()
            raise RuntimeError("the fake Bitbucket did not start")
        self.url = line.split()[-1]
        parts = urllib.parse.urlsplit(self.url)
        self.root = f"{parts.scheme}://{parts.netloc}"
        return self

    def stop(self):
        self.process.stdin.close()
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()

    def send(self, method, url, headers=None, body=None):
        request = urllib.request.Request(url, body, headers or {}, method=method)
        try:
            with self.opener.open(request) as reply:
                return Reply(reply.status, reply.headers, reply.read())
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, error.headers, error.read())

    def get(self, path, user="flow-service", password="s3cret pass:wörd", token=None, method="GET"):
        """Asks for a path below /rest/api/1.0; user None asks anonymously."""
        headers = {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        elif user is not None:
            headers["Authorization"] = basic(user, password)
        return self.send(method, f"{self.url}/rest/api/1.0{path}", headers)

    def pages(self, path, **login):
        """Every page of a resource, in order."""
        start, joint = 0, "&" if "?" in path else "?"
        while start is not None:
            page = self.get(f"{path}{joint}start={start}", **login).json
            yield page
            start = None if page["isLastPage"] else page["nextPageStart"]

    def values(self, path, **login):
        return [value for page in self.pages(path, **login) for value in page["values"]]

    def control(self, method, name, settings=None):
        body = None if settings is None else json.dumps(settings).encode()
        reply = self.send(method, f"{self.root}/_control/{name}", body=body)
        if reply.status != 200:
            raise RuntimeError(f"/_control/{name}: {reply.body.decode()}")
        return reply.json

    def requests(self, below=""):
        return self.control("GET", "requests" + (f"?below={urllib.parse.quote(below)}" if below else ""))

    def clear(self):
        """Forgets the requests and lifts all faults."""
        self.control("DELETE", "requests")
        self.control("DELETE", "fault")

    def fault(self, kind, path="", **settings):
        self.control("POST", "fault", {"kind": kind, "path": path} | settings)

    def lift(self, path):
        """Lifts the faults that were made for that path."""
        self.control("DELETE", "fault", {"path": path})

    def mutate(self, op, **settings):
        return self.control("POST", "mutate", {"op": op} | settings)

    def user(self, name, **settings):
        return self.control("POST", "user", {"name": name} | settings)

    def users(self):
        """All accounts by name, with their failed logins."""
        return {user["name"]: user for user in self.control("GET", "users")}

    def token(self, token, **settings):
        return self.control("POST", "token", {"token": token} | settings)

    def state(self, state):
        self.control("POST", "state", {"state": state})

    def rate_limit(self, capacity, fill_rate, **user):
        """From now on, each user's bucket full; of one user an exception. capacity 0: no limit."""
        self.control("POST", "rate_limit", {"capacity": capacity, "fill_rate": fill_rate} | user)

    def truth(self, user=None):
        return self.control("GET", "truth" + (f"?user={urllib.parse.quote(user)}" if user else ""))

    def git(self, *arguments, credentials=None):
        """Runs git; `credentials` is an Authorization header's value, sent to this server alone."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "false", "LC_ALL": "C",
                        "GIT_CONFIG_GLOBAL": os.devnull, "GIT_SSL_NO_VERIFY": "1"}
        if credentials:
            environment |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"http.{self.root}/.extraHeader",
                            "GIT_CONFIG_VALUE_0": "Authorization: " + credentials}
        return subprocess.run(["git", *arguments], env=environment, capture_output=True, text=True, check=False)


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
