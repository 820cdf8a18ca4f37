"""The life cycle of a collaboration: it is accepted, declined, withdrawn or ended, and never reopened (M6)."""

from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

import sqlalchemy as sa

from gateway.context import Info
from gateway.db.models import Client, ClientInvitation
from gateway.db.queries.by_state import assignments_between
from gateway.db.queries.client_invitations import voided, voided_if_declined, without_offer
from gateway.errors import Conflict, Fault, refuse
from gateway.loaders import VisibleRow
from gateway.resolvers.collaborations import invitation_copies
from gateway.resolvers.collaborations.access import collaboration_key, grant, note, shown, take_back
from gateway.resolvers.collaborations.terms import Terms, offer, taken_offer
from gateway.resolvers.core.refusals import MOVED_ON
from gateway.resolvers.core.transaction import MutationContext, run_mutation
from gateway.schema.collaborations.enums import BillingMode, GrantableLevel, RevokedKind
from gateway.schema.collaborations.inputs import (
    AcceptCollaborationInput,
    DeclineCollaborationInput,
    TerminateCollaborationInput,
    WithdrawCollaborationInput,
)
from gateway.schema.kpis.enums import KpiKind

BEGINS: Final = {"verifying": "pending", "verified": "active"}
"""The state of a collaboration once the client has accepted the firm's invitation, by the client's own state (M5)."""


async def accept_collaboration(info: Info, input: AcceptCollaborationInput) -> Any:
    """A firm accepts a request (H33, H36, H37), or a client accepts an invitation and chooses what access it grants (M5)."""

    async def work(change: MutationContext) -> dict[str, Any]:
        moves_from = collaboration_key(change, input.confirm_moves_from)
        row = await change.authorize_id("Collaboration", input.id, "ACCEPT_COLLABORATION")
        return shown(await accept(change, row, input, moves_from))

    return await run_mutation(info, work)


class Acceptance(Protocol):
    """The input of an acceptance: a client that accepts an invitation chooses what access it grants."""

    level: GrantableLevel | None
    shared_kpis: list[KpiKind] | None
    billing_mode: BillingMode | None


async def accept(
    change: MutationContext, row: VisibleRow, input: Acceptance, moves_from: UUID | None = None
) -> VisibleRow:
    """Starts an authorized collaboration, or lets it wait for the client's verification. An existing client gets no discount (P5).

    Returns the collaboration that begins: for a copy, the firm's invitation itself. Raises InvalidInput for terms that a firm
    gives.
    """
    is_invitation = bool(row.situation.words("stage"))
    begun = await _accepted_by_client(change, row) if is_invitation else _begun(change, "active")
    chosen = (input.level, input.shared_kpis, input.billing_mode)
    if not is_invitation:
        given = zip(("level", "sharedKpis", "billingMode"), chosen, strict=True)
        refuse(Fault.of("TERMS_OF_FIRM", name) for name, value in given if value is not None)
    terms = Terms.of_choice(row, *chosen, moves_from=moves_from)
    if is_invitation:
        row = await invitation_copies.accept(change, row, **begun)
    else:
        await note(change, row, **begun)
    await change.connection.execute(without_offer(row.id))
    is_begun = begun["started_at"] is not None
    if terms is not None:
        await (grant if is_begun else offer)(change, row, terms)
    if is_begun:  # otherwise the mail is sent once, at the client's verification (D60)
        await change.notice("COLLABORATION_ACCEPTED", collaboration_id=row.id)
    return row


async def decline_collaboration(info: Info, input: DeclineCollaborationInput) -> Any:
    """Declines a request or an invitation (H33, X-H2, X-P4). Only the side that declines can read the reason (D22)."""

    async def work(change: MutationContext) -> dict[str, Any]:
        row = await change.authorize_id("Collaboration", input.id, "DECLINE_COLLABORATION")
        await over(change, row, state="declined", end_reason=input.reason)
        is_declined = await invitation_copies.decline(change, row.row.copy_of)
        await change.connection.execute(voided_if_declined(row.row.copy_of or row.id))
        if row.row.copy_of is None:
            await _notify_of_decline(change, row.id)
        elif is_declined:
            await tell_firm_of_no(change, row.row.copy_of)
        return shown(row)

    return await run_mutation(info, work)


async def withdraw_collaboration(info: Info, input: WithdrawCollaborationInput) -> Any:
    """Withdraws a request or an invitation, for the side that sent it (M5, M6)."""

    async def work(change: MutationContext) -> dict[str, Any]:
        row = await change.authorize_id("Collaboration", input.id, "WITHDRAW_COLLABORATION")
        await over(change, row, state="withdrawn")
        await invitation_copies.withdraw(change, row.id)
        await change.connection.execute(voided(row.id))
        return shown(row)

    return await run_mutation(info, work)


async def terminate_collaboration(info: Info, input: TerminateCollaborationInput) -> Any:
    """Ends the collaboration and with it every access, at once (H63, H65, H66, X-H3)."""

    async def work(change: MutationContext) -> dict[str, Any]:
        row = await change.authorize_id("Collaboration", input.id, "TERMINATE_COLLABORATION")
        ended_at = info.context.viewer.now
        ended = await over(change, row, state="ended", ended_at=ended_at, end_reason=input.reason)
        await change.notice("COLLABORATION_ENDED", collaboration_id=row.id)
        return {**shown(row), "revoked": ended}

    return await run_mutation(info, work)


@dataclass(frozen=True, slots=True)
class Revoked:
    kind: str
    count: int


def revoked(root: Any) -> list[Revoked]:
    return [Revoked(kind.value, count) for kind in RevokedKind if (count := root.revoked[kind.value])]


def _begun(change: MutationContext, state: str) -> dict[str, Any]:
    return {"state": state, "started_at": {"active": change.context.viewer.now}.get(state)}


async def _accepted_by_client(change: MutationContext, row: VisibleRow) -> dict[str, Any]:
    """Returns the columns to write: from now on the collaboration has the client's own name (D42).

    It waits for the client's verification if that is not done. Raises Conflict for a client in another state, such as rejected.
    """
    query = sa.select(Client.name, Client.name_key, Client.spelled_key, Client.state).where(
        Client.id == row.row.client_id
    )
    client = (await change.connection.execute(query)).one()
    if (state := BEGINS.get(client.state)) is None:
        raise Conflict(MOVED_ON)
    names = {"client_name": client.name, "client_name_key": client.name_key, "client_spelled_key": client.spelled_key}
    return {**_begun(change, state), **names}


async def _notify_of_decline(change: MutationContext, key: UUID) -> None:
    """Queues a mail to the side that sent the request or invitation (M6)."""
    if not await tell_firm_of_no(change, key):
        await change.notice("COLLABORATION_DECLINED", collaboration_id=key)


async def tell_firm_of_no(change: MutationContext, key: UUID) -> bool:
    """Queues a mail to the firm if it sent an invitation. Returns whether it did.

    The mail is about the invitation, not the company: the firm may not know which company was invited (D42).
    """
    mine = sa.select(ClientInvitation.id).where(ClientInvitation.collaboration_id == key)
    invitation = (await change.connection.execute(mine)).scalar_one_or_none()
    if invitation is not None:
        await change.notice("COLLABORATION_DECLINED", subject=("ClientInvitation", invitation))
    return invitation is not None


async def over(change: MutationContext, row: VisibleRow, **values: Any) -> dict[str, int]:
    """Ends the collaboration with its access, billing mode, offered terms, assignments and sessions.

    Returns how many it ended of each `RevokedKind`.
    """
    await note(change, row, **values, ended_by=row.situation.plan.kind.side)
    grants, modes, sessions = await take_back(change, row)
    await taken_offer(change, row.id)
    charges = assignments_between(row.row.firm_id, row.row.client_id)
    assignments = await change.connection.execute(charges.values(ended_at=change.context.viewer.now))
    return {"ACCESS": grants, "BILLING_MODE": modes, "ASSIGNMENTS": assignments.rowcount, "SESSIONS": sessions}
