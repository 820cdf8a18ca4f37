"""Mutations of orders and invoices: the billing system records, issues and credits; the holder pays (M9, M14)."""

import strawberry

from gateway.resolvers.invoices import mutations as invoices_mutations
from gateway.schema.core.fields import leaf, via
from gateway.schema.core.node import Carrier
from gateway.schema.invoices.types import Invoice, Order


@strawberry.type(description="The result of `recordOrder`.")
class RecordOrderPayload(Carrier):
    order: Order | None = via(invoices_mutations.order, "The order.")


@strawberry.type(description="The result of `issueInvoice`.")
class IssueInvoicePayload(Carrier):
    invoice: Invoice | None = leaf("The invoice.")


@strawberry.type(description="The result of `creditInvoice`.")
class CreditInvoicePayload(Carrier):
    invoice: Invoice | None = leaf("The invoice.")
    credit_note: Invoice | None = leaf("The credit note, which belongs to the same organisation as the invoice.")


@strawberry.type(description="The result of `payInvoice`.")
class PayInvoicePayload(Carrier):
    invoice: Invoice | None = leaf("The invoice.")


@strawberry.type
class Invoices:
    record_order: RecordOrderPayload | None = via(
        invoices_mutations.record_order,
        "Record an order or a renewal, and who pays for it. Only the platform's billing system may do this.",
    )
    issue_invoice: IssueInvoicePayload | None = via(
        invoices_mutations.issue_invoice,
        "Issue an invoice to the side that pays. Only the platform's billing system may do this.",
    )
    credit_invoice: CreditInvoicePayload | None = via(
        invoices_mutations.credit_invoice,
        "Credit an invoice with a credit note to the same organisation. Only the platform's billing system may do this.",
    )
    pay_invoice: PayInvoicePayload | None = via(
        invoices_mutations.pay_invoice, "Pay an invoice of the acting organisation."
    )
