"""One noun has one name in all layers, and a module is named by what it contains."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
NOUNS: Final = {
    "accounts",
    "audit",
    "client_sessions",
    "clients",
    "collaborations",
    "conversations",
    "firms",
    "invoices",
    "kpis",
    "tokens",
}
SHARED: Final = {
    "gateway/schema": {"core"},
    "gateway/resolvers": {"core", "memberships"},  # places of people in firms and in clients alike
    "tests/graph": {"core", "memberships", "proofs", "stateful"},
}
SHARED_POLICIES: Final = {"refusals", "ties", "vocabulary"}
TYPES: Final = {"types", "enums", "inputs", "mutations", "invitation_types"}
"""What a noun may have in the schema."""


def folders(parent: Path) -> set[str]:
    return {each.name for each in parent.iterdir() if each.is_dir() and (each / "__init__.py").is_file()}


def gerunds(names: Iterable[str]) -> list[str]:
    return sorted(name for name in names if name.endswith("ing"))


def strange_policies(names: Iterable[str]) -> list[str]:
    """Policy files that are neither a noun, nor a capability of one, nor shared."""
    prefixes = tuple(f"{noun.removesuffix('s')}_" for noun in NOUNS)
    known = NOUNS | SHARED_POLICIES
    return sorted(name for name in names if name not in known and not name.startswith(prefixes))


@pytest.mark.parametrize("layer", SHARED)
def test_each_layer_has_the_same_nouns(layer: str):
    assert folders(ROOT / layer) == NOUNS | SHARED[layer]


def test_each_noun_has_the_same_modules_in_the_schema():
    found = {path.stem for noun in NOUNS for path in (ROOT / "gateway/schema" / noun).glob("*.py")}

    assert found == TYPES | {"__init__"}


def test_each_noun_has_its_policy():
    files = {path.stem for path in (ROOT / "policies").glob("*.polar")}

    assert strange_policies(files) == []
    assert NOUNS - files == set()


def test_no_module_is_named_by_a_gerund():
    modules = [path for layer in ("gateway", "tests", "benchmarks") for path in (ROOT / layer).rglob("*.py")]
    ours = [path for path in modules if not {"node_modules", "versions"} & set(path.parts)]

    assert gerunds(path.stem for path in ours) == []


def test_each_rule_finds_what_breaks_it():
    assert gerunds(["paying", "payers"]) == ["paying"]
    assert strange_policies(["clients", "client_sessions", "programme", "sessions"]) == ["programme", "sessions"]
