"""The copies of an invitation: written when it is sent, and ended by an answer to it (P14, D30, D42, M5).

Each change locks the invitation before its copies, so that only one of two companies can accept at the same time.
"""

from typing import Any
from uuid import UUID

from gateway.db.ids import uuid7
from gateway.db.queries import invitation_copies as statements
from gateway.loaders import VisibleRow
from gateway.resolvers.core.audit_trail import About
from gateway.resolvers.core.transaction import MutationContext


async def invite(change: MutationContext, action: str, firm_id: UUID, invitation: UUID, email_key: str) -> list[UUID]:
    """Writes copies for the companies that have none. Returns the keys of all copies that are not answered yet.

    The number of statements is the same for any number of companies, and the firm cannot read what is written about a copy (L18).
    """
    now, execute = change.context.viewer.now, change.connection.execute
    companies = (await execute(statements.without_copy(firm_id, invitation, email_key))).scalars().all()
    await execute(statements.copies(invitation, [uuid7(now) for _ in companies], companies, now))
    waiting = (await execute(statements.open_copies(invitation))).all()
    for copy in waiting:
        change.also(action, _about(copy))
    return [copy.id for copy in waiting]


async def accept(change: MutationContext, copy: VisibleRow, **begun: Any) -> VisibleRow:
    """Makes the company of `copy` the client of the invitation. Returns the invitation as the company sees it.

    For the other companies the invitation is withdrawn by the firm: companies do not learn of each other.
    """
    invitation, execute = copy.row.copy_of, change.connection.execute
    await execute(statements.released(copy.id))
    await execute(statements.accepted(invitation, copy.row.client_id, **begun))
    for other in (await execute(statements.ended(invitation, "withdrawn", "firm"))).all():
        change.also("WITHDRAW_COLLABORATION", _about(other), by_firm=other.firm_id)
    moved = await change.find_visible("Collaboration", invitation)
    change.about = About.of(moved)
    return moved


async def decline(change: MutationContext, invitation: UUID | None) -> bool:
    """Declines the invitation if all of its copies have been answered. Returns whether it did."""
    over = (await change.connection.execute(statements.declined_by_all(invitation))).all()
    for last in over:
        change.also("DECLINE_COLLABORATION", _about(last))
    return bool(over)


async def reject(change: MutationContext, client_id: UUID) -> list[UUID]:
    """Declines all copies of a company that was rejected (D67). Returns the invitations that are declined with them."""
    invitations = (await change.connection.execute(statements.held_for(client_id))).scalars().all()
    for copy in (await change.connection.execute(statements.declined_for(client_id))).all():
        change.also("DECLINE_COLLABORATION", _about(copy))
    return [each for each in invitations if await decline(change, each)]


async def withdraw(change: MutationContext, invitation: UUID) -> None:
    for copy in (await change.connection.execute(statements.ended(invitation, "withdrawn", "firm"))).all():
        change.also("WITHDRAW_COLLABORATION", _about(copy))


def _about(row: Any) -> About:
    return About("Collaboration", row.id, row.client_id, row.firm_id, row.id)
