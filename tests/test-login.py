#!/usr/bin/env python3
"""Logins of every kind, and that a refused one is never repeated: not by other commands, processes or connections.
Prints TAP."""

import os
import subprocess

from hosting import PASSWORD, Hosting
from truth_tables import differences

from client import FakeBitbucket
from tap import equal, run, test


def failures(fake, name="flow-service"):
    return fake.users()[name]["failures"]


@test
def fifty_passes_with_a_wrong_password_are_one_failed_login():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, password="wrong")
        for _ in range(50):
            result = host.run("sync")
            equal(result.code, 4)
        assert "not tried again since" in result.err and "resume acme" in result.err, result
        for command in (("check",), ("repos", "acme"), ("import", "acme", "--all")):
            equal(host.run(*command).code, 4)
        equal(failures(fake), 1)
        assert "login refused" in host.run("status").out, host.run("status")


@test
def a_mended_password_is_tried_at_once():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, password="wrong")
        equal(host.run("sync").code, 4)
        host.connection("acme", base_url=fake.url)
        equal(host.run("sync").code, 0)
        host.connection("acme", base_url=fake.url, password="wrong again")
        equal(host.run("sync").code, 4)
        equal(host.run("sync").code, 4)
        equal(failures(fake), 1)


@test
def resume_tries_again_once():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        fake.user("flow-service", password="other")
        for _ in range(3):
            equal(host.run("sync").code, 4)
        equal(failures(fake), 1)
        equal(host.run("resume", "acme").code, 0)
        for _ in range(3):
            equal(host.run("sync").code, 4)
        equal(failures(fake), 2)
        fake.user("flow-service", password=PASSWORD)
        equal(host.run("resume", "acme").code, 0)
        equal(host.run("sync").code, 0)


@test
def connections_of_one_account_share_the_refusal():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("dana", base_url=fake.url, password="wrong")
        host.connection("ron", base_url=fake.url, password="also wrong", username="Flow-Service", page_size=10)
        host.connection("zoe", base_url=fake.url, username="reader", password="reader")
        for _ in range(3):
            equal(host.run("sync").code, 4)
        equal(failures(fake), 1)
        assert host.rows("SELECT * FROM repository WHERE connection = 'zoe'")
        host.connection("ron", base_url=fake.url, username="Flow-Service")
        equal(host.run("sync", "ron").code, 0)
        equal(host.run("sync", "dana").code, 4)
        equal(host.run("sync", "ron").code, 0)
        equal(failures(fake), 0)  # ron's success has taken it back, and dana's was not repeated


@test
def a_new_refusal_stops_those_that_an_earlier_one_let_go():
    names = [f"c{i}" for i in range(6)]
    with FakeBitbucket() as fake, Hosting() as host:
        for name in names:
            host.connection(name, base_url=fake.url, password="old")
        equal(host.run("sync").code, 4)
        for name in names:
            host.connection(name, base_url=fake.url)
        equal(host.run("sync").code, 0)
        fake.user("flow-service", password="rotated")
        for _ in range(3):
            equal(host.run("sync").code, 4)
        equal(failures(fake), 1)


@test
def the_same_settings_in_another_order_are_not_tried_again():
    with FakeBitbucket() as fake, Hosting() as host:
        settings = {"base_url": fake.url, "username": "flow-service", "password": "wrong"}
        for order in (settings, dict(reversed(settings.items()))):
            lines = "".join(f"{key} = {value}\n" for key, value in order.items())
            host.write("acme.conf", "[connection]\nprovider = bitbucket-server\n[settings]\n" + lines)
            equal(host.run("sync").code, 4)
        equal(failures(fake), 1)


@test
def two_processes_at_once_fail_at_most_twice():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, password="wrong")
        both = [subprocess.Popen(host.command("sync"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                for _ in range(2)]
        equal([process.wait(30) for process in both], [4, 4])
        assert 1 <= failures(fake) <= 2, failures(fake)


@test
def a_password_that_changes_during_an_import_does_not_lock_the_account():
    with FakeBitbucket("--delay-ms", 20) as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        process = subprocess.Popen(host.command("import", "acme", "--all"), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        while not any("/activities" in request["path"] for request in fake.requests()):
            equal(process.poll(), None)
        fake.user("flow-service", password="new")
        equal(process.wait(60), 4)
        user = fake.users()["flow-service"]
        assert not user["captcha"] and 1 <= user["failures"] <= 4, user
        before = user["failures"]
        equal(host.run("sync").code, 4)
        equal(failures(fake), before)


@test
def a_password_that_changes_before_git_is_one_failed_login():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        fake.fault("answer", "/scm/", status=401, headers={"X-AUSERNAME": None}, body="no", content_type="text/plain")
        result = host.run("import", "acme", "PLAT/api", "PLAT/docs")
        equal(result.code, 4)
        assert "login refused for the account flow-service: Git says" in result.err, result
        equal(len([request for request in fake.requests() if "/scm/" in request["path"]]), 1)
        equal(host.run("sync").code, 4)
        equal(len([request for request in fake.requests() if "/scm/" in request["path"]]), 1)


@test
def a_captcha_that_only_git_tells_of_is_named_with_the_account():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        error = "ERR CAPTCHA required\nYour Bitbucket account has been locked."
        fake.fault("answer", "/scm/.*/info/refs", content_type="application/x-git-upload-pack-advertisement",
                   body=f"001e# service=git-upload-pack\n0000{len(error) + 4:04x}{error}0000")
        result = host.run("import", "acme", "PLAT/api")
        equal(result.code, 4)
        assert "CAPTCHA for the account flow-service" in result.err and "Clear CAPTCHA" in result.err, result


@test
def not_permitted_concerns_the_one_repository():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        fake.fault("answer", "/repos/docs/", status=401, body='{"errors":[{"context":null,"message":"You are not permitted",'
                   '"exceptionName":"com.atlassian.bitbucket.AuthorisationException"}]}')
        result = host.run("import", "acme", "PLAT/docs", "PLAT/web")
        equal(result.code, 3)
        assert "not permitted" in result.err, result
        equal(host.rows("SELECT * FROM login_refusal"), [])


def check_login(fake, host, truth_of, **settings):
    host.connection("acme", base_url=fake.url, **settings)
    result = host.run("import", "acme", "--all")
    equal((result.code, result.err), (0, ""))
    equal(differences(host, "acme", fake.truth(truth_of), tables=("repository", "git_commit", "pull_request")), [])


@test
def a_user_name_and_password_of_any_characters():
    with FakeBitbucket() as fake, Hosting() as host:
        fake.user("üser@example.com", password='pä:ss "w\\ör d;#=%', permission="ADMIN")
        check_login(fake, host, None, username="üser@example.com", password='pä:ss "w\\ör d;#=%')


@test
def a_personal_access_token_for_rest_and_git():
    with FakeBitbucket() as fake, Hosting() as host:
        fake.token("personal-token", user="flow-service")
        check_login(fake, host, None, username=None, password=None, token="personal-token")
        assert all(request["scheme"] != "Basic" for request in fake.requests())


@test
def project_and_repository_tokens_for_rest_and_git():
    with FakeBitbucket() as fake, Hosting() as host:
        fake.token("project-token", kind="project", project="MOB")
        host.connection("acme", base_url=fake.url, username=None, password=None, token="project-token")
        result = host.run("import", "acme", "MOB/ios")
        equal((result.code, result.err), (0, ""))
        fake.token("repository-token", kind="repository", repository="PLAT/docs")
        host.connection("other", base_url=fake.url, username=None, password=None, token="repository-token")
        result = host.run("import", "other", "PLAT/docs")
        equal((result.code, result.err), (0, ""))


@test
def an_expired_token_is_one_failed_login():
    with FakeBitbucket() as fake, Hosting() as host:
        fake.token("old-token", user="flow-service", expired=True)
        host.connection("acme", base_url=fake.url, username=None, password=None, token="old-token")
        for _ in range(3):
            equal(host.run("sync").code, 4)
        equal(failures(fake), 1)


@test
def secrets_from_a_file_a_variable_and_a_credential():
    with FakeBitbucket() as fake, Hosting() as host:
        secret = os.path.join(host.folder, "secret")
        with open(os.open(secret, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            file.write(PASSWORD + "\nmore\n")
        os.environ["SECRET_OF_ACME"] = PASSWORD
        os.environ["CREDENTIALS_DIRECTORY"] = host.folder
        for name, setting in (("file", {"password_file": secret}), ("env", {"password_env": "SECRET_OF_ACME"}),
                              ("credential", {"password_credential": "secret"})):
            host.connection(name, base_url=fake.url, password=None, **setting)
            result = host.run("repos", name)
            equal((result.code, result.err), (0, ""))
        for setting, words in (({"password_env": "NO_SUCH_VARIABLE"}, "is not set"),
                               ({"password_credential": "nosuch"}, "No such file"),
                               ({"password_credential": "../secret"}, "no name of a credential"),
                               ({"password_env": "SECRET_OF_ACME", "password_file": secret}, "given twice")):
            host.connection("bad", base_url=fake.url, password=None, **setting)
            result = host.run("connections")
            equal(result.code, 2)
            assert words in result.err and PASSWORD not in result.err, (words, result)


if __name__ == "__main__":
    run()
