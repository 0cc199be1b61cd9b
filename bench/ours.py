"""source-host as it is built, with directories of its own, and the commands that it is compared with."""

import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(HERE)
sys.path[:0] = [os.path.join(SOURCE, "tests"), os.path.join(SOURCE, "tests", "bitbucket")]
sys.dont_write_bytecode = True

from hosting import BUILD, PASSWORD, Hosting

LIBRARIES = os.path.join(BUILD, ".libs")
# Not libtool's script of the same name, which is a shell before it is source-host.
PROGRAM = os.path.join(LIBRARIES, "source-host")
MADE = os.path.join(BUILD, "bench")
ENVIRONMENT = {key: value for key, value in os.environ.items()
               if not key.lower().endswith("_proxy") and not key.startswith(("SOURCE_HOST_", "GIT_"))}
OURS = ENVIRONMENT | {"LD_LIBRARY_PATH": LIBRARIES}
GIT = ENVIRONMENT | {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0"}


def helper(name):
    """One of bench/*.c, as the build made it."""
    return os.path.join(MADE, name)


class Host(Hosting):
    """Connection `acme`; its data is kept until forget()."""

    def command(self, *arguments, data=None):
        return [PROGRAM, *super().command(*arguments, data=data)[1:]]

    def forget(self):
        shutil.rmtree(self.data, ignore_errors=True)

    def keep(self):
        """Copies the data, which restore() brings back as often as wanted."""
        shutil.rmtree(self.data + ".kept", ignore_errors=True)
        shutil.copytree(self.data, self.data + ".kept", symlinks=True)

    def restore(self):
        self.forget()
        shutil.copytree(self.data + ".kept", self.data, symlinks=True)


class Curl:
    """curl for a list of URLs, whose answers go nowhere."""

    def __init__(self, folder, urls, parallel=0):
        self.config = os.path.join(folder, "curl.conf")
        with open(self.config, "w", encoding="utf-8") as file:
            file.writelines(f'url = "{url}"\noutput = "/dev/null"\n' for url in urls)
        self.command = ["curl", "--disable", "--silent", "--show-error", "--fail", "--user",
                        f"flow-service:{PASSWORD}", "--config", self.config]
        if parallel:
            self.command += ["--parallel", "--parallel-max", str(parallel)]
