"""Actions are mutations (D63): each action of the graph and of the policy is the name of one, in capitals."""

import pytest
from graphql import GraphQLEnumType, build_schema
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.names import field_of
from gateway.policy import Policy
from gateway.schema.build import sdl
from tests.graph.conftest import Ask

FOUND = "query ($action: AuditAction!) { auditLog(action: $action, first: 1) { nodes { action } } }"


@pytest.fixture(scope="module")
def mutations() -> set[str]:
    schema = build_schema(sdl())
    assert schema.mutation_type is not None
    return set(schema.mutation_type.fields)


def test_each_action_of_the_graph_is_a_mutation(mutations: set[str]) -> None:
    enums = [each for each in build_schema(sdl()).type_map.values() if isinstance(each, GraphQLEnumType)]
    actions = {value for each in enums if each.name == "Action" for value in each.values}

    assert actions
    assert {field_of(action) for action in actions} - mutations == set()


def test_each_action_of_the_policy_is_a_mutation(policy: Policy, mutations: set[str]) -> None:
    actions = {
        str(words[0])
        for (_, rule), decision in policy.compiled.decisions.items()
        if rule in ("may", "idle")
        for words in decision.sums
    }

    assert actions
    assert {field_of(action) for action in actions} - mutations == set()


async def test_each_action_of_the_seeded_trail_is_a_mutation_and_finds_its_entries(
    ask: Ask, world: AsyncConnection, mutations: set[str]
) -> None:
    seeded = (await world.scalars(text("SELECT DISTINCT action FROM audit_entry"))).all()

    assert seeded
    assert {field_of(action) for action in seeded} - mutations == set()
    for action in seeded:
        (entry, *_) = (await ask.data("pia", FOUND, action=action))["auditLog"]["nodes"]
        assert entry == {"action": action}
