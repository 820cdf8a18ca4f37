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


@strawberry.enum(description="Where a person's place in a firm is.")
class FirmMemberState(Enum):
    INVITED = word("INVITED", description="Invited, and not there yet.")
    ACTIVE = word("ACTIVE", description="Active.")
    SUSPENDED = word("SUSPENDED", description="Suspended: it opens nothing until it is reinstated.")
    REMOVED = word("REMOVED", description="Removed.")


@strawberry.enum(description="Something that the viewer may do with a person of the firm now.")
class StaffAction(Enum):
    CHANGE_STAFF_ROLE = word("CHANGE_STAFF_ROLE", description="Change the role.")
    SUSPEND_STAFF = word("SUSPEND_STAFF", description="Suspend the person.")
    REINSTATE_STAFF = word("REINSTATE_STAFF", description="End the suspension.")
    REMOVE_STAFF = word("REMOVE_STAFF", description="Remove the person from the firm.")
    ASSIGN_MANAGERS = word("ASSIGN_MANAGERS", description="Put the person in charge of clients.")
    TRANSFER_OWNERSHIP = word("TRANSFER_OWNERSHIP", description="Hand the ownership of the firm over to the person.")
    ERASE_USER = word("ERASE_USER", description="Erase the person: the platform alone.")


@strawberry.enum(description="Where an invitation is.")
class InvitationState(Enum):
    OPEN = word("OPEN", description="Sent, and not answered yet.")
    EXPIRED = word("EXPIRED", description="Not answered in time. It can be sent again.")
    ACCEPTED = word("ACCEPTED", description="Accepted.")
    VOID = word("VOID", description="Taken back.")


@strawberry.enum(description="The state of an invitation of a company.")
class ClientInvitationState(Enum):
    OPEN = word("OPEN", description="Sent, and not answered yet.")
    EXPIRED = word("EXPIRED", description="Not answered in time.")
    ACCEPTED = word("ACCEPTED", description="Accepted.")
    DECLINED = word("DECLINED", description="Declined, or not begun because the company was not verified.")
    VOID = word("VOID", description="Withdrawn by the firm.")


@strawberry.enum(description="Something that the viewer may do with an invitation of a company now.")
class ClientInvitationAction(Enum):
    RESEND_CLIENT_INVITATION = word(
        "RESEND_CLIENT_INVITATION", description="Send it again with a new link. The old link ends."
    )
    WITHDRAW_COLLABORATION = word("WITHDRAW_COLLABORATION", description="Withdraw it.")


@strawberry.enum(description="Something that the viewer may do with an invitation of staff now.")
class StaffInvitationAction(Enum):
    RESEND_STAFF_INVITATION = word(
        "RESEND_STAFF_INVITATION", description="Send it again with a new link. The old link ends."
    )
    REVOKE_STAFF_INVITATION = word("REVOKE_STAFF_INVITATION", description="Revoke it.")


@strawberry.enum(description="Something that the viewer may do with an invitation into a company now.")
class MemberInvitationAction(Enum):
    RESEND_MEMBER_INVITATION = word(
        "RESEND_MEMBER_INVITATION", description="Send it again with a new link. The old link ends."
    )
    REVOKE_MEMBER_INVITATION = word("REVOKE_MEMBER_INVITATION", description="Revoke it.")


@strawberry.enum(description="What a person is in a client company.")
class ClientRole(Enum):
    OWNER = word("OWNER", description="Owns the company's account.")
    ADMIN = word("ADMIN", description="Administers the company's account.")
    MEMBER = word("MEMBER", description="Works in the company.")


@strawberry.enum(description="Something that the viewer may do with a person of the company now.")
class MemberAction(Enum):
    CHANGE_MEMBER_ROLE = word("CHANGE_MEMBER_ROLE", description="Change the role.")
    REMOVE_MEMBER = word("REMOVE_MEMBER", description="Remove the person from the company.")
    TRANSFER_OWNERSHIP = word("TRANSFER_OWNERSHIP", description="Hand the ownership of the company over to the person.")
    ERASE_USER = word("ERASE_USER", description="Erase the person: the platform alone.")


@strawberry.enum(description="The role in a client company that an invitation offers, or that a person is given.")
class MemberRole(Enum):
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
    REPORTING = word("REPORTING", description="A system of the platform that reports pending work.")


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


@strawberry.enum(description="How far a firm's way into the partner programme is.")
class ProgrammeState(Enum):
    DRAFT = word("DRAFT", description="Not applied yet.")
    SUBMITTED = word("SUBMITTED", description="Applied; the webinar is to be watched.")
    WEBINAR_WATCHED = word("WEBINAR_WATCHED", description="The agreement is to be accepted.")
    AGREED = word("AGREED", description="A reviewer is to decide.")
    APPROVED = word("APPROVED", description="In the programme.")
    REJECTED = word("REJECTED", description="Rejected. It may be submitted again.")
    SUSPENDED = word("SUSPENDED", description="Suspended: nobody of the firm has access to a client.")


@strawberry.enum(description="Something that must be true before an application is approved.")
class PreconditionCode(Enum):
    ACCOUNT_TYPE = word("ACCOUNT_TYPE", description="The account is of the advisory type.")
    SUBSCRIPTION_PAID = word("SUBSCRIPTION_PAID", description="The firm's own subscription is paid.")
    BUSINESS_KIND = word("BUSINESS_KIND", description="The firm is an agency, an advisory or an external CFO.")


@strawberry.enum(description="What a reviewer decides of an application.")
class ApplicationDecision(Enum):
    APPROVE = word("APPROVE", description="The firm is in the programme.")
    REJECT = word("REJECT", description="It is not, for a reason.")


@strawberry.enum(description="Which account a firm signs up for.")
class FirmAccountType(Enum):
    ADVISORY = word("ADVISORY", description="That of a firm that works for clients.")


@strawberry.enum(description="The industry that a firm signs up for.")
class Industry(Enum):
    AGENCY_PARTNER = word("AGENCY_PARTNER", description="Partners: firms that keep books, advise or lead finances.")


@strawberry.enum(description="What kind of firm it is.")
class BusinessKind(Enum):
    AGENCY = word("AGENCY", description="A bookkeeping agency.")
    ADVISORY = word("ADVISORY", description="An advisory firm.")
    EXTERNAL_CFO = word("EXTERNAL_CFO", description="An external CFO.")


@strawberry.enum(description="Something that the viewer may do with a firm now.")
class FirmAction(Enum):
    INVITE_STAFF = word("INVITE_STAFF", description="Invite staff.")
    INVITE_CLIENT = word("INVITE_CLIENT", description="Invite a company that is not here yet.")
    RENAME_FIRM = word("RENAME_FIRM", description="Change the name of the firm.")
    CREATE_TOKEN = word("CREATE_TOKEN", description="Create an integration token of the firm.")
    ACTIVATE_FIRM_ACCOUNT = word("ACTIVATE_FIRM_ACCOUNT", description="Activate the account after its trial.")
    SUBMIT_PARTNER_APPLICATION = word("SUBMIT_PARTNER_APPLICATION", description="Apply for the partner programme.")
    WEBINAR_WATCHED = word("WEBINAR_WATCHED", description="Say that the webinar was watched.")
    ACCEPT_AGREEMENT = word("ACCEPT_AGREEMENT", description="Accept the agreement.")
    DECIDE_APPLICATION = word("DECIDE_APPLICATION", description="Decide on the application.")
    SUSPEND_FIRM = word("SUSPEND_FIRM", description="Suspend the firm.")
    REINSTATE_FIRM = word("REINSTATE_FIRM", description="End the suspension.")
    SAVE_PROFILE_DRAFT = word("SAVE_PROFILE_DRAFT", description="Write its profile.")
    CREATE_OWN_ACCOUNT = word("CREATE_OWN_ACCOUNT", description="Create an account for its own spending.")
    ROTATE_INVITATION_CODE = word("ROTATE_INVITATION_CODE", description="Replace its invitation code by a new one.")
    REPORT_SUBSCRIPTION = word("REPORT_SUBSCRIPTION", description="Report whether its own subscription is paid.")
    CLOSE_FIRM = word("CLOSE_FIRM", description="Close its account for good.")


@strawberry.enum(description="Where a revision of a firm's profile is.")
class ProfileState(Enum):
    DRAFT = word("DRAFT", description="Being written.")
    IN_REVIEW = word("IN_REVIEW", description="Waiting for a reviewer.")
    CHANGES_REQUESTED = word("CHANGES_REQUESTED", description="Reviewed, and to be changed.")
    PUBLISHED = word("PUBLISHED", description="Reviewed and listed.")
    UNLISTED = word("UNLISTED", description="Published once, and listed no more.")


@strawberry.enum(description="Something that the viewer may do with a revision of a profile now.")
class ProfileAction(Enum):
    SAVE_PROFILE_DRAFT = word("SAVE_PROFILE_DRAFT", description="Write on.")
    SUBMIT_PROFILE = word("SUBMIT_PROFILE", description="Submit it for review.")
    WITHDRAW_PROFILE = word("WITHDRAW_PROFILE", description="Take it off the lists.")
    DECIDE_PROFILE_REVISION = word("DECIDE_PROFILE_REVISION", description="Publish it, or request changes.")


@strawberry.enum(description="What a reviewer decides of a revision of a profile.")
class ProfileDecision(Enum):
    PUBLISH = word("PUBLISH", description="It is listed, in the place of the one before.")
    REQUEST_CHANGES = word("REQUEST_CHANGES", description="It is to be changed first, as the comment says.")


@strawberry.enum(description="How far the platform's verification of a client is.")
class ClientState(Enum):
    VERIFYING = word("VERIFYING", description="Being verified.")
    VERIFIED = word("VERIFIED", description="Verified.")
    REJECTED = word("REJECTED", description="Rejected.")


@strawberry.enum(description="What the platform decides of a company's verification.")
class VerificationDecision(Enum):
    VERIFY = word("VERIFY", description="It is who it says it is.")
    REJECT = word("REJECT", description="It is not.")


@strawberry.enum(description="A tab of the Clients page.")
class ClientTab(Enum):
    INVITES = word("INVITES", description="Clients that have added the firm and wait for its answer.")
    ONBOARDING = word("ONBOARDING", description="Clients that the firm has invited and that are being verified.")
    MINE = word("MINE", description="Clients assigned to the viewer.")
    ALL = word("ALL", description="All clients that the firm works for.")


@strawberry.enum(description="Something that the viewer may do with a client now.")
class ClientAction(Enum):
    ENTER_CLIENT_ACCOUNT = word("ENTER_CLIENT_ACCOUNT", description="Enter the client's account.")
    REQUEST_ACCESS = word("REQUEST_ACCESS", description="Ask the client for access.")
    UNASSIGN_MANAGER = word("UNASSIGN_MANAGER", description="End the assignment of a person of the firm.")
    ASSIGN_MANAGERS = word("ASSIGN_MANAGERS", description="Assign people of the firm.")
    HAND_BACK_ACCESS = word("HAND_BACK_ACCESS", description="Give back or lower the firm's access.")
    TERMINATE_COLLABORATION = word("TERMINATE_COLLABORATION", description="End the collaboration.")
    CREATE_TOKEN = word("CREATE_TOKEN", description="Create an integration token of the company.")
    INVITE_MEMBER = word("INVITE_MEMBER", description="Invite people into the company.")
    RENAME_COMPANY = word("RENAME_COMPANY", description="Change the name of the company.")
    ADD_FIRM_AS_BOOKKEEPER = word("ADD_FIRM_AS_BOOKKEEPER", description="Add a firm as the company's bookkeeper.")
    REQUEST_COLLABORATION = word("REQUEST_COLLABORATION", description="Ask a firm of the marketplace to work for it.")
    SEND_MESSAGE = word("SEND_MESSAGE", description="Write to a firm of the marketplace.")
    DECIDE_VERIFICATION = word("DECIDE_VERIFICATION", description="Decide who the company is.")
    REQUEST_VERIFICATION = word(
        "REQUEST_VERIFICATION", description="Ask for the verification again, after a rejection."
    )
    RECORD_ORDER = word("RECORD_ORDER", description="Record an order: the platform's billing system alone.")
    ISSUE_INVOICE = word("ISSUE_INVOICE", description="Issue an invoice: the platform's billing system alone.")


@strawberry.enum(description="Something that the viewer may do with a collaboration now.")
class CollaborationAction(Enum):
    ACCEPT_COLLABORATION = word("ACCEPT_COLLABORATION", description="Accept it.")
    DECLINE_COLLABORATION = word("DECLINE_COLLABORATION", description="Decline it.")
    WITHDRAW_COLLABORATION = word("WITHDRAW_COLLABORATION", description="Withdraw the request.")
    RESEND_CLIENT_INVITATION = word(
        "RESEND_CLIENT_INVITATION", description="Send the invitation again; the link of before ends."
    )
    REQUEST_ACCESS = word("REQUEST_ACCESS", description="Ask the client for access.")
    DISMISS_ACCESS_REQUEST = word("DISMISS_ACCESS_REQUEST", description="Dismiss the firm's request for access.")
    HAND_BACK_ACCESS = word("HAND_BACK_ACCESS", description="Give back or lower the firm's access.")
    GRANT_ACCESS = word("GRANT_ACCESS", description="Grant access.")
    CHANGE_ACCESS = word("CHANGE_ACCESS", description="Change the granted level.")
    REMOVE_ACCESS = word("REMOVE_ACCESS", description="Take the access back.")
    SET_KPI_SHARING = word("SET_KPI_SHARING", description="Choose which pending work is shared.")
    CHANGE_BILLING_MODE = word("CHANGE_BILLING_MODE", description="Change who pays.")
    TERMINATE_COLLABORATION = word("TERMINATE_COLLABORATION", description="End it.")


@strawberry.enum(description="Something that the viewer may do with a conversation now.")
class ConversationAction(Enum):
    SEND_MESSAGE = word("SEND_MESSAGE", description="Write to the other side.")
    REQUEST_COLLABORATION = word("REQUEST_COLLABORATION", description="Ask the firm to work for the company.")
    ADD_FIRM_AS_BOOKKEEPER = word(
        "ADD_FIRM_AS_BOOKKEEPER",
        description="Add the firm as the company's bookkeeper, by its code if it is not listed.",
    )
    BLOCK_CONVERSATION = word(
        "BLOCK_CONVERSATION", description="Take no messages and no requests from this client any more."
    )
    UNBLOCK_CONVERSATION = word(
        "UNBLOCK_CONVERSATION", description="Take messages and requests from this client again."
    )


@strawberry.enum(description="Where an offered discount is.")
class DiscountOfferState(Enum):
    OFFERED = word("OFFERED", description="Offered, and not taken yet.")
    ACCEPTED = word("ACCEPTED", description="Taken with the invitation.")
    VOID = word("VOID", description="Over, or not for a company that is here already.")


@strawberry.enum(description="Something that ends with a collaboration.")
class RevokedKind(Enum):
    ACCESS = word("ACCESS", description="Access that was granted.")
    BILLING_MODE = word("BILLING_MODE", description="A billing mode: the client pays for what follows.")
    ASSIGNMENTS = word("ASSIGNMENTS", description="Assignments of the firm's people to the client.")
    SESSIONS = word("SESSIONS", description="Sessions of the firm's people in the client's account.")


@strawberry.enum(description="Where a session in a client's account is.")
class SessionState(Enum):
    OPEN = word("OPEN", description="The person is in the account.")
    CLOSED = word("CLOSED", description="The person has left, or entered anew.")
    EXPIRED = word("EXPIRED", description="Its time is over.")
    REVOKED = word("REVOKED", description="The person may not be in the account any more.")


@strawberry.enum(description="Something that the viewer may do with a session now.")
class SessionAction(Enum):
    LEAVE_CLIENT_ACCOUNT = word("LEAVE_CLIENT_ACCOUNT", description="Leave the client's account.")


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


@strawberry.enum(description="What came of an act.")
class AuditOutcome(Enum):
    DONE = word("DONE", description="It was done.")
    REFUSED = word("REFUSED", description="It was refused: told to the side that tried, and to the platform.")


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


@strawberry.enum(description="A currency in which the platform bills.")
class Currency(Enum):
    EUR = word("EUR", description="Euro.")
    DKK = word("DKK", description="Danish krone.")
    CHF = word("CHF", description="Swiss franc.")
    SEK = word("SEK", description="Swedish krona.")


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
