"""Changing something: one transaction; who asks still stands there, the row is locked, and then Polar judges its facts.

With the change are written, in the same transaction, its entry in the audit trail, the notices from which mails are made,
and its outcome for who asks again.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.auth.membership_lock import is_still_member
from gateway.auth.viewers import Anonymous, ClientToken, ClientViewer, FirmToken, FirmViewer, PlatformViewer, Viewer
from gateway.context import Context, Info
from gateway.db.ids import uuid7
from gateway.db.models import Client, ClientMember, Firm, FirmMember, Notice
from gateway.db.queries.billing_mode_periods import locked
from gateway.db.queries.jobs import to_address
from gateway.errors import BadInput, Busy, Conflict, Forbidden, NotFound, Refused, Unauthenticated
from gateway.loaders import KEYS, Loaders, VisibleRow, readable, visible_rows
from gateway.policy import Plan
from gateway.resolvers.core.audit_trail import About, Act, AuditTrail, Joined, snake
from gateway.resolvers.core.idempotency import Outcome, OutcomeRecord
from gateway.resolvers.core.refusals import MOVED_ON, NOT_YOURS, require

NOBODY: Final = UUID(int=0)
CROSSED: Final = frozenset({"23505", "23P01", "40001", "40P01"})
"""SQLSTATE of what two at once may run into: unique, exclusion, serialization, deadlock."""
LOCKED: Final = "55P03"
"""SQLSTATE of a lock that was waited for too long."""
PATIENCE: Final = sa.select(sa.func.set_config("lock_timeout", sa.bindparam("milliseconds", type_=sa.Text()), True))


def acting_organisation(viewer: Viewer) -> tuple[str, UUID] | None:
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
class MutationContext:
    """An open transaction of one viewer."""

    context: Context
    connection: AsyncConnection
    about: About = field(default_factory=About)
    besides: list[Act] = field(default_factory=list)
    joined: Joined | None = None
    missing: int = 0  # objects that were named and not found, where the change goes on without them
    inside: set[UUID] = field(default_factory=set)  # clients whose accounts the viewer has left by this change

    # ---- judging

    def subject(self) -> tuple[str, UUID]:
        """What stands for the acting organisation, or Forbidden where there is none."""
        found = acting_organisation(self.context.viewer)
        if found is None:
            raise Forbidden(NOT_YOURS)
        return found

    def person(self) -> UUID:
        """Who asks, or Forbidden for a machine."""
        user_id = self.context.identity.user_id
        if user_id is None:
            raise Forbidden(NOT_YOURS)
        return user_id

    async def authorize(
        self, type_name: str, key: UUID, action: str, *, clients: sa.Select[UUID | None] | None = None
    ) -> VisibleRow:
        """The row, locked, with `action` allowed on it by the facts as they are now; `clients` are locked before it.

        NotFound for what may not be seen, Forbidden where the role never may: neither takes a lock. Where it may, but not
        here, Forbidden with the rule that says so, or Conflict if it is the state of things.
        """
        plan = self.context.plan(type_name)
        before = await self._seen(plan, key)
        if before is None:
            raise NotFound
        self._note(before)
        if not plan.can_ever("may", action):
            raise Forbidden(NOT_YOURS)
        if clients is not None:
            await self.connection.execute(locked(clients))
        await self._lock(plan, before)
        # A statement of its own: it sees what was committed while the lock was waited for.
        row = await self._seen(plan, key)
        if row is None:
            raise NotFound
        require(row, action)
        return row

    async def authorize_all(self, type_name: str, keys: Sequence[UUID], action: str) -> list[VisibleRow]:
        """As `authorize`, for several rows at the price of one: NotFound for all if one of them may not be seen.

        Only the rows are locked, in the order of their keys, so that two who change some of the same don't cross.
        """
        plan, wanted = self.context.plan(type_name), sorted(set(keys))
        before = await self._all_seen(plan, wanted)
        self._note(before[0])
        if not plan.can_ever("may", action):
            raise Forbidden(NOT_YOURS)
        await self._lock_rows(plan.row.table, wanted)
        rows = await self._all_seen(plan, wanted)
        for row in rows:
            require(row, action)
        return rows

    async def authorize_id(self, type_name: str, id: str, action: str) -> VisibleRow:
        """As `authorize`, of a global id; one of another type is looked up like any other."""
        return await self.authorize(type_name, self.key_of(type_name, id), action)

    def key_of(self, type_name: str, id: str) -> UUID:
        """The key in a global id; of another type it is one that nothing has. BadInput for what is no id of ours."""
        known, key = self.context.seal.open_id(id)
        return key if known == type_name else NOBODY

    async def find_visible(self, type_name: str, key: UUID) -> VisibleRow:
        """The row as the viewer sees it now, without a lock and without an action. NotFound where it may not be seen."""
        row = await self._seen(self.context.plan(type_name), key)
        if row is None:
            raise NotFound
        return row

    async def hold(self, colleagues: Sequence[str]) -> None:
        """Lock the places of people of the viewer's organisation together with the viewer's own, in one order.

        For whoever changes places: it comes before `is_still_member` holds the own one, or two who change each other's cross.
        Whoever may never change one locks none.
        """
        match self.context.viewer:
            case FirmViewer(member_id=mine, firm_id=home):
                type_name, action = "FirmMember", "CHANGE_STAFF_ROLE"
                places, inside = FirmMember.__table__, FirmMember.firm_id == home
            case ClientViewer(member_id=mine, client_id=home):
                type_name, action = "ClientMember", "CHANGE_MEMBER_ROLE"
                places, inside = ClientMember.__table__, ClientMember.client_id == home
            case _:
                return
        if self.context.plan(type_name).can_ever("may", action):
            await self._lock_rows(places, [mine, *(self.key_of(type_name, id) for id in colleagues)], inside)

    async def _all_seen(self, plan: Plan, keys: Sequence[UUID]) -> list[VisibleRow]:
        facts = readable(plan).where(plan.row.table.c.id == sa.any_(KEYS)).order_by(plan.row.table.c.id)
        rows = (await self.connection.execute(facts, {**plan.bind(self.context.viewer), "keys": keys})).all()
        if len(rows) < len(keys):
            raise NotFound
        return visible_rows(plan, rows)

    async def _seen(self, plan: Plan, key: UUID) -> VisibleRow | None:
        facts = readable(plan).where(plan.row.table.c.id == sa.bindparam("key", type_=sa.Uuid()))
        rows = (await self.connection.execute(facts, {**plan.bind(self.context.viewer), "key": key})).all()
        return visible_rows(plan, rows)[0] if rows else None

    async def _lock(self, plan: Plan, row: VisibleRow) -> None:
        """What touches a collaboration takes its client first: all that concerns one client is one after the other.

        And what touches a place takes its organisation: who is the last there is known only one after the other (M4).
        """
        if plan.type_name in ("Collaboration", "Conversation"):
            # Asked also where there is none: how often it is must not tell a firm whom it has invited (D42).
            await self._lock_row(Client.__table__, row.row.client_id or NOBODY)
        if plan.type_name == "Collaboration" and row.row.copy_of is not None:
            # An invitation comes before its copies: whoever changes a copy takes turns with the firm and the other companies.
            await self._lock_row(plan.row.table, row.row.copy_of)
        if plan.type_name == "FirmMember":
            await self._lock_row(Firm.__table__, row.row.firm_id)
        if plan.type_name == "ClientMember":
            await self._lock_row(Client.__table__, row.row.client_id)
        await self._lock_row(plan.row.table, row.id)

    async def _lock_row(self, table: Any, key: UUID) -> None:
        await self.connection.execute(sa.select(table.c.id).where(table.c.id == key).with_for_update(key_share=True))

    async def _lock_rows(self, table: Any, keys: Sequence[UUID], *only: sa.ColumnElement[bool]) -> None:
        rows = sa.select(table.c.id).where(table.c.id == sa.any_(KEYS), *only).order_by(table.c.id)
        await self.connection.execute(rows.with_for_update(key_share=True), {"keys": keys})

    # ---- what is written beside

    def _note(self, row: VisibleRow) -> None:
        """The first row that is judged is what the act was done to."""
        if self.about.subject_id is None:
            self.about = About.of(row)

    def also(self, action: str, about: About, *, by_firm: UUID | None = None) -> None:
        """One more entry, for what the change did besides: see `Act`."""
        self.besides.append(Act(action, about, by_firm))

    async def notice(
        self,
        kind: str,
        *,
        collaboration_id: UUID | None = None,
        subject: tuple[str, UUID] | None = None,
        **data: Any,
    ) -> UUID:
        """That somebody is to be told by mail. `data` holds words and ids, never content: who may know it is asked when it is sent."""
        row: dict[str, Any] = {"collaboration_id": collaboration_id, "data": data}
        row |= {"subject_type": subject and subject[0], "subject_id": subject and subject[1]}
        (key,) = await self.notices(kind, [row])
        return key

    async def notices(self, kind: str, rows: Sequence[Mapping[str, Any]]) -> list[UUID]:
        """As `notice`, of any number of rows with the same columns, at the price of one."""
        now = self.context.viewer.now
        common = {"kind": kind, "at": now, "actor_id": self.context.identity.user_id, "sender_id": self._sender()}
        keys = [uuid7(now) for _ in rows]
        if keys:
            written = [{"id": key, **common, **row} for key, row in zip(keys, rows, strict=True)]
            await self.connection.execute(sa.insert(Notice), written)
            await self.connection.execute(to_address(keys))
        return keys

    async def notices_of(self, kind: str, collaborations: Sequence[UUID], **data: Any) -> None:
        """As `notice`, of any number of collaborations."""
        await self.notices(kind, [{"collaboration_id": key, "data": data} for key in collaborations])

    def _sender(self) -> UUID | None:
        """The firm or company that causes a mail. The platform is not bounded."""
        acting = acting_organisation(self.context.viewer)
        return acting[1] if acting and acting[0] in ("Firm", "Client") else None

    async def audit(self, action: str, refusal: Refused | None) -> None:
        """One entry, and those that `also` noted. Of what nobody tried without success there is none."""
        acts = [Act(action, self.about), *(self.besides if refusal is None else ())]
        trail = AuditTrail(self.context, self.connection, self.joined, self.inside)
        await trail.write(acts, None if refusal is None else refusal.code)
        if self.missing and refusal is None:
            await trail.missing({action: self.missing})


Work = Callable[[MutationContext], Awaitable[Mapping[str, Any]]]
"""Does the change and says what its payload holds: see `Outcome`."""


async def run_mutation(info: Info, work: Work, *, colleagues: Sequence[str] = (), by_token: bool = False) -> Any:
    """The payload of a mutation: `work` in one transaction, undone by any refusal, its trace written either way.

    Unauthenticated for nobody, unless `work` asks for a single-use token instead (`by_token`); Conflict for who lost the
    place meanwhile and for what two at once ran into. `colleagues` are global ids of people of the viewer's organisation
    whose places `work` judges: see `MutationContext.hold`.
    """
    context = info.context
    if isinstance(context.viewer, Anonymous) and not by_token:
        raise Unauthenticated("Sign in first.")
    action = snake(info.field_name).upper()
    keeping = OutcomeRecord.of(context, str(info.path.key))
    try:
        async with context.engine.begin() as connection:
            await connection.execute(PATIENCE, {"milliseconds": str(int(context.lock_seconds * 1000))})
            change = MutationContext(context, connection)
            if colleagues:
                await change.hold(colleagues)
            if not await is_still_member(connection, context.viewer):
                raise Conflict(MOVED_ON)
            outcome = await keeping.begin(connection) if keeping else None
            if outcome is not None:
                context.replayed += 1
            else:
                context.done += 1
                outcome = await _worked(change, work, action)
                if keeping:
                    await keeping.end(connection, outcome)
            # The last word before COMMIT: a request that is cancelled from here on may be done, one before that is not.
            context.may_have_committed |= outcome.refusal is None
    except DBAPIError as error:
        raise _crossed(error) from None
    # What was read before is of another time: the next field of this document reads anew.
    context.load = Loaders(context.viewer, context.policy, context.reads)
    return await outcome.payload(context)


async def is_repeated_request(info: Info) -> bool:
    """Whether this very request was answered before, for what comes before `run_mutation` and would not come out the same."""
    keeping = OutcomeRecord.of(info.context, str(info.path.key))
    if keeping is None:
        return False
    async with info.context.engine.begin() as connection:
        return await keeping.is_known(connection)


def _crossed(error: DBAPIError) -> Conflict:
    """What two at once ran into, as a refusal like any other; whatever else went wrong is raised as it is."""
    sqlstate = None if error.connection_invalidated else getattr(error.orig, "sqlstate", None)
    if sqlstate == LOCKED:
        return Busy()
    if sqlstate not in CROSSED:
        raise error
    return Conflict(MOVED_ON)


async def _worked(change: MutationContext, work: Work, action: str) -> Outcome:
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
