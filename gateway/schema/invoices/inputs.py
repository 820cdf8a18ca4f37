"""Inputs for orders and invoices."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import strawberry

from gateway.db.bounds import MAX_LINES, MAX_OF_ONE
from gateway.errors import Fault
from gateway.forms import checks, entry
from gateway.schema.core.enums import Currency
from gateway.schema.core.scalars import Decimal
from gateway.schema.invoices.enums import OrderKind, OrderPlacer

MAX_DESCRIPTION_LENGTH: Final = 200  # characters


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
    placed_at: datetime = entry(check=checks.past(), description="When it was placed, a past time.")

    def faults_together(self) -> Iterator[Fault]:
        if self.placed_by is OrderPlacer.PARTNER and self.collaboration is None:
            yield Fault.of("COLLABORATION_REQUIRED", "collaboration")


@strawberry.input(description="One line of an invoice.")
class InvoiceLineInput:
    description: str = entry(
        check=checks.text(MAX_DESCRIPTION_LENGTH), description="What was bought, in 1 to 200 characters."
    )
    quantity: int = entry(check=checks.number(1, MAX_OF_ONE), description="The quantity, 1 to 1,000,000.")
    unit_amount: Decimal = entry(
        check=checks.matches(r"[0-9]{1,12}\.[0-9]{2}", "UNIT_AMOUNT"),
        description="The unit price before tax, as a decimal number with two decimals, such as `129.00`.",
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
    ordered_at: datetime | None = entry(
        check=checks.past(), description="When it was ordered, a past time. Default: now.", default=None
    )
    collaboration: strawberry.ID | None = strawberry.field(
        description="The collaboration that the invoice belongs to, which must have begun by `orderedAt`. "
        "Without it, the one in which the partner paid at that time, if there is one.",
        default=None,
    )
    lines: list[InvoiceLineInput] = entry(
        check=checks.entries(1, MAX_LINES), description="The lines of the invoice, 1 to 100."
    )
    tax_percent: Decimal = entry(
        check=checks.matches(r"[0-9]{1,2}(\.[0-9]{1,2})?", "TAX_PERCENT"),
        description="The tax in percent, as a decimal number below 100 with at most two decimals, such as `8.1`.",
    )
    currency: Currency = strawberry.field(description="The currency of all amounts of the invoice.")
    due_at: datetime | None = entry(
        check=checks.future,
        description="When it is due, a future time. Without it, the invoice is never overdue.",
        default=None,
    )

    def faults_together(self) -> Iterator[Fault]:
        if self.order is not None:  # it determines both
            given = {"orderedAt": self.ordered_at, "collaboration": self.collaboration}
            yield from (Fault.of("NOT_ACCEPTED", name) for name, value in given.items() if value is not None)


@strawberry.input(description="The invoice to credit.")
class CreditInvoiceInput:
    id: strawberry.ID = strawberry.field(description="The global id of the invoice.")


@strawberry.input(description="The invoice to pay.")
class PayInvoiceInput:
    id: strawberry.ID = strawberry.field(description="The global id of the invoice.")
