"""ClientInvitation, typed from D66, D42, D30 and L18."""

from typing import Final

from tests.policies.tables.grid import Facts, Table, fields, first_words

CELLS: Final = fields("""
fields                                                | own FA | grounds
id email companyName country clientInvitationState sentAt expiresAt | ●      | D66 D42
requestedLevel message discountOffer collaboration    | ●      | D66 D42
viewerActions                                         | ●      | D66 D57
""")
STATES: Final = {
    "pending": "ACCEPTED",
    "active": "ACCEPTED",
    "ended": "ACCEPTED",
    "declined": "DECLINED",
    "blocked": "DECLINED",
    "withdrawn": "VOID",
    "expired": "EXPIRED",
}


def column_of(viewer: str, facts: Facts) -> str | None:
    """The firm's admins, and no one else: the platform reads the collaboration."""
    return "own FA" if viewer == "FA" and facts["is_own_org"] else None


def status(viewer: str, facts: Facts) -> str:
    """D66: an invitation that is not answered is open until its time is over."""
    return STATES.get(facts["state"]) or ("OPEN" if facts["current"] else "EXPIRED")


def may(viewer: str, facts: Facts) -> list[str]:
    """As of the collaboration: sent again before an answer by a firm in the programme, a day after the last mail; withdrawn
    before it begins (M5, P65, D63)."""
    if column_of(viewer, facts) is None:
        return []
    resend = facts["state"] == "invited" and facts["approved"] and facts["rested"]
    withdraw = facts["state"] in ("invited", "pending")
    return [*(["RESEND_CLIENT_INVITATION"] if resend else []), *(["WITHDRAW_COLLABORATION"] if withdraw else [])]


def told(viewer: str, facts: Facts) -> list[str]:
    """M5, M6: the side that had asked, of a no and of no answer; the same whoever was asked (D42, L18)."""
    mails = {"declined": ["COLLABORATION_DECLINED"], "expired": ["COLLABORATION_EXPIRED"]}
    return [] if column_of(viewer, facts) is None else mails.get(facts["state"], [])


BOTH: Final = "RESEND_CLIENT_INVITATION WITHDRAW_COLLABORATION"
REFUSES: Final = first_words(
    [
        (BOTH, "OVER", lambda v, f: f["state"] in ("ended", "declined", "withdrawn", "expired", "blocked")),
        (BOTH, "BEGUN", lambda v, f: f["state"] == "active"),
        ("RESEND_CLIENT_INVITATION", "ACCEPTED", lambda v, f: f["state"] == "pending"),
        ("RESEND_CLIENT_INVITATION", "PROGRAMME", lambda v, f: not f["approved"]),
        ("RESEND_CLIENT_INVITATION", "JUST_SENT", lambda v, f: not f["rested"]),
    ]
)
TABLES: Final = [
    Table(
        "ClientInvitation",
        CELLS,
        column_of,
        words={"may": may, "notify": told},
        firsts={"status": status},
        whys={"refuses": REFUSES},
    )
]
