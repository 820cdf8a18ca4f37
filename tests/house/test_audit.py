"""The audit of the locks fails on findings, and does not take a missing service for a clean report."""

import datetime
import importlib.util
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TODAY = datetime.date(2026, 12, 1)


def load_audit():
    spec = importlib.util.spec_from_file_location("audit", ROOT / "scripts" / "audit.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


AUDIT = load_audit()


def finding(identifier="PYSEC-2026-1", aliases=("CVE-2026-1",), name="example"):
    advisory = {"id": identifier, "aliases": list(aliases), "fix_versions": ["1.1"], "description": ""}
    return {"name": name, "version": "1.0", "vulns": [advisory]}


CLEAN = {"name": "clean", "version": "2.0", "vulns": []}
UNKNOWN = {"name": "unknown", "skip_reason": "not found"}
EXCEPTION = {"advisory": "CVE-2026-1", "package": "example", "reason": "The call is not used.", "until": TODAY}


def test_the_committed_exceptions_are_complete():
    listed = tomllib.loads(AUDIT.EXCEPTIONS.read_text()).get("exception", [])

    assert AUDIT.complaints_about(listed, datetime.date.min) == []


def test_the_example_in_the_file_of_exceptions_is_complete():
    commented = re.findall(r"^# (\[\[exception\]\]|\w+ = .*)$", AUDIT.EXCEPTIONS.read_text(), re.MULTILINE)
    (example,) = tomllib.loads("\n".join(commented))["exception"]

    assert AUDIT.complaints_about([example], example["until"]) == []


def test_an_exception_with_a_reason_and_a_date_holds_until_that_day():
    assert AUDIT.complaints_about([EXCEPTION], TODAY) == []
    assert AUDIT.complaints_about([EXCEPTION], TODAY + datetime.timedelta(days=1)) == [
        "The exception CVE-2026-1 ended on 2026-12-01. Update the package, or give a new reason and date."
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": None}, "reason"),
        ({"reason": " "}, "reason"),
        ({"until": None}, "until"),
        ({"until": "2026-12-01"}, "until"),
        ({"until": datetime.datetime(2026, 12, 1, tzinfo=datetime.UTC)}, "until"),
        ({"package": None}, "package"),
        ({"untill": TODAY}, "untill"),
    ],
)
def test_an_exception_without_a_reason_or_a_date_is_refused(changes, field):
    merged = {name: value for name, value in {**EXCEPTION, **changes}.items() if value is not None}
    (complaint,) = AUDIT.complaints_about([merged], TODAY)

    assert f"`{field}`" in complaint


def test_a_finding_fails_unless_an_exception_names_its_advisory_and_package():
    report = {"dependencies": [CLEAN, finding()]}

    assert AUDIT.complaints_of(report, []) == ["example 1.0: CVE-2026-1, PYSEC-2026-1, fixed in 1.1."]
    assert AUDIT.complaints_of(report, [EXCEPTION]) == []
    assert len(AUDIT.complaints_of(report, [{**EXCEPTION, "package": "another"}])) == 2
    assert len(AUDIT.complaints_of({"dependencies": [finding("PYSEC-2026-2", ())]}, [EXCEPTION])) == 2


def test_an_exception_that_is_no_longer_needed_fails():
    assert AUDIT.complaints_of({"dependencies": [CLEAN]}, [EXCEPTION]) == [
        "The exception CVE-2026-1 of example is no longer needed. Remove it."
    ]


def test_a_release_that_the_service_does_not_know_fails():
    assert AUDIT.complaints_of({"dependencies": [CLEAN, UNKNOWN]}, []) == ["unknown could not be audited: not found"]


def test_a_service_that_knows_no_release_is_no_clean_report():
    with pytest.raises(AUDIT.Unavailable):
        AUDIT.complaints_of({"dependencies": [UNKNOWN, {**UNKNOWN, "name": "other"}]}, [])


def test_a_network_without_the_service_is_no_clean_report(monkeypatch):
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(AUDIT.Unavailable):
        AUDIT.report_on([("example", "0.0.0.dev1")])


def test_another_failure_of_the_audit_is_an_error():
    with pytest.raises(RuntimeError):
        AUDIT.report_on([("not a name", "2.0")])
