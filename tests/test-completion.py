#!/usr/bin/env python3
"""What bash and zsh complete: commands and options as --help tells them, names from the store. Prints TAP."""

import os
import shlex
import shutil
import subprocess

from hosting import BUILD, SOURCE, Hosting

from client import FakeBitbucket
from tap import Skip, equal, run, test

SCRIPT = os.path.join(SOURCE, "completion", "source-host.bash")


def output(shell, script):
    environment = os.environ | {"PATH": BUILD + os.pathsep + os.environ["PATH"]}
    result = subprocess.run([shell, "-c", script], capture_output=True, text=True, check=False, env=environment, timeout=60)
    equal((result.returncode, result.stderr), (0, ""))
    return [line for line in result.stdout.split("\n") if line]


def in_bash(words):
    return output("bash", f"""source {shlex.quote(SCRIPT)}
        COMP_WORDS=({shlex.join(words)}) COMP_CWORD={len(words) - 1}
        _source_host; printf '%s\\n' "${{COMPREPLY[@]}}" """)


def in_zsh(words):
    """Its widgets stand in for the line editor's, which there is none of here; all candidates come, not what fits."""
    if not shutil.which("zsh"):
        raise Skip("there is no zsh")
    with open(os.path.join(SOURCE, "completion", "_source-host.in"), encoding="utf-8") as file:
        script = file.read().replace("@datadir@/bash-completion/completions/source-host", shlex.quote(SCRIPT))
    return [one for one in output("zsh", f"""compadd() {{ shift; printf '%s\\n' "${{(P@)1}}"; }}
        words=({shlex.join(words)}) CURRENT={len(words)} PREFIX={shlex.quote(words[-1])}
        {script}""") if one.startswith(words[-1])]


def check(complete):
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, imports={"auto_import": "PLAT"})
        equal(host.run("sync").code, 0)
        fake.clear()

        def completed(*words):
            return set(complete(["source-host", *host.command()[1:], *words]))

        commands = completed("")
        assert {"import", "sync", "export", "auto-import", "status"} <= commands and "Options" not in commands, commands
        equal(completed("auto"), {"auto-import"})
        equal(completed("export", "--f"), {"--format"})
        assert {"--config", "--store", "--json"} <= completed("--"), completed("--")
        equal(completed("export", "--format", ""), {"ndjson", "csv"})
        equal(completed("import", ""), {"acme"})
        paths = {row["path"] for row in host.rows("SELECT path FROM repository")}
        assert len(paths) > 3
        equal(completed("import", "acme", ""), paths)
        equal(completed("explain", "acme", "PLAT/"), {path for path in paths if path.startswith("PLAT/")})
        keys = {row["key"] for row in host.rows("SELECT key FROM organization")}
        equal(completed("repos", "acme", "--org", ""), keys)
        equal(completed("auto-import", "acme", "PLAT", ""), {"on", "off"})
        equal(completed("connect", "bit"), {"bitbucket-server"})
        assert "pull_request_cycle" in completed("export", "pull")
        equal(completed("import", "nobody", ""), set())
        equal(fake.requests(), [])


@test
def bash():
    check(in_bash)


@test
def zsh():
    check(in_zsh)


if __name__ == "__main__":
    run()
