"""What goes back over HTTP: answers, and the errors that become answers."""

import json
from dataclasses import dataclass, field
from html import escape
from http import HTTPStatus

JSON = "application/json;charset=UTF-8"
HTML = "text/html;charset=UTF-8"

NOT_PERMITTED = ("com.atlassian.bitbucket.AuthorisationException",
                 "This account may not see or do that.")
WRONG_PASSWORD = ("com.atlassian.bitbucket.auth.IncorrectPasswordAuthenticationException",
                  "Wrong name, password or token.")
CAPTCHA = ("com.atlassian.bitbucket.auth.CaptchaRequiredAuthenticationException",
           "CAPTCHA required. This account is locked after too many failed logins, "
           "until somebody logs in to Bitbucket with it in a browser and solves the CAPTCHA.")
CHALLENGE = ("WWW-Authenticate", 'Basic realm="Atlassian Bitbucket"')


@dataclass
class Answer:
    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: list = field(default_factory=list)


class RestError(Exception):
    def __init__(self, status, exception_name, message, context=None, headers=()):
        super().__init__(message)
        self.status, self.exception_name, self.message = status, exception_name, message
        self.context, self.headers = context, list(headers)

    def answer(self):
        errors = [{"context": self.context, "message": self.message, "exceptionName": self.exception_name}]
        return json_answer({"errors": errors}, self.status, self.headers)


def json_answer(shape, status=200, headers=()):
    return Answer(status, json.dumps(shape, ensure_ascii=False).encode(), JSON, list(headers))


def html_answer(status, message=""):
    """A page as Tomcat writes it for what no part of Bitbucket answers."""
    title = f"HTTP Status {status} – {HTTPStatus(status).phrase}"
    page = (f'<!doctype html><html lang="en"><head><title>{title}</title></head>'
            f"<body><h1>{title}</h1><p>{escape(message)}</p></body></html>")
    return Answer(status, page.encode(), HTML)


def bad_request(message, context=None):
    return RestError(400, "com.atlassian.bitbucket.validation.ArgumentValidationException", message, context)


def not_permitted(login):
    name, message = NOT_PERMITTED
    return RestError(401, name, message, headers=[] if login.user else [CHALLENGE])


def no_such(kind, message):
    packages = {"Project": "project", "Repository": "repository", "PullRequest": "pull", "User": "user",
                "Commit": "commit", "DefaultBranch": "repository", "Branch": "repository"}
    name = "NoDefaultBranch" if kind == "DefaultBranch" else f"NoSuch{kind}"
    return RestError(404, f"com.atlassian.bitbucket.{packages[kind]}.{name}Exception", message)
