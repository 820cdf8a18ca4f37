"""Effects of a firm's suspension and reinstatement on who pays for its clients, and the mails about both (D59, D68).

Both take the same number of statements for one client and for thousands. The caller has locked the clients.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from gateway.db.ids import uuid7
from gateway.db.models import BillingModePeriod, Collaboration
from gateway.db.queries.billing_mode_periods import chosen, clients_of, paused, pausing, ran_out, resuming, working
from gateway.resolvers.core.audit_trail import About
from gateway.resolvers.core.transaction import MutationContext


async def pause_modes(change: MutationContext, firm_id: UUID) -> None:
    """Closes the firm's billing modes and records where the client had chosen PARTNER. Mails both sides where the firm paid."""
    connection, now = change.connection, change.context.viewer.now
    await connection.execute(ran_out(now, BillingModePeriod.client_id.in_(clients_of(firm_id))))
    await connection.execute(pausing(firm_id))
    closed = (await connection.execute(paused(firm_id, now))).all()
    await _record(change, firm_id, "BILLING_MODE_PAUSED", closed)


async def resume_modes(change: MutationContext, firm_id: UUID) -> None:
    """Opens a billing mode for each FULL access. Mails both sides where the firm pays again.

    The firm is in the programme by now: before that, it has no access.
    """
    connection, now = change.connection, change.context.viewer.now
    await connection.execute(ran_out(now, BillingModePeriod.client_id.in_(clients_of(firm_id))))
    plan = change.context.plan("Collaboration")
    reopened = resuming(firm_id, now, plan.source, plan.blind("reopens", "BILLING_MODE"))
    begun = (await connection.execute(reopened, plan.bind(change.context.viewer))).all()
    by = change.context.identity.user_id
    periods = [
        {"id": uuid7(each.from_at), "collaboration_id": each.collaboration_id, "client_id": each.client_id}
        | {"mode": each.mode, "from_at": each.from_at, "changed_by": by}
        for each in begun
    ]
    if periods:
        await connection.execute(sa.insert(BillingModePeriod), periods)
    await connection.execute(chosen(False, Collaboration.firm_id == firm_id))
    await _record(change, firm_id, "BILLING_MODE_RESUMED", begun)


async def queue_programme_mails(change: MutationContext, firm_id: UUID, kind: str) -> None:
    """Queues one mail to the firm and one to each client it works for, without the reason (D68). Changes of payer have other mails."""
    ties = (await change.connection.execute(working(firm_id))).scalars()
    firm: dict[str, Any] = {"subject_type": "Firm", "subject_id": firm_id, "collaboration_id": None, "data": {}}
    client: dict[str, Any] = {"subject_type": None, "subject_id": None, "data": {}}
    await change.notices(kind, [firm, *({**client, "collaboration_id": key} for key in ties)])


async def _record(change: MutationContext, firm_id: UUID, kind: str, found: Iterable[Any]) -> None:
    """Queues a mail and an audit entry for each collaboration whose payer changed.

    A collaboration that has not begun is left out, since nothing is to be paid in it (I30).
    """
    changed = [each for each in found if each.pays and each.begun]
    await change.notices_of(kind, [each.collaboration_id for each in changed])
    for each in changed:
        key = each.collaboration_id
        change.also("CHANGE_BILLING_MODE", About("Collaboration", key, each.client_id, firm_id, key))
