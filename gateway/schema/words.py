"""The enums of the graph, each value with what it means to a caller."""

from enum import Enum
from typing import Any

import strawberry
from strawberry import enum_value


def word(name: str, description: str) -> Any:
    """A value of an enum: spelled as it is named."""
    return enum_value(name, description=description)


@strawberry.enum(description="What a person is in a firm.")
class FirmRole(Enum):
    ADMIN = word("ADMIN", description="Works for every client of the firm and runs the firm's side of the partnership.")
    BOOKKEEPER = word("BOOKKEEPER", description="Works for the clients assigned to them. Some call it account manager.")
    STAFF = word("STAFF", description="Belongs to the firm and works for no client.")


@strawberry.enum(description="What a person is in a client company.")
class ClientRole(Enum):
    OWNER = word("OWNER", description="Owns the company's account.")
    ADMIN = word("ADMIN", description="Administers the company's account.")
    MEMBER = word("MEMBER", description="Works in the company.")


@strawberry.enum(description="Which kind of organisation one may act for.")
class MembershipKind(Enum):
    FIRM = word("FIRM", description="A firm.")
    CLIENT = word("CLIENT", description="A client company.")
    PLATFORM = word("PLATFORM", description="The platform itself.")


@strawberry.enum(description="The role in which one may act for an organisation.")
class MembershipRole(Enum):
    ADMIN = word("ADMIN", description="Administrator.")
    BOOKKEEPER = word("BOOKKEEPER", description="Bookkeeper of a firm.")
    STAFF = word("STAFF", description="Staff of a firm, without clients.")
    OWNER = word("OWNER", description="Owner of a client company.")
    MEMBER = word("MEMBER", description="Member of a client company.")
    REVIEWER = word("REVIEWER", description="Reviewer of the platform.")
    BILLING = word("BILLING", description="The platform's billing system.")


@strawberry.enum(description="A menu that the viewer's firm has open.")
class Menu(Enum):
    PARTNER_PORTAL = word("PARTNER_PORTAL", description="The partner portal.")
    ACTIVATE = word("ACTIVATE", description="The activation of the account, after the trial.")
    EMPLOYEES = word("EMPLOYEES", description="Employees, during the trial.")
    PAYROLL = word("PAYROLL", description="Payroll, during the trial.")
    RECEIPTS = word("RECEIPTS", description="Receipts, during the trial.")
    OUTLAYS = word("OUTLAYS", description="Outlays, during the trial.")
    REPORTS = word("REPORTS", description="Reports, during the trial.")
    SETTINGS = word("SETTINGS", description="Settings, during the trial.")


@strawberry.enum(description="An offer to show on the Clients page.")
class Banner(Enum):
    CREATE_OWN_ACCOUNT = word(
        "CREATE_OWN_ACCOUNT", description="The firm has no account of its own yet and may create one."
    )


@strawberry.enum(description="The state of a firm's account.")
class AccountState(Enum):
    TRIAL = word("TRIAL", description="In its trial of 14 days.")
    TRIAL_ENDED = word("TRIAL_ENDED", description="The trial is over and the account is not activated.")
    ACTIVE = word("ACTIVE", description="Activated.")
    CLOSED = word("CLOSED", description="Closed.")


@strawberry.enum(description="How far the platform's verification of a client is.")
class ClientState(Enum):
    VERIFYING = word("VERIFYING", description="Being verified.")
    VERIFIED = word("VERIFIED", description="Verified.")
    REJECTED = word("REJECTED", description="Rejected.")


@strawberry.enum(description="A tab of the Clients page.")
class ClientTab(Enum):
    INVITES = word("INVITES", description="Clients that have added the firm and wait for its answer.")
    ONBOARDING = word("ONBOARDING", description="Clients that the firm has invited and that are being verified.")
    MINE = word("MINE", description="Clients assigned to the viewer.")
    ALL = word("ALL", description="All clients that the firm works for.")


@strawberry.enum(description="Something that the viewer may do with a client now.")
class ClientAction(Enum):
    ENTER_ACCOUNT = word("ENTER_ACCOUNT", description="Enter the client's account.")
    EXPORT_PAYROLL_BASIS = word("EXPORT_PAYROLL_BASIS", description="Export the payroll basis.")
    EXPORT_RECEIPTS = word("EXPORT_RECEIPTS", description="Export receipts.")
    EXPORT_OUTLAYS = word("EXPORT_OUTLAYS", description="Export outlays.")
    REQUEST_ACCESS = word("REQUEST_ACCESS", description="Ask the client for access.")
    SET_DIGEST = word("SET_DIGEST", description="Choose e-mail notifications about this client.")
    UNASSIGN_SELF = word("UNASSIGN_SELF", description="Give up one's own assignment.")
    ASSIGN_MANAGERS = word("ASSIGN_MANAGERS", description="Assign people of the firm.")
    NOTIFY_BOOKKEEPERS = word("NOTIFY_BOOKKEEPERS", description="Remind the bookkeepers.")
    HAND_BACK_ACCESS = word("HAND_BACK_ACCESS", description="Give back or lower the firm's access.")
    TERMINATE_COLLABORATION = word("TERMINATE_COLLABORATION", description="End the collaboration.")
    CREATE_TOKEN = word("CREATE_TOKEN", description="Create an integration token of the company.")


@strawberry.enum(description="Something that the viewer may do with a collaboration now.")
class CollaborationAction(Enum):
    ACCEPT = word("ACCEPT", description="Accept it.")
    DECLINE = word("DECLINE", description="Decline it.")
    WITHDRAW = word("WITHDRAW", description="Withdraw the request.")
    REQUEST_ACCESS = word("REQUEST_ACCESS", description="Ask the client for access.")
    HAND_BACK_ACCESS = word("HAND_BACK_ACCESS", description="Give back or lower the firm's access.")
    GRANT_ACCESS = word("GRANT_ACCESS", description="Grant access.")
    CHANGE_ACCESS = word("CHANGE_ACCESS", description="Change the granted level.")
    REMOVE_ACCESS = word("REMOVE_ACCESS", description="Take the access back.")
    SET_KPI_SHARING = word("SET_KPI_SHARING", description="Choose which pending work is shared.")
    CHANGE_BILLING_MODE = word("CHANGE_BILLING_MODE", description="Change who pays.")
    TERMINATE = word("TERMINATE", description="End it.")


@strawberry.enum(description="How a collaboration began.")
class CollaborationOrigin(Enum):
    FIRM_INVITATION = word("FIRM_INVITATION", description="The firm invited the client.")
    CLIENT_ADDED_FIRM = word("CLIENT_ADDED_FIRM", description="The client added the firm.")
    MARKETPLACE = word("MARKETPLACE", description="The client found the firm in the marketplace and asked.")


@strawberry.enum(description="Where a collaboration is.")
class CollaborationState(Enum):
    PENDING = word("PENDING", description="Not accepted yet, or not verified yet.")
    ACTIVE = word("ACTIVE", description="Active. Access is a matter of its own.")
    ENDED = word("ENDED", description="Ended. It is never reopened.")
    DECLINED = word("DECLINED", description="Declined.")
    WITHDRAWN = word("WITHDRAWN", description="Withdrawn by the side that asked.")
    EXPIRED = word("EXPIRED", description="Not answered in time.")
    BLOCKED = word("BLOCKED", description="Blocked.")


@strawberry.enum(description="A stage within PENDING.")
class CollaborationStage(Enum):
    INVITED = word("INVITED", description="The client has not accepted the invitation yet.")


@strawberry.enum(description="One of the sides.")
class Side(Enum):
    FIRM = word("FIRM", description="The firm.")
    CLIENT = word("CLIENT", description="The client.")
    PLATFORM = word("PLATFORM", description="The platform.")


@strawberry.enum(description="How much of a client's content a firm may use.")
class AccessLevel(Enum):
    NONE = word("NONE", description="Nothing.")
    LIMITED = word("LIMITED", description="Employees with salary, payroll basis, receipts and outlays; nothing else.")
    FULL = word("FULL", description="All content, as the client's administrator, within the client's plan.")


@strawberry.enum(description="A level that can be asked for.")
class GrantableLevel(Enum):
    LIMITED = word("LIMITED", description="The closed list of payroll and receipts.")
    FULL = word("FULL", description="All content.")


@strawberry.enum(description="Why the level in effect is what it is.")
class AccessReason(Enum):
    GRANTED = word("GRANTED", description="The client granted it and it is in force.")
    NEVER_GRANTED = word("NEVER_GRANTED", description="The client has not granted anything yet.")
    REMOVED = word("REMOVED", description="The client took it back, or the firm gave it back.")
    EXPIRED = word("EXPIRED", description="Its time is over.")
    FIRM_SUSPENDED = word("FIRM_SUSPENDED", description="The firm is not in the partner programme now.")
    PENDING = word("PENDING", description="The collaboration has not begun.")
    ENDED = word("ENDED", description="The collaboration has ended.")


@strawberry.enum(description="Who pays for a client's orders and renewals.")
class BillingMode(Enum):
    CLIENT = word("CLIENT", description="The client: invoices lie in the client's organisation alone.")
    PARTNER = word("PARTNER", description="The partner firm: invoices lie in the firm's organisation alone.")


@strawberry.enum(description="A section of the product.")
class Section(Enum):
    EMPLOYEES = word("EMPLOYEES", description="Employees with their contact details.")
    SALARIES = word("SALARIES", description="Salaries.")
    PAYROLL_BASIS = word("PAYROLL_BASIS", description="Payroll basis.")
    RECEIPTS = word("RECEIPTS", description="Receipts.")
    OUTLAYS = word("OUTLAYS", description="Outlays and expenses.")
    WALLET = word("WALLET", description="The wallet.")
    SUPPLIER_BILLS = word("SUPPLIER_BILLS", description="Bills from suppliers.")
    JOURNAL = word("JOURNAL", description="The journal.")
    SALES = word("SALES", description="Sales.")
    BANK = word("BANK", description="Bank reconciliation.")
    INBOX = word("INBOX", description="The inbox of documents.")
    OVERVIEW = word("OVERVIEW", description="The overview of the business.")
    PRODUCTS_ORDERS = word("PRODUCTS_ORDERS", description="Products and orders.")
    COMPANY = word("COMPANY", description="Company data and settings.")
    MEMBERS = word("MEMBERS", description="The company's members.")
    INTEGRATIONS = word("INTEGRATIONS", description="Integrations.")
    ACCOUNT_LOGIN = word("ACCOUNT_LOGIN", description="Entering the account.")


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


@strawberry.enum(description="A plan of the product.")
class PlanTier(Enum):
    BASIC = word("BASIC", description="Basic.")
    PLUS = word("PLUS", description="Plus.")
    PRO = word("PRO", description="Pro.")


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


@strawberry.enum(description="Why a field is hidden: the first that applies, in this order.")
class FieldReason(Enum):
    ENDED = word("ENDED", description="The collaboration has ended.")
    ROLE = word("ROLE", description="The viewer's role never shows it.")
    LEVEL = word("LEVEL", description="The granted level does not reach it.")
    PLAN = word("PLAN", description="The client's plan does not have it.")
    NOT_SHARED = word("NOT_SHARED", description="The client does not share it.")


@strawberry.enum(description="A language.")
class Locale(Enum):
    EN = word("EN", description="English.")
    DE = word("DE", description="German.")
    DA = word("DA", description="Danish.")
    ES = word("ES", description="Spanish.")
    SV = word("SV", description="Swedish.")


@strawberry.enum(description="A country.")
class Country(Enum):
    DE = word("DE", description="Germany.")
    DK = word("DK", description="Denmark.")
    CH = word("CH", description="Switzerland.")
    ES = word("ES", description="Spain.")
    SE = word("SE", description="Sweden.")


@strawberry.enum(description="Which way a list runs.")
class OrderDirection(Enum):
    ASC = word("ASC", description="Ascending.")
    DESC = word("DESC", description="Descending.")


@strawberry.enum(description="What clients can be ordered by.")
class ClientOrderField(Enum):
    NAME = word("NAME", description="The name, without case and accents.")


@strawberry.enum(description="What an integration token may do.")
class TokenScope(Enum):
    CLIENTS_READ = word(
        "CLIENTS_READ", description="Read the clients that its creator works for, without their content."
    )
    KPIS_WRITE = word("KPIS_WRITE", description="Report pending work.")
    PAYROLL_READ = word("PAYROLL_READ", description="Read the payroll basis.")
    BILLING_WRITE = word("BILLING_WRITE", description="Record orders and invoices: for the platform's tokens only.")


@strawberry.enum(description="What may be done with an integration token.")
class TokenAction(Enum):
    REVOKE_TOKEN = word("REVOKE_TOKEN", description="Revoke it.")
