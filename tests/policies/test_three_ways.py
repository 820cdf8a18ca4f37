"""The model of the specification, the compiled SQL with its masks, and Polar itself give one answer, on random worlds."""

import os
from collections.abc import AsyncIterator, Iterable
from functools import cache
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis.database import DirectoryBasedExampleDatabase
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.db import migrate
from gateway.db.engine import make_engine
from gateway.policy import Plan, Policy
from tests.conftest import address
from tests.policies import model, worlds
from tests.policies.model import Seer, World

EXAMPLES = int(os.environ.get("THREE_WAYS_EXAMPLES", "60"))
KEPT = os.environ.get("THREE_WAYS_KEPT")  # a folder for what failed, for long random runs
TYPES = {kind.__name__: kind for kind in model.RULES}


@pytest.fixture(scope="module")
async def empty(server_url: str) -> AsyncIterator[AsyncEngine]:
    """The migrated schema without the demo world."""
    name = f"gateway_three_ways_{os.getpid()}"
    server = make_engine(server_url, pool_size=1).execution_options(isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        await connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE template0"))
    await migrate.upgrade(address(server_url, name))
    engine = make_engine(address(server_url, name), application_name="three-ways")
    yield engine
    await engine.dispose()
    async with server.connect() as connection:
        await connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    await server.dispose()


def test_the_model_speaks_of_every_type_that_the_policy_decides(policy: Policy):
    assert set(TYPES) == set(policy.types)


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
            cases = [
                (rule, words[0])
                for rule, decision in plan.decisions.items()
                if decision.arity == 1
                for words in decision.sums
            ]
            conditions = [
                plan.predicate(rule, str(word)).label(f"c{number}") for number, (rule, word) in enumerate(cases)
            ]
            statement = plan.plain(*keys_of(plan), *conditions)
            judged = keyed((await connection.execute(statement, plan.bind(viewer))).all(), plan)

            assert counted == len(rows) == len(judged), plan.type_name
            for key, answers in judged.items():
                found = plan.met(rows[key])
                held = {case for case, answer in zip(cases, answers, strict=True) if answer}
                told = {("see", field) for field in found.visible()}
                told |= {(rule, word) for rule, word in cases if rule != "see" and word in found.words(rule)}
                assert held == told, (plan.kind.name, plan.role, plan.type_name, key)
        await transaction.rollback()
    assert len(policy.plans()) == len(roles) * len(policy.types)


async def compared(
    connection: AsyncConnection, world: World, seer: Seer, plan: Plan, viewer: Any, kind: type, policy: Policy
) -> list[tuple[Any, str]]:
    expected = model.seen(world, seer, kind)
    scoped, unscoped = statements(plan)
    binds = plan.bind(viewer)
    rows = keyed((await connection.execute(scoped, binds)).all(), plan)
    everything = keyed((await connection.execute(unscoped, binds)).all(), plan)
    found = []
    for row in world.all(kind):
        wanted, key = expected.get(row.id, set()), everything[row.id]
        visible = set(plan.situation(key).visible()) if row.id in rows else set()
        if visible != wanted:
            found.append(
                (row, f"the model adds {sorted(wanted - visible)}, the policy adds {sorted(visible - wanted)}")
            )
        if plan.reads(key) != (row.id in rows) or (row.id in rows and plan.met(rows[row.id]).key != key):
            found.append((row, f"Python and SQL differ on the scope for {dict(zip(plan.order, key, strict=True))}"))
        found.extend((row, difference) for difference in against_polar(policy, plan, key))
    return found


@cache
def statements(plan: Plan) -> tuple[sa.Select[Any], sa.Select[Any]]:
    """What is in scope, and the facts of all that is there."""
    keys = keys_of(plan)
    return plan.select(*keys), sa.select(*keys, *plan.every_fact()).select_from(plan.source)


def keys_of(plan: Plan) -> list[sa.Column[Any]]:
    return list(plan.row.table.primary_key.columns)


def keyed(rows: Iterable[Any], plan: Plan) -> dict[Any, tuple[Any, ...]]:
    count = len(keys_of(plan))
    listed = [(row[0] if count == 1 else tuple(row[:count]), tuple(row[count:])) for row in rows]
    assert len(dict(listed)) == len(listed), f"{plan.type_name} comes more than once for {plan.kind.name}"
    return dict(listed)


@cache
def against_polar(policy: Policy, plan: Plan, key: tuple[Any, ...]) -> list[str]:
    """Where the generated functions differ from Polar asked concretely about the same facts: each combination is asked once."""
    facts = {name: plan.known[name] for name in plan.known}
    for name, value in zip(plan.order, key, strict=True):
        bits = plan.set_bits.get(name)
        facts[name] = value if bits is None else [word for word, bit in bits.items() if value & bit]
    facts |= {name: [] for name in plan.set_bits.keys() - set(plan.order)}
    oracle = policy.compiled.oracle
    reads = bool(oracle.ask(plan.type_name, "read", 0, facts))
    found = [] if plan.reads(key) == reads else [f"Polar reads {reads} for {facts}"]
    for rule, decision in plan.decisions.items():
        if decision.arity != 1:
            continue
        told = {words[0] for words in oracle.ask(plan.type_name, rule, 1, facts)}
        ours = set(plan.words(rule, key)) if rule != "see" else set(plan.situation(key).visible())
        if told != ours:
            found.append(f"{rule}: Polar alone says {told - ours}, the masks alone say {ours - told} for {facts}")
    for field in plan.bits if "because" in plan.decisions else ():
        told_why = next(
            (words[1] for words in oracle.ask(plan.type_name, "because", 2, facts) if words[0] in (None, field)), None
        )
        if plan.reason(key, field) != told_why:
            found.append(f"because {field}: Polar says {told_why}, the plan {plan.reason(key, field)} for {facts}")
    return found
