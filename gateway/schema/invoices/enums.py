"""Enums of invoices and orders."""

from enum import Enum

import strawberry

from gateway.schema.core.enums import word


@strawberry.enum(description="The kind of a bill.")
class InvoiceKind(Enum):
    INVOICE = word("INVOICE", description="An invoice.")
    CREDIT_NOTE = word("CREDIT_NOTE", description="A credit note for an invoice.")


@strawberry.enum(description="The state of an invoice.")
class InvoiceState(Enum):
    DRAFT = word("DRAFT", description="Not issued yet.")
    OPEN = word("OPEN", description="Issued, not paid and not due yet.")
    OVERDUE = word("OVERDUE", description="Issued, not paid and past its due date.")
    PAID = word("PAID", description="Paid.")
    CREDITED = word("CREDITED", description="Credited by a credit note.")
    VOID = word("VOID", description="Void.")


@strawberry.enum(description="The side that holds an invoice.")
class InvoiceHolder(Enum):
    CLIENT = word("CLIENT", description="The client.")
    FIRM = word("FIRM", description="The partner firm.")


@strawberry.enum(description="The kind of an order.")
class OrderKind(Enum):
    ORDER = word("ORDER", description="A first order.")
    RENEWAL = word("RENEWAL", description="A renewal of an earlier order.")


@strawberry.enum(description="The side that placed an order.")
class OrderPlacer(Enum):
    PARTNER = word("PARTNER", description="The partner firm, for its client.")
    CLIENT = word("CLIENT", description="The client itself.")
