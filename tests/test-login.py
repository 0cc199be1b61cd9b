#!/usr/bin/env python3
"""Logins of every kind, for REST and for Git, and where their secrets come from. Prints TAP."""

import os

from hosting import PASSWORD, Hosting
from truth_tables import differences

from client import FakeBitbucket
from tap import equal, run, test


@test
def a_name_outside_of_ascii_comes_encoded_or_not():
    for name in ("%C3%BCser%40example.com", "üser@example.com", "%FCser@example.com"):
        with FakeBitbucket() as fake, Hosting() as host:
            fake.fault("answer", "/users", headers={"X-AUSERNAME": name}, body='{"values":[],"isLastPage":true}')
            host.connection("acme", base_url=fake.url, username="Üser@example.com", password="pässwörd€")
            checks = {row["check"]: row for row in host.run("check", "--json").objects}
            equal((checks["identity"]["status"], checks["identity"]["detail"]),
                  ("pass", "the server takes us for üser@example.com"))


def check_login(fake, host, truth_of, **settings):
    host.connection("acme", base_url=fake.url, **settings)
    result = host.run("import", "acme", "--all")
    equal((result.code, result.err), (0, ""))
    equal(differences(host, "acme", fake.truth(truth_of), tables=("repository", "git_commit", "pull_request")), [])


@test
def a_user_name_and_password_of_any_characters():
    for name in "üser@example.com", "svc bit+bucket":
        with FakeBitbucket() as fake, Hosting() as host:
            fake.user(name, password='pä:ss "w\\ör d;#=%', permission="ADMIN")
            check_login(fake, host, None, username=name, password='pä:ss "w\\ör d;#=%')


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
def secrets_from_a_file_a_variable_and_a_credential():
    with FakeBitbucket() as fake, Hosting() as host:
        secret = os.path.join(host.folder, "secret")
        with open(os.open(secret, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            file.write(PASSWORD + "\n")
        with open(os.open(secret + "-2", os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            file.write(PASSWORD + "\nmore\n")
        os.environ["SECRET_OF_ACME"] = PASSWORD
        os.environ["CREDENTIALS_DIRECTORY"] = host.folder
        for name, setting in (("file", {"password_file": secret}), ("env", {"password_env": "SECRET_OF_ACME"}),
                              ("credential", {"password_credential": "secret"})):
            host.connection(name, base_url=fake.url, password=None, **setting)
            result = host.run("repos", name)
            equal((result.code, result.err), (0, ""))
        for setting, words in (({"password_env": "NO_SUCH_VARIABLE"}, "no such variable"),
                               ({"password_file": secret + "-2"}, "bad.conf:7: password_file: "),
                               ({"password_file": secret + "-2"}, "names: it has a second line"),
                               ({"password_credential": "secret-2"}, "it has a second line"),
                               ({"password_credential": "nosuch"}, "No such file"),
                               ({"password_credential": "../secret"}, "no name of a credential"),
                               ({"password_env": "SECRET_OF_ACME", "password_file": secret}, "given twice")):
            host.connection("bad", base_url=fake.url, password=None, **setting)
            result = host.run("connections")
            equal(result.code, 2)
            assert words in result.err and PASSWORD not in result.err, (words, result)


if __name__ == "__main__":
    run()
