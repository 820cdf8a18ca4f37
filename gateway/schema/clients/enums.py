"""Enums of clients."""

from enum import Enum

import strawberry

from gateway.schema.core.enums import word


@strawberry.enum(description="The role of a person in a client company.")
class ClientRole(Enum):
    OWNER = word("OWNER", description="Owns the company's account.")
    ADMIN = word("ADMIN", description="Administers the company's account.")
    MEMBER = word("MEMBER", description="Works in the company.")


@strawberry.enum(description="A role in a client company that can be offered in an invitation or given to a member.")
class MemberRole(Enum):
    ADMIN = word("ADMIN", description="Administers the company's account.")
    MEMBER = word("MEMBER", description="Works in the company.")


@strawberry.enum(description="The state of the platform's verification of a client.")
class VerificationState(Enum):
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
