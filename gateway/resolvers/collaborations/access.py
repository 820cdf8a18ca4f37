"""Access to a client: the client grants, changes and removes it, the firm requests it and hands it back (M7, M8, D3, D13)."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from gateway.context import Info
from gateway.db.ids import uuid7
from gateway.db.models import AccessGrant, ClientSession, Collaboration
from gateway.db.queries.billing_mode_periods import INFINITY
from gateway.errors import Conflict
from gateway.loaders import VisibleRow
from gateway.messages import text
from gateway.resolvers.client_sessions.mutations import end_lost
from gateway.resolvers.collaborations.billing_mode import pay
from gateway.resolvers.collaborations.terms import (
    Terms,
    is_offer,
    offer,
    offer_kpis,
    require_shared,
    shared_bits,
    taken_offer,
)
from gateway.resolvers.core.idempotency import Node
from gateway.resolvers.core.refusals import MOVED_ON
from gateway.resolvers.core.transaction import MutationContext, run_mutation
from gateway.schema.collaborations.inputs import (
    ChangeAccessInput,
    ChangeBillingModeInput,
    DismissAccessRequestInput,
    GrantAccessInput,
    HandBackAccessInput,
    RemoveAccessInput,
    RequestAccessInput,
    SetKpiSharingInput,
)
from gateway.schema.kpis.enums import KpiKind

NOT_ABOVE: Final = text("conflict", "NOT_ABOVE")
NOT_BELOW: Final = text("conflict", "NOT_BELOW")
REPEATS_AFTER: Final = timedelta(hours=24)
"""How long the same request for access changes nothing (D64)."""


async def request_access(info: Info, input: RequestAccessInput) -> Any:
    """Records the firm's request for access and queues a mail to the client (V5, H39). It grants nothing.

    A request for another level replaces the open one; the same request again changes nothing for 24 hours (D64). Raises
    Conflict for a level that is not above the one in force.
    """

    async def work(change: MutationContext) -> dict[str, Any]:
        row = await change.authorize_id("Collaboration", input.id, "REQUEST_ACCESS")
        message, now = input.message, change.context.viewer.now
        if input.level.value not in row.situation.words("raises"):
            raise Conflict(NOT_ABOVE)
        level = input.level.value.lower()
        of, last = Collaboration.id == row.id, Collaboration.last_requested_level
        is_repeat = sa.select(sa.exists().where(of, last == level, Collaboration.request_repeats_at > now))
        if await change.connection.scalar(is_repeat):
            return shown(row)
        request = {"requested_level": level, "last_requested_level": level, "request_message": message}
        await note(change, row, **request, request_repeats_at=now + REPEATS_AFTER)
        await change.notice("ACCESS_REQUEST", collaboration_id=row.id, requested=level)
        return shown(row)

    return await run_mutation(info, work)


async def dismiss_access_request(info: Info, input: DismissAccessRequestInput) -> Any:
    """Dismisses the firm's request for access (D64). The access stays unchanged, and the firm gets no mail."""

    async def work(change: MutationContext) -> dict[str, Any]:
        row = await change.authorize_id("Collaboration", input.id, "DISMISS_ACCESS_REQUEST")
        await note(change, row, requested_level=None, request_message=None)
        return shown(row)

    return await run_mutation(info, work)


async def grant_access(info: Info, input: GrantAccessInput) -> Any:
    """Grants LIMITED or FULL where the firm has NONE (H38, H41).

    Before the client's verification the terms are only offered, and no mail is sent (D60).
    """
    return await _granted(info, input, "GRANT_ACCESS")


async def change_access(info: Info, input: ChangeAccessInput) -> Any:
    """Replaces the granted access as a whole: no term of the earlier grant is kept (H42, D15)."""
    return await _granted(info, input, "CHANGE_ACCESS", input.expected_shared_kpis)


async def remove_access(info: Info, input: RemoveAccessInput) -> Any:
    """Sets the access to NONE; the collaboration continues (M7). Terms that are only offered are deleted without a mail (D60)."""

    async def work(change: MutationContext) -> dict[str, Any]:
        row = await change.authorize_id("Collaboration", input.id, "REMOVE_ACCESS")
        if is_offer(row):
            change.about.is_offer = True
            await taken_offer(change, row.id)
            return shown(row)
        await take_back(change, row)
        return await _notify_changed(change, row)

    return await run_mutation(info, work)


async def set_kpi_sharing(info: Info, input: SetKpiSharingInput) -> Any:
    """Replaces the shared KPI kinds; level, expiry and payer stay unchanged (H59, D14, D73)."""

    async def work(change: MutationContext) -> dict[str, Any]:
        row = await change.authorize_id("Collaboration", input.id, "SET_KPI_SHARING")
        await require_shared(change, row, input.expected_shared_kpis)
        if is_offer(row):
            change.about.is_offer = True
            await offer_kpis(change, row, shared_bits(input.shared_kpis))
            return shown(row)
        await _next_version(change, row, shared_kpis=shared_bits(input.shared_kpis))
        await change.notice("KPI_SHARING_CHANGED", collaboration_id=row.id)
        return shown(row)

    return await run_mutation(info, work)


async def hand_back_access(info: Info, input: HandBackAccessInput) -> Any:
    """Lowers the firm's access, or ends it where no level is given. A lower level keeps the shared KPI kinds (D13, D15).

    Raises Conflict for a level that is not below the one in force.
    """

    async def work(change: MutationContext) -> dict[str, Any]:
        row = await change.authorize_id("Collaboration", input.id, "HAND_BACK_ACCESS")
        kept = input.level
        if (kept.value if kept else "NONE") not in row.situation.words("lowers"):
            raise Conflict(NOT_BELOW)
        if kept is None:
            await take_back(change, row)
        else:
            await pay(change, row, None)
            await _next_version(change, row, level=kept.value.lower())
        return await _notify_changed(change, row)

    return await run_mutation(info, work)


async def change_billing_mode(info: Info, input: ChangeBillingModeInput) -> Any:
    """Changes who pays from now on; the mode in force changes nothing (I24, I29, I30, D16, L23).

    While the firm is suspended, CLIENT withdraws the client's choice that the firm pays again after its reinstatement (D59).
    Raises Conflict where `expected_mode` is not the mode in force or the one to be resumed.
    """

    async def work(change: MutationContext) -> dict[str, Any]:
        moves_from = collaboration_key(change, input.confirm_moves_from)
        row = await change.authorize_id("Collaboration", input.id, "CHANGE_BILLING_MODE")
        if input.expected_mode.value not in {*row.situation.words("mode"), *row.situation.words("resumes")}:
            raise Conflict(MOVED_ON)
        await pay(change, row, input.mode, moves_from=moves_from)
        return shown(row)

    return await run_mutation(info, work)


async def _granted(info: Info, input: GrantAccessInput, action: str, expected: list[KpiKind] | None = None) -> Any:
    async def work(change: MutationContext) -> dict[str, Any]:
        moves_from = collaboration_key(change, input.confirm_moves_from)
        row = await change.authorize_id("Collaboration", input.id, action)
        await require_shared(change, row, expected)
        terms = Terms.of(
            *(row, input.level, input.shared_kpis, input.billing_mode),
            moves_from=moves_from,
            expires_at=input.expires_at,
        )
        if is_offer(row):
            change.about.is_offer = True
            await offer(change, row, terms)
            return shown(row)
        await grant(change, row, terms)
        return await _notify_changed(change, row)

    return await run_mutation(info, work)


# ---- writes, used here and where a collaboration begins and ends


def collaboration_key(change: MutationContext, id: str | None) -> UUID | None:
    return None if id is None else change.key_of("Collaboration", id)


def shown(row: VisibleRow) -> dict[str, Any]:
    return {"collaboration": Node("Collaboration", row.id)}


async def grant(change: MutationContext, row: VisibleRow, terms: Terms) -> None:
    """Writes the next version of the grant and the billing mode. Clears the firm's request for access, which this answers."""
    await pay(change, row, terms.mode, moves_from=terms.moves_from)
    ends = INFINITY if terms.expires_at is None else terms.expires_at
    by = terms.decided_by or change.context.identity.user_id
    granted = {"level": terms.level, "shared_kpis": terms.shared_kpis, "expires_at": ends, "granted_by": by}
    await _next_version(change, row, **granted)
    answered = ("requested_level", "request_message", "last_requested_level", "request_repeats_at")
    await note(change, row, **dict.fromkeys(answered))


async def take_back(change: MutationContext, row: VisibleRow) -> tuple[int, int, int]:
    """Ends the grant, the billing mode and the sessions in the account (D15). Returns how many of each it ended."""
    modes = await pay(change, row, None)
    grants = await _revoked(change, row)
    return grants, modes, await end_lost(change, ClientSession.collaboration_id == row.id)


async def note(change: MutationContext, row: VisibleRow, **values: Any) -> None:
    """Writes columns of the collaboration itself and increments its version."""
    wanted = sa.update(Collaboration).where(Collaboration.id == row.id)
    await change.connection.execute(wanted.values(**values, version=Collaboration.version + 1))


async def _notify_changed(change: MutationContext, row: VisibleRow) -> dict[str, Any]:
    await change.notice("ACCESS_CHANGED", collaboration_id=row.id)
    return shown(row)


async def _next_version(change: MutationContext, row: VisibleRow, **values: Any) -> None:
    """Replaces the last grant by its next version, which has the same terms except for `values` (P8)."""
    await _revoked(change, row)
    table = AccessGrant.__table__
    last = (
        sa.select(table).where(table.c.collaboration_id == row.id).order_by(table.c.version.desc()).limit(1).subquery()
    )
    kept = {name: sa.select(last.c[name]).scalar_subquery() for name in ("level", "shared_kpis", "expires_at")}
    now = change.context.viewer.now
    await change.connection.execute(
        sa.insert(AccessGrant).values(
            **{**kept, "granted_by": change.context.identity.user_id, **values},
            id=uuid7(now),
            collaboration_id=row.id,
            client_id=row.row.client_id,
            version=sa.func.coalesce(sa.select(last.c.version).scalar_subquery(), 0) + 1,
            granted_at=now,
        )
    )
    await end_lost(change, ClientSession.collaboration_id == row.id)


async def _revoked(change: MutationContext, row: VisibleRow) -> int:
    """Revokes the grant and returns how many grants in force this ended: one or none. An expired grant ends at its expiry."""
    now = sa.cast(change.context.viewer.now, AccessGrant.expires_at.type)
    living = sa.update(AccessGrant).where(AccessGrant.collaboration_id == row.id, AccessGrant.revoked_at.is_(None))
    ended = living.values(revoked_at=sa.func.least(now, AccessGrant.expires_at)).returning(AccessGrant.expires_at > now)
    return sum((await change.connection.execute(ended)).scalars())
