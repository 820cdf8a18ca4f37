"""Object types of orders and invoices."""

from typing import TYPE_CHECKING, Annotated, Optional

import sqlalchemy as sa
import strawberry

from gateway.db import models
from gateway.reads import by_policy, values
from gateway.schema.collaborations.enums import BillingMode
from gateway.schema.core.actions import Action, UnavailableAction, unavailable_actions, viewer_actions
from gateway.schema.core.enums import Currency
from gateway.schema.core.explain import HiddenField, hidden_fields
from gateway.schema.core.fields import all_joined, leaf, part, to_one
from gateway.schema.core.node import Carrier, Money, Node
from gateway.schema.core.scalars import DateTime
from gateway.schema.invoices.enums import (
    InvoiceHolder,
    InvoiceKind,
    InvoiceState,
    OrderKind,
    OrderPlacer,
)

if TYPE_CHECKING:
    from gateway.schema.clients.types import Client

OneClient = Annotated["Client", strawberry.lazy("gateway.schema.clients.types")]


@strawberry.type(description="The organisation that an invoice was issued to. It never changes.")
class IssuedTo(Carrier):
    kind: InvoiceHolder = leaf("The side of the organisation.", by_policy.first("issued_to"))
    name: str = leaf(
        "The organisation's name at the time of issue.",
        by_policy.by_word("issued_to", FIRM=models.Invoice.firm_name, CLIENT=models.Invoice.client_name),
    )


@strawberry.type(description="One line of an invoice.")
class InvoiceLine(Carrier):
    position: int = leaf("The position of the line, counted from 1.", values.number(models.InvoiceLine.position))
    description: str = leaf("What was bought.", values.text(models.InvoiceLine.description))
    quantity: int = leaf("The quantity.", values.number(models.InvoiceLine.quantity))
    unit_amount: Money | None = leaf(
        "The unit price before tax.", values.money(models.InvoiceLine.unit_amount, models.Invoice.currency)
    )
    amount: Money | None = leaf(
        "The price of the whole line before tax.", values.money(models.InvoiceLine.amount, models.Invoice.currency)
    )


@strawberry.type(description="An order or a renewal. Who pays is determined when it is placed and never changes.")
class Order(Carrier):
    id: strawberry.ID = leaf("The global id of the order, for `issueInvoice`.")
    kind: OrderKind = leaf("Whether it is an order or a renewal.")
    placed_by: OrderPlacer = leaf("The side that placed it.")
    placed_at: DateTime = leaf("When it was placed.")
    billing_mode: BillingMode = leaf("The billing mode in force at `placedAt`.")


@strawberry.type(description="A bill of the platform. It belongs to one organisation only.")
class Invoice(Node, row=models.Invoice):
    invoice_kind: InvoiceKind | None = leaf(
        "Whether it is an invoice or a credit note.", values.word(models.Invoice.kind)
    )
    credits: Optional["Invoice"] = to_one(
        "The invoice that a credit note credits; null for an invoice.", models.Invoice.credits_id
    )
    number: str | None = leaf(
        "The number, in the series of the organisation that it was issued to; null for a draft.",
        values.text(models.Invoice.number),
    )
    issued_to: IssuedTo | None = part("The organisation that it was issued to.", IssuedTo)
    billing_mode: BillingMode | None = leaf(
        "The billing mode that was recorded on it. It never changes.", values.word(models.Invoice.billing_mode)
    )
    client: OneClient | None = to_one(
        "The client that it is about. A firm does not see the client after the end of the collaboration.",
        models.Invoice.client_id,
    )
    client_name: str | None = leaf("The client's name at the time of issue.", values.text(models.Invoice.client_name))
    lines: list[InvoiceLine] | None = all_joined(
        "The lines of the invoice, by position.",
        InvoiceLine,
        models.InvoiceLine,
        sa.and_(
            models.InvoiceLine.invoice_id == models.Invoice.id, models.InvoiceLine.client_id == models.Invoice.client_id
        ),
        models.InvoiceLine.position,
    )
    net: Money | None = leaf("The amount before tax.", values.money(models.Invoice.net, models.Invoice.currency))
    tax: Money | None = leaf("The amount of the tax.", values.money(models.Invoice.tax, models.Invoice.currency))
    total: Money | None = leaf("The amount with tax.", values.money(models.Invoice.total, models.Invoice.currency))
    currency: Currency | None = leaf("The currency of all amounts.", values.text(models.Invoice.currency))
    invoice_state: InvoiceState | None = leaf("The state of the invoice.", by_policy.first("status"))
    issued_at: DateTime | None = leaf("When it was issued; null for a draft.", values.moment(models.Invoice.issued_at))
    due_at: DateTime | None = leaf("When it is due; null if it has no due date.", values.moment(models.Invoice.due_at))
    paid_at: DateTime | None = leaf("When it was paid; null if it is not paid.", values.moment(models.Invoice.paid_at))
    viewer_actions: list[Action] = viewer_actions()
    unavailable_actions: list[UnavailableAction] = unavailable_actions()
    hidden_fields: list[HiddenField] = hidden_fields()
