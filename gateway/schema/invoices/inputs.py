"""Inputs for orders and invoices."""

import strawberry

from gateway.schema.core.enums import Currency
from gateway.schema.core.scalars import DateTime, Decimal
from gateway.schema.invoices.enums import OrderKind, OrderPlacer


@strawberry.input(
    description="The order or renewal to record. The billing mode in force at `placedAt` determines who pays."
)
class RecordOrderInput:
    client: strawberry.ID = strawberry.field(description="The global id of the client that the order is for.")
    collaboration: strawberry.ID | None = strawberry.field(
        description="The collaboration that the order belongs to, which must have begun by "
        "`placedAt`. Without it, the one in which the partner paid at that time, if "
        "there is one. It is required for an order that the partner placed, and the "
        "partner must have had full access in it at that time.",
        default=None,
    )
    kind: OrderKind = strawberry.field(description="Whether it is an order or a renewal.")
    placed_by: OrderPlacer = strawberry.field(description="The side that placed it.")
    placed_at: DateTime = strawberry.field(description="When it was placed, a past time.")


@strawberry.input(description="One line of an invoice.")
class InvoiceLineInput:
    description: str = strawberry.field(description="What was bought, in 1 to 200 characters.")
    quantity: int = strawberry.field(description="The quantity, 1 to 1,000,000.")
    unit_amount: Decimal = strawberry.field(
        description="The unit price before tax, as a decimal number with two decimals, such as `129.00`."
    )


@strawberry.input(
    description="The invoice to issue. Its order, or the billing mode in force, determines to whom it is issued."
)
class IssueInvoiceInput:
    client: strawberry.ID = strawberry.field(description="The global id of the client that the invoice is about.")
    order: strawberry.ID | None = strawberry.field(
        description="The global id of the order to bill. With it, neither `orderedAt` nor `collaboration` is accepted.",
        default=None,
    )
    ordered_at: DateTime | None = strawberry.field(
        description="When it was ordered, a past time. Default: now.", default=None
    )
    collaboration: strawberry.ID | None = strawberry.field(
        description="The collaboration that the invoice belongs to, which must have begun by `orderedAt`. "
        "Without it, the one in which the partner paid at that time, if there is one.",
        default=None,
    )
    lines: list[InvoiceLineInput] = strawberry.field(description="The lines of the invoice, 1 to 100.")
    tax_percent: Decimal = strawberry.field(
        description="The tax in percent, as a decimal number below 100 with at most two decimals, such as `8.1`."
    )
    currency: Currency = strawberry.field(description="The currency of all amounts of the invoice.")
    due_at: DateTime | None = strawberry.field(
        description="When it is due, a future time. Without it, the invoice is never overdue.",
        default=None,
    )


@strawberry.input(description="The invoice to credit.")
class CreditInvoiceInput:
    id: strawberry.ID = strawberry.field(description="The global id of the invoice.")


@strawberry.input(description="The invoice to pay.")
class PayInvoiceInput:
    id: strawberry.ID = strawberry.field(description="The global id of the invoice.")
