"""Billing mode periods: who pays for a client, and from when. Written under the client's lock (I3, I24, D15, D16, D46)."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from gateway.db.ids import uuid7
from gateway.db.models import BillingModePeriod, Collaboration, Firm
from gateway.db.queries.billing_mode_periods import INFINITY, chosen, next_moment, ran_out, yielding_offers
from gateway.db.queries.same_client import in_collaboration
from gateway.errors import Conflict
from gateway.loaders import VisibleRow
from gateway.messages import text
from gateway.resolvers.core.audit_trail import About
from gateway.resolvers.core.transaction import MutationContext
from gateway.schema.collaborations.enums import BillingMode

ANOTHER_PAYS: Final = text("conflict", "ANOTHER_PAYS")
THE_CLIENT: Final = "client"
"""The payer where no period is in force (D15)."""


async def pay(
    change: MutationContext, row: VisibleRow, mode: BillingMode | None, *, moves_from: UUID | None = None
) -> int:
    """Puts `mode` in force from now on, or no mode for None. Returns how many modes of the collaboration this ended: one or none.

    Queues mails to the firms that begin or cease to pay (I30). Raises Conflict where another firm pays and `moves_from` does not
    name its collaboration. While the firm is suspended no mode begins: PARTNER is kept as the client's choice, any other value
    withdraws that choice (D59).
    """
    connection, client, now = change.connection, row.row.client_id, change.context.viewer.now
    is_paused = mode is not None and await _is_paused(change, row)
    await connection.execute(chosen(is_paused and mode is BillingMode.PARTNER, Collaboration.id == row.id))
    if is_paused:
        return 0
    expired = _by_collaboration(await connection.execute(ran_out(now, BillingModePeriod.client_id == client)))
    holding = _by_collaboration(await connection.execute(_holding(client)))
    mine, payer = holding.pop(row.id, None), mode and mode.value.lower()
    is_new = payer != (mine and mine.payer)
    if is_new:
        yielding = [each for each in holding.values() if mode is BillingMode.PARTNER and each.payer == payer]
        await require_named(change, row, mode, yielding, moves_from)
        await _moved(change, row, payer, yielding)
    last = mine or expired.get(row.id)
    before, after = last.payer if last else THE_CLIENT, payer or THE_CLIENT
    if before != after:
        await _notify(change, row.id, after)
    return 1 if mine and is_new else 0


async def require_named(
    change: MutationContext, row: VisibleRow, mode: BillingMode | None, payers: Sequence[Any], moves_from: UUID | None
) -> None:
    """For PARTNER, raises Conflict if another firm pays, or else is to pay, and `moves_from` does not name its collaboration.

    Offered terms in which another firm was to pay after the client's verification are changed to CLIENT (D16, D60). `payers` are
    the other collaborations whose firms pay.
    """
    begins = mode is BillingMode.PARTNER
    # Executed for every mode, so that the number of statements is always the same.
    yielded = yielding_offers(row.row.client_id, row.id, begins, change.context.viewer.now)
    to_pay = [each for each in await change.connection.execute(yielded) if each.lasts]
    if begins and any(each.collaboration_id != moves_from for each in payers or to_pay):
        raise Conflict(ANOTHER_PAYS)


async def payers_of(change: MutationContext, client: UUID) -> list[Any]:
    """Returns the collaboration whose firm pays for the client now, in a list of one or none."""
    holding = await change.connection.execute(_holding(client))
    return [each for each in holding if each.payer != THE_CLIENT]


async def _is_paused(change: MutationContext, row: VisibleRow) -> bool:
    """Whether the firm may have no billing mode now. Locks the firm, so that the answer holds until the transaction ends.

    The firm is locked after the client, in the same order as in a suspension, which closes the modes that are open by then.
    """
    firm, plan = Firm.__table__.c, change.context.plan("Collaboration")
    await change.connection.execute(sa.select(firm.id).where(firm.id == row.row.firm_id).with_for_update(read=True))
    query = plan.plain(Collaboration.id).where(plan.predicate("pauses", "BILLING_MODE"), Collaboration.id == row.id)
    return (await change.connection.execute(query, plan.bind(change.context.viewer))).one_or_none() is not None


async def _moved(change: MutationContext, row: VisibleRow, payer: str | None, yielding: list[Any]) -> None:
    """Closes and opens the periods of all collaborations concerned at one moment. Notifies the firms that cease to pay."""
    connection, client = change.connection, row.row.client_id
    at = await connection.scalar(next_moment(client, change.context.viewer.now))
    others = [each.collaboration_id for each in yielding]
    await connection.execute(_closed(client, [*others, row.id], at))
    begun = dict.fromkeys(others, THE_CLIENT) | ({row.id: payer} if payer else {})
    if begun:
        common = {"client_id": client, "from_at": at, "changed_by": change.context.identity.user_id}
        periods = [{"id": uuid7(at), "collaboration_id": key, "mode": each, **common} for key, each in begun.items()]
        await connection.execute(sa.insert(BillingModePeriod).values(periods))
    for each in yielding:
        change.also("CHANGE_BILLING_MODE", _about(client, each))
        await _notify(change, each.collaboration_id, THE_CLIENT)


async def _notify(change: MutationContext, collaboration_id: UUID, payer: str) -> None:
    await change.notice("BILLING_MODE_CHANGED", collaboration_id=collaboration_id, mode=payer)


def _by_collaboration(found: Iterable[Any]) -> dict[UUID, Any]:
    return {each.collaboration_id: each for each in found}


def _about(client: UUID, other: Any) -> About:
    key = other.collaboration_id
    return About("Collaboration", key, client_id=client, firm_id=other.firm_id, collaboration_id=key)


def _holding(client: UUID) -> sa.Select[UUID, str, UUID]:
    """The mode in force for each collaboration of the client."""
    period = BillingModePeriod
    return (
        sa.select(period.collaboration_id, period.mode.label("payer"), Collaboration.firm_id)
        .join(Collaboration, in_collaboration(period))
        .where(period.client_id == client, period.to_at == INFINITY)
    )


def _closed(client: UUID, collaborations: list[UUID], at: Any) -> sa.Update:
    period = BillingModePeriod
    theirs = (period.client_id == client, period.collaboration_id.in_(collaborations))
    return sa.update(period).where(*theirs, period.to_at == INFINITY).values(to_at=at)
