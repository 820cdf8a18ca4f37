"""Permanent closure of a firm's account, by its owner or by the platform, which also ends its collaborations (M1, D61)."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from gateway.context import Info
from gateway.db.models import ClientSession, Firm
from gateway.db.queries import firm_closure
from gateway.db.queries.billing_mode_periods import clients_of, paused
from gateway.resolvers.client_sessions.mutations import end_lost
from gateway.resolvers.collaborations.billing_mode import THE_CLIENT
from gateway.resolvers.core.audit_trail import About
from gateway.resolvers.core.idempotency import Node
from gateway.resolvers.core.transaction import MutationContext, run_mutation
from gateway.schema.firms.inputs import CloseFirmInput


async def close_firm(info: Info, input: CloseFirmInput) -> Any:
    """Closes the account. The firm's admins can still read its invoices; nothing is deleted."""

    async def work(change: MutationContext) -> dict[str, Any]:
        key = change.key_of("Firm", input.id)
        # The clients are locked first: changes that concern one client run one after the other.
        firm = await change.authorize("Firm", key, "CLOSE_FIRM", clients=clients_of(key))
        await _end_collaborations(change, firm.id, firm.situation.plan.kind.side)
        now, execute = change.context.viewer.now, change.connection.execute
        await execute(firm_closure.unlisted_profiles(firm.id))
        await execute(firm_closure.voided_staff_invitations(firm.id))
        await execute(firm_closure.revoked_tokens(firm.id, now))
        await execute(sa.update(Firm).where(Firm.id == firm.id).values(account_state="closed"))
        change.about = About("Firm", firm.id, firm_id=firm.id)
        return {"firm": Node("Firm", firm.id)}

    return await run_mutation(info, work)


async def _end_collaborations(change: MutationContext, firm_id: UUID, side: str) -> None:
    """Ends all collaborations of the firm. The number of statements does not depend on how many there are.

    The collaborations are locked first: a concurrent change by a client waits for the lock, or the later statements find it.
    """
    now, execute = change.context.viewer.now, change.connection.execute
    await execute(firm_closure.living(firm_id))
    over = (await execute(firm_closure.ended(firm_id, now, side))).all()
    expired = (await execute(firm_closure.expired_payers(firm_id, now))).all()
    await execute(firm_closure.expired_modes(firm_id, now))
    closed = (await execute(paused(firm_id, now))).all()
    await execute(firm_closure.revoked_grants(firm_id, now))
    await execute(firm_closure.withdrawn_terms(firm_id))
    await execute(firm_closure.ended_assignments(firm_id, now))
    await execute(firm_closure.voided_invitations(firm_id))
    await end_lost(change, ClientSession.firm_id == firm_id)
    paid = {each.collaboration_id for each in expired} | {each.collaboration_id for each in closed if each.pays}
    begun = [each.id for each in over if each.begun]
    await change.notices_of("BILLING_MODE_CHANGED", [key for key in begun if key in paid], mode=THE_CLIENT)
    await change.notices_of("COLLABORATION_ENDED", begun)
    # Withdrawn offers cause no notice: the firm made them itself.
    requests = [each.id for each in over if each.action == "DECLINE_COLLABORATION"]
    await change.notices_of("COLLABORATION_DECLINED", requests)
    for each in over:
        change.also(each.action, About("Collaboration", each.id, each.client_id, firm_id, each.id))
