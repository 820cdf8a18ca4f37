"""The enums of clients."""

from enum import Enum

import strawberry

from gateway.schema.core.enums import word


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


@strawberry.enum(description="A plan of the product.")
class PlanTier(Enum):
    BASIC = word("BASIC", description="Basic.")
    PLUS = word("PLUS", description="Plus.")
    PRO = word("PRO", description="Pro.")


@strawberry.enum(description="What clients can be ordered by.")
class ClientOrderField(Enum):
    NAME = word("NAME", description="The name, without case and accents.")
