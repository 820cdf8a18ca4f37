"""The policy is the matrix of the specification: every viewer kind, role and tuple of facts, each row, field and word."""

from functools import partial
from itertools import islice
from typing import Final

import pytest

from gateway.policy.policy import Policy
from gateway.resolvers.core.refusals import CONFLICTS, RULES
from tests.policies.tables import TABLES
from tests.policies.tables.grid import VIEWERS
from tests.policies.tables.judge import differences, leaves

SHOWN: Final = 12
EVERY: Final = [
    pytest.param(kind, role, type_name, id=f"{kind}-{role}-{type_name}")
    for type_name in TABLES
    for kind, role in VIEWERS
]
READING: Final = {"read", "see", "hidden_because"}


@pytest.mark.parametrize(("kind", "role", "type_name"), EVERY)
def test_every_tuple_of_facts_gets_what_the_table_says(policy: Policy, kind, role, type_name):
    found = list(islice(differences(policy.plan_for(kind, role, type_name), TABLES[type_name]), SHOWN))

    assert not found, "\n".join(["the policy is not the table (the first differences):", *found])


def test_every_viewer_and_every_type_of_the_policy_has_a_table(policy: Policy):
    kinds = policy.vocabulary.kinds.values()

    assert {(kind.name, role) for kind in kinds for role in kind.roles} == set(VIEWERS)
    assert set(policy.types) == set(TABLES)


@pytest.mark.parametrize("type_name", TABLES)
def test_every_column_of_a_table_judges_every_field_of_its_type(policy: Policy, type_name):
    fields = set(policy.plan_for("FirmViewer", "admin", type_name).bits)

    assert {column: set(cells) for column, cells in TABLES[type_name].cells.items()} == dict.fromkeys(
        TABLES[type_name].cells, fields
    )


def test_every_rule_that_gives_words_is_typed(policy: Policy):
    typed = {
        (name, rule)
        for name, table in TABLES.items()
        for rule in (*table.words, *table.firsts, *table.holds, *table.unseen, *table.whys)
    }
    asked = {(name, rule) for name, rule in policy.compiled.decisions if rule not in READING}

    assert asked == typed


def test_every_word_of_a_refusal_has_its_text(policy: Policy):
    words = {
        str(words[-1])
        for (_, rule), decision in policy.compiled.decisions.items()
        if rule == "refuses"
        for words in decision.sums
    }

    assert words == CONFLICTS.keys() | RULES.keys()
    assert not CONFLICTS.keys() & RULES.keys()


@pytest.mark.parametrize("type_name", TABLES)
def test_every_column_of_a_table_is_somebodys(policy: Policy, type_name):
    table = TABLES[type_name]
    found = {
        column
        for kind, role in VIEWERS
        for _, column in leaves(policy.plan_for(kind, role, type_name), partial(table.column_of, VIEWERS[kind, role]))
    }

    assert found - {None} == set(table.cells)
