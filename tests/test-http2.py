#!/usr/bin/env python3
"""What a proxy of today offers is used: HTTP/2, one connection for all, compression. Prints TAP."""

from certificates import Certificates
from hosting import Hosting
from nginx import Http2
from tracing import Trace, trace_of

from client import FakeBitbucket
from tap import equal, run, test


def listed(host, *options):
    result = host.run(*options, "repos", "acme", "--json")
    equal((result.code, result.err), (0, ""))
    return len(result.objects)


@test
def requests_share_one_connection_and_are_compressed():
    with Certificates() as authority, \
            FakeBitbucket("--world", "listing", "--repositories", 2500, "--organizations", 20, "--page-cap", 100) as fake, \
            Http2(fake.url, *authority.signed("server")) as proxy, Hosting() as host:
        host.connection("acme", base_url=proxy.url, ca_file=authority.authority)
        equal(listed(host), 2500)
        equal(listed(host, "--trace", trace_of(host)), 2500)
        assert len({span["tid"] for span in Trace.read(host).of("request")}) > 2  # it asks ahead
        asked = proxy.requests()
        equal({line.protocol for line in asked}, {"HTTP/2.0"})
        equal(len({line.connection for line in asked}), 2)  # one for each command
        pages = [line for line in asked if "/repos?" in line.path]
        starts = [sorted(int(line.path.split("start=")[1].split("&")[0]) for line in pages if line.connection == of)
                  for of in sorted({line.connection for line in asked}, key=int)]
        equal(starts[0], list(range(0, 2500, 100)))
        # Of the second, 1000 and 2000 go out before it is known how long pages are, and again in their turn.
        equal(sorted(set(starts[1])), starts[0])
        assert len(starts[1]) <= 27, starts
        assert set(start for start in starts[1] if starts[1].count(start) > 1) <= {1000, 2000}, starts
        assert all(float(line.gzip_ratio) > 2 for line in pages if line.status == "200"), pages


@test
def an_import_with_git():
    with Certificates() as authority, FakeBitbucket() as fake, Http2(fake.url, *authority.signed("server")) as proxy, \
            Hosting() as host:
        host.connection("acme", base_url=proxy.url, ca_file=authority.authority)
        result = host.run("import", "acme", "PLAT/api")
        equal((result.code, result.err), (0, ""))
        api = next(row["id"] for row in fake.truth()["repository"] if row["path"] == "PLAT/api")
        equal(host.rows("SELECT count(*) AS n FROM pull_request"),
              [{"n": sum(row["repository_id"] == api for row in fake.truth()["pull_request"])}])
        assert any("git-upload-pack" in line.path for line in proxy.requests())


if __name__ == "__main__":
    run()
