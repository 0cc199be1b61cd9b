"""Who asks: passwords, HTTP access tokens, and the CAPTCHA after too many failures."""

import base64
import binascii
from dataclasses import dataclass
from urllib.parse import quote_plus

from answers import CAPTCHA, CHALLENGE, WRONG_PASSWORD, RestError, html_answer
from world import Project, Repository, User


@dataclass(eq=False)
class Token:
    """`user` owns a personal token; the others act as a service user of their own."""
    secret: str
    user: User
    kind: str = "personal"
    project: Project | None = None
    repository: Repository | None = None
    expired: bool = False


@dataclass
class Login:
    """The outcome for one request: authenticated, anonymous or failed."""
    outcome: str = "anonymous"
    user: User | None = None
    token: Token | None = None
    scheme: str | None = None
    error: RestError | None = None
    captcha: bool = False


ANONYMOUS = Login()


class Logins:
    def __init__(self, world, captcha_after, basic_disabled):
        self.world = world
        self.captcha_after = captcha_after
        self.basic_disabled = basic_disabled
        self.failures = {}
        self.tokens = {}

    def add_token(self, secret, user=None, **more):
        if user is None:
            place = more.get("repository") or more["project"]
            user = User(self.world.new_user_id(), f"access-token-user/{more['kind']}/{place.id}",
                        f"Access token of {place.name}", None, f"access-token-user-{place.id}", type="SERVICE")
        self.tokens[secret] = Token(secret, user, **more)
        return self.tokens[secret]

    def needs_captcha(self, user):
        return self.failures.get(user.id, 0) >= self.captcha_after

    def authenticate(self, authorization):
        """Each call with credentials is one attempt, and a wrong one is counted."""
        if not authorization:
            return ANONYMOUS
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() == "bearer":
            return self.with_token("bearer", self.tokens.get(value.strip()))
        if scheme.lower() == "basic":
            return self.with_password(value.strip())
        return self.refuse(scheme, None)

    def peek(self, authorization):
        """Like authenticate, but counts nothing."""
        before = dict(self.failures)
        login = self.authenticate(authorization)
        self.failures = before
        return login

    def with_password(self, encoded):
        if self.basic_disabled:
            return Login("failed", scheme="basic")
        try:
            name, _, password = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return self.refuse("basic", None)
        user = self.world.user_named(name)
        token = self.tokens.get(password)
        if user and token and token.kind == "personal" and token.user is user:
            return self.with_token("basic", token)
        right = user and user.active and user.password is not None and user.password == password
        return self.accept("basic", user) if right else self.refuse("basic", user)

    def with_token(self, scheme, token):
        if token is None or token.expired or not token.user.active:
            return self.refuse(scheme, token and token.user)
        return self.accept(scheme, token.user, token)

    def accept(self, scheme, user, token=None):
        if self.needs_captcha(user):
            return self.ask_captcha(scheme)
        self.failures.pop(user.id, None)
        return Login("authenticated", user, token, scheme)

    def refuse(self, scheme, user):
        if user and self.needs_captcha(user):
            return self.ask_captcha(scheme)
        if user:
            self.failures[user.id] = self.failures.get(user.id, 0) + 1
        return Login("failed", scheme=scheme, error=RestError(401, *WRONG_PASSWORD, headers=[CHALLENGE]))

    def ask_captcha(self, scheme):
        return Login("failed", scheme=scheme, error=RestError(401, *CAPTCHA, headers=[CHALLENGE]), captcha=True)


def refusal(login):
    """The answer to credentials that were not accepted, whatever was asked for."""
    if login.error:
        return login.error.answer()
    return html_answer(403, "Basic Authentication has been disabled on this instance.")


def identity_headers(login):
    if not login.user:
        return []
    # As Java's URLEncoder does it: %40 for @ was observed, + for a blank is inferred from that.
    return [("X-AUSERNAME", quote_plus(login.user.name)), ("X-AUSERID", str(login.user.id))]
