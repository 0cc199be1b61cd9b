"""Git over smart HTTP: git's own http-backend behind Bitbucket's login."""

import os
import re
import subprocess
from urllib.parse import unquote

from answers import CAPTCHA, CHALLENGE, Answer, html_answer
from git_repository import git_environment
from login import refusal
from permissions import may_read_repository

PATH = re.compile(r"/scm/([^/]+)/([^/]+?)(?:\.git)?(/.+)$")
NOT_FOUND = "Repository not found\nEither there is none, or this account may not read it."


def packet(text):
    return f"{len(text.encode()) + 4:04x}{text}".encode()


def remote_error(request, text):
    """Git shows an ERR packet as `remote error`; the status must be 200 for it to be read at all."""
    service = request.query.get("service", "git-upload-pack")
    body = packet(f"# service={service}\n") + b"0000" + packet(f"ERR {text}\n")
    return Answer(200, body, f"application/x-{service}-advertisement", [("Cache-Control", "no-cache")])


def find(bitbucket, request, inside, login):
    """The repository that is to be served, or an answer that says why not."""
    if login.captcha:
        return remote_error(request, CAPTCHA[1].replace(". ", "\n", 1))
    if login.outcome == "failed":
        return refusal(login)
    match = PATH.match(inside)
    if not match:
        return html_answer(404)
    key, slug, rest = (unquote(part) for part in match.groups())
    world, public_access = bitbucket.world, bitbucket.options.public_access
    repository = world.repository_at(key, slug) or world.repository_once_at(key, slug)
    if repository and repository.state != "AVAILABLE":
        return remote_error(request, "Repository is not available")
    if repository and repository.git and may_read_repository(login, repository, public_access):
        return repository.git.path, rest
    if login.user is None:
        # Git asks for credentials only now; this first request is no failed login.
        return Answer(401, b"", "text/plain", [CHALLENGE])
    return remote_error(request, NOT_FOUND)


def serve(request, found):
    path, rest = found
    environment = git_environment() | {
        "GIT_PROJECT_ROOT": os.path.dirname(path), "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": "/" + os.path.basename(path) + rest, "REQUEST_METHOD": request.method,
        "QUERY_STRING": request.query_string, "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(request.body)), "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
        "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""), "REMOTE_ADDR": "127.0.0.1"}
    done = subprocess.run(["git", "http-backend"], input=request.body, env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    answer = Answer(200, body, "text/plain")
    for line in head.decode().split("\r\n"):
        name, _, value = line.partition(": ")
        if name == "Status":
            answer.status = int(value.split()[0])
        elif name == "Content-Type":
            answer.content_type = value
        elif name:
            answer.headers.append((name, value))
    return answer
