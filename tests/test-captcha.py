#!/usr/bin/env python3
"""CAPTCHA: recognized wherever Bitbucket tells of it, told whole on every surface, and not seen where it is but a name.
Prints TAP."""

from contextlib import contextmanager

from hosting import Hosting

from client import FakeBitbucket
from tap import equal, run, test

WORDS = ("CAPTCHA for the account flow-service", "Administration > Users > Clear CAPTCHA", "logs in once in a browser",
         "mend the password or have CAPTCHA disabled")
OF_GIT = "application/x-git-upload-pack-advertisement"
GIT = "/scm/.*/info/refs"
HEADERS = {"X-AUSERNAME": None, "WWW-Authenticate": 'Basic realm="Atlassian Bitbucket"'}
PAGE = ('<html><script src="/s/captcha.js"></script><form name="captcha"><p>{}</p><input id="captcha-text">'
        "<script>AJS.captcha = null</script>")


def advertisement(text):
    packet = f"ERR {text}\n"
    return f"001e# service=git-upload-pack\n0000{len(packet.encode()) + 4:04x}{packet}0000"


def page(text, **headers):
    return dict(kind="answer", status=401, content_type="text/html", body=PAGE.format(text), headers=HEADERS | headers)


def text_for_git(text):
    return dict(kind="answer", path=GIT, status=401, content_type="text/plain", body=text, headers=HEADERS)


SHAPES = {
    "in the body of REST": None,
    "in a header": page("Log in.", **{"X-Authentication-Denied-Reason": "CAPTCHA_CHALLENGE; login-url=https://x/login"}),
    "in a page": page("CAPTCHA required. Your account has been locked."),
    "in a page, in other words": page("Please solve this Captcha!"),
    "in the ERR line of Git": dict(kind="answer", path=GIT, content_type=OF_GIT,
                                   body=advertisement("CAPTCHA required\nYour Bitbucket account has been locked.")),
}


@contextmanager
def locked(shape):
    with FakeBitbucket("--captcha-after", 1) as fake:
        if shape:
            fake.fault(**{"path": "/rest/"} | shape)
        else:
            fake.get("/users", password="wrong")
        yield fake


def whole(text):
    """However its lines are broken."""
    text = " ".join(text.split())
    for word in WORDS:
        assert word in text, (word, text)


for _name, _shape in SHAPES.items():
    def told_whole(shape=_shape):
        with locked(shape) as fake, Hosting() as host:
            host.connection("acme", base_url=fake.url)
            result = host.run("import", "acme", "PLAT/docs")
            equal(result.code, 4)
            whole(result.err)
            assert "`source-host resume acme`" in result.err, result
            whole(host.run("status").out)
            again = host.run("sync")
            equal(again.code, 4)
            whole(again.err)
            assert "not tried again since" in again.err and "`source-host resume acme`" in again.err, again
            whole(host.run("status", "--json").out)
            check = {row["check"]: row for row in host.run("check", "--json").objects}
            whole(check["login"]["detail"])
            equal(check["login"]["cause"], "captcha")
    told_whole.__name__ = f"a CAPTCHA told {_name}"
    test(told_whole)

    def told_in_a_report(shape=_shape):
        with locked(shape) as fake, Hosting() as host:
            host.connection("acme", base_url=fake.url)
            for options in (("--json",), ()):
                result = host.run("check", *options)
                equal(result.code, 4)
                whole(result.out)
    told_in_a_report.__name__ = f"a report of a CAPTCHA told {_name}"
    test(told_in_a_report)


def no_captcha(code, words, **shape):
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        fake.fault(**shape)
        result = host.run("import", "acme", "PLAT/docs")
        equal(result.code, code)
        assert words in result.err and "demands a CAPTCHA" not in result.err, result
        equal(len(host.rows("SELECT * FROM login_refusal")), code == 4)


@test
def a_report_of_a_captcha_told_in_an_answer_of_status_401_to_git():
    with locked(text_for_git("CAPTCHA required\nYour Bitbucket account has been locked.")) as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        result = host.run("check")
        equal(result.code, 4)
        whole(result.out)


@test
def a_login_page_that_only_could_ask_for_a_captcha():
    no_captcha(4, "login refused for the account flow-service", path="/rest/", **page("Log in. No captchas here."))


@test
def a_name_in_what_git_says_is_no_captcha():
    body = advertisement("Repository captcha is locked, and so is branch CAPTCHA")
    no_captcha(1, "branch CAPTCHA", kind="answer", path=GIT, content_type=OF_GIT, body=body)
    no_captcha(4, "Git says that authentication failed", **text_for_git("Mind the captcha branch\nof the CAPTCHA project"))


@test
def a_branch_and_a_repository_named_captcha():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        fake.mutate("create_repository", project="PLAT", name="captcha", files={"a": "b\n"})
        fake.mutate("push", repository="PLAT/captcha", branch="captcha", files={"a": "c\n"}, message="captcha")
        result = host.run("import", "acme", "PLAT/captcha")
        equal((result.code, result.err), (0, ""))
        fake.fault("truncate", "/scm/plat/captcha.git/git-upload-pack", bytes=300)
        fake.mutate("delete_branch", repository="PLAT/captcha", branch="captcha")
        fake.mutate("push", repository="PLAT/captcha", branch="captcha/two", files={"a": "d\n"}, message="captcha")
        result = host.run("sync")
        assert result.code not in (0, 4) and "demands a CAPTCHA" not in result.err, result
        equal(host.rows("SELECT * FROM login_refusal"), [])


if __name__ == "__main__":
    run()
