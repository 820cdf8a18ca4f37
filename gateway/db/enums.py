"""The enumerations of the tables, as tuples of words.

Sets are stored as bits: the position of a word is its bit, so new words are only ever appended.
"""

from typing import Final

Words = tuple[str, ...]

FIRM_ROLES: Final[Words] = ("admin", "bookkeeper", "staff")
FIRM_MEMBER_STATES: Final[Words] = ("invited", "active", "suspended", "removed")
CLIENT_ROLES: Final[Words] = ("owner", "admin", "member")
CLIENT_MEMBER_STATES: Final[Words] = ("active", "removed")
PLATFORM_ROLES: Final[Words] = ("admin", "reviewer")

ACCOUNT_STATES: Final[Words] = ("trial", "active", "closed")
PROGRAMME_STATES: Final[Words] = (
    "draft",
    "submitted",
    "webinar_watched",
    "agreed",
    "approved",
    "rejected",
    "suspended",
)
BUSINESS_KINDS: Final[Words] = ("agency", "advisory", "external_cfo")
PROFILE_STATES: Final[Words] = ("draft", "in_review", "changes_requested", "published", "unlisted")

COUNTRIES: Final[Words] = ("DE", "DK", "CH", "ES", "SE")
LOCALES: Final[Words] = ("en", "de", "da", "es", "sv")
PLAN_TIERS: Final[Words] = ("basic", "plus", "pro")
CLIENT_STATES: Final[Words] = ("verifying", "verified", "rejected")

ORIGINS: Final[Words] = ("firm_invitation", "client_added_firm", "marketplace")
COLLABORATION_STATES: Final[Words] = (
    "invited",  # origin A before the client has accepted: D42
    "pending",
    "active",
    "ended",
    "declined",
    "withdrawn",
    "expired",
    "blocked",
)
SIDES: Final[Words] = ("firm", "client", "platform")
SESSION_ENDS: Final[Words] = ("left", "expired", "revoked")
LEVELS: Final[Words] = ("limited", "full")
BILLING_MODES: Final[Words] = ("client", "partner")

SECTIONS: Final[Words] = (
    "EMPLOYEES",
    "SALARIES",
    "PAYROLL_BASIS",
    "RECEIPTS",
    "OUTLAYS",
    "WALLET",
    "SUPPLIER_BILLS",
    "JOURNAL",
    "SALES",
    "BANK",
    "INBOX",
    "OVERVIEW",
    "PRODUCTS_ORDERS",
    "COMPANY",
    "MEMBERS",
    "INTEGRATIONS",
    "ACCOUNT_LOGIN",
)
KPI_KINDS: Final[Words] = (
    "MISSING_RECEIPTS",
    "EXPENSES_READY_FOR_EXPORT",
    "PAYROLL_BASIS_PENDING",
    "WALLET_BALANCE",
    "JOURNAL_PENDING",
    "SALES_TO_REVIEW",
    "BANK_TO_RECONCILE",
    "INBOX_DOCUMENTS",
    "BILLS_TO_PAY",
)
KPI_AMOUNTS: Final[Words] = ("WALLET_BALANCE",)  # all others are counts

MAIL_STATES: Final[Words] = (
    "waiting",
    "sent",
    "parked",  # the mail server has refused it for good; the reason is stored
    "dropped",  # the recipient may not know of it any more
)
OUTCOMES: Final[Words] = ("done", "refused")
ACCESS_EXPIRED: Final = "ACCESS_EXPIRED"
COLLABORATION_EXPIRED: Final = "COLLABORATION_EXPIRED"
"""The actions in the audit trail that time does. All others are names of mutations and queries."""

INVITATION_STATES: Final[Words] = ("open", "accepted", "void")

ORDER_KINDS: Final[Words] = ("order", "renewal")
PLACERS: Final[Words] = ("partner", "client")
INVOICE_KINDS: Final[Words] = ("invoice", "credit_note")
INVOICE_STATES: Final[Words] = ("draft", "open", "paid", "credited", "void")


def bits(words: Words, chosen: tuple[str, ...] | list[str]) -> int:
    """The set `chosen` of `words` as one integer. ValueError for an unknown word."""
    return sum(1 << words.index(word) for word in set(chosen))


def chosen(words: Words, value: int) -> list[str]:
    """The words whose bits are set in `value`, in the order of `words`."""
    return [word for index, word in enumerate(words) if value >> index & 1]
