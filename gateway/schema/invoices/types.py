"""Invoices: the platform's bills."""

from typing import TYPE_CHECKING, Annotated, Optional

import strawberry

from gateway.resolvers.core.formats import moment, money, word
from gateway.resolvers.invoices import queries as invoices_queries
from gateway.schema.collaborations.enums import BillingMode
from gateway.schema.core.fields import Read, column, leaf, via, word_of, words_of
from gateway.schema.core.node import Carrier, Money, Node
from gateway.schema.invoices.enums import (
    InvoiceAction,
    InvoiceHolder,
    InvoiceKind,
    InvoiceState,
    OrderKind,
    OrderPlacer,
)

if TYPE_CHECKING:
    from gateway.schema.clients.types import Client

OneClient = Annotated["Client", strawberry.lazy("gateway.schema.clients.types")]


def _money(name: str) -> Read:
    return lambda row: money(getattr(row.row, name), row.row.currency)


@strawberry.type(description="The organisation that an invoice was issued to. It never changes.")
class IssuedTo(Carrier):
    kind: InvoiceHolder = leaf("Which side it is.")
    name: str = leaf("Its name at that time.")


@strawberry.type(description="One position of an invoice.")
class InvoiceLine(Carrier):
    position: int = leaf("Its place, from 1.")
    description: str = leaf("What was bought.")
    quantity: int = leaf("How many.")
    unit_amount: Money | None = leaf("The price of one, before tax.")
    amount: Money | None = leaf("The price of all, before tax.")


@strawberry.type(description="An order or a renewal. Who pays for it is stamped when it is placed and never changes.")
class Order(Carrier):
    id: strawberry.ID = leaf("The global id, to issue its invoice by.")
    kind: OrderKind = leaf("Order or renewal.")
    placed_by: OrderPlacer = leaf("Who placed it.")
    placed_at: str = leaf("When.")
    billing_mode: BillingMode = leaf("The mode in force at that moment.")


@strawberry.type(description="A bill of the platform. It lies in one organisation alone.")
class Invoice(Node):
    kind: InvoiceKind | None = leaf("Invoice or credit note.", column("kind", word))
    credits: Optional["Invoice"] = via(invoices_queries.credits, "The invoice that a credit note credits.")
    number: str | None = leaf("Its number, in the series of whom it was issued to; null for a draft.")
    issued_to: IssuedTo | None = leaf("Whose it is.", invoices_queries.issued_to)
    billing_mode: BillingMode | None = leaf("The mode that was stamped on it.", column("billing_mode", word))
    client: OneClient | None = via(invoices_queries.client, "The client that it is about, while it may be reached.")
    client_name: str | None = leaf("The client's name at that time.")
    lines: list[InvoiceLine] | None = via(invoices_queries.lines, "Its positions.")
    net: Money | None = leaf("Before tax.", _money("net"))
    tax: Money | None = leaf("Tax.", _money("tax"))
    total: Money | None = leaf("With tax.", _money("total"))
    currency: str | None = leaf("Its currency, an ISO 4217 code.")
    state: InvoiceState | None = leaf("Where it is.", word_of("status"))
    issued_at: str | None = leaf("When it was issued.", column("issued_at", moment))
    due_at: str | None = leaf("When it is due.", column("due_at", moment))
    paid_at: str | None = leaf("When it was paid.", column("paid_at", moment))
    viewer_actions: list[InvoiceAction] = leaf("What the viewer may do with it now.", words_of("may"))
