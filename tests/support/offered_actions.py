"""Rows in front of callers: what the graph offers there, and which of the actions succeed and change something when they are tried."""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from random import Random
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.auth import viewers
from gateway.auth.integration_tokens import machine_of
from gateway.db.models import Base
from gateway.names import field_of
from tests.graph.conftest import TOKENS, Ask
from tests.graph.stateful.invariants import digest
from tests.policies.comparison import in_scope
from tests.support.make import FOREVER

FIRM_SEATS: Final = """SELECT user_id, id, firm_id, role FROM firm_member WHERE state = 'active' ORDER BY id"""
CLIENT_SEATS: Final = """SELECT user_id, id, client_id, role FROM client_member WHERE state = 'active' ORDER BY id"""
MEMBERLESS: Final = """SELECT u.id FROM user_account u WHERE erased_at IS NULL
  AND NOT EXISTS (SELECT FROM firm_member m WHERE m.user_id = u.id AND m.state = 'active')
  AND NOT EXISTS (SELECT FROM client_member m WHERE m.user_id = u.id AND m.state = 'active')
  AND NOT EXISTS (SELECT FROM platform_member m WHERE m.user_id = u.id) ORDER BY u.id LIMIT 1"""

UNCOUNTED: Final = ("audit_entry", "kept_outcome", "kept_request", "mail_allowance")
"""Tables that change with what is refused, repeated or counted."""
MAX_NODES: Final = 100
TABLES: Final = sorted({table.name for table in Base.metadata.sorted_tables} - set(UNCOUNTED))


@dataclass(frozen=True, eq=False)
class Caller:
    """Somebody who asks, in one acting context; `viewer` is who that is to the policy."""

    name: str
    headers: Mapping[str, str]
    viewer: Any

    @property
    def whom(self) -> str:
        return f"{type(self.viewer).__name__} {self.viewer.role}"

    @property
    def firm_id(self) -> UUID | None:
        return getattr(self.viewer, "firm_id", None)

    @property
    def home(self) -> UUID | None:
        """The organisation that the caller acts for; the platform has none."""
        return self.firm_id or getattr(self.viewer, "client_id", None)


@dataclass(frozen=True, eq=False)
class At:
    """A row in front of a caller."""

    ask: Ask
    caller: Caller
    type_name: str
    row: Any
    tables: Mapping[str, Sequence[Any]]

    @property
    def key(self) -> UUID:
        key: UUID = self.row.id
        return key

    @property
    def id(self) -> str:
        return self.of(self.type_name, self.key)

    @property
    def is_home(self) -> bool:
        return self.caller.home == self.key

    def of(self, type_name: str, key: UUID) -> str:
        return self.ask.id(type_name, key)

    def rows(self, table: str) -> Sequence[Any]:
        return self.tables[table]

    def is_forever(self, moment: datetime) -> bool:
        return moment.replace(tzinfo=None) == FOREVER

    def __str__(self) -> str:
        return f"{self.type_name} {self.key} as {self.caller.name}"


async def callers(ask: Ask, connection: AsyncConnection) -> list[Caller]:
    """Everybody with a place, in each of their places, a person without one, the machines of the demo world, and nobody."""
    now = ask.gateway.clock()
    found = [Caller("anonymous", {}, viewers.Anonymous("none", now))]

    def person(user_id: UUID, type_name: str, home: UUID, viewer: Any) -> Caller:
        token = ask.gateway.tokens.issue(user_id, now).text
        headers = {"Authorization": f"Bearer {token}", "X-Acting-As": ask.id(type_name, home)}
        return Caller(f"{viewer.role} of {type_name} {home}", headers, viewer)

    for user_id, key, firm_id, role in await connection.execute(text(FIRM_SEATS)):
        found.append(person(user_id, "Firm", firm_id, viewers.FirmViewer(user_id, key, firm_id, role, now)))
    for user_id, key, client_id, role in await connection.execute(text(CLIENT_SEATS)):
        found.append(person(user_id, "Client", client_id, viewers.ClientViewer(user_id, key, client_id, role, now)))
    for user_id, role in await connection.execute(text("SELECT user_id, role FROM platform_member ORDER BY user_id")):
        platform = viewers.PlatformViewer(user_id, role, now)
        found.append(person(user_id, "Platform", viewers.PLATFORM_ID, platform))
    for user_id in await connection.scalars(text(MEMBERLESS)):
        token = ask.gateway.tokens.issue(user_id, now).text
        memberless = viewers.Memberless(user_id, "none", now)
        found.append(Caller("a person without a place", {"Authorization": f"Bearer {token}"}, memberless))
    for handle, token in TOKENS.items():
        machine, *_ = await machine_of(connection, token, now)
        found.append(Caller(handle, {"Authorization": f"Bearer {token}"}, machine))
    return found


# ---- which rows


async def tables(connection: AsyncConnection) -> dict[str, list[Any]]:
    """All rows of all tables, by the table's name."""
    order = [table for table in Base.metadata.sorted_tables if table.name in TABLES]
    return {
        table.name: list((await connection.execute(sa.select(table).order_by(*table.primary_key.columns))).all())
        for table in order
    }


async def drawn(
    ask: Ask, connection: AsyncConnection, type_name: str, *, most: int | None, always: Container[UUID] = ()
) -> list[At]:
    """Rows of the type before each caller who sees them: of each situation that the policy tells apart so many, or all.

    Those whose key is among `always` are there in any case.
    """
    found = await tables(connection)
    situations: dict[Any, list[At]] = defaultdict(list)
    for caller in await callers(ask, connection):
        plan = ask.gateway.policy.plan(caller.viewer, type_name)
        rows = {row.id: row for row in found[plan.row.table.name]}
        for key, values in sorted((await in_scope(connection, plan, caller.viewer)).items()):
            at = At(ask, caller, type_name, rows[key], found)
            situations[caller.whom, key if key in always else plan.met(values).key].append(at)
    dice = Random(0)  # noqa: S311
    return [at for group in situations.values() for at in dice.sample(group, min(most or len(group), len(group)))]


# ---- what is offered, and what succeeds


async def offered(places: Sequence[At]) -> list[tuple[At, set[str]]]:
    """Each with its `viewerActions`. They are never hidden, and no error comes with them."""
    found = []
    for caller, group in groupby(sorted(places, key=lambda at: at.caller.name), key=lambda at: at.caller):
        of_caller = list(group)
        for some in (of_caller[start : start + MAX_NODES] for start in range(0, len(of_caller), MAX_NODES)):
            read = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {some[0].type_name} {{ viewerActions }} }} }}"
            body = {"query": read, "variables": {"ids": [at.id for at in some]}}
            answer = await some[0].ask.sent(body, caller.headers)
            assert answer.errors == [], (caller.name, answer.text)
            found += [(at, set(node["viewerActions"])) for at, node in zip(some, answer.data["nodes"], strict=True)]
    return found


Try = tuple[str, dict[str, Any]]
"""An action and the input that its mutation is called with."""


@dataclass(frozen=True)
class Trials:
    """Calls mutations and undoes what they did."""

    connection: AsyncConnection
    before: Mapping[str, str]

    @classmethod
    async def begin(cls, connection: AsyncConnection) -> "Trials":
        return cls(connection, await digest(connection, TABLES))

    async def effective(self, at: At, tries: Sequence[Try]) -> set[str]:
        """Which of these actions succeed and change something, tried in one request: after one that does, the rest tell nothing."""
        async with self.connection.begin_nested() as point:
            done = await _done(at, tries)
            changes = bool(done) and await digest(self.connection, TABLES) != self.before
            await point.rollback()
        return done if changes else set()

    async def any_effective(self, at: At, action: str, inputs: Iterable[dict[str, Any]]) -> bool:
        """Whether the action succeeds and changes something with one of these inputs, each tried alone."""
        for each in inputs:
            if await self.effective(at, [(action, each)]):
                return True
        return False


async def _done(at: At, tries: Sequence[Try]) -> set[str]:
    """Which of these actions have an answer without an error. All inputs must be valid: none is refused for itself."""
    verbs = [field_of(action) for action, _ in tries]
    declared = ", ".join(f"$i{number}: {verb[0].upper()}{verb[1:]}Input!" for number, verb in enumerate(verbs))
    called = " ".join(f"a{number}: {verb}(input: $i{number}) {{ __typename }}" for number, verb in enumerate(verbs))
    variables = {f"i{number}": given for number, (_, given) in enumerate(tries)}
    body = {"query": f"mutation ({declared}) {{ {called} }}", "variables": variables}
    answer = await at.ask.sent(body, at.caller.headers)
    assert answer.data is not None, (str(at), answer.text)
    assert "BAD_USER_INPUT" not in answer.codes, (str(at), tries, answer.text)
    return {action for number, (action, _) in enumerate(tries) if answer.data[f"a{number}"] is not None}
