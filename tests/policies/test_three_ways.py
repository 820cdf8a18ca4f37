"""The model of the specification, the compiled SQL with its masks, and Polar itself give one answer, on random worlds."""

import os
from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis.database import DirectoryBasedExampleDatabase
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.policy import Plan, Policy
from gateway.policy.cubes import Key
from tests.policies import model, worlds
from tests.policies.comparison import TYPES, found, in_scope, keyed, keys_of, of_facts, of_polar, of_rules, truth
from tests.policies.crowd import crowd
from tests.policies.facts import COLUMNS, FACTS
from tests.policies.model import Seer, World
from tests.policies.tables.judge import holds as summed

EXAMPLES = int(os.environ.get("THREE_WAYS_EXAMPLES", "60"))
KEPT = os.environ.get("THREE_WAYS_KEPT")  # a folder for what failed, for long random runs


def test_the_model_speaks_of_every_type_that_the_policy_decides(policy: Policy):
    assert set(TYPES) == set(policy.types)


def test_the_model_finds_every_fact_that_the_vocabulary_declares(policy: Policy):
    declared = {(name, fact) for name, facts in policy.vocabulary.facts.items() for fact in facts}
    columns = {(name, column) for name, columns in policy.vocabulary.columns.items() for column in columns}

    assert {(kind.__name__, fact) for kind, facts in FACTS.items() for fact in facts} == declared
    assert {(kind.__name__, column) for kind, columns in COLUMNS.items() for column in columns} == columns


@settings(
    max_examples=EXAMPLES,
    derandomize=KEPT is None,
    database=DirectoryBasedExampleDatabase(KEPT) if KEPT else None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@example(world=worlds.crowded())
@given(world=worlds.worlds())
async def test_model_and_sql_and_polar_agree(empty: AsyncEngine, policy: Policy, world: World):
    async with empty.connect() as connection, connection.begin() as transaction:
        await worlds.write(connection, world)
        differences = [
            f"{seer}\n    {type_name} {key}: {difference}"
            for seer, viewer in worlds.askers(world)
            for type_name, kind in TYPES.items()
            for key, difference in await compared(
                connection, world, seer, policy.plan(viewer, type_name), viewer, kind, policy
            )
        ]
        await transaction.rollback()

    assert not differences, "\n".join([*differences[:9], "in the world", *map(str, world.rows)])


NEVER: Final = {
    ("Firm", "fitting", False): "a firm of another kind is refused by the database; H14 is asked of it all the same",
}
"""Values that no row can give a fact."""


async def test_model_and_sql_agree_in_the_crowd(empty: AsyncEngine, policy: Policy):
    """Every fact and every rule, in the world that has each near miss; that Polar agrees is asked in the smaller ones."""
    world = crowd()
    async with empty.connect() as connection, connection.begin() as transaction:
        await worlds.write(connection, world)
        differences = [
            f"{seer} {type_name} {key}: {line}"
            for seer, viewer in worlds.askers(world)
            for type_name, kind in TYPES.items()
            for key, line in await of_model(connection, world, seer, policy.plan(viewer, type_name), viewer, kind)
        ]
        await transaction.rollback()

    assert not differences, "\n".join(differences[:9])


async def of_model(
    connection: AsyncConnection, world: World, seer: Seer, plan: Plan, viewer: Any, kind: type
) -> list[tuple[Any, str]]:
    rows = await found(connection, plan, viewer)
    return [
        (key, line)
        for key, facts in truth(world, seer, kind).items()
        for line in (*of_facts(plan, rows[key], facts), *of_rules(plan, rows[key][: len(plan.order)], facts))
    ]


def test_each_fact_has_each_of_its_values_in_the_crowd(policy: Policy):
    """Else nothing would tell apart what a rule says of the one and of the other."""
    world, met, possible = crowd(), set[tuple[str, str, str, Any]](), set[tuple[str, str, str, Any]]()
    for seer, viewer in worlds.askers(world):
        for type_name, kind in TYPES.items():
            plan = policy.plan(viewer, type_name)
            for facts in truth(world, seer, kind).values():
                for name in plan.order:
                    values = facts[name] if isinstance(facts[name], frozenset) else {facts[name]}
                    met |= {(plan.kind.name, type_name, name, value) for value in values}
    for plan in policy.plans():
        for name in plan.order:
            values = plan.declared[name].domain or tuple(plan.set_bits[name])
            possible |= {(plan.kind.name, plan.type_name, name, value) for value in values}

    assert {(type_name, name, value) for _, type_name, name, value in possible - met} == NEVER.keys()


async def test_every_plan_reads_each_row_once_and_its_conditions_say_what_its_masks_say(
    empty: AsyncEngine, policy: Policy
):
    world = worlds.crowded()
    roles = {(type(viewer).__name__, viewer.role): viewer for _, viewer in reversed(worlds.askers(world))}
    async with empty.connect() as connection, connection.begin() as transaction:
        await worlds.write(connection, world)
        for plan in policy.plans():
            viewer = roles[plan.kind.name, plan.role]
            rows = keyed((await connection.execute(plan.select(*keys_of(plan)), plan.bind(viewer))).all(), plan)
            counted = await connection.scalar(plan.plain(sa.func.count()), plan.bind(viewer))
            cases = list(dict.fromkeys(of_plan(plan)))
            conditions = [plan.predicate(rule, *said).label(f"c{number}") for number, (rule, said) in enumerate(cases)]
            statement = plan.plain(*keys_of(plan), *conditions)
            judged = keyed((await connection.execute(statement, plan.bind(viewer))).all(), plan)

            assert counted == len(rows) == len(judged), plan.type_name
            for key, answers in judged.items():
                facts = plan.met(rows[key])
                held = {case for case, answer in zip(cases, answers, strict=True) if answer}
                assert held == {case for case in cases if holds(plan, facts.key, *case)}, (
                    plan.kind.name,
                    plan.role,
                    plan.type_name,
                    key,
                )
        await transaction.rollback()
    assert len(policy.plans()) == len(roles) * len(policy.types)


def of_plan(plan: Plan) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each rule with each words that it gives: of a rule for any field, one field."""
    anything = next(iter(plan.bits))
    for rule, decision in plan.decisions.items():
        for said in decision.sums:
            yield rule, tuple(anything if word is None else word for word in said)


def holds(plan: Plan, key: Key, rule: str, said: tuple[str, ...]) -> bool:
    """What the generated Python says; a rule of two words or of none has no function that lists all, and is summed up."""
    match rule, said:
        case "see", (field,):
            return bool(plan.mask(key) & plan.bits[field])
        case _, (word,):
            return word in plan.words(rule, key)
        case _:
            return summed(plan, rule, key, *said)


async def compared(
    connection: AsyncConnection, world: World, seer: Seer, plan: Plan, viewer: Any, kind: type, policy: Policy
) -> list[tuple[Any, str]]:
    """Where the model, the SQL with its generated Python, and Polar differ: facts, rows, fields and the words of every rule."""
    expected, facts = model.seen(world, seer, kind), truth(world, seer, kind)
    rows, everything = await in_scope(connection, plan, viewer), await found(connection, plan, viewer)
    differences: list[tuple[Any, str]] = []
    for row in world.all(kind):
        wanted, key = expected.get(row.id, set()), everything[row.id][: len(plan.order)]
        visible = set(plan.situation(key).visible()) if row.id in rows else set()
        lines = [
            *of_facts(plan, everything[row.id], facts[row.id]),
            *of_rules(plan, key, facts[row.id]),
            *of_polar(policy, plan, key),
        ]
        if visible != wanted:
            lines.append(f"the model adds {sorted(wanted - visible)}, the policy adds {sorted(visible - wanted)}")
        if plan.reads(key) != (row.id in rows) or (row.id in rows and plan.met(rows[row.id]).key != key):
            lines.append(f"Python and SQL differ on the scope for {dict(zip(plan.order, key, strict=True))}")
        differences.extend((row, line) for line in lines)
    return differences
