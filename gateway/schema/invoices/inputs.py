"""Inputs about orders and invoices."""

import strawberry

from gateway.schema.core.enums import Currency
from gateway.schema.invoices.enums import OrderKind, OrderPlacer


@strawberry.input(
    description="The order or renewal to record. Who pays follows from the mode in force when it was placed."
)
class RecordOrderInput:
    client: strawberry.ID = strawberry.field(description="The client that it is for.")
    collaboration: strawberry.ID | None = strawberry.field(
        description="The collaboration that it belongs to, begun by `placedAt`; without it, the one in which the partner"
        " paid then, if there is one. An order that the partner placed names one in which it had full access then.",
        default=None,
    )
    kind: OrderKind = strawberry.field(description="Order or renewal.")
    placed_by: OrderPlacer = strawberry.field(description="Who placed it.")
    placed_at: str = strawberry.field(description="When: a moment that has come, as ISO 8601 with an offset.")


@strawberry.input(description="One position of an invoice.")
class InvoiceLineInput:
    description: str = strawberry.field(description="What was bought, in 1 to 200 characters.")
    quantity: int = strawberry.field(description="How many, 1 to 1000000.")
    unit_amount: str = strawberry.field(description="The price of one before tax, with two decimals, as in `129.00`.")


@strawberry.input(description="The invoice to issue. Whose it is follows from its order, or from the mode in force.")
class IssueInvoiceInput:
    client: strawberry.ID = strawberry.field(description="The client that it is about.")
    order: strawberry.ID | None = strawberry.field(
        description="The order that it bills; then neither `orderedAt` nor `collaboration` is given.", default=None
    )
    ordered_at: str | None = strawberry.field(
        description="When it was ordered, as ISO 8601 with an offset; now, without it.", default=None
    )
    collaboration: strawberry.ID | None = strawberry.field(
        description="The collaboration that it belongs to, begun by `orderedAt`; without it, the one in which the partner"
        " paid then, if there is one.",
        default=None,
    )
    lines: list[InvoiceLineInput] = strawberry.field(description="Its positions, 1 to 100.")
    tax_percent: str = strawberry.field(description="The tax in percent, with at most two decimals, as in `8.1`.")
    currency: Currency = strawberry.field(description="The currency of all its amounts.")
    due_at: str | None = strawberry.field(
        description="When it is due: a moment to come, as ISO 8601 with an offset; never overdue, without it.",
        default=None,
    )


@strawberry.input(description="The invoice to credit.")
class CreditInvoiceInput:
    id: strawberry.ID = strawberry.field(description="Its global id.")


@strawberry.input(description="The invoice to pay.")
class PayInvoiceInput:
    id: strawberry.ID = strawberry.field(description="Its global id.")
