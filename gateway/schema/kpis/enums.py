"""The enums of pending work."""

from enum import Enum

import strawberry

from gateway.schema.core.enums import word


@strawberry.enum(description="A section in which work can be pending.")
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
    PAYROLL_BASIS_PENDING = word("PAYROLL_BASIS_PENDING", description="Payroll basis that waits.")
    WALLET_BALANCE = word("WALLET_BALANCE", description="The balance of the wallet: an amount, not a count.")
    JOURNAL_PENDING = word("JOURNAL_PENDING", description="Journal entries that wait.")
    SALES_TO_REVIEW = word("SALES_TO_REVIEW", description="Sales to review.")
    BANK_TO_RECONCILE = word("BANK_TO_RECONCILE", description="Bank lines to reconcile.")
    INBOX_DOCUMENTS = word("INBOX_DOCUMENTS", description="Documents in the inbox.")
    BILLS_TO_PAY = word("BILLS_TO_PAY", description="Bills to pay.")


@strawberry.enum(description="What came of one item of a report.")
class ReportStatus(Enum):
    WRITTEN = word("WRITTEN", description="It is what is known now.")
    UNCHANGED = word("UNCHANGED", description="It was known already, as of the same moment.")
    STALE = word("STALE", description="Something newer is known, or something else as of the same moment.")
    REFUSED = word("REFUSED", description="It was not taken: see `code`.")


@strawberry.enum(description="Why one item of a report was not taken.")
class ReportRefusal(Enum):
    NOT_FOUND = word("NOT_FOUND", description="There is no such client, or not for this token.")
    BAD_USER_INPUT = word("BAD_USER_INPUT", description="Something in the item does not fit.")
    WITH_ANOTHER = word("WITH_ANOTHER", description="Another item of the same client does not fit.")
