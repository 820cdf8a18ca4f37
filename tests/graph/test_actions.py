"""Actions are mutations (D63): each has its mutation, and one is offered exactly when the mutation would change something."""

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from graphql import GraphQLEnumType, build_schema

from gateway.policy import Policy
from gateway.schema.build import sdl

Inputs = Iterator[tuple[str, dict[str, Any]]]
"""Mutations and their inputs, one of which succeeds if the action may be done."""

PLACED: Final = "2026-03-01T09:00:00+00:00"
LINE: Final = {"description": "A year", "quantity": 1, "unitAmount": "10.00"}
BILL: Final = {"lines": [LINE], "taxPercent": "25", "currency": "EUR"}
PROFILE: Final = {"displayName": "N", "description": "D", "specialties": ["S"], "location": "L", "languages": ["da"]}
KPIS: Final = ["MISSING_RECEIPTS"]


def mutation_of(action: str) -> str:
    return re.sub("_([A-Z])", lambda found: found[1], action.lower().replace("_", " ").title().replace(" ", "_"))


def named(action: str) -> str:
    first, *rest = action.lower().split("_")
    return first + "".join(part.title() for part in rest)


@pytest.fixture(scope="module")
def mutations() -> set[str]:
    schema = build_schema(sdl())
    assert schema.mutation_type is not None
    return set(schema.mutation_type.fields)


def test_each_action_of_the_graph_is_a_mutation(mutations: set[str]) -> None:
    enums = [each for each in build_schema(sdl()).type_map.values() if isinstance(each, GraphQLEnumType)]
    actions = {value for each in enums if each.name.endswith("Action") for value in each.values}

    assert actions
    assert {named(action) for action in actions} - mutations == set()


def test_each_action_of_the_policy_is_a_mutation(policy: Policy, mutations: set[str]) -> None:
    decisions = {rule: decision for (_, rule), decision in policy.compiled.decisions.items()}
    actions = {
        str(words[0])
        for (_, rule), decision in policy.compiled.decisions.items()
        if rule in ("may", "idle")
        for words in decision.sums
    }

    assert "may" in decisions
    assert {named(action) for action in actions} - mutations == set()
