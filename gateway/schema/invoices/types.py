"""Object types of orders and invoices."""

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
    kind: InvoiceHolder = leaf("The side of the organisation.")
    name: str = leaf("The organisation's name at the time of issue.")


@strawberry.type(description="One line of an invoice.")
class InvoiceLine(Carrier):
    position: int = leaf("The position of the line, counted from 1.")
    description: str = leaf("What was bought.")
    quantity: int = leaf("The quantity.")
    unit_amount: Money | None = leaf("The unit price before tax.")
    amount: Money | None = leaf("The price of the whole line before tax.")


@strawberry.type(description="An order or a renewal. Who pays is determined when it is placed and never changes.")
class Order(Carrier):
    id: strawberry.ID = leaf("The global id of the order, for `issueInvoice`.")
    kind: OrderKind = leaf("Whether it is an order or a renewal.")
    placed_by: OrderPlacer = leaf("The side that placed it.")
    placed_at: str = leaf("When it was placed (ISO 8601 with UTC offset).")
    billing_mode: BillingMode = leaf("The billing mode in force at `placedAt`.")


@strawberry.type(description="A bill of the platform. It belongs to one organisation only.")
class Invoice(Node):
    kind: InvoiceKind | None = leaf("Whether it is an invoice or a credit note.", column("kind", word))
    credits: Optional["Invoice"] = via(
        invoices_queries.credits, "The invoice that a credit note credits; null for an invoice."
    )
    number: str | None = leaf("The number, in the series of the organisation that it was issued to; null for a draft.")
    issued_to: IssuedTo | None = leaf("The organisation that it was issued to.", invoices_queries.issued_to)
    billing_mode: BillingMode | None = leaf(
        "The billing mode that was recorded on it. It never changes.", column("billing_mode", word)
    )
    client: OneClient | None = via(
        invoices_queries.client,
        "The client that it is about. A firm does not see the client after the end of the collaboration.",
    )
    client_name: str | None = leaf("The client's name at the time of issue.")
    lines: list[InvoiceLine] | None = via(invoices_queries.lines, "The lines of the invoice, by position.")
    net: Money | None = leaf("The amount before tax.", _money("net"))
    tax: Money | None = leaf("The amount of the tax.", _money("tax"))
    total: Money | None = leaf("The amount with tax.", _money("total"))
    currency: str | None = leaf("The currency of all amounts (ISO 4217 code).")
    state: InvoiceState | None = leaf("The state of the invoice.", word_of("status"))
    issued_at: str | None = leaf(
        "When it was issued (ISO 8601 with UTC offset); null for a draft.", column("issued_at", moment)
    )
    due_at: str | None = leaf(
        "When it is due (ISO 8601 with UTC offset); null if it has no due date.", column("due_at", moment)
    )
    paid_at: str | None = leaf(
        "When it was paid (ISO 8601 with UTC offset); null if it is not paid.", column("paid_at", moment)
    )
    viewer_actions: list[InvoiceAction] = leaf(
        "The actions that the viewer may take on the invoice now.", words_of("may")
    )
