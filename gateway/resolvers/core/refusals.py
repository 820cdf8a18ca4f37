"""What a refused change is told: the policy's rule `refuses` gives the word, and each word has its text here (§4.5, D63)."""

from collections.abc import Mapping
from typing import Final

from gateway.errors import Conflict, Forbidden
from gateway.loaders import VisibleRow

MOVED_ON: Final = "This cannot be done as things stand now. Read it again."
"""For what two at once ran into, and for nothing that reading again would not change."""
NOT_YOURS: Final = "This is not yours to do."
CONFLICTS: Final[Mapping[str, str]] = {
    "ACCEPTED": "This invitation has been accepted.",
    "ACTIVATED": "The account is active.",
    "AGREED": "The agreement has been accepted.",
    "ALIVE": "End every collaboration first.",
    "APPROVED": "The firm is in the partner programme.",
    "ASKED": "The other side has asked. It can be accepted or declined.",
    "AWAITED": "It has been accepted and begins when the company is verified.",
    "BEGUN": "The collaboration has begun. It can be ended.",
    "BLOCKED": "The firm takes no messages and no requests in this conversation.",
    "CLOSED": "The firm's account is closed.",
    "CREDITED": "This invoice has been credited.",
    "CREDIT_NOTE": "A credit note is neither paid nor credited.",
    "DECIDED": "This has been decided.",
    "ERASED": "This person has been erased.",
    "GRANTED": "Access is granted. It can be changed.",
    "HAS_FULL": "The firm has full access.",
    "HOUSED": "The firm has an account of its own.",
    "INACTIVE": "The person's place in the firm is not active.",
    "INVITING": "Withdraw the invitation first.",
    "IN_REVIEW": "The revision is in review.",
    "JUST_SENT": "This invitation was sent less than a day ago.",
    "LAST_ADMIN": "The last administrator stays.",
    "LEFT": "This session is over.",
    "NOT_BLOCKED": "The conversation is not blocked.",
    "NOT_ISSUED": "This invoice has not been issued.",
    "NOT_IN_REVIEW": "The revision is not in review.",
    "NOT_OWNER": "Only the owner hands the ownership over.",
    "NOT_REJECTED": "The company was not rejected.",
    "NOT_SUSPENDED": "Only who is suspended is reinstated.",
    "NO_ACCESS": "No access is granted.",
    "NO_MODE": "Who pays is chosen at full access only.",
    "OVER": "The collaboration is over.",
    "OWNER": "The owner's place stays as it is until the ownership is handed over.",
    "OWNS": "This person owns a firm or a company. The ownership is handed over first.",
    "PAID": "This invoice has been paid.",
    "PARTED": "This conversation ended with the collaboration. A new request opens it again.",
    "PUBLISHED": "This revision was published. Save a draft of the next one.",
    "REJECTED": "The company was rejected. Correct its data and ask for its verification again.",
    "REPEATED": "This access was requested less than a day ago.",
    "REVOKED": "This token has been revoked.",
    "STAFF": "A person with the role STAFF is in charge of no client.",
    "SUBMITTED": "The application has been submitted.",
    "SUCCESSOR": "The ownership goes to another active administrator.",
    "SUSPENDED": "The firm is suspended.",
    "THEIRS": "The other side is to answer. Until then it can be withdrawn.",
    "TOGETHER": "The firm works for the company, or one of the two has asked.",
    "TRIAL": "The trial has not ended.",
    "UNAGREED": "The firm has not accepted the agreement.",
    "UNAPPROVED": "The firm was not approved.",
    "UNASKED": "No access is requested.",
    "UNASSIGNED": "Nobody of the firm is in charge of the client.",
    "UNAVAILABLE": "The firm takes no messages and no requests now.",
    "UNBEGUN": "The collaboration has not begun.",
    "UNCHANGED": "Changes were requested. Save them first.",
    "UNEMPLOYED": "The firm has no client, or is suspended.",
    "UNLISTED": "The firm is not listed in the marketplace. It can be added by its code.",
    "UNPUBLISHED": "The revision is not published.",
    "UNSUBMITTED": "Submit the application first.",
    "UNVERIFIED": "The company is being verified. Its request can be accepted once it is.",
    "UNWATCHED": "Watch the webinar first.",
    "VOID": "This invitation has been taken back.",
    "VOIDED": "This invoice is void.",
    "WATCHED": "The webinar has been watched.",
    "WORKING": "End the collaboration first.",
}
"""How things stand is in the way: CONFLICT."""
RULES: Final[Mapping[str, str]] = {
    "COLLEAGUE": "A person cannot be erased by a member of an organisation that the person belongs to.",
    "FIRM_OWNER": "Only the owner closes the firm.",
    "FOREIGN": NOT_YOURS,
    "INSIDER": "A member of the firm cannot decide on it.",
    "LEVEL": "This takes full access, which the client grants.",
    "NOT_INSIDE": "Only the person who is in the account leaves it.",
    "PARTY": "A member of the company, or of a firm that works with it, cannot decide on it.",
    "PLAN": "The client's plan does not include this.",
    "PROGRAMME": "This is for firms in the partner programme.",
}
"""A rule keeps the viewer out: FORBIDDEN."""


def require(row: VisibleRow, action: str) -> None:
    """Forbidden where a rule keeps the viewer from `action`, Conflict where the state of things does; either with its reason."""
    decided = row.situation.plan.decisions
    if any(action in row.situation.words(rule) for rule in ("may", "idle") if rule in decided):
        return
    why = row.situation.first("refuses", action) or ""
    if why in RULES:
        raise Forbidden(RULES[why])
    raise Conflict(CONFLICTS.get(why, MOVED_ON))
