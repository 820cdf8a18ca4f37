"""Queries for the invitations that the acting firm sent to companies, with their outcome (D66)."""

from typing import Any, Final

import sqlalchemy as sa

from gateway.context import Info
from gateway.db.models import ClientInvitation
from gateway.loaders.pagination import without_unused_joins
from gateway.resolvers.collaborations.queries import any_of
from gateway.resolvers.core.connections import Connection, Listing, PageArguments, Position, Query, listed
from gateway.schema.core.arguments import After, Before, ClientInvitationStates, First, Last

_by_collaboration: Final = Position(("collaboration_id",))


async def client_invitations(
    info: Info,
    states: ClientInvitationStates = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Connection:
    """Lists the newest first, in the order of their collaboration ids, which an index keeps for each firm."""
    plan = info.context.plan("ClientInvitation")
    wanted = None if states is None else tuple(sorted({state.value for state in states}))
    listing = Listing(info.context, "clientInvitations", (wanted,), _by_collaboration)
    page = listing.page(PageArguments(first, after, last, before))

    def narrowed(statement: sa.Select[Any]) -> sa.Select[Any]:
        return statement if wanted is None else statement.where(any_of(plan, wanted))

    query = Query(plan, (wanted,), narrowed, (ClientInvitation.collaboration_id,), descending=True)
    return await listed(listing, page, query)


async def client_invitation_count(info: Info) -> int:
    plan = info.context.plan("ClientInvitation")

    def build() -> sa.Select[Any]:
        return without_unused_joins(plan.plain(sa.func.count()).where(plan.predicate("status", "OPEN")))

    return int((await info.context.load.rows(plan, plan.keep("open invitations", build), {}))[0][0])
