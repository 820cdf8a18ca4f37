"""Invoices: those of the acting organisation, and those about one client.

What is not held here does not exist here (I14, I15, I21, I22).
"""

from collections.abc import Awaitable
from typing import Any, NamedTuple

import sqlalchemy as sa

from gateway.context import Info
from gateway.db.models import Invoice
from gateway.loaders import Seen
from gateway.resolvers.collaborations import any_of
from gateway.resolvers.nodes import found
from gateway.resolvers.pages import Asked, Listing, Query, by_id, listed
from gateway.resolvers.values import Connection, Money, money
from gateway.schema.inputs import AboutClient, After, Before, First, InvoiceStates, Last


async def invoices(
    info: Info,
    client: AboutClient = None,
    states: InvoiceStates = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Connection:
    """The newest first. `client` narrows to one client that may be seen; the mode of today is never part of it (L8)."""
    context = info.context
    plan = context.plan("Invoice")
    wanted = None if states is None else tuple(sorted({state.value for state in states}))
    about = None if client is None else context.seal.open_id(client)[1]
    listing = Listing(context, "invoices", (about, wanted), by_id)
    page = listing.page(Asked(first, after, last, before))
    if client is not None:
        await found(context, "Client", client)

    def narrowed(statement: sa.Select[Any]) -> sa.Select[Any]:
        if wanted is not None:
            statement = statement.where(any_of(plan, wanted))
        if about is not None:
            statement = statement.where(Invoice.client_id == sa.bindparam("about", type_=sa.Uuid()))
        return statement

    parameters = {} if about is None else {"about": about}
    query = Query(plan, (wanted, about is not None), narrowed, (Invoice.id,), descending=True, parameters=parameters)
    return await listed(listing, page, query)


def of_client(
    root: Seen,
    info: Info,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Awaitable[Connection]:
    load = info.context.load
    listing = Listing(info.context, "Client.invoices", (root.id,), by_id)
    page = listing.page(Asked(first, after, last, before))
    return listing.connected(load.invoices_of(root.id, page), lambda: load.invoices_counted_of(root.id))


class IssuedTo(NamedTuple):
    kind: str | None
    name: str


def issued_to(root: Seen) -> IssuedTo:
    """The organisation that holds it, by the rule that decides who sees it (D34)."""
    kind = root.situation.first("issued_to")
    return IssuedTo(kind, root.row.firm_name if kind == "FIRM" else root.row.client_name)


def client(root: Seen, info: Info) -> Awaitable[Seen | None]:
    return info.context.load.node("Client", root.row.client_id)


def credits(root: Seen, info: Info) -> Awaitable[Seen | None] | None:
    key = root.row.credits_id
    return None if key is None else info.context.load.node("Invoice", key)


class Line(NamedTuple):
    position: int
    description: str
    quantity: int
    unit_amount: Money | None
    amount: Money | None


async def lines(root: Seen, info: Info) -> list[Line]:
    return [
        Line(
            row.position,
            row.description,
            row.quantity,
            money(row.unit_amount, row.currency),
            money(row.amount, row.currency),
        )
        for row in await info.context.load.lines_of(root.id)
    ]
