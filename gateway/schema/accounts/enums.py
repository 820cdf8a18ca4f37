"""Enums of accounts."""

from enum import Enum

import strawberry

from gateway.schema.core.enums import GROWS, word


@strawberry.enum(description="The kind of an organisation that a caller can act for.")
class MembershipKind(Enum):
    FIRM = word("FIRM", description="A firm.")
    CLIENT = word("CLIENT", description="A client company.")
    PLATFORM = word("PLATFORM", description="The platform itself.")


@strawberry.enum(description="The role in which a caller acts for an organisation.")
class MembershipRole(Enum):
    ADMIN = word("ADMIN", description="Administrator.")
    BOOKKEEPER = word("BOOKKEEPER", description="Bookkeeper of a firm.")
    STAFF = word("STAFF", description="Staff of a firm, without clients.")
    OWNER = word("OWNER", description="Owner of a client company.")
    MEMBER = word("MEMBER", description="Member of a client company.")
    REVIEWER = word("REVIEWER", description="Reviewer of the platform.")
    BILLING = word("BILLING", description="The platform's billing system.")
    REPORTING = word("REPORTING", description="A system of the platform that reports pending work.")


@strawberry.enum(description=f"A page of the portal. {GROWS}")
class Page(Enum):
    CLIENTS = word("CLIENTS", description="The firm's clients; on the platform, all client companies.")
    REQUESTS = word("REQUESTS", description="Clients that write to the firm or request a collaboration.")
    INVITATIONS = word("INVITATIONS", description="The firm's invitations to companies.")
    CONVERSATIONS = word("CONVERSATIONS", description="Conversations between firms and clients.")
    INVOICES = word("INVOICES", description="The invoices of the acting organisation; on the platform, all.")
    STAFF = word("STAFF", description="The firm's members.")
    PROFILE = word("PROFILE", description="The firm's profile in the directory.")
    PROGRAMME = word("PROGRAMME", description="The firm's way into the partner programme.")
    COMPANY = word("COMPANY", description="The company's data.")
    FIRMS = word("FIRMS", description="The firms that work for the company; on the platform, all firms.")
    MEMBERS = word("MEMBERS", description="The company's members.")
    REVIEWS = word("REVIEWS", description="Applications and profiles that wait for a decision.")
    TOKENS = word("TOKENS", description="Integration tokens.")
    AUDIT = word("AUDIT", description="The audit trail.")


@strawberry.enum(description="A menu that is open to the acting firm.")
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
