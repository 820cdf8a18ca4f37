"""Drawn operations as every kind of viewer: a compiled statement gives the response of the walker, byte by byte, or none."""

import os
import re
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from inspect import isawaitable
from random import Random
from typing import Any, Final, cast
from uuid import UUID

import asyncpg
import orjson
import pytest
from graphql import DocumentNode, GraphQLSchema, execute, get_operation_ast, get_variable_values, parse, validate
from graphql.execution.values import VariableValues
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.auth.memberships import Identity
from gateway.auth.proofs import HASH, NOW, USER
from gateway.context import Context
from gateway.db.models import Base
from gateway.errors import Refused
from gateway.execution.breadth_first import BreadthFirst
from gateway.execution.denials import Denials
from gateway.global_ids import TYPES, Seal
from gateway.http.documents import RULES
from gateway.loaders import Loaders, ReadConnection
from gateway.policy import Plan, Policy
from gateway.reads import compiled, kinship, lists, writer
from gateway.reads.compiled import Compiled, compile_operation
from gateway.reads.edges import ByKey, OneOf
from gateway.reads.own_rows import OwnRows
from gateway.reads.place import ALWAYS, Place
from gateway.reads.requests import Reason, Request, Walk
from gateway.reads.sql import case, concatenated, constant, written
from gateway.reads.writer import Writer
from gateway.schema.build import build_schema
from tests.graph.conftest import Lent
from tests.policies import worlds
from tests.policies.conftest import POLICIES
from tests.policies.crowd import crowd
from tests.policies.operations import Drawing, everything

LONG: Final = bool(os.environ.get("GATEWAY_LONG_TESTS"))
EXAMPLES: Final = 1_500 if LONG else 25
"""Drawn operations of the crowd, `OPERATIONS` each: 18,000 in the long version."""
WORLDS: Final = 300 if LONG else 8
"""Drawn worlds, with as many operations each: 3,600 in the long version."""
OF_EACH_ROLE: Final = 100 if LONG else 2
OPERATIONS: Final = 12
LISTS: Final = (
    "clients",
    "firms",
    "collaborations",
    "clientInvitations",
    "conversations",
    "collaborationRequests",
    "invoices",
    "auditLog",
    "integrationTokens",
    "publicDirectory",
    "marketplace",
    "reviewQueue",
)
OWN: Final = (0, 2, 1_000)
"""So many hidden cells are reported one by one: the places of all are compared."""
ALL_CLIENTS: Final = """{ clients(first: 9) { totalCount nodes {
  id verificationState visibleFields viewerActions pendingTotal collaboration { id level collaborationState sharedKpis billingMode }
  accountManagers(first: 3) { nodes { id firmRole } } invoices(first: 3) { nodes { id invoiceState } } } } }"""
NEVER_DRAWN: Final = frozenset({"Viewer.memberships", "Viewer.actingAs"})  # of an identity: these viewers have none
NOT_COMPILED: Final = frozenset({Reason.FIELD, Reason.CURSOR})
MOST_OPERATIONS: Final = 1500
"""By which a fault must have been noticed."""
MIN_COMPILED: Final = 0.95
"""Of the operations without errors. The rest are those that are not compiled by design, which draws like more than portals do."""


class Compared:
    """The crowd on one connection, and what became of the operations that were compared there."""

    def __init__(self, connection: AsyncConnection, policy: Policy, viewers: Sequence[Any]) -> None:
        self.connection, self.policy = connection, policy
        self.roles: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for viewer in viewers:
            self.roles[type(viewer).__name__, viewer.role].append(viewer)
        self.schema: GraphQLSchema = build_schema(policy)
        self.seal = Seal(b"5" * 32)
        self.ids: Mapping[str, Sequence[UUID]] = {}
        self.cursors: list[str] = []
        self.outcomes: Counter[str] = Counter()

    async def load_ids(self) -> None:
        found: dict[str, list[UUID]] = defaultdict(list)
        for mapper in Base.registry.mappers:
            if mapper.class_.__name__ in TYPES:
                keys = await self.connection.execute(mapper.local_table.select())
                found[mapper.class_.__name__] = sorted(row.id for row in keys)
        self.ids = found

    async def compare(self, dice: Random) -> None:
        """Draws one operation and executes it both ways."""
        drawing = Drawing(dice, self.schema, self.seal, self.ids, tuple(self.cursors), NEVER_DRAWN)
        viewer = dice.choice(self.roles[dice.choice(sorted(self.roles))])
        await self.compare_one(viewer, *drawing.operation())

    @property
    def hidden_clients(self) -> list[str]:
        """Global ids of clients, most of which a viewer does not see."""
        return [self.seal.id("Client", key) for key in self.ids["Client"][:5]]

    def some(self) -> list[Any]:
        """Viewers of every role."""
        return [viewer for viewers in self.roles.values() for viewer in viewers[:OF_EACH_ROLE]]

    async def compare_one(self, viewer: Any, text: str, variables: Mapping[str, Any]) -> None:
        ast = parse(text)
        if validate(self.schema, ast, RULES):
            self.outcomes["invalid"] += 1
            return
        operation = get_operation_ast(ast)
        assert operation is not None
        values = get_variable_values(self.schema, operation.variable_definitions or (), variables)
        if not isinstance(values, VariableValues):
            self.outcomes["invalid"] += 1
            return
        place = f"\n{type(viewer).__name__} {viewer.role}\n{text}\n{variables}"
        data, denials, errors = await self.walked(ast, viewer, variables)
        try:
            found = await self.compiled(ast, operation, viewer, values)
        except Exception as error:
            error.add_note(place)
            raise
        if errors:
            assert not isinstance(found, tuple), f"{errors}{place}"
            self.outcomes["refused"] += 1
        elif isinstance(found, tuple):
            assert found[0] == orjson.dumps(data), f"{found[0]!r}\n{orjson.dumps(data)!r}{place}"
            assert found[1] == denials, place
            self.outcomes["compiled"] += 1
            self.outcomes["denials"] += len(denials)
            self.keep_cursors(data)
        else:
            assert found in NOT_COMPILED, f"{found}{place}"
            self.outcomes[found] += 1

    async def walked(self, ast: DocumentNode, viewer: Any, variables: Mapping[str, Any]) -> tuple[Any, Any, Any]:
        reads = ReadConnection(cast(AsyncEngine, Lent(self.connection)))
        identity = Identity(
            viewer, getattr(viewer, "user_id", None), (), signed_in=type(viewer).__name__ != "Anonymous"
        )
        load, nothing = Loaders(viewer, self.policy, reads), cast(Any, None)
        context = Context(identity, self.policy, self.seal, nothing, reads, nothing, load, Denials(), nothing)
        result = execute(
            self.schema,
            ast,
            context_value=context,
            variable_values=dict(variables),
            executor_class=BreadthFirst,
            hide_suggestions=True,
        )
        result = await result if isawaitable(result) else result
        denials = [
            (*((error.extensions or {})[name] for name in ("type", "field", "reason", "count")), error.path)
            for own in OWN
            for error in context.denials.errors(result.data, own)
        ]
        return result.data, denials, result.errors

    async def compiled(self, ast: DocumentNode, operation: Any, viewer: Any, values: VariableValues) -> Any:
        """Data and denials, or why there are none."""
        try:
            writer = Writer(self.policy, self.schema, self.seal, viewer, ast, operation, values)
            made = compile_operation(writer)
            return await self.run(made, viewer, values)
        except Walk as walk:
            return walk.reason
        except Refused:
            return Reason.REFUSED

    async def run(self, made: Compiled, viewer: Any, values: VariableValues) -> Any:
        request = Request(viewer, self.seal, values.coerced)
        request.values |= {USER: UUID(int=0), HASH: b"", NOW: viewer.now}
        parameters = made.parameters(request)
        raw: Any = await self.connection.get_raw_connection()
        async with self.connection.begin_nested():
            row = await raw.driver_connection.fetchrow(made.sql, *parameters)
        found = [made.response(row[0], request, own) for own in OWN]
        denials = [(*each.key, each.count, each.path) for _, reported in found for each in reported]
        return found[0][0], denials

    def keep_cursors(self, data: Any) -> None:
        """Cursors that later operations may send, to the same list or to another."""
        waiting = [data]
        while waiting:
            match waiting.pop():
                case dict(held):
                    named = [held.get(name) for name in ("cursor", "endCursor", "startCursor")]
                    self.cursors += [each for each in named if isinstance(each, str)]
                    waiting += held.values()
                case list(held):
                    waiting += held
        del self.cursors[:-200]


@pytest.fixture
async def compared(empty: AsyncEngine, policy: Policy) -> AsyncIterator[Compared]:
    world = crowd()
    async with empty.connect() as connection, connection.begin() as transaction:
        await worlds.write(connection, world)
        made = Compared(connection, policy, [viewer for _, viewer in worlds.askers(world)])
        await made.load_ids()
        yield made
        await transaction.rollback()


@settings(
    max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
@given(dice=st.randoms(use_true_random=True))
async def test_a_compiled_statement_gives_the_response_of_the_walker(compared: Compared, dice: Random) -> None:
    for _ in range(OPERATIONS):
        await compared.compare(dice)


@settings(max_examples=WORLDS, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(world=worlds.worlds(), dice=st.randoms(use_true_random=True))
async def test_it_does_so_in_every_world(empty: AsyncEngine, policy: Policy, world: Any, dice: Random) -> None:
    async with empty.connect() as connection, connection.begin() as transaction:
        await worlds.write(connection, world)
        made = Compared(connection, policy, [viewer for _, viewer in worlds.askers(world)])
        await made.load_ids()
        for viewer in made.some():
            await made.compare_one(viewer, ALL_CLIENTS, {})
        for _ in range(OPERATIONS):
            await made.compare(dice)
        await transaction.rollback()


@pytest.mark.parametrize("root", LISTS)
async def test_every_field_of_a_list_is_the_same_for_every_viewer(compared: Compared, root: str) -> None:
    text = everything(compared.schema, root)
    viewers = compared.some()
    for viewer in viewers:
        await compared.compare_one(viewer, text, {})

    assert compared.outcomes["compiled"] + compared.outcomes["refused"] == len(viewers)
    assert compared.outcomes["compiled"] > 0.8 * len(viewers)


async def test_most_operations_are_compiled(compared: Compared) -> None:
    dice = Random(7)  # noqa: S311
    for _ in range(200):
        await compared.compare(dice)
    outcomes = compared.outcomes
    valid = outcomes["compiled"] + sum(outcomes[reason] for reason in NOT_COMPILED)

    assert outcomes["denials"] > 5
    assert outcomes["compiled"] > MIN_COMPILED * valid, outcomes


# ---- faults of the writer, which the comparison must notice

Fault = Callable[[pytest.MonkeyPatch], None]


def without_scope(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Place, "scope", property(lambda place: []))


def with_facts_of_others(patch: pytest.MonkeyPatch) -> None:
    """Facts from above under each other's names."""

    def mixed(plan: Plan, of: str, above: Plan) -> dict[str, str]:
        given = kinship.facts_above(plan, of, above)
        return dict(zip(given, [*list(given.values())[1:], *list(given.values())[:1]], strict=True))

    patch.setattr(writer, "facts_above", mixed)


def with_the_last_reason(patch: pytest.MonkeyPatch) -> None:
    cases = Plan.cases

    def reversed_(plan: Plan, rule: str, *given: str) -> Any:
        found = cases(plan, rule, *given)
        return found[::-1] if rule == "hidden_because" else found

    patch.setattr(Plan, "cases", reversed_)


def without_one_more(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lists, "_needs_more", lambda *_: False)


def without_correlation(patch: pytest.MonkeyPatch) -> None:
    """The rows behind an edge, whichever row they belong to."""
    behind = writer.Writer.behind

    def all_of_them(self: Any, edge: Any, above: Any, key: Any = None) -> Any:
        child, (first, *where) = behind(self, edge, above, key)
        column = first.partition(" = ")[0]
        return child, [first if isinstance(edge, ByKey | OneOf) else f"{column} = {column}", *where]

    patch.setattr(writer.Writer, "behind", all_of_them)


def with_counts_of_the_whole_list(patch: pytest.MonkeyPatch) -> None:
    """`totalCount` without the conditions of the list."""
    select = Place.select

    def counted(self: Place, shown: str, where: Sequence[str], tail: str = "") -> Any:
        return select(self, shown, where[:1] if shown == "count(*)" else where, tail)

    patch.setattr(Place, "select", counted)


def with_rows_of_others(patch: pytest.MonkeyPatch) -> None:
    """What belongs to any person, where only that of the viewer counts."""
    source = OwnRows.source.fget
    assert source is not None
    patch.setattr(OwnRows, "source", property(lambda rows: re.sub(r"= %\(v_\w+\)s::UUID", "IS NOT NULL", source(rows))))


def with_any_link(patch: pytest.MonkeyPatch) -> None:
    """Rows behind a table that leads to them, whether a row of it does or not."""
    link = Place.link

    def loose(self: Place, table: Any, on: Any) -> None:
        link(self, table, on)
        assert self._link is not None
        self._link = self._link._replace(own="")

    patch.setattr(Place, "link", loose)


def with_any_object_that_is_named(patch: pytest.MonkeyPatch) -> None:
    """Lists of an object that the viewer may not see, such as the invoices of a client."""
    of = lists._Found.of

    def found(*given: Any) -> Any:
        return replace(of(*given), exists="true")

    patch.setattr(lists._Found, "of", found)


def with_places_in_the_whole_text(patch: pytest.MonkeyPatch) -> None:
    """Paths that count the separators of all lists of a kind, and not those since the enclosing item began."""

    def path(steps: Sequence[Any], data: bytes, place: int) -> list[str | int]:
        return [step if isinstance(step, str) else data.count(step.mark.encode(), 0, place) for step in steps]

    patch.setattr(compiled, "path_of", path)


def with_every_word(patch: pytest.MonkeyPatch) -> None:
    """Each word of a rule that can hold for the role, whether it holds for the row or not."""
    words = Place.words

    def possible(self: Place, totals: Any) -> Any:
        return words(self, [(word, ALWAYS if self.remaining(total) else total) for word, total in totals])

    patch.setattr(Place, "words", possible)


FAULTS: Final[Sequence[Fault]] = (
    without_scope,
    with_facts_of_others,
    with_the_last_reason,
    without_one_more,
    without_correlation,
    with_counts_of_the_whole_list,
    with_rows_of_others,
    with_any_link,
    with_any_object_that_is_named,
    with_places_in_the_whole_text,
    with_every_word,
)


OF_CLIENT: Final = "query ($id: ID!) { invoices(client: $id, first: 2) { nodes { number } } }"


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_of_the_writer_is_noticed(
    compared: Compared, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    dice = Random(11)  # noqa: S311
    fault(monkeypatch)

    async def compare() -> None:
        for viewer in compared.some():
            await compared.compare_one(viewer, everything(compared.schema, "clients"), {})
            for id in compared.hidden_clients:
                await compared.compare_one(viewer, OF_CLIENT, {"id": id})
        for _ in range(MOST_OPERATIONS):
            await compared.compare(dice)

    with pytest.raises((AssertionError, asyncpg.PostgresError)):
        await compare()


# ---- another policy, in which a row that is joined is not always the one behind the edge


def without_the_test_of_the_joined_row(patch: pytest.MonkeyPatch) -> None:
    def joined(self: Any, child: Any, edge: Any, details: Any) -> Any:
        row = concatenated(self.row(child, details))
        return case([(f"{written(child.row.c['id'])} IS NOT NULL", row)], constant("null"))

    patch.setattr(writer.Writer, "_joined_row", joined)


RUNNING: Final = "running(f: CollaborationFacts) if"


@pytest.fixture
def narrower(policy: Policy) -> Policy:
    """`Client.collaboration` leads to collaborations that clients began, alone."""
    files = {path.name: path.read_text("utf-8") for path in sorted(POLICIES.glob("*.polar"))}
    place = next(name for name, text in files.items() if RUNNING in text)
    files[place] = files[place].replace(RUNNING, f'{RUNNING} f.origin = "client_added_firm" and')
    return Policy.of(files, policy.rows)


async def test_a_joined_row_is_tested_against_the_rules_of_the_edge(
    compared: Compared, narrower: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared.policy = narrower
    text = "{ clients(first: 50) { nodes { id collaboration { id collaborationState level sharedKpis } } } }"
    for viewer in compared.some():
        await compared.compare_one(viewer, text, {})
    without_the_test_of_the_joined_row(monkeypatch)

    async def compare() -> None:
        for viewer in compared.some():
            await compared.compare_one(viewer, text, {})

    with pytest.raises(AssertionError):
        await compare()


# ---- another policy, in which a fact of a row is not that of the row above

OF_SNAPSHOTS: Final = 'name in ["assigned", "level", "sections", "shared"] and tie(v, name, s.client, value);'
KPIS: Final = """{ clients(first: 50) { nodes {
  id pendingTotal kpis { kind count amount { amount } } wallet { balance { amount } } } } }"""


@pytest.fixture
def poorer(policy: Policy) -> Policy:
    """The level of a client is not that of its wallet's snapshot: there is none."""
    files = {path.name: path.read_text("utf-8") for path in sorted(POLICIES.glob("*.polar"))}
    (place,) = [name for name, text in files.items() if OF_SNAPSHOTS in text]
    files[place] = files[place].replace(
        OF_SNAPSHOTS,
        'name in ["assigned", "sections", "shared"] and tie(v, name, s.client, value);\n'
        'fact(v: FirmViewer, "level", s: KpiSnapshot, value)'
        ' if tie(v, "level", s.client, value) and s.kind != "WALLET_BALANCE";',
    )
    return Policy.of(files, policy.rows)


async def test_a_fact_that_is_another_one_than_above_is_not_taken_from_there(
    compared: Compared, poorer: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared.policy = poorer

    async def compare() -> None:
        for viewer in compared.some():
            await compared.compare_one(viewer, KPIS, {})

    await compare()
    monkeypatch.setattr(
        writer, "facts_above", lambda plan, _, above: {name: name for name in plan.branches if name in above.branches}
    )
    with pytest.raises((AssertionError, asyncpg.PostgresError)):
        await compare()
