"""Profiles: introspection shows a kind of viewer what it can ever see or do, and nothing else; the policy alone decides."""

from collections import defaultdict
from itertools import product
from typing import Any, Final

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, get_named_type, validate_schema

from gateway.names import action_of
from gateway.policy import Plan, Policy
from gateway.policy.diff import ALL, EMPTY
from gateway.schema.build import build_schema
from gateway.schema.profiles import Profiles, profile, text_of
from tests.policies.conftest import POLICIES

ROOT: Final = POLICIES.parent
KINDS: Final = (
    "FirmViewer", "ClientViewer", "PlatformViewer", "SystemViewer", "FirmToken", "ClientToken", "PlatformReporter",
    "ClientReporter", "Memberless", "Anonymous",
)  # fmt: skip


@pytest.fixture(scope="module")
def whole(policy: Policy) -> GraphQLSchema:
    return build_schema(policy)


@pytest.fixture(scope="module")
def shown(policy: Policy, whole: GraphQLSchema) -> dict[str, dict[str, set[str]]]:
    """The fields of each type, as each kind of viewer is shown them."""
    return {kind: fields(profile(whole, policy, kind)) for kind in KINDS}


def fields(schema: GraphQLSchema) -> dict[str, set[str]]:
    return {
        name: set(type_.fields)
        for name, type_ in schema.type_map.items()
        if isinstance(type_, GraphQLObjectType) and not name.startswith("__")
    }


def situations(plan: Plan) -> Any:
    """Each situation in which the row can be read, as its facts decide it."""
    domains = []
    asked = plan.asks("read", "see")
    for name in plan.order:
        fact = plan.declared[name]
        if name not in asked:
            domains.append((0 if fact.domain is None else fact.default,))
        elif fact.domain is None:
            words = sum(plan.set_bits[name].values())
            domains.append((0, words))
        else:
            domains.append(tuple(fact.domain))
    return (plan.situation(key) for key in product(*domains) if plan.reads(key))


def test_the_kinds_of_viewers_are_those_of_the_policy(policy: Policy) -> None:
    assert set(policy.vocabulary.kinds) == set(KINDS)
    assert EMPTY != ALL


@pytest.mark.parametrize("kind", KINDS)
def test_a_field_is_shown_if_and_only_if_some_situation_shows_it(
    policy: Policy, whole: GraphQLSchema, shown: dict[str, dict[str, set[str]]], kind: str
) -> None:
    seen: defaultdict[str, set[str]] = defaultdict(set)
    for type_name in policy.types:
        for role in policy.vocabulary.kinds[kind].roles:
            for situation in situations(policy.plan_for(kind, role, type_name)):
                seen[type_name] |= {name for name in situation.visible() if "(" not in name}
                seen[type_name].add("")  # the row itself
    wrong = []
    for type_name in policy.types:
        known: Any = whole.type_map.get(type_name)
        if known is None:
            continue
        for field in known.fields:
            if field not in policy.bits(type_name):
                continue
            leads_to = get_named_type(known.fields[field].type).name
            nodes = getattr(whole.type_map[leads_to], "fields", {}).get("nodes")
            target = leads_to if nodes is None else get_named_type(nodes.type).name
            is_somewhere = target not in policy.types or bool(seen[target])
            if (field in seen[type_name] and is_somewhere) != (field in shown[kind].get(type_name, set())):
                wrong.append(f"{type_name}.{field}")

    assert wrong == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_mutation_is_shown_if_and_only_if_some_situation_allows_it_or_no_rule_decides_it(
    policy: Policy, whole: GraphQLSchema, shown: dict[str, dict[str, set[str]]], kind: str
) -> None:
    decided: set[str] = set()
    allowed: set[str] = set()
    for (type_name, rule), decision in policy.compiled.decisions.items():
        if rule in ("may", "idle"):
            decided |= {str(words[0]) for words in decision.sums}
            for role in policy.vocabulary.kinds[kind].roles:
                plan = policy.plan_for(kind, role, type_name)
                allowed |= {str(words[0]) for words in decision.sums if plan.can_ever(rule, str(words[0]))}
    mutations: Any = whole.mutation_type
    expected = {name for name in mutations.fields if action_of(name) not in decided - allowed}

    assert shown[kind]["Mutation"] == expected


@pytest.mark.parametrize("kind", KINDS)
def test_a_profile_is_a_valid_schema_and_its_text_is_committed(policy: Policy, whole: GraphQLSchema, kind: str) -> None:
    made = profile(whole, policy, kind)

    assert validate_schema(made) == []
    assert (ROOT / "docs/profiles" / f"{kind}.graphql").read_text("utf-8") == text_of(made)
    for name, type_ in fields(made).items():
        assert type_ <= fields(whole)[name]


def test_what_nobody_of_a_kind_can_do_is_left_out(shown: dict[str, dict[str, set[str]]]) -> None:
    assert "decideVerification" in shown["PlatformViewer"]["Mutation"]
    assert "decideVerification" not in shown["FirmViewer"]["Mutation"]
    assert "Client" not in shown["Anonymous"]
    assert "clients" not in shown["Anonymous"]["Query"]
    assert "InvoiceLine" not in shown["PlatformReporter"]


def test_a_profile_is_made_once_for_each_kind_and_again_for_another_policy(
    policy: Policy, whole: GraphQLSchema, rows: Any
) -> None:
    profiles = Profiles(whole)
    first = profiles.of(policy, "Anonymous")

    assert profiles.of(policy, "Anonymous") is first
    other = Policy.load(POLICIES, rows)
    assert (profiles.of(other, "Anonymous") is first) == (other.version == policy.version)
