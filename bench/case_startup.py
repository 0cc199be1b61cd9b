"""Start-up: `source-host providers` beside `curl --version`."""

from measure import in_turn, peak_kib, run
from ours import ENVIRONMENT, OURS, Host, helper
from report import Row

PAIRS, AT_A_TIME, RATIO = 5, 40, 1.5


def rows():
    with Host() as host:
        ours = host.command("providers")

        def many(command, environment):
            """The mean of many runs: one alone is over before it can be measured well."""
            return sum(run(command, environment) for _ in range(AT_A_TIME)) / AT_A_TIME

        reference, taken = in_turn(lambda: many(["curl", "--version"], ENVIRONMENT), lambda: many(ours, OURS), PAIRS)
        yield Row("source-host providers", taken, reference, bound=RATIO, peak_kib=peak_kib(helper("peak"), ours, OURS))
