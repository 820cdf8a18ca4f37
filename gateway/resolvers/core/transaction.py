"""Runs a mutation in one transaction: re-checks the membership, locks the row, evaluates the policy, applies the change.

The same transaction also writes the audit trail entry, the notices from which mails are made, and the outcome that a retry
receives.
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
from gateway.errors import BadInput, Busy, Conflict, Fault, Forbidden, NotFound, Refused, Unauthenticated
from gateway.loaders import Loaders, VisibleRow, visible_rows
from gateway.messages import text
from gateway.names import action_of
from gateway.policy import Plan, Policy
from gateway.reads.declarations import KEYS, readable
from gateway.resolvers.core.audit_trail import About, Act, AuditTrail, Joined
from gateway.resolvers.core.idempotency import Outcome, OutcomeRecord
from gateway.resolvers.core.refusals import MOVED_ON, NOT_YOURS, require

NOBODY: Final = UUID(int=0)
CROSSED: Final = frozenset({"23505", "23P01", "40001", "40P01"})
"""SQLSTATEs of conflicts between concurrent transactions: unique, exclusion, serialization, deadlock."""
LOCKED: Final = "55P03"
"""SQLSTATE of a lock timeout."""
PATIENCE: Final = sa.select(sa.func.set_config("lock_timeout", sa.bindparam("milliseconds", type_=sa.Text()), True))


def acting_organisation(viewer: Viewer) -> tuple[str, UUID] | None:
    """Returns type and key of the row that represents the acting organisation.

    The platform has no such row: the user's own row is used. None for a viewer without an organisation.
    """
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
    """The open transaction of a mutation, for one viewer."""

    context: Context
    connection: AsyncConnection
    about: About = field(default_factory=About)
    besides: list[Act] = field(default_factory=list)
    joined: Joined | None = None
    missing: int = 0  # objects of the input that were not found, if the change continues without them
    inside: set[UUID] = field(default_factory=set)  # clients whose accounts the viewer left by this change

    # ---- authorization

    def subject(self) -> tuple[str, UUID]:
        """Returns type and key of the row of the acting organisation. Raises Forbidden if there is none."""
        found = acting_organisation(self.context.viewer)
        if found is None:
            raise Forbidden(NOT_YOURS)
        return found

    def person(self) -> UUID:
        """Returns the id of the calling person. Raises Forbidden for a machine."""
        user_id = self.context.identity.user_id
        if user_id is None:
            raise Forbidden(NOT_YOURS)
        return user_id

    async def authorize(
        self, type_name: str, key: UUID, action: str, *, clients: sa.Select[UUID | None] | None = None
    ) -> VisibleRow:
        """Locks the row and returns it if the policy allows `action` on its current facts. `clients` are locked before it.

        Raises NotFound for a row that the viewer may not see, and Forbidden if the viewer's role never allows the action:
        neither takes a lock. If the role allows it but not on this row, raises Forbidden with the text of the rule, or
        Conflict if the state of the row does not allow it.
        """
        plan = self.context.plan(type_name)
        before = await self._seen(plan, key)
        if before is None:
            raise NotFound
        self._note(before)
        if not _can_ever(plan, action):
            raise Forbidden(NOT_YOURS)
        if clients is not None:
            await self.connection.execute(locked(clients))
        await self._lock(plan, before)
        # A separate statement after the lock: it sees what was committed while this transaction waited for the lock.
        row = await self._seen(plan, key)
        if row is None:
            raise NotFound
        require(row, action)
        return row

    async def authorize_all(self, type_name: str, keys: Sequence[UUID], action: str) -> list[VisibleRow]:
        """As `authorize`, for several rows with as many statements as for one.

        Raises NotFound if the viewer may not see one of them. Only the rows themselves are locked, in the order of their
        keys, so that concurrent changes of the same rows do not deadlock.
        """
        plan, wanted = self.context.plan(type_name), sorted(set(keys))
        for row in (await self._all_seen(plan, wanted))[:1]:
            self._note(row)
        if not _can_ever(plan, action):
            raise Forbidden(NOT_YOURS)
        await self._lock_rows(plan.row.table, wanted)
        rows = await self._all_seen(plan, wanted)
        for row in rows:
            require(row, action)
        return rows

    async def authorize_id(self, type_name: str, id: str, action: str) -> VisibleRow:
        """As `authorize`, for a global id. An id of another type is looked up like any other."""
        return await self.authorize(type_name, self.key_of(type_name, id), action)

    def key_of(self, type_name: str, id: str) -> UUID:
        """Returns the key in a global id; for an id of another type, a key that no row has. Raises BadInput for an invalid id."""
        known, key = self.context.seal.open_id(id)
        return key if known == type_name else NOBODY

    async def find_visible(self, type_name: str, key: UUID) -> VisibleRow:
        """Returns the row as the viewer sees it now, without a lock or an action. Raises NotFound if it may not be seen."""
        row = await self._seen(self.context.plan(type_name), key)
        if row is None:
            raise NotFound
        return row

    async def hold_own(self) -> None:
        """Locks the viewer's own membership of a firm against other mutations of the same person that run alone.

        It runs before `is_still_member`, as `hold` does.
        """
        if isinstance(self.context.viewer, FirmViewer):
            await self._lock_rows(FirmMember.__table__, [self.context.viewer.member_id])

    async def hold(self, colleagues: Sequence[str]) -> None:
        """Locks the memberships of `colleagues` together with the viewer's own, in the order of their keys.

        For mutations that change memberships. It runs before `is_still_member` locks the viewer's own: otherwise two
        people who change each other's membership would deadlock. A viewer who may never change one locks none.
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
        """Locks the row, and before it the rows that serialise the change.

        A change of a collaboration locks its client first, so that changes that concern one client run one after the other.
        A change of a membership locks its organisation first: concurrent changes could remove the last administrator (M4).
        """
        if plan.type_name in ("Collaboration", "Conversation"):
            # Also executed without a client: the number of statements must not reveal whom a firm has invited (D42).
            await self._lock_row(Client.__table__, row.row.client_id or NOBODY)
        if plan.type_name == "Collaboration" and row.row.copy_of is not None:
            # An invitation is locked before its copies: this serialises a change of a copy with those by the firm and other companies.
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

    # ---- what is written with the change

    def _note(self, row: VisibleRow) -> None:
        """Makes the first authorised row the subject of the audit entry."""
        if self.about.subject_id is None:
            self.about = About.of(row)

    def also(self, action: str, about: About, *, by_firm: UUID | None = None) -> None:
        """Adds an audit entry for a consequence of the change: see `Act`."""
        self.besides.append(Act(action, about, by_firm))

    async def notice(
        self,
        kind: str,
        *,
        collaboration_id: UUID | None = None,
        subject: tuple[str, UUID] | None = None,
        **data: Any,
    ) -> UUID:
        """Writes a notice, from which mails are made later, and returns its key.

        `data` holds words and ids, never content: the policy decides who may read the content when the mail is sent.
        """
        row: dict[str, Any] = {"collaboration_id": collaboration_id, "data": data}
        row |= {"subject_type": subject and subject[0], "subject_id": subject and subject[1]}
        (key,) = await self.notices(kind, [row])
        return key

    async def notices(self, kind: str, rows: Sequence[Mapping[str, Any]]) -> list[UUID]:
        """As `notice`, for any number of rows with the same columns, with as many statements as for one."""
        now = self.context.viewer.now
        common = {"kind": kind, "at": now, "actor_id": self.context.identity.user_id, "sender_id": self._sender()}
        keys = [uuid7(now) for _ in rows]
        if keys:
            written = [{"id": key, **common, **row} for key, row in zip(keys, rows, strict=True)]
            await self.connection.execute(sa.insert(Notice), written)
            await self.connection.execute(to_address(keys))
        return keys

    async def notices_of(self, kind: str, collaborations: Sequence[UUID], **data: Any) -> None:
        """As `notice`, for any number of collaborations."""
        await self.notices(kind, [{"collaboration_id": key, "data": data} for key in collaborations])

    def _sender(self) -> UUID | None:
        """Returns the firm or company that causes a mail. None for the platform, whose mails are not limited."""
        acting = acting_organisation(self.context.viewer)
        return acting[1] if acting and acting[0] in ("Firm", "Client") else None

    async def audit(self, action: str, refusal: Refused | None) -> None:
        """Writes the entry of the mutation and, if it succeeded, those added by `also`. A refused anonymous call has none."""
        acts = [Act(action, self.about), *(self.besides if refusal is None else ())]
        trail = AuditTrail(self.context, self.connection, self.joined, self.inside)
        await trail.write(acts, None if refusal is None else refusal.code)
        if self.missing and refusal is None:
            await trail.missing({action: self.missing})


Work = Callable[[MutationContext], Awaitable[Mapping[str, Any]]]
"""Applies the change and returns the fields of the payload: see `Outcome`."""


async def run_mutation(
    info: Info,
    work: Work,
    *,
    colleagues: Sequence[str] = (),
    by_token: bool = False,
    alone: bool = False,
    audited: bool = True,
) -> Any:
    """Runs `work` in one transaction and returns the payload. A refusal rolls the change back, and is audited as well.

    Raises Unauthenticated for an anonymous caller, unless `work` requires a single-use token instead (`by_token`). Raises
    Conflict if the viewer has lost the membership meanwhile, or if concurrent changes conflict. `colleagues` are global
    ids of members of the viewer's organisation whose memberships `work` changes: see `MutationContext.hold`. `alone`: mutations
    of one member of a firm run one after the other. Without `audited`, only refusals are entries of the audit trail.
    """
    context = info.context
    if isinstance(context.viewer, Anonymous) and not by_token:
        raise Unauthenticated(text("general", "SIGN_IN"))
    action = action_of(info.field_name)
    record = OutcomeRecord.of(context, str(info.path.key))
    try:
        async with context.engine.begin() as connection:
            await connection.execute(PATIENCE, {"milliseconds": str(int(context.lock_seconds * 1000))})
            change = MutationContext(context, connection)
            if colleagues:
                await change.hold(colleagues)
            if alone:
                await change.hold_own()
            if not await is_still_member(connection, context.viewer):
                raise Conflict(MOVED_ON)
            outcome = await record.begin(connection) if record else None
            if outcome is not None:
                context.replayed += 1
            else:
                context.done += 1
                outcome = await _executed(change, work, action, audited=audited)
                if record:
                    await record.end(connection, outcome)
            # The last step before COMMIT: if the request is cancelled after this line, the change may be committed; before it, not.
            context.may_have_committed |= outcome.refusal is None
    except DBAPIError as error:
        raise _conflict(error) from None
    # Rows cached before the change are outdated: the next field of this document reads them again.
    context.load = Loaders(context.viewer, context.policy, context.reads)
    return await outcome.payload(context)


async def is_repeated_request(info: Info) -> bool:
    """Returns whether the outcome of this request is stored.

    For steps before `run_mutation` that would not have the same result in a retry.
    """
    record = OutcomeRecord.of(info.context, str(info.path.key))
    if record is None:
        return False
    async with info.context.engine.begin() as connection:
        return await record.is_known(connection)


def known_faults(context: Context, action: str, faults: Sequence[Fault]) -> Sequence[Fault]:
    """Returns those faults of an input that the viewer learns. It reads no data.

    A viewer whose role never may do it learns of malformed ids alone (D36), and an anonymous one of none: the mutation
    refuses them for another reason, which is an entry of the audit trail.
    """
    viewer = context.viewer
    if role_may_ever(context.policy, type(viewer).__name__, viewer.role, action):
        return faults
    if isinstance(viewer, Anonymous):
        return ()
    return [fault for fault in faults if fault.text.word == "ID"]


def role_may_ever(policy: Policy, kind: str, role: str, action: str) -> bool:
    """Whether a role may do it on some object. True for what no rule decides, such as the use of a mailed token."""
    types = [
        type_name
        for type_name in policy.types
        if any(
            (action,) in policy.compiled.decisions[type_name, rule].sums
            for rule in ("may", "idle")
            if (type_name, rule) in policy.compiled.decisions
        )
    ]
    return not types or any(_can_ever(policy.plan_for(kind, role, type_name), action) for type_name in types)


def _can_ever(plan: Plan, action: str) -> bool:
    """Whether the viewer's role may do it in some situation: with an effect (`may`) or without one (`idle`)."""
    return any(rule in plan.decisions and plan.can_ever(rule, action) for rule in ("may", "idle"))


def _conflict(error: DBAPIError) -> Conflict:
    """Returns a conflict of concurrent changes as a refusal. Raises any other error unchanged."""
    sqlstate = None if error.connection_invalidated else getattr(error.orig, "sqlstate", None)
    if sqlstate == LOCKED:
        return Busy()
    if sqlstate not in CROSSED:
        raise error
    return Conflict(MOVED_ON)


async def _executed(change: MutationContext, work: Work, action: str, *, audited: bool) -> Outcome:
    try:
        async with change.connection.begin_nested():
            outcome = Outcome(dict(await work(change)))
    except Refused as refusal:
        outcome = Outcome({}, refusal)
    except DBAPIError as error:
        outcome = Outcome({}, _conflict(error))
    if (audited or outcome.refusal is not None) and not isinstance(outcome.refusal, (BadInput, *Outcome.TRIED_AGAIN)):
        await change.audit(action, outcome.refusal)
    return outcome
