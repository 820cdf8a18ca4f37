"""Queries for the invoices of the acting organisation.

An invoice that another organisation holds is not found (I14, I15, I21, I22).
"""

from typing import Any

import sqlalchemy as sa

from gateway.context import Context, Info
from gateway.db.models import Invoice
from gateway.errors import NotFound
from gateway.loaders.pagination import without_unused_joins
from gateway.resolvers.collaborations.queries import any_of
from gateway.resolvers.core.connections import Connection, Listing, PageArguments, Query, by_id, listed
from gateway.resolvers.core.nodes import found
from gateway.schema.core.arguments import AboutClient, After, Before, First, InvoiceStates, Last, OfCollaboration


async def invoices(
    info: Info,
    client: AboutClient = None,
    collaboration: OfCollaboration = None,
    states: InvoiceStates = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Connection:
    """Lists invoices, newest first, including those about clients whose collaboration has ended.

    The current billing mode is never evaluated (L8, H63).
    """
    context = info.context
    plan = context.plan("Invoice")
    wanted = None if states is None else tuple(sorted({state.value for state in states}))
    only = {
        name: context.seal.open_id(id)[1]
        for name, id in (("client_id", client), ("collaboration_id", collaboration))
        if id is not None
    }
    listing = Listing(context, "invoices", (sorted(only.items()), wanted), by_id)
    page = listing.page(PageArguments(first, after, last, before))
    if client is not None:
        await _require_client(context, client)
    if collaboration is not None:
        await found(context, "Collaboration", collaboration)

    def narrowed(statement: sa.Select[Any]) -> sa.Select[Any]:
        if wanted is not None:
            statement = statement.where(any_of(plan, wanted))
        return statement.where(*(_is(name) for name in only))

    query = Query(plan, (wanted, tuple(only)), narrowed, (Invoice.id,), descending=True, parameters=only)
    return await listed(listing, page, query)


async def _require_client(context: Context, id: str) -> None:
    """Raises NotFound unless the viewer may see the client, or an invoice about it.

    Both lookups are always executed, so that an unknown client and a hidden client cost the same work.
    """
    plan = context.plan("Invoice")
    type_name, key = context.seal.open_id(id)
    some = plan.keep(
        "invoices about",
        lambda: without_unused_joins(plan.plain(sa.literal_column("1"))).where(_is("client_id")).limit(1),
    )
    billed = await context.load.rows(plan, some, {"client_id": key})
    reached = await context.load.node("Client", key)
    if type_name != "Client" or not (billed or reached):
        raise NotFound


def _is(name: str) -> sa.ColumnElement[bool]:
    column = Invoice.__table__.c[name]
    return column == sa.bindparam(name, type_=column.type)
