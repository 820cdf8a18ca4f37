"""The enums of collaborations."""

from enum import Enum

import strawberry

from gateway.schema.core.enums import word


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
