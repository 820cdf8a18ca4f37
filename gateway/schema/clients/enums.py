"""Enums of clients."""

from enum import Enum

import strawberry

from gateway.schema.core.enums import word


@strawberry.enum(description="An action that the viewer may take on an invitation into a company now.")
class MemberInvitationAction(Enum):
    RESEND_MEMBER_INVITATION = word(
        "RESEND_MEMBER_INVITATION", description="Send it again with a new link. The old link stops working."
    )
    REVOKE_MEMBER_INVITATION = word("REVOKE_MEMBER_INVITATION", description="Revoke it.")


@strawberry.enum(description="The role of a person in a client company.")
class ClientRole(Enum):
    OWNER = word("OWNER", description="Owns the company's account.")
    ADMIN = word("ADMIN", description="Administers the company's account.")
    MEMBER = word("MEMBER", description="Works in the company.")


@strawberry.enum(description="An action that the viewer may take on a member of the company now.")
class MemberAction(Enum):
    CHANGE_MEMBER_ROLE = word("CHANGE_MEMBER_ROLE", description="Change the role.")
    REMOVE_MEMBER = word("REMOVE_MEMBER", description="Remove the person from the company.")
    TRANSFER_OWNERSHIP = word("TRANSFER_OWNERSHIP", description="Transfer the ownership of the company to the person.")
    ERASE_USER = word("ERASE_USER", description="Erase the person. Only the platform may do this.")


@strawberry.enum(description="A role in a client company that can be offered in an invitation or given to a member.")
class MemberRole(Enum):
    ADMIN = word("ADMIN", description="Administers the company's account.")
    MEMBER = word("MEMBER", description="Works in the company.")


@strawberry.enum(description="The state of the platform's verification of a client.")
class ClientState(Enum):
    VERIFYING = word("VERIFYING", description="Being verified.")
    VERIFIED = word("VERIFIED", description="Verified.")
    REJECTED = word("REJECTED", description="Rejected.")


@strawberry.enum(description="The platform's decision on the verification of a company.")
class VerificationDecision(Enum):
    VERIFY = word("VERIFY", description="The company is who it claims to be.")
    REJECT = word("REJECT", description="The company is not who it claims to be.")


@strawberry.enum(description="A tab of the Clients page.")
class ClientTab(Enum):
    INVITES = word("INVITES", description="Clients that have added the firm and wait for its answer.")
    ONBOARDING = word(
        "ONBOARDING", description="Clients that have accepted the firm's invitation and are being verified."
    )
    MINE = word("MINE", description="Clients assigned to the viewer.")
    ALL = word("ALL", description="All clients that the firm works for.")


@strawberry.enum(description="An action that the viewer may take on a client now.")
class ClientAction(Enum):
    ENTER_CLIENT_ACCOUNT = word("ENTER_CLIENT_ACCOUNT", description="Enter the client's account.")
    REQUEST_ACCESS = word("REQUEST_ACCESS", description="Request access from the client.")
    UNASSIGN_MANAGER = word("UNASSIGN_MANAGER", description="End the assignment of a member of the firm.")
    ASSIGN_MANAGERS = word("ASSIGN_MANAGERS", description="Assign members of the firm.")
    HAND_BACK_ACCESS = word("HAND_BACK_ACCESS", description="Give back or lower the firm's access.")
    TERMINATE_COLLABORATION = word("TERMINATE_COLLABORATION", description="End the collaboration.")
    CREATE_TOKEN = word("CREATE_TOKEN", description="Create an integration token of the company.")
    INVITE_MEMBER = word("INVITE_MEMBER", description="Invite people into the company.")
    RENAME_COMPANY = word("RENAME_COMPANY", description="Change the name of the company.")
    ADD_FIRM_AS_BOOKKEEPER = word("ADD_FIRM_AS_BOOKKEEPER", description="Add a firm as the company's bookkeeper.")
    REQUEST_COLLABORATION = word(
        "REQUEST_COLLABORATION", description="Request a collaboration with a firm of the marketplace."
    )
    SEND_MESSAGE = word("SEND_MESSAGE", description="Send a message to a firm of the marketplace.")
    DECIDE_VERIFICATION = word("DECIDE_VERIFICATION", description="Decide the verification of the company.")
    REQUEST_VERIFICATION = word(
        "REQUEST_VERIFICATION", description="Request the verification again, after a rejection."
    )
    RECORD_ORDER = word("RECORD_ORDER", description="Record an order. Only the platform's billing system may do this.")
    ISSUE_INVOICE = word(
        "ISSUE_INVOICE", description="Issue an invoice. Only the platform's billing system may do this."
    )


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


@strawberry.enum(description="A field by which a list of clients can be ordered.")
class ClientOrderField(Enum):
    NAME = word("NAME", description="The name, ignoring case and accents.")
