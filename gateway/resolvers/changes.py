"""Changing something: one transaction; who asks still stands there, the row is locked, and then Polar judges its facts.

With the change are written, in the same transaction, its entry in the audit trail, the notices from which mails are made,
and its outcome for who asks again.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.auth.standing import still_stands
from gateway.auth.viewers import (
    Anonymous,
    ClientToken,
    ClientViewer,
    FirmToken,
    FirmViewer,
    Machine,
    PlatformViewer,
    SystemViewer,
    Viewer,
)
from gateway.context import Context, Info
from gateway.db.ids import uuid7
from gateway.db.models import AuditEntry, Client, Firm, FirmMember, IntegrationToken, Notice, User
from gateway.errors import BadInput, Conflict, Forbidden, NotFound, Refused, Unauthenticated
from gateway.loaders import KEYS, Loaders, Seen, readable, seen
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


class Joined(NamedTuple):
    """Who came by a single-use token: the person whom it named, and the organisation that they have joined."""

    user_id: UUID
    side: str
    organisation_id: UUID


@dataclass(slots=True)
class Change:
    """An open transaction of one viewer."""

    context: Context
    connection: AsyncConnection
    about: About = field(default_factory=About)
    entries: list[dict[str, Any]] = field(default_factory=list)
    joined: Joined | None = None

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

    async def judged_all(self, type_name: str, keys: Sequence[UUID], action: str) -> list[Seen]:
        """As `judged`, for several rows at the price of one: NotFound for all if one of them may not be seen.

        Only the rows are locked, in the order of their keys, so that two who change some of the same don't cross.
        """
        plan, wanted = self.context.plan(type_name), sorted(set(keys))
        before = await self._all_seen(plan, wanted)
        self._note(before[0])
        if not plan.can_ever("may", action):
            raise Forbidden(NOT_YOURS)
        await self._lock_rows(plan.row.table, wanted)
        rows = await self._all_seen(plan, wanted)
        if not all(action in row.situation.words("may") for row in rows):
            raise Conflict(MOVED_ON)
        return rows

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

    async def hold(self, colleagues: Sequence[UUID]) -> None:
        """Lock the places of people of the viewer's firm together with the viewer's own, in one order.

        For whoever changes places: it comes before `still_stands` holds the own one, or two who change each other's cross.
        Whoever may never change one locks none.
        """
        viewer = self.context.viewer
        if isinstance(viewer, FirmViewer) and self.context.plan("FirmMember").can_ever("may", "CHANGE_ROLE"):
            places = FirmMember.__table__
            await self._lock_rows(places, [viewer.member_id, *colleagues], places.c.firm_id == viewer.firm_id)

    async def _all_seen(self, plan: Plan, keys: Sequence[UUID]) -> list[Seen]:
        facts = readable(plan).where(plan.row.table.c.id == sa.any_(KEYS)).order_by(plan.row.table.c.id)
        rows = (await self.connection.execute(facts, {**plan.bind(self.context.viewer), "keys": keys})).all()
        if len(rows) < len(keys):
            raise NotFound
        return seen(plan, rows)

    async def _seen(self, plan: Plan, key: UUID) -> Seen | None:
        facts = readable(plan).where(plan.row.table.c.id == sa.bindparam("key", type_=sa.Uuid()))
        rows = (await self.connection.execute(facts, {**plan.bind(self.context.viewer), "key": key})).all()
        return seen(plan, rows)[0] if rows else None

    async def _lock(self, plan: Plan, row: Seen) -> None:
        """What touches a collaboration takes its client first: all that concerns one client is one after the other.

        And what touches a place in a firm takes the firm: who is the last there is known only one after the other (M4).
        """
        if plan.type_name == "Collaboration" and row.row.client_id is not None:
            await self._lock_row(Client.__table__, row.row.client_id)
        if plan.type_name == "FirmMember":
            await self._lock_row(Firm.__table__, row.row.firm_id)
        await self._lock_row(plan.row.table, row.id)

    async def _lock_row(self, table: Any, key: UUID) -> None:
        await self.connection.execute(sa.select(table.c.id).where(table.c.id == key).with_for_update(key_share=True))

    async def _lock_rows(self, table: Any, keys: Sequence[UUID], *only: sa.ColumnElement[bool]) -> None:
        rows = sa.select(table.c.id).where(table.c.id == sa.any_(KEYS), *only).order_by(table.c.id)
        await self.connection.execute(rows.with_for_update(key_share=True), {"keys": keys})

    # ---- what is written beside

    def _note(self, row: Seen) -> None:
        """The first row that is judged is what the act was done to."""
        if self.about.subject_id is not None:
            return
        self.about.subject_type, self.about.subject_id = row.type_name, row.id
        if row.type_name == "Firm":
            self.about.firm_id = row.id
        if row.type_name == "Client":
            self.about.client_id = row.id
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
        (key,) = await self.notices(kind, [data], collaboration_id=collaboration_id, subject=subject)
        return key

    async def notices(
        self,
        kind: str,
        each: Sequence[Mapping[str, Any]],
        *,
        collaboration_id: UUID | None = None,
        subject: tuple[str, UUID] | None = None,
    ) -> list[UUID]:
        """As `notice`, for several at the price of one."""
        now = self.context.viewer.now
        row = {"kind": kind, "at": now, "collaboration_id": collaboration_id, "actor_id": _person(self.context.viewer)}
        row |= {"subject_type": subject and subject[0], "subject_id": subject and subject[1]}
        keys = [uuid7(now) for _ in each]
        rows = [{"id": key, **row, "data": data} for key, data in zip(keys, each, strict=True)]
        await self.connection.execute(sa.insert(Notice), rows)
        return keys

    async def audit(self, action: str, refusal: Refused | None) -> None:
        """One entry, and those that `also` noted. Of what nobody tried without success there is none."""
        viewer, now, envelope = self.context.viewer, self.context.viewer.now, self.context.envelope
        name, who = self._actor()
        if name is None:
            return
        common = {
            "at": now,
            **who,
            "token_id": viewer.token_id if isinstance(viewer, Machine) else None,
            "request_id": envelope and envelope.request_id,
            "outcome": "done" if refusal is None else "refused",
        }
        entries = [{"action": action, **_slice(self.about), "code": refusal and refusal.code}]
        entries += [{**entry, "code": None} for entry in self.entries if refusal is None]
        rows = [{"id": uuid7(now), **common, **entry} for entry in entries]
        await self.connection.execute(sa.insert(AuditEntry).values(actor_name=name), rows)

    def _actor(self) -> tuple[Any, dict[str, Any]]:
        """Their name, as the database has it, or None for nobody; and who they are."""
        viewer = self.context.viewer
        if self.joined is not None:
            who = self.joined
            return _name(who.user_id), {
                "actor_id": who.user_id,
                "acting_side": who.side,
                "acting_id": who.organisation_id,
            }
        if isinstance(viewer, Anonymous):
            return None, {}
        return _name_of(viewer), {
            "actor_id": _person(viewer),
            "acting_side": _side(viewer),
            "acting_id": viewer.acting_id,
        }


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


def _side(viewer: Viewer) -> str | None:
    """The side that the viewer acts for; nobody's where they belong nowhere."""
    match viewer:
        case FirmViewer() | FirmToken():
            return "firm"
        case ClientViewer() | ClientToken():
            return "client"
        case PlatformViewer() | SystemViewer():
            return "platform"
        case _:
            return None


def _name_of(viewer: Any) -> Any:
    if isinstance(viewer, Machine):
        return sa.select(IntegrationToken.name).where(IntegrationToken.id == viewer.token_id).scalar_subquery()
    return _name(viewer.user_id)


def _name(user_id: UUID) -> Any:
    return sa.select(User.name).where(User.id == user_id).scalar_subquery()


Work = Callable[[Change], Awaitable[Mapping[str, Any]]]
"""Does the change and says what its payload holds: see `Outcome`."""


async def changed(info: Info, work: Work, *, colleagues: Sequence[str] = (), by_token: bool = False) -> Any:
    """The payload of a mutation: `work` in one transaction, undone by any refusal, its trace written either way.

    Unauthenticated for nobody, unless `work` asks for a single-use token instead (`by_token`); Conflict for who lost the
    place meanwhile and for what two at once ran into. `colleagues` are global ids of people of the viewer's firm whose
    places `work` judges: see `Change.hold`.
    """
    context = info.context
    if isinstance(context.viewer, Anonymous) and not by_token:
        raise Unauthenticated("Sign in first.")
    action = re.sub(r"(?<!^)(?=[A-Z])", "_", info.field_name).upper()
    keeping = Keeping.of(context, str(info.path.key))
    try:
        async with context.engine.begin() as connection:
            change = Change(context, connection)
            if colleagues:
                await change.hold([change.key_of("FirmMember", id) for id in colleagues])
            if not await still_stands(connection, context.viewer):
                raise Conflict(MOVED_ON)
            outcome = await keeping.begin(connection) if keeping else None
            if outcome is None:
                outcome = await _worked(change, work, action)
                if keeping:
                    await keeping.end(connection, outcome)
    except DBAPIError as error:
        raise _crossed(error) from None
    # What was read before is of another time: the next field of this document reads anew.
    context.load = Loaders(context.viewer, context.policy, context.reads)
    return await outcome.payload(context)


def _crossed(error: DBAPIError) -> Conflict:
    """What two at once ran into, as a refusal like any other; whatever else went wrong is raised as it is."""
    if error.connection_invalidated or getattr(error.orig, "sqlstate", None) not in CROSSED:
        raise error
    return Conflict(MOVED_ON)


async def _worked(change: Change, work: Work, action: str) -> Outcome:
    try:
        async with change.connection.begin_nested():
            outcome = Outcome(dict(await work(change)))
    except Refused as refusal:
        outcome = Outcome({}, refusal)
    except DBAPIError as error:
        outcome = Outcome({}, _crossed(error))
    if not isinstance(outcome.refusal, (BadInput, *Outcome.TRIED_AGAIN)):
        await change.audit(action, outcome.refusal)
    return outcome
