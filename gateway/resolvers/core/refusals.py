"""Error texts of refused mutations: the policy rule `refuses` gives a word, and each word has its text here (§4.5, D63)."""

from collections.abc import Mapping
from typing import Final

from gateway.errors import Conflict, Forbidden
from gateway.loaders import VisibleRow

MOVED_ON: Final = "The object has changed or does not allow this in its present state. Reload it."
"""For conflicts of concurrent changes. Not used where a reload would show no difference."""
NOT_YOURS: Final = "You do not have permission to do this."
CONFLICTS: Final[Mapping[str, str]] = {
    "ACCEPTED": "The invitation has already been accepted.",
    "ACTIVATED": "The account is already active.",
    "AGREED": "The agreement has already been accepted.",
    "ALIVE": "The firm still has open collaborations, invitations or requests. End, withdraw or decline them first.",
    "APPROVED": "The firm is already in the partner programme.",
    "ASKED": "Only the side that sent this can withdraw it or send it again. You can accept or decline it.",
    "AWAITED": "The invitation has been accepted. The collaboration begins when the company is verified.",
    "BEGUN": "The collaboration has already begun. It can be ended instead.",
    "BLOCKED": "The firm accepts no messages and no requests in this conversation.",
    "CLOSED": "The firm's account is closed.",
    "CREDITED": "The invoice has already been credited.",
    "CREDIT_NOTE": "A credit note cannot be paid or credited.",
    "DECIDED": "The verification has already been decided.",
    "ERASED": "The person has already been erased.",
    "GRANTED": "Access is already granted. It can be changed.",
    "HAS_FULL": "The firm already has full access.",
    "HOUSED": "The firm already has an account of its own.",
    "INACTIVE": "The person is not an active member of the firm.",
    "INVITING": "Withdraw the invitation first.",
    "IN_REVIEW": "The revision is in review.",
    "JUST_SENT": "The invitation was sent less than a day ago. It can be sent again after one day.",
    "LAST_ADMIN": "The firm's last active administrator cannot be removed, suspended, erased or given another role.",
    "LEFT": "The session has ended.",
    "NOT_BLOCKED": "The conversation is not blocked.",
    "NOT_ISSUED": "The invoice has not been issued.",
    "NOT_IN_REVIEW": "The revision is not in review.",
    "NOT_OWNER": "Only the owner can transfer the ownership.",
    "NOT_REJECTED": "Verification can be requested again only after a rejection. The company was not rejected.",
    "NOT_SUSPENDED": "Only a suspended firm or person can be reinstated.",
    "NO_ACCESS": "The firm has no access.",
    "NO_MODE": "The billing mode can be chosen only while the firm has full access.",
    "OVER": "The collaboration has ended, or the invitation or request for it is no longer open.",
    "OWNER": "The owner's membership cannot be changed. Transfer the ownership first.",
    "OWNS": "The person owns a firm or a company. The ownership must be transferred first.",
    "PAID": "The invoice has already been paid.",
    "PARTED": "The conversation ended with the collaboration. A new request opens it again.",
    "PUBLISHED": "The revision was published. Save a draft of the next revision.",
    "REJECTED": "The company was rejected. Correct its data and request verification again.",
    "REPEATED": "The firm requested this access less than a day ago.",
    "REVOKED": "The token has already been revoked.",
    "STAFF": "A person with the role STAFF cannot be assigned to a client.",
    "SUBMITTED": "The application has already been submitted.",
    "SUCCESSOR": "The ownership can be transferred only to another active administrator.",
    "SUSPENDED": "The firm is suspended.",
    "THEIRS": "Only the other side can accept or decline this. Your side can withdraw it until then.",
    "TOGETHER": "The firm and the company already have a collaboration, or one of them has requested it.",
    "TRIAL": "The trial has not ended.",
    "UNAGREED": "The firm has not accepted the agreement.",
    "UNAPPROVED": "The firm has not been approved.",
    "UNASKED": "There is no access request.",
    "UNASSIGNED": "No person of the firm is assigned to the client.",
    "UNAVAILABLE": "The firm accepts no messages and no requests at present.",
    "UNBEGUN": "The collaboration has not begun.",
    "UNCHANGED": "Changes were requested. Save a changed draft first.",
    "UNEMPLOYED": "The firm has no client or is suspended.",
    "UNLISTED": "The firm is not listed in the marketplace. It can be added by its invitation code.",
    "UNPUBLISHED": "The revision is not published.",
    "UNSUBMITTED": "Submit the application first.",
    "UNVERIFIED": "The company is being verified. Its request can be accepted after the verification.",
    "UNWATCHED": "Watch the webinar first.",
    "VOID": "The invitation has been revoked.",
    "VOIDED": "The invoice is void.",
    "WATCHED": "The webinar has already been watched.",
    "WORKING": "End the collaboration first.",
}
"""The state of the object does not allow the action: CONFLICT."""
RULES: Final[Mapping[str, str]] = {
    "COLLEAGUE": "A member of an organisation cannot erase a person who belongs to the same organisation.",
    "FIRM_OWNER": "Only the owner can close the firm.",
    "FOREIGN": NOT_YOURS,
    "INSIDER": "A member of the firm cannot make this decision for the platform.",
    "LEVEL": "This requires full access, which the client grants.",
    "NOT_INSIDE": "Only the person who opened the session can end it.",
    "PARTY": "A member of the company, or of a firm that works with it, cannot make this decision for the platform.",
    "PLAN": "The client's plan does not include this.",
    "PROGRAMME": "Only firms in the partner programme can do this.",
    "SELF": "No person can erase themselves. Another administrator of the platform can.",
}
"""A rule forbids the action to the viewer: FORBIDDEN."""


def require(row: VisibleRow, action: str) -> None:
    """Raises an error with the reason if the viewer may not do `action` on the row.

    Forbidden if a rule does not allow it, Conflict if the state of the row does not allow it.
    """
    decided = row.situation.plan.decisions
    if any(action in row.situation.words(rule) for rule in ("may", "idle") if rule in decided):
        return
    why = row.situation.first("refuses", action) or ""
    if why in RULES:
        raise Forbidden(RULES[why])
    raise Conflict(CONFLICTS.get(why, MOVED_ON))
