"""The actions on objects: each is the name of a mutation in capitals, the same on every type (D63)."""

from enum import Enum
from typing import TYPE_CHECKING, Final

import strawberry

from gateway.names import field_of
from gateway.reads import by_policy
from gateway.schema.core.enums import word
from gateway.schema.core.explain import Fact, Requirement
from gateway.schema.core.fields import leaf, of_policy
from gateway.schema.core.node import Carrier

NAMES: Final = (
    "ACCEPT_AGREEMENT",
    "ACCEPT_COLLABORATION",
    "ACTIVATE_FIRM_ACCOUNT",
    "ADD_FIRM_AS_BOOKKEEPER",
    "ASSIGN_MANAGERS",
    "BLOCK_CONVERSATION",
    "CHANGE_ACCESS",
    "CHANGE_BILLING_MODE",
    "CHANGE_MEMBER_ROLE",
    "CHANGE_STAFF_ROLE",
    "CLOSE_FIRM",
    "CREATE_OWN_ACCOUNT",
    "CREATE_TOKEN",
    "CREDIT_INVOICE",
    "DECIDE_APPLICATION",
    "DECIDE_PROFILE_REVISION",
    "DECIDE_VERIFICATION",
    "DECLINE_COLLABORATION",
    "DISMISS_ACCESS_REQUEST",
    "ENTER_CLIENT_ACCOUNT",
    "ERASE_USER",
    "GRANT_ACCESS",
    "HAND_BACK_ACCESS",
    "INVITE_CLIENT",
    "INVITE_MEMBER",
    "INVITE_STAFF",
    "ISSUE_INVOICE",
    "LEAVE_CLIENT_ACCOUNT",
    "PAY_INVOICE",
    "RECORD_ORDER",
    "REINSTATE_FIRM",
    "REINSTATE_STAFF",
    "REMOVE_ACCESS",
    "REMOVE_MEMBER",
    "REMOVE_STAFF",
    "RENAME_COMPANY",
    "RENAME_FIRM",
    "REPORT_SUBSCRIPTION",
    "REQUEST_ACCESS",
    "REQUEST_COLLABORATION",
    "REQUEST_VERIFICATION",
    "RESEND_CLIENT_INVITATION",
    "RESEND_MEMBER_INVITATION",
    "RESEND_STAFF_INVITATION",
    "REVOKE_MEMBER_INVITATION",
    "REVOKE_STAFF_INVITATION",
    "REVOKE_TOKEN",
    "ROTATE_INVITATION_CODE",
    "SAVE_PROFILE_DRAFT",
    "SEND_MESSAGE",
    "SET_KPI_SHARING",
    "SUBMIT_PARTNER_APPLICATION",
    "SUBMIT_PROFILE",
    "SUSPEND_FIRM",
    "SUSPEND_STAFF",
    "TERMINATE_COLLABORATION",
    "TRANSFER_OWNERSHIP",
    "UNASSIGN_MANAGER",
    "UNBLOCK_CONVERSATION",
    "WEBINAR_WATCHED",
    "WITHDRAW_COLLABORATION",
    "WITHDRAW_PROFILE",
)
"""Those of the rule `may`, of all types."""


if TYPE_CHECKING:

    class Action(Enum):
        """A type checker knows no members."""

else:
    Action = strawberry.enum(
        Enum("Action", {name: word(name, description=f"The mutation `{field_of(name)}`.") for name in NAMES}),
        description="An action on an object: the name of a mutation in capitals. More are added with new mutations.",
    )


@strawberry.type(description="An action that the viewer may not take now, although someone in the viewer's place may.")
class UnavailableAction(Carrier):
    action: Action = leaf("The action.")
    reason: Fact = leaf("The fact that prevents it: the first one in `requires`.", by_policy.reason_of_action())
    requires: list[Requirement] = leaf("The facts that together would make it available.")


def viewer_actions() -> list[Action]:
    """Declares the actions that the viewer may take on a row."""
    declared: list[Action] = leaf(
        "The actions that the viewer may take on the object now. Each would succeed and change something.",
        by_policy.words("may"),
    )
    return declared


def unavailable_actions() -> list[UnavailableAction]:
    """Declares the actions that the viewer may not take on a row, for reasons that the viewer may know (D63)."""
    declared: list[UnavailableAction] = of_policy(
        "The actions that the viewer may not take on the object now, and why. It contains only those for which the reason is a"
        " fact that the viewer may know.",
        by_policy.unavailable(),
    )
    return declared
