"""Verification of a client: the platform decides it, and a rejected company requests it again (M5, D60, D67)."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from gateway.context import Info
from gateway.db.models import Client, Collaboration
from gateway.db.queries.by_state import pending_collaborations, waiting_for_verification
from gateway.db.queries.client_invitations import voided
from gateway.resolvers.clients.creation import registered
from gateway.resolvers.collaborations import invitation_copies
from gateway.resolvers.collaborations.access import grant
from gateway.resolvers.collaborations.billing_mode import payers_of
from gateway.resolvers.collaborations.lifecycle import over, tell_firm_of_no
from gateway.resolvers.collaborations.terms import taken_offer
from gateway.resolvers.core.audit_trail import About
from gateway.resolvers.core.idempotency import Node
from gateway.resolvers.core.names import named
from gateway.resolvers.core.transaction import MutationContext, run_mutation
from gateway.schema.clients.enums import VerificationDecision
from gateway.schema.clients.inputs import DecideVerificationInput, RequestVerificationInput


async def decide_verification(info: Info, input: DecideVerificationInput) -> Any:
    """Verifies or rejects a client.

    The collaborations that the client has accepted begin with its verification, on the terms that it offers by then. A rejection
    declines them.
    """

    async def work(change: MutationContext) -> dict[str, Any]:
        client = await change.authorize_id("Client", input.id, "DECIDE_VERIFICATION")
        change.about = About("Client", client.id, client.id)
        match input.decision:
            case VerificationDecision.VERIFY:
                await _write(change, client.id, state="verified")
                await _begin(change, client.id)
                await change.notice("CLIENT_VERIFIED", subject=("Client", client.id))
            case VerificationDecision.REJECT:
                await _write(change, client.id, state="rejected", verification_reason=input.reason)
                await _decline(change, client.id)
                await change.notice("CLIENT_REJECTED", subject=("Client", client.id))
        return {"client": Node("Client", client.id)}

    return await run_mutation(info, work)


async def request_verification(info: Info, input: RequestVerificationInput) -> Any:
    """A rejected company requests its verification again, with corrected data (D67)."""

    async def work(change: MutationContext) -> dict[str, Any]:
        client = await change.authorize(*change.subject(), "REQUEST_VERIFICATION")
        name = {} if input.company_name is None else named(input.company_name)
        corrected = name | registered(input.company_number, input.address)
        begun = {
            "state": "verifying",
            "verification_reason": None,
            "verification_requested_at": change.context.viewer.now,
        }
        await _write(change, client.id, **begun, **corrected)
        return {"client": Node("Client", client.id)}

    return await run_mutation(info, work)


async def _write(change: MutationContext, key: UUID, **values: Any) -> None:
    await change.connection.execute(sa.update(Client).where(Client.id == key).values(values))


async def _begin(change: MutationContext, client_id: UUID) -> None:
    """Starts each collaboration that the client has accepted. The grant names the person who offered its terms."""
    begins = {"state": "active", "started_at": change.context.viewer.now, "version": Collaboration.version + 1}
    begun = waiting_for_verification(client_id).values(begins).returning(Collaboration.id)
    for key in (await change.connection.execute(begun)).scalars().all():
        terms = await taken_offer(change, key)
        if terms is not None:
            row = await change.find_visible("Collaboration", key)
            payer = next((each.collaboration_id for each in await payers_of(change, client_id)), None)
            await grant(change, row, replace(terms, moves_from=payer))
        await change.notice("COLLABORATION_ACCEPTED", collaboration_id=key)


async def _decline(change: MutationContext, client_id: UUID) -> None:
    """Declines each collaboration that has not begun, from either side, and each invitation that the client may answer.

    Queues a mail to each firm that sent an invitation. The client's own requests are covered by the mail about its rejection.
    """
    waiting = (await change.connection.execute(pending_collaborations(client_id))).scalars().all()
    for key in waiting:
        row = await change.find_visible("Collaboration", key)
        await over(change, row, state="declined")
        change.also("DECLINE_COLLABORATION", About("Collaboration", key, client_id, row.row.firm_id, key))
    declined = [*waiting, *await invitation_copies.reject(change, client_id)]
    await change.connection.execute(voided(*declined))
    for key in declined:
        await tell_firm_of_no(change, key)
