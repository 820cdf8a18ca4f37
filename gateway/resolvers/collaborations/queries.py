"""Collaborations: the list, and the fields of one."""

from typing import Any

import sqlalchemy as sa

from gateway.context import Info
from gateway.db.models import Collaboration
from gateway.loaders import VisibleRow
from gateway.resolvers.core.connections import Connection, Listing, PageArguments, Query, by_id, listed
from gateway.resolvers.core.nodes import found
from gateway.schema.core.arguments import After, Before, CollaborationStates, First, Id, Last


async def collaboration(info: Info, id: Id) -> VisibleRow:
    return await found(info.context, "Collaboration", id)


async def collaborations(
    info: Info,
    states: CollaborationStates = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Connection:
    """Lists the newest first. `states` are states as the API shows them."""
    context = info.context
    plan = context.plan("Collaboration")
    wanted = None if states is None else tuple(sorted({state.value for state in states}))
    listing = Listing(context, "collaborations", (wanted,), by_id)
    page = listing.page(PageArguments(first, after, last, before))

    def narrowed(statement: sa.Select[Any]) -> sa.Select[Any]:
        return statement if wanted is None else statement.where(any_of(plan, wanted))

    query = Query(plan, (wanted,), narrowed, (Collaboration.id,), descending=True)
    return await listed(listing, page, query)


def any_of(plan: Any, states: tuple[str, ...]) -> sa.ColumnElement[bool]:
    """Condition for rows in one of these states, by the policy's rule `status`."""
    return sa.or_(sa.false(), *(plan.predicate("status", state) for state in states))
