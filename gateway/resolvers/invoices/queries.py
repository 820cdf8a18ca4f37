"""Queries for the invoices of the acting organisation.

An invoice that another organisation holds is not found (I14, I15, I21, I22).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from gateway.context import Context
from gateway.db.models import Invoice
from gateway.errors import NotFound
from gateway.policy import Plan
from gateway.reads.pages import without_unused_joins
from gateway.reads.roots import RootList, Rows, Selection
from gateway.resolvers.collaborations.queries import any_of
from gateway.resolvers.core.nodes import found
from gateway.schema.core.arguments import AboutClient, InvoiceStates, OfCollaboration


def _select(
    plan: Plan, client: AboutClient = None, collaboration: OfCollaboration = None, states: InvoiceStates = None
) -> Selection:
    """Selects invoices, including those about clients whose collaboration has ended.

    The current billing mode is never evaluated (L8, H63).
    """
    wanted = None if states is None else tuple(sorted({state.value for state in states}))
    only = [name for name, id in (("client_id", client), ("collaboration_id", collaboration)) if id is not None]

    def conditions(rows: Rows) -> Sequence[Any]:
        narrowed = [rows.own(_is(name)) for name in only]
        return narrowed if wanted is None else [any_of(rows, wanted), *narrowed]

    return Selection(
        kind=(wanted, *only), filter=(client, collaboration, wanted), conditions=conditions, descending=True
    )


async def _check(
    context: Context, client: AboutClient = None, collaboration: OfCollaboration = None, states: InvoiceStates = None
) -> Mapping[str, UUID]:
    only = {
        name: context.seal.open_id(id)[1]
        for name, id in (("client_id", client), ("collaboration_id", collaboration))
        if id is not None
    }
    if client is not None:
        await _require_client(context, client)
    if collaboration is not None:
        await found(context, "Collaboration", collaboration)
    return only


INVOICES: Final = RootList(
    target="Invoice",
    order=lambda rows: (rows.own(Invoice.id),),
    select=_select,
    check=_check,
    checked=("client", "collaboration"),
)


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
