"""Changing something: one transaction; who asks still stands there, the row is locked, and then Polar judges its facts.

With the change are written, in the same transaction, its entry in the audit trail, the notices from which mails are made,
and its outcome for who asks again.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.auth.standing import still_stands
from gateway.auth.viewers import (
    PLATFORM_NAME,
    Anonymous,
    ClientToken,
    ClientViewer,
    FirmToken,
    FirmViewer,
    Machine,
    PlatformViewer,
    Viewer,
)
from gateway.context import Context, Info
from gateway.db.ids import uuid7
from gateway.db.models import AuditEntry, Client, IntegrationToken, Notice, User
from gateway.errors import BadInput, Conflict, Forbidden, NotFound, Refused, Unauthenticated
from gateway.loaders import Loaders, Seen, readable, seen
from gateway.policy import Plan
from gateway.resolvers.outcomes import Keeping, Outcome

MOVED_ON: Final = "This has changed meanwhile. Read it again."
NOT_YOURS: Final = "This is not yours to do."
NOBODY: Final = UUID(int=0)
CROSSED: Final = frozenset({"23505", "23P01", "40001", "40P01"})
"""SQLSTATE of what two at once may run into: unique, exclusion, serialization, deadlock."""


def acting_row(viewer: Viewer) -> tuple[str, UUID] | None:
    """The row that stands for whom the viewer acts for. The platform has none: its people stand in for it."""
    match viewer:
        case FirmViewer() | FirmToken():
            return "Firm", viewer.firm_id
        case ClientViewer() | ClientToken():
            return "Client", viewer.client_id
        case PlatformViewer():
            return "User", viewer.user_id
        case _:
            return None


@dataclass(slots=True)
class About:
    """What an act was done to, and whose audit trail it belongs to."""

    subject_type: str | None = None
    subject_id: UUID | None = None
    client_id: UUID | None = None
    firm_id: UUID | None = None
    collaboration_id: UUID | None = None


@dataclass(slots=True)
class Change:
    """An open transaction of one viewer."""

    context: Context
    connection: AsyncConnection
    about: About = field(default_factory=About)
    entries: list[dict[str, Any]] = field(default_factory=list)

    # ---- judging

    def subject(self) -> tuple[str, UUID]:
        """What stands for the acting organisation, or Forbidden where there is none."""
        found = acting_row(self.context.viewer)
        if found is None:
            raise Forbidden(NOT_YOURS)
        return found

    async def judged(self, type_name: str, key: UUID, action: str) -> Seen:
        """The row, locked, with `action` allowed on it by the facts as they are now.

        NotFound for what may not be seen, Forbidden where the role never may: neither takes a lock. Conflict where it may, but
        not as things stand.
        """
        plan = self.context.plan(type_name)
        before = await self._seen(plan, key)
        if before is None:
            raise NotFound
        self._note(before)
        if not plan.can_ever("may", action):
            raise Forbidden(NOT_YOURS)
        await self._lock(plan, before)
        # A statement of its own: it sees what was committed while the lock was waited for.
        row = await self._seen(plan, key)
        if row is None:
            raise NotFound
        if action not in row.situation.words("may"):
            raise Conflict(MOVED_ON)
        return row

    async def named(self, type_name: str, id: str, action: str) -> Seen:
        """As `judged`, of a global id; one of another type is looked up like any other."""
        return await self.judged(type_name, self.key_of(type_name, id), action)

    def key_of(self, type_name: str, id: str) -> UUID:
        """The key in a global id; of another type it is one that nothing has. BadInput for what is no id of ours."""
        known, key = self.context.seal.open_id(id)
        return key if known == type_name else NOBODY

    async def seen(self, type_name: str, key: UUID) -> Seen:
        """The row as the viewer sees it now, without a lock and without an action. NotFound where it may not be seen."""
        row = await self._seen(self.context.plan(type_name), key)
        if row is None:
            raise NotFound
        return row

    async def _seen(self, plan: Plan, key: UUID) -> Seen | None:
        facts = readable(plan).where(plan.row.table.c.id == sa.bindparam("key", type_=sa.Uuid()))
        rows = (await self.connection.execute(facts, {**plan.bind(self.context.viewer), "key": key})).all()
        return seen(plan, rows)[0] if rows else None

    async def _lock(self, plan: Plan, row: Seen) -> None:
        """What touches a collaboration takes its client first: all that concerns one client is one after the other."""
        if plan.type_name == "Collaboration" and row.row.client_id is not None:
            await self._lock_row(Client.__table__, row.row.client_id)
        await self._lock_row(plan.row.table, row.id)

    async def _lock_row(self, table: Any, key: UUID) -> None:
        await self.connection.execute(sa.select(table.c.id).where(table.c.id == key).with_for_update(key_share=True))

    # ---- what is written beside

    def _note(self, row: Seen) -> None:
        """The first row that is judged is what the act was done to."""
        if self.about.subject_id is not None:
            return
        self.about.subject_type, self.about.subject_id = row.type_name, row.id
        if row.type_name == "Collaboration":
            self.about.collaboration_id = row.id
            self.about.client_id, self.about.firm_id = row.row.client_id, row.row.firm_id

    def also(self, action: str, about: About) -> None:
        """One more entry, for what the change did besides."""
        self.entries.append({"action": action, **_slice(about)})

    async def notice(
        self,
        kind: str,
        *,
        collaboration_id: UUID | None = None,
        subject: tuple[str, UUID] | None = None,
        **data: Any,
    ) -> UUID:
        """That somebody is to be told by mail. `data` holds words and ids, never content: who may know it is asked when it is sent."""
        now = self.context.viewer.now
        key = uuid7(now)
        row = {"id": key, "kind": kind, "at": now, "collaboration_id": collaboration_id, "data": data}
        row |= {"subject_type": subject and subject[0], "subject_id": subject and subject[1]}
        await self.connection.execute(sa.insert(Notice).values(**row, actor_id=_person(self.context.viewer)))
        return key

    async def audit(self, action: str, refusal: Refused | None) -> None:
        context = self.context
        viewer = context.viewer
        now = viewer.now
        common = {
            "at": now,
            "actor_id": _person(viewer),
            "actor_name": _name_of(viewer),
            "acting_side": _side(viewer),
            "acting_id": None if isinstance(viewer, Anonymous) else viewer.acting_id,
            "token_id": viewer.token_id if isinstance(viewer, Machine) else None,
            "request_id": context.envelope and context.envelope.request_id,
        }
        entries = [{"action": action, **_slice(self.about), "code": refusal and refusal.code}]
        entries += [{**entry, "code": None} for entry in self.entries if refusal is None]
        for entry in entries:
            outcome = "done" if refusal is None else "refused"
            await self.connection.execute(
                sa.insert(AuditEntry).values(id=uuid7(now), outcome=outcome, **common, **entry)
            )


def _slice(about: About) -> dict[str, Any]:
    return {
        "subject_type": about.subject_type,
        "subject_id": about.subject_id,
        "client_id": about.client_id,
        "firm_id": about.firm_id,
        "collaboration_id": about.collaboration_id,
    }


def _person(viewer: Viewer) -> UUID | None:
    return getattr(viewer, "user_id", None)


def _side(viewer: Viewer) -> str:
    found = acting_row(viewer)
    return {"Firm": "firm", "Client": "client"}.get(found[0] if found else "", "platform")


def _name_of(viewer: Viewer) -> Any:
    """The person's or the token's name, as the database has it."""
    if isinstance(viewer, Anonymous):
        return PLATFORM_NAME
    if isinstance(viewer, Machine):
        return sa.select(IntegrationToken.name).where(IntegrationToken.id == viewer.token_id).scalar_subquery()
    return sa.select(User.name).where(User.id == viewer.user_id).scalar_subquery()


Work = Callable[[Change], Awaitable[Mapping[str, Any]]]
"""Does the change and says what its payload holds: see `Outcome`."""


async def changed(info: Info, work: Work) -> Any:
    """The payload of a mutation: `work` in one transaction, undone by any refusal, its trace written either way.

    Unauthenticated for nobody, Conflict for who lost the place meanwhile and for what two at once ran into.
    """
    context = info.context
    if isinstance(context.viewer, Anonymous):
        raise Unauthenticated("Sign in first.")
    action = re.sub(r"(?<!^)(?=[A-Z])", "_", info.field_name).upper()
    keeping = Keeping.of(context, str(info.path.key))
    try:
        async with context.engine.begin() as connection:
            if not await still_stands(connection, context.viewer):
                raise Conflict(MOVED_ON)
            outcome = await keeping.begin(connection) if keeping else None
            if outcome is None:
                outcome = await _worked(Change(context, connection), work, action)
                if keeping:
                    await keeping.end(connection, outcome)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in CROSSED:
            raise
        raise Conflict(MOVED_ON) from None
    # What was read before is of another time: the next field of this document reads anew.
    context.load = Loaders(context.viewer, context.policy, context.reads)
    return await outcome.payload(context)


async def _worked(change: Change, work: Work, action: str) -> Outcome:
    try:
        async with change.connection.begin_nested():
            outcome = Outcome(dict(await work(change)))
    except Refused as refusal:
        outcome = Outcome({}, refusal)
    if not isinstance(outcome.refusal, (BadInput, *Outcome.TRIED_AGAIN)):
        await change.audit(action, outcome.refusal)
    return outcome
