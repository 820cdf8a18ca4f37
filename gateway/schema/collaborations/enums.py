"""Enums of collaborations."""

from enum import Enum

import strawberry

from gateway.schema.core.enums import word


@strawberry.enum(description="The state of a firm's invitation to a company.")
class ClientInvitationState(Enum):
    OPEN = word("OPEN", description="Sent, and not answered yet.")
    EXPIRED = word("EXPIRED", description="Not answered in time.")
    ACCEPTED = word("ACCEPTED", description="Accepted.")
    DECLINED = word("DECLINED", description="Declined, or ended because the verification of the company was rejected.")
    VOID = word("VOID", description="Withdrawn by the firm.")


@strawberry.enum(description="The state of a discount offer.")
class DiscountOfferState(Enum):
    OFFERED = word("OFFERED", description="Offered, and not accepted yet.")
    ACCEPTED = word("ACCEPTED", description="Accepted with the invitation.")
    VOID = word("VOID", description="No longer valid, or not applicable because the company already uses the product.")


@strawberry.enum(description="Something that ends with a collaboration.")
class RevokedKind(Enum):
    ACCESS = word("ACCESS", description="Access that was granted.")
    BILLING_MODE = word("BILLING_MODE", description="A billing mode. The client pays for all later orders.")
    ASSIGNMENTS = word("ASSIGNMENTS", description="Assignments of the firm's members to the client.")
    SESSIONS = word("SESSIONS", description="Sessions of the firm's members in the client's account.")


@strawberry.enum(description="How a collaboration began.")
class CollaborationOrigin(Enum):
    FIRM_INVITATION = word("FIRM_INVITATION", description="The firm invited the client.")
    CLIENT_ADDED_FIRM = word("CLIENT_ADDED_FIRM", description="The client added the firm.")
    MARKETPLACE = word(
        "MARKETPLACE", description="The client found the firm in the marketplace and requested the collaboration."
    )


@strawberry.enum(description="The state of a collaboration.")
class CollaborationState(Enum):
    PENDING = word("PENDING", description="Not accepted yet, or accepted and waiting for the client's verification.")
    ACTIVE = word("ACTIVE", description="Active. The access level is granted separately.")
    ENDED = word("ENDED", description="Ended. It is never reopened.")
    DECLINED = word("DECLINED", description="Declined.")
    WITHDRAWN = word("WITHDRAWN", description="Withdrawn by the side that requested it.")
    EXPIRED = word("EXPIRED", description="Not answered in time.")
    BLOCKED = word("BLOCKED", description="The firm blocked the client while the request was pending.")


@strawberry.enum(description="A stage within PENDING.")
class CollaborationStage(Enum):
    INVITED = word("INVITED", description="The client has not accepted the invitation yet.")


@strawberry.enum(description="How much of a client's content a firm may use.")
class AccessLevel(Enum):
    NONE = word("NONE", description="Nothing.")
    LIMITED = word("LIMITED", description="Employees with salary, payroll basis, receipts and outlays; nothing else.")
    FULL = word("FULL", description="All content, as the client's administrator, within the client's plan.")


@strawberry.enum(description="An access level that can be requested and granted.")
class GrantableLevel(Enum):
    LIMITED = word("LIMITED", description="Payroll and receipts only, as in `AccessLevel`.")
    FULL = word("FULL", description="All content.")


@strawberry.enum(description="Why the access level in effect is what it is.")
class AccessReason(Enum):
    GRANTED = word("GRANTED", description="The client granted the level, and the grant is in force.")
    NEVER_GRANTED = word("NEVER_GRANTED", description="The client has not granted anything yet.")
    REMOVED = word("REMOVED", description="The client removed the access, or the firm gave it back.")
    EXPIRED = word("EXPIRED", description="The grant has expired.")
    FIRM_SUSPENDED = word("FIRM_SUSPENDED", description="The firm is not in the partner programme now.")
    PENDING = word("PENDING", description="The collaboration has not begun.")
    ENDED = word("ENDED", description="The collaboration has ended.")


@strawberry.enum(description="Who pays for a client's orders and renewals.")
class BillingMode(Enum):
    CLIENT = word("CLIENT", description="The client pays. Invoices belong to the client's organisation only.")
    PARTNER = word("PARTNER", description="The partner firm pays. Invoices belong to the firm's organisation only.")
