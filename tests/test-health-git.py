#!/usr/bin/env python3
"""Git in the health report: what differs from REST. Prints TAP."""

from health_report import REFS, FakeBitbucket, check, fails

from tap import equal, run, test


def advertisement(text):
    packet = f"ERR {text}\n"
    return f"001e# service=git-upload-pack\n0000{len(packet) + 4:04x}{packet}"


OF_GIT = "application/x-git-upload-pack-advertisement"
GIT = {
    "git that refuses the login": dict(kind="answer", status=401, content_type="text/plain", cause="git-refused", code=4,
                                       words=["401"]),
    "git that is switched off": dict(kind="html", status=403, cause="git-disabled", words=["403"]),
    "git that is not there": dict(kind="html", status=404, cause="git-disabled", words=["404"]),
    "git behind a page": dict(kind="html", status=200, cause="git-html", words=["text/html"]),
    "git behind a redirect": dict(kind="redirect", location="https://sso.example.com/", cause="git-html",
                                  words=["sso.example.com"]),
    "git that demands a CAPTCHA": dict(kind="answer", body=advertisement("CAPTCHA required\nYour account is locked."),
                                       content_type=OF_GIT, cause="git-captcha", code=4, setting="password",
                                       words=["CAPTCHA for the account flow-service", "Clear CAPTCHA", "in a browser",
                                              "mend the password or have CAPTCHA disabled"]),
    "git that finds no repository named captcha": dict(kind="answer", body=advertisement("No repository captcha.\nNo CAPTCHA."),
                                                       content_type=OF_GIT, cause="git-not-found", words=["repository captcha"]),
    "git that finds no repository": dict(kind="answer", body=advertisement("Repository not found\nNo."),
                                         content_type=OF_GIT, cause="git-not-found", words=["Repository not found"]),
    "git without basic authentication": dict(kind="html", status=403, cause="basic-disabled", code=4, setting="password",
                                             message="Basic Authentication has been disabled on this instance."),
    "git that is busy": dict(kind="html", status=503, cause="unavailable", words=["503"]),
}
for _name, _settings in GIT.items():
    def git_check(settings=_settings):
        fault = dict(settings)
        wanted = {name: fault.pop(name) for name in ("cause", "code", "words", "setting") if name in fault}
        with FakeBitbucket() as fake:
            fake.fault(fault.pop("kind"), REFS, **fault)
            report = check(base_url=fake.url)
            fails(report, "git", **wanted)
            equal(report.checks["rate_limit"]["status"], "skip" if wanted.get("code") == 4 else "pass")
            equal(len([request for request in fake.requests() if REFS in request["path"]]), 1)
    git_check.__name__ = _name
    test(git_check)


@test
def no_repository_to_try_git_on():
    with FakeBitbucket() as fake:
        fake.fault("answer", "/rest/api/1.0/repos", body='{"size":0,"limit":1,"isLastPage":true,"values":[],"start":0}')
        report = check(base_url=fake.url)
        equal((report.code, report.checks["git"]["status"]), (0, "skip"))
        assert "no repository" in report.checks["git"]["detail"], report


NO_REPOSITORIES = [
    '{"values": [{"slug": "../../admin", "project": {"key": "PLAT"}}]}',
    '{"values": [{"slug": "..", "project": {"key": "PLAT"}}]}',
    '{"values": [{"slug": "api", "project": {"key": ".."}}]}',
    '{"values": [{"slug": "api", "project": {"key": "a/b"}}]}',
    '{"values": [{"slug": "api"}]}',
    '{"values": [{"slug": 7, "project": {"key": "PLAT"}}]}',
    '{"values": [{"project": {"key": "PLAT"}}]}',
    '{"values": ["api"]}',
    '{"values": {"slug": "api"}}',
    '{"size": 1}',
]


@test
def what_names_no_repository_leads_git_nowhere():
    for body in NO_REPOSITORIES:
        with FakeBitbucket() as fake:
            fake.fault("answer", "/rest/api/1.0/repos", body=body)
            report = check(base_url=fake.url)
            equal((body, report.code, report.checks["git"]["status"]), (body, 0, "skip"))
            equal([request["path"] for request in fake.requests() if "/scm/" in request["path"]], [])


@test
def a_large_advertisement_is_not_read_to_its_end():
    body = "001e# service=git-upload-pack\n0000" + "003d" * 200000
    with FakeBitbucket() as fake:
        fake.fault("answer", REFS, body=body, content_type=OF_GIT)
        report = check(base_url=fake.url)
        equal((report.code, report.checks["git"]["status"]), (0, "pass"))


if __name__ == "__main__":
    run()
