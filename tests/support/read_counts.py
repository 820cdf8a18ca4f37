"""How the valid reads of the graph suite are executed: by compiled statements, or field by field and why.

Each worker counts; the first process adds, prints, and fails the run if fewer reads are compiled than before.
"""

from collections import Counter
from typing import Any, Final

import pytest

from gateway.reads.requests import Reason

COMPILED: Final = "compiled"
MIN_SHARE: Final = 0.95
ENOUGH: Final = 2_000
"""Reads from which on the share says something: of a whole run of the suite."""
MOST_WALKED: Final = {Reason.FIELD: 60, Reason.CURSOR: 60, Reason.TOO_LARGE: 200, Reason.IDENTITY: 100}
"""Of valid reads in the whole suite. Introspection is FIELD; a test that changes who asks makes IDENTITY."""
COUNTS: Final[Counter[str]] = Counter()
"""Those of this process."""
KEY: Final = "gateway_reads"


def faults(counts: Counter[str]) -> list[str]:
    """What is worse than it may be."""
    found = [
        f"{count} valid reads were executed field by field because of {reason!r}; at most {MOST_WALKED.get(Reason(reason), 0)} may be"
        for reason, count in sorted(counts.items())
        if reason != COMPILED and count > MOST_WALKED.get(Reason(reason), 0)
    ]
    total = counts.total()
    if total >= ENOUGH and counts[COMPILED] < MIN_SHARE * total:
        found.append(f"only {counts[COMPILED]} of {total} valid reads were compiled")
    return found


def pytest_sessionfinish(session: pytest.Session) -> None:
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[KEY] = {str(reason): count for reason, count in COUNTS.items()}
    elif faults(COUNTS):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker of pytest-xdist has ended."""
    COUNTS.update(getattr(node, "workeroutput", {}).get(KEY, {}))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not COUNTS:
        return
    terminalreporter.section("valid reads of the graph suite")
    for reason, count in COUNTS.most_common():
        terminalreporter.write_line(f"{count:6} {reason}")
    for fault in faults(COUNTS):
        terminalreporter.write_line(f"FAILED: {fault}", red=True)
