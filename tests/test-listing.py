#!/usr/bin/env python3
"""Listings on which other clients lose repositories or never end. Prints TAP."""

from hosting import Hosting
from tracing import Trace, trace_of

from client import FakeBitbucket
from tap import equal, run, test


def listed(fake, host, *arguments):
    host.connection("acme", base_url=fake.url)
    result = host.run("repos", "acme", "--json", *arguments)
    equal((result.code, result.err), (0, ""))
    return sorted(row["path"] for row in result.objects)


def true_paths(fake):
    return sorted(row["path"] for row in fake.truth()["repository"])


AHEAD = 4  # pages at once: max_concurrency


def rest_requests(fake):
    return [request for request in fake.requests() if "/rest/" in request["path"]]


def check_all(*options):
    """Twice: the second time pages are asked for ahead, as their number is known."""
    with FakeBitbucket(*options) as fake, Hosting() as host:
        equal(listed(fake, host), true_paths(fake))
        first = len(rest_requests(fake))
        equal(listed(fake, host), true_paths(fake))
        most = AHEAD - 1 if "--gaps" in options else 0  # that were asked for in vain
        assert first <= len(rest_requests(fake)) - first <= first + most, rest_requests(fake)
        rows = host.rows("SELECT path, name FROM repository WHERE listed = 1")
        equal({row["path"]: row["name"] for row in rows},
              {row["path"]: row["name"] for row in fake.truth()["repository"]})


CASES = {
    "a page cap of 10": ("--world", "listing", "--repositories", 180, "--organizations", 6, "--page-cap", 10),
    "gaps in start": ("--world", "listing", "--repositories", 180, "--organizations", 6, "--page-cap", 10, "--gaps"),
    "a context path": ("--context", "/bitbucket"),
    "more than 1000 repositories in one project": ("--world", "listing", "--repositories", 1100, "--organizations", 1),
    "explicit null next pages": ("--null-next", "--page-cap", 10),
    "names with spaces, percent signs and umlauts": (),
}
for _name, _options in CASES.items():
    def check(options=_options):
        check_all(*options)
    check.__name__ = _name
    test(check)


@test
def more_than_10000_repositories_in_twelve_requests():
    with FakeBitbucket("--world", "listing", "--repositories", 10100, "--organizations", 100, "--delay-ms", 200) as fake, \
            Hosting() as host:
        equal(listed(fake, host), true_paths(fake))
        # the login, the projects, and eleven pages of a thousand
        equal(len(rest_requests(fake)), 13)
        fake.clear()
        equal(listed(fake, host), true_paths(fake))
        asked = rest_requests(fake)
        equal(len(asked), 13)
        # without knowing how many there are it would be the projects and one page
        assert max(request["in_flight"] for request in asked) > 2, asked


@test
def the_next_page_is_asked_for_while_one_arrives_on_a_connection_that_is_free():
    with FakeBitbucket("--world", "listing", "--repositories", 1000, "--organizations", 6, "--page-cap", 100) as fake, \
            Hosting() as host:
        fake.fault("slow", "/repos", bytes=4096, pause_ms=10)
        fake.fault("slow", "/projects", bytes=200, pause_ms=10)
        equal(listed(fake, host, "--trace", trace_of(host)), true_paths(fake))
        asked = sorted(Trace.read(host).of("request"), key=lambda span: span["ts"])
        # the proof of the login opens one, and the projects another
        equal([span["args"]["connection"] for span in asked].count("new"), 2)
        pages = [span for span in asked if "/repos?" in span["args"]["path"]]
        equal(len(pages), 10)
        early = sum(after["ts"] < page["ts"] + page["dur"] for page, after in zip(pages, pages[1:]))
        # each second one at least: who was asked for early may be there when its turn comes
        assert early >= 4, pages


@test
def pages_that_are_shorter_than_is_asked_for():
    """Only the first ones of a process are asked for in vain."""
    with FakeBitbucket("--world", "listing", "--repositories", 2300, "--organizations", 6, "--page-cap", 100) as fake, \
            Hosting() as host:
        for in_vain in 0, 2:  # that begin at 1000 and 2000
            equal(listed(fake, host), true_paths(fake))
            pages = [request for request in fake.requests() if request["path"].endswith("/repos")]
            assert 23 <= len(pages) <= 23 + in_vain, pages
            fake.clear()


@test
def empty_organizations_are_listed_too():
    with FakeBitbucket() as fake, Hosting() as host:
        listed(fake, host)
        equal({row["key"] for row in host.rows("SELECT key FROM organization WHERE listed = 1")},
              {row["key"] for row in fake.truth()["organization"]})


@test
def archived_personal_and_excluded_ones_are_left_out_by_setting():
    with FakeBitbucket() as fake, Hosting() as host:
        archived = {row["path"] for row in fake.truth()["repository"] if row["archived"]}
        assert archived
        host.connection("acme", base_url=fake.url, include_archived="no", include_personal="no", exclude="*/WEB x/*")
        paths = {row["path"] for row in host.run("repos", "acme", "--json").objects}
        equal(paths, {path for path in true_paths(fake)
                      if path not in archived and path[0] != "~" and path != "PLAT/web"})


@test
def one_organization_by_name_in_any_case():
    with FakeBitbucket() as fake, Hosting() as host:
        equal(listed(fake, host, "--org", "mob"), [path for path in true_paths(fake) if path.startswith("MOB/")])
        result = host.run("repos", "acme", "--org", "NOPE")
        equal(result.code, 2)
        assert "no organization NOPE" in result.err, result


@test
def a_user_sees_what_he_may_see():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, username="reader", password="reader")
        paths = sorted(row["path"] for row in host.run("repos", "acme", "--json").objects)
        equal(paths, sorted(row["path"] for row in fake.truth("reader")["repository"]))
        assert len(paths) < len(true_paths(fake))


@test
def a_page_that_does_not_advance_is_an_error():
    with FakeBitbucket("--page-cap", 5) as fake, Hosting() as host:
        fake.fault("replace", "/rest/api/1.0/repos.*start=5", at="nextPageStart", value=5)
        host.connection("acme", base_url=fake.url)
        result = host.run("repos", "acme")
        equal(result.code, 1)
        assert "does not advance" in result.err and "/rest/api/1.0/repos" in result.err, result
        assert len(rest_requests(fake)) < 10


@test
def a_listing_that_fails_changes_nothing():
    with FakeBitbucket("--page-cap", 5) as fake, Hosting() as host:
        before = listed(fake, host)
        fake.mutate("create_repository", project="PLAT", name="After")
        fake.fault("html", "/rest/api/1.0/repos.*start=10", status=200)
        result = host.run("repos", "acme")
        equal(result.code, 1)
        assert "no JSON" in result.err, result
        equal(sorted(row["path"] for row in host.rows("SELECT path FROM repository WHERE listed = 1")), before)


@test
def what_is_no_longer_listed_is_kept_and_said():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        equal(host.run("import", "acme", "PLAT/web").code, 0)
        fake.mutate("delete_repository", repository="PLAT/web")
        equal(host.run("repos", "acme").code, 0)
        equal(host.rows("SELECT listed, imported, unlisted_since > 0 AS since FROM repository WHERE path = 'PLAT/web'"),
              [{"listed": 0, "imported": 1, "since": 1}])
        assert host.rows("SELECT * FROM pull_request WHERE repository_id ="
                         " (SELECT id FROM repository WHERE path = 'PLAT/web')")
        assert "no longer listed" in host.run("status").out


@test
def a_path_taken_over_by_another_repository_is_not_mixed_up():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        equal(host.run("import", "acme", "PLAT/docs").code, 0)
        old = host.rows("SELECT id FROM repository WHERE path = 'PLAT/docs'")[0]["id"]
        before = host.rows("SELECT * FROM git_ref WHERE repository_id = ?", old)
        fake.mutate("delete_repository", repository="PLAT/docs")
        fake.mutate("create_repository", project="PLAT", name="docs", files={"other.txt": "other\n"})
        result = host.run("sync")
        equal(result.code, 3)
        assert "is now another repository" in result.err, result
        equal(host.rows("SELECT * FROM git_ref WHERE repository_id = ?", old), before)
        equal(host.rows("SELECT state FROM job WHERE repository_id = ?", old), [{"state": "blocked"}])
        equal(host.run("import", "acme", "PLAT/docs").code, 0)
        equal(host.rows("SELECT count(*) AS n FROM git_ref WHERE repository_id = ?", old), [{"n": len(before)}])


@test
def a_path_that_changes_hands_after_the_listing_is_noticed():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        fake.fault("replace", "/repos/docs/pull-requests", at="values[0].toRef.repository.id", value=999)
        fake.fault("replace", "/projects/GROE/repos/uber-uns$", at="id", value=999)
        for path in ("PLAT/docs", "GROE/uber-uns"):
            result = host.run("import", "acme", path)
            equal(result.code, 3)
            assert "is now another repository" in result.err, result
        equal(host.rows("SELECT * FROM git_ref"), [])


@test
def what_the_file_names_and_nobody_sees_is_warned_of():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, imports={"repositories": "PLAT/nosuch GROE/uber-uns", "auto_import": "NOSUCH"})
        result = host.run("sync")
        equal(result.code, 0)
        assert "acme.conf:9: warning: repositories: acme sees no repository PLAT/nosuch" in result.err, result
        assert "acme.conf:10: warning: auto_import: acme sees no organization" in result.err, result
        equal(result.err.count("warning"), 2)


@test
def two_connections_do_not_mix():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("dana", base_url=fake.url)
        host.connection("ron", base_url=fake.url, username="reader", password="reader")
        equal(host.run("sync").code, 0)
        for name, user in (("dana", None), ("ron", "reader")):
            rows = host.rows("SELECT path FROM repository WHERE connection = ? AND listed = 1", name)
            equal(sorted(row["path"] for row in rows), sorted(row["path"] for row in fake.truth(user)["repository"]))


if __name__ == "__main__":
    run()
