"""The model, the SQL with its generated Python, and Polar, side by side for the rows of one world."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.policy import Plan, Policy
from gateway.policy.cubes import Key
from tests.policies.facts import COLUMNS, FACTS
from tests.policies.model import RULES, Seer, World
from tests.policies.questions import disagreements
from tests.policies.tables import TABLES
from tests.policies.tables.grid import Facts
from tests.policies.tables.judge import differences_at

TYPES = {kind.__name__: kind for kind in RULES}
Keyed = Mapping[Any, tuple[Any, ...]]


def truth(world: World, seer: Seer, kind: type) -> dict[Any, Facts]:
    """What the model knows of each row: its facts, and the columns that only put rows into an order."""
    known = {**FACTS[kind], **COLUMNS.get(kind, {})}
    return {row.id: {name: fact(world, seer, row) for name, fact in known.items()} for row in world.all(kind)}


async def found(connection: AsyncConnection, plan: Plan, viewer: Any) -> Keyed:
    """What SQL finds of each row, in scope or not: the facts in the order of the plan, and behind them the columns."""
    statement = plan.keep(
        "every fact",
        lambda: sa.select(*keys_of(plan), *plan.every_fact(), *_columns(plan)).select_from(plan.source),
    )
    return keyed((await connection.execute(statement, plan.bind(viewer))).all(), plan)


async def in_scope(connection: AsyncConnection, plan: Plan, viewer: Any) -> Keyed:
    """The rows that a read finds, each with what `Plan.met` takes."""
    statement = plan.keep("in scope", lambda: plan.select(*keys_of(plan)))
    return keyed((await connection.execute(statement, plan.bind(viewer))).all(), plan)


def _columns(plan: Plan) -> list[Any]:
    """What rows are put in order by: empty for a viewer who has no such order."""
    named = {name: plan.column(name) for name in COLUMNS.get(TYPES[plan.type_name], {})}
    return [sa.null().label(name) if column is None else column for name, column in named.items()]


def keys_of(plan: Plan) -> list[sa.Column[Any]]:
    return list(plan.row.table.primary_key.columns)


def keyed(rows: Iterable[Any], plan: Plan) -> Keyed:
    count = len(keys_of(plan))
    listed = [(row[0] if count == 1 else tuple(row[:count]), tuple(row[count:])) for row in rows]
    assert len(dict(listed)) == len(listed), f"{plan.type_name} comes more than once for {plan.kind.name}"
    return dict(listed)


def of_facts(plan: Plan, row: tuple[Any, ...], facts: Facts) -> Iterator[str]:
    """Where SQL finds other facts than the model. What this viewer's rules never ask is not in the SQL."""
    for name, value in zip([*plan.order, *COLUMNS.get(TYPES[plan.type_name], {})], row, strict=True):
        if value != (wanted := _as_key(plan, name, facts[name])):
            yield f"the fact {name} is {value} in SQL, {wanted} in the model"


def _as_key(plan: Plan, name: str, value: Any) -> Any:
    """A set as its bits."""
    return sum(plan.set_bits[name][word] for word in value) if isinstance(value, frozenset) else value


def of_rules(plan: Plan, key: Key, facts: Facts) -> list[str]:
    """Where the plan answers otherwise to what SQL found than the tables to what the model found: each rule of the type."""
    known = {"role": plan.role, **{name: value for name, value in facts.items() if name in plan.declared}}
    differ = lambda: list(differences_at(plan, TABLES[plan.type_name], key, known))  # noqa: E731
    same: list[str] = plan.keep(("rules", key, tuple(facts.items())), differ)
    return same


@cache
def of_polar(policy: Policy, plan: Plan, key: Key) -> list[str]:
    """Where the generated functions differ from Polar asked concretely about the same facts: each combination is asked once."""
    facts = {name: plan.known[name] for name in plan.known}
    for name, value in zip(plan.order, key, strict=True):
        bits = plan.set_bits.get(name)
        facts[name] = value if bits is None else [word for word, bit in bits.items() if value & bit]
    facts |= {name: [] for name in plan.set_bits.keys() - set(plan.order)}
    return [f"{difference} for {facts}" for difference in disagreements(policy, plan, key, facts)]
