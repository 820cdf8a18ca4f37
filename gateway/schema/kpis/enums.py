"""Enums of pending work."""

from enum import Enum

import strawberry

from gateway.schema.core.enums import word


@strawberry.enum(description="A section of the product that can have pending work.")
class PendingSection(Enum):
    RECEIPTS = word("RECEIPTS", description="Receipts.")
    OUTLAYS = word("OUTLAYS", description="Outlays and expenses.")
    PAYROLL_BASIS = word("PAYROLL_BASIS", description="Payroll basis.")
    WALLET = word("WALLET", description="The wallet.")
    JOURNAL = word("JOURNAL", description="The journal.")
    SALES = word("SALES", description="Sales.")
    BANK = word("BANK", description="Bank reconciliation.")
    INBOX = word("INBOX", description="The inbox of documents.")
    SUPPLIER_BILLS = word("SUPPLIER_BILLS", description="Bills from suppliers.")


@strawberry.enum(description="A kind of pending work.")
class KpiKind(Enum):
    MISSING_RECEIPTS = word("MISSING_RECEIPTS", description="Receipts that are missing.")
    EXPENSES_READY_FOR_EXPORT = word("EXPENSES_READY_FOR_EXPORT", description="Expenses ready for export.")
    PAYROLL_BASIS_PENDING = word("PAYROLL_BASIS_PENDING", description="Pending payroll basis.")
    WALLET_BALANCE = word("WALLET_BALANCE", description="The balance of the wallet: an amount, not a count.")
    JOURNAL_PENDING = word("JOURNAL_PENDING", description="Pending journal entries.")
    SALES_TO_REVIEW = word("SALES_TO_REVIEW", description="Sales to review.")
    BANK_TO_RECONCILE = word("BANK_TO_RECONCILE", description="Bank lines to reconcile.")
    INBOX_DOCUMENTS = word("INBOX_DOCUMENTS", description="Documents in the inbox.")
    BILLS_TO_PAY = word("BILLS_TO_PAY", description="Bills to pay.")


@strawberry.enum(description="The outcome of one item of a report.")
class ReportStatus(Enum):
    WRITTEN = word("WRITTEN", description="The item was stored and is the present value.")
    UNCHANGED = word("UNCHANGED", description="The same value for the same time was already stored.")
    STALE = word("STALE", description="A newer value is stored, or a different value for the same time.")
    REFUSED = word("REFUSED", description="The item was refused: see `code`.")


@strawberry.enum(description="Why one item of a report was refused.")
class ReportRefusal(Enum):
    NOT_FOUND = word("NOT_FOUND", description="The client does not exist, or the token may not report for it.")
    BAD_USER_INPUT = word("BAD_USER_INPUT", description="The item is not valid.")
    WITH_ANOTHER = word("WITH_ANOTHER", description="Another item of the same client was refused.")
