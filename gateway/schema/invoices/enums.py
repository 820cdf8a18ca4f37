"""The enums of invoices."""

from enum import Enum

import strawberry

from gateway.schema.core.enums import word


@strawberry.enum(description="What a bill is.")
class InvoiceKind(Enum):
    INVOICE = word("INVOICE", description="An invoice.")
    CREDIT_NOTE = word("CREDIT_NOTE", description="A credit note for an invoice.")


@strawberry.enum(description="Where an invoice is.")
class InvoiceState(Enum):
    DRAFT = word("DRAFT", description="Not issued yet.")
    OPEN = word("OPEN", description="Issued and not due yet.")
    OVERDUE = word("OVERDUE", description="Issued, due and not paid.")
    PAID = word("PAID", description="Paid.")
    CREDITED = word("CREDITED", description="Credited by a credit note.")
    VOID = word("VOID", description="Void.")


@strawberry.enum(description="Whose an invoice is.")
class InvoiceHolder(Enum):
    CLIENT = word("CLIENT", description="The client's.")
    FIRM = word("FIRM", description="The partner firm's.")


@strawberry.enum(description="Something that the viewer may do with an invoice now.")
class InvoiceAction(Enum):
    PAY_INVOICE = word("PAY_INVOICE", description="Pay it.")
    CREDIT_INVOICE = word("CREDIT_INVOICE", description="Credit it: the platform's billing system alone.")


@strawberry.enum(description="What an order is.")
class OrderKind(Enum):
    ORDER = word("ORDER", description="A first order.")
    RENEWAL = word("RENEWAL", description="A renewal of what was ordered before.")


@strawberry.enum(description="Who placed an order.")
class OrderPlacer(Enum):
    PARTNER = word("PARTNER", description="The partner firm, for its client.")
    CLIENT = word("CLIENT", description="The client itself.")
