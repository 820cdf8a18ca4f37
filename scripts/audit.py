"""Audits the releases of a lock for known advisories.

Usage: python scripts/audit.py [--required] LOCK

Exits with 1 if a release has an advisory that is not listed in audit-exceptions.toml, if that file has an error, or if an
entry of it is no longer needed. Where no advisory service can be reached, the audit is skipped with a message; with
--required this is an error, too.
"""

import argparse
import datetime
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

EXCEPTIONS = Path(__file__).parent / "audit-exceptions.toml"
FIELDS = {"advisory": str, "package": str, "reason": str, "until": datetime.date}
LOCKED = re.compile(r"^([a-z0-9-]+)==([^\s;]+)", re.MULTILINE)
# How pip-audit ends when its service does not answer, or answers with an HTTP error other than 404.
UNREACHABLE = re.compile(
    r"requests\.exceptions\.(?:ConnectionError|ProxyError|SSLError|\w*Timeout)\b|ServiceError\b|ConnectionError\b"
    r"|Could not connect to"
)


class Unavailable(Exception):
    """No advisory service can be reached from this machine."""


def complaints_about(exceptions: list[dict[str, Any]], today: datetime.date) -> list[str]:
    """Returns what is wrong with the listed exceptions: a field that is missing or empty, or a date in the past."""
    found = []
    for number, exception in enumerate(exceptions, 1):
        name = exception.get("advisory") or f"number {number}"
        for field, kind in FIELDS.items():
            value = exception.get(field)
            # A TOML date-time is a date for isinstance, but cannot be compared with one.
            if type(value) is not kind or (kind is str and not value.strip()):
                found.append(f"The exception {name} needs `{field}`, a {kind.__name__}.")
        found.extend(
            f"The exception {name} has the unknown field `{field}`." for field in exception.keys() - FIELDS.keys()
        )
        until = exception.get("until")
        if type(until) is datetime.date and until < today:
            found.append(f"The exception {name} ended on {until}. Update the package, or give a new reason and date.")
    return found


def complaints_of(report: dict[str, Any], exceptions: list[dict[str, Any]]) -> list[str]:
    """Returns the findings of a pip-audit report that no exception covers, and the exceptions that cover none.

    Raises Unavailable if the service knows none of the releases: pip-audit reports success in that case.
    """
    dependencies = report["dependencies"]
    unknown = [dependency for dependency in dependencies if "skip_reason" in dependency]
    if len(unknown) == len(dependencies):
        raise Unavailable("the package index in use does not serve advisories")

    found = [f"{dependency['name']} could not be audited: {dependency['skip_reason']}" for dependency in unknown]
    used = set()
    for dependency in dependencies:
        for advisory in dependency.get("vulns", []):
            names = {advisory["id"], *advisory["aliases"]}
            covering = {
                number
                for number, exception in enumerate(exceptions)
                if exception["package"] == dependency["name"] and exception["advisory"] in names
            }
            used |= covering
            if not covering:
                fixed = ", ".join(advisory["fix_versions"]) or "no release"
                found.append(
                    f"{dependency['name']} {dependency['version']}: {', '.join(sorted(names))}, fixed in {fixed}."
                )
    found.extend(
        f"The exception {exception['advisory']} of {exception['package']} is no longer needed. Remove it."
        for number, exception in enumerate(exceptions)
        if number not in used
    )
    return found


def report_on(releases: list[tuple[str, str]]) -> dict[str, Any]:
    """Returns what pip-audit reports about the releases, those for other platforms included.

    Raises Unavailable if its service cannot be reached, and RuntimeError if pip-audit fails in another way.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirements:
        requirements.writelines(f"{name}=={version}\n" for name, version in releases)
        requirements.flush()
        command = [sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "--progress-spinner=off"]
        done = subprocess.run(  # noqa: S603
            [*command, "--format=json", "--requirement", requirements.name], capture_output=True, text=True, check=False
        )
    try:
        report = json.loads(done.stdout)
    except ValueError:
        last = done.stderr.strip().rpartition("\n")[2]
        if UNREACHABLE.search(done.stderr):
            raise Unavailable(last) from None
        raise RuntimeError(f"pip-audit failed: {last}") from None
    audited = {dependency["name"] for dependency in report["dependencies"]}
    if audited != {name for name, _ in releases}:
        raise RuntimeError("pip-audit did not report on every release.")
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("lock", type=Path, metavar="LOCK")
    parser.add_argument("--required", action="store_true", help="fail where no advisory service can be reached")
    arguments = parser.parse_args()

    exceptions = tomllib.loads(EXCEPTIONS.read_text()).get("exception", [])
    found = complaints_about(exceptions, datetime.datetime.now(datetime.UTC).date())
    if found:
        sys.exit("\n".join(found))
    releases = LOCKED.findall(arguments.lock.read_text())
    try:
        found = complaints_of(report_on(releases), exceptions)
    except Unavailable as reason:
        message = f"The audit of {arguments.lock} was skipped, so nothing is known about advisories: {reason}."
        sys.exit(message) if arguments.required else print(message, file=sys.stderr)  # noqa: T201
        return
    except RuntimeError as error:
        sys.exit(str(error))
    if found:
        sys.exit("\n".join(found))
    print(f"None of the {len(releases)} releases in {arguments.lock} has an advisory without an exception.")  # noqa: T201


if __name__ == "__main__":
    main()
