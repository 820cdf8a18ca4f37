"""Orders and invoices: recorded, issued and credited by the billing system, paid by whoever holds them (M9, M14)."""

import strawberry

from gateway.resolvers.invoices import mutations as invoices_mutations
from gateway.schema.core.fields import leaf, via
from gateway.schema.core.node import Carrier
from gateway.schema.invoices.types import Invoice, Order


@strawberry.type(description="An order that was recorded.")
class RecordOrderPayload(Carrier):
    order: Order | None = via(invoices_mutations.order, "The order.")


@strawberry.type(description="An invoice that was issued.")
class IssueInvoicePayload(Carrier):
    invoice: Invoice | None = leaf("The invoice.")


@strawberry.type(description="An invoice that was credited.")
class CreditInvoicePayload(Carrier):
    invoice: Invoice | None = leaf("The invoice.")
    credit_note: Invoice | None = leaf("Its credit note, which lies where the invoice lies.")


@strawberry.type(description="An invoice that was paid.")
class PayInvoicePayload(Carrier):
    invoice: Invoice | None = leaf("The invoice.")


@strawberry.type
class Invoices:
    record_order: RecordOrderPayload | None = via(
        invoices_mutations.record_order,
        "Record an order or a renewal, and with it who pays: the platform's billing system alone.",
    )
    issue_invoice: IssueInvoicePayload | None = via(
        invoices_mutations.issue_invoice, "Issue an invoice to whoever pays: the platform's billing system alone."
    )
    credit_invoice: CreditInvoicePayload | None = via(
        invoices_mutations.credit_invoice,
        "Credit an invoice by a credit note to the same holder: the billing system alone.",
    )
    pay_invoice: PayInvoicePayload | None = via(
        invoices_mutations.pay_invoice, "Pay an invoice that lies in the acting organisation."
    )
