"""Queries for the invoices of the acting organisation.

An invoice that another organisation holds is not found (I14, I15, I21, I22).
"""

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from gateway.db.models import Client, Collaboration, Invoice
from gateway.policy import Plan
from gateway.reads.roots import Lookup, RootList, Rows, Selection
from gateway.resolvers.collaborations.queries import any_of
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


INVOICES: Final = RootList(
    target="Invoice",
    order=lambda rows: (rows.own(Invoice.id),),
    select=_select,
    lookups={
        # A client whose collaboration has ended is hidden, but not its invoices.
        "client": Lookup(parameter="client_id", targets={"Client": Client.id}, mentioned=Invoice.client_id),
        "collaboration": Lookup(parameter="collaboration_id", targets={"Collaboration": Collaboration.id}),
    },
)


def _is(name: str) -> sa.ColumnElement[bool]:
    column = Invoice.__table__.c[name]
    return column == sa.bindparam(name, type_=column.type)
