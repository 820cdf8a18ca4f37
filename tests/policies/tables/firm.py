"""Firm, typed from table A of §4.6, M1 and D8, D19, D21, D40, D41."""

from collections.abc import Callable
from typing import Final

from tests.policies.tables.grid import Facts, Table, fields, first_words

# `staff` and `clientCount` of BK, FS and CO show their own rows only (staff.py): the field is there, the rows are judged apart.
CELLS: Final = fields("""
fields                    | own FA | own BK | own FS | CO engaged | PR queued | PA | SYS | own T | grounds
id name viewerActions     | ●      | ●      | ●      | ●          | ●         | ●  | ●   | ●     | P14 D40 D41
profile                   | ●      | ●      | ●      | ●          | ●         | ●  | ○R  | ○R    | H8 H16 H20
accountState trialEndsAt  | ●      | ●      | ●      | ○R         | ○R        | ●  | ○R  | ○R    | V19 V20 V21 D40
staff                     | ●      | ●      | ●      | ●          | ○R        | ●  | ○R  | ○R    | H24 H49 D8 D50
resellerTier cashbackRate | ●      | ○R     | ○R     | ○R         | ○R        | ●  | ○R  | ○R    | I12 D8 D19
clientCount               | ●      | ●      | ○R     | ○R         | ○R        | ●  | ○R  | ○R    | P36 P40 D40
hasOwnAccount             | ●      | ○R     | ○R     | ○R         | ○R        | ●  | ○R  | ○R    | P19 P20 D21
staffInvitations          | ●      | ○R     | ○R     | ○R         | ○R        | ●  | ○R  | ○R    | H26 H27
profileRevisions          | ●      | ○R     | ○R     | ○R         | ●         | ●  | ○R  | ○R    | H20 H21 D11
application               | ●      | ○R     | ○R     | ○R         | ●         | ●  | ○R  | ○R    | H10 H15 D57
subscription              | ●      | ○R     | ○R     | ○R         | ○R        | ●  | ●   | ○R    | H13 D10 D76
invitationCode            | ●      | ○R     | ○R     | ○R         | ○R        | ○R | ○R  | ○R    | P15 D68
""")


QUEUED: Final = ("submitted", "webinar_watched", "agreed")


def column_of(viewer: str, facts: Facts) -> str | None:
    """D40: a node for its own members, CO with a collaboration or request, PR while queued, PA; billing knows its name (D41)."""
    match viewer:
        case "FA" | "BK" | "FS":
            return f"own {viewer}" if facts["is_own_org"] else None
        case "CO":
            return "CO engaged" if facts["engaged"] else None
        case "PR":
            return "PR queued" if facts["programme"] in QUEUED and facts["account"] != "closed" else None
        case "PA" | "SYS":
            return viewer
        case "TFA" | "TBK" | "TFS":
            return "own T" if facts["is_own_org"] else None
        case _:
            return None


EVERY_MENU: Final = ["PARTNER_PORTAL", "EMPLOYEES", "PAYROLL", "RECEIPTS", "OUTLAYS", "REPORTS", "SETTINGS"]
MENUS: Final = {"TRIAL": EVERY_MENU, "TRIAL_ENDED": ["ACTIVATE"], "ACTIVE": ["PARTNER_PORTAL"], "CLOSED": []}


def account_state(viewer: str, facts: Facts) -> str:
    """M1, D61: the end of the trial is a matter of the clock."""
    return "TRIAL_ENDED" if facts["account"] == "trial" and facts["tried"] else str(facts["account"]).upper()


def menu(viewer: str, facts: Facts) -> list[str]:
    """M1, V20, V21: all of them in the trial, then none but the one that activates, then none but the portal."""
    if viewer not in ("FA", "BK", "FS") or not facts["is_own_org"]:
        return []
    return MENUS[account_state(viewer, facts)]


def banner(viewer: str, facts: Facts) -> list[str]:
    """P22, P23, D21: for FA, while the firm has no account of its own."""
    return ["CREATE_OWN_ACCOUNT"] if acts(viewer, facts) and not facts["housed"] else []


def acts(viewer: str, facts: Facts) -> bool:
    """§4.7, D61: FA, for its own firm, unless that is closed."""
    return viewer == "FA" and bool(facts["is_own_org"]) and facts["account"] != "closed"


def may(viewer: str, facts: Facts) -> list[str]:
    """D41, §4.7: FA makes the firm's tokens and invites its staff, and takes it through M1 and M2; PR decides, PA suspends."""
    programme, approved = facts["programme"], facts["programme"] == "approved"
    if facts["account"] == "closed":  # D61
        return []
    match viewer:
        case "FA" if facts["is_own_org"]:
            return [
                "RENAME_FIRM",
                "CREATE_TOKEN",
                *["INVITE_STAFF", "INVITE_CLIENT"] * approved,  # P14, P16, P65, D65
                *["ROTATE_INVITATION_CODE"] * approved,  # P15, §4.7
                *["SAVE_PROFILE_DRAFT"] * (approved and not facts["in_review"]),  # H15, H20
                *["ACTIVATE_FIRM_ACCOUNT"] * (facts["account"] == "trial" and facts["tried"]),
                *APPLYING.get(programme, []),
                *["CREATE_OWN_ACCOUNT"] * (not facts["housed"]),  # P19, D21
                *["CLOSE_FIRM"] * (facts["owned"] and not facts["alive"]),  # D61
            ]
        case "PR" | "PA" if facts["insider"]:  # M3: nobody decides for the platform about a firm with a place of theirs
            return []
        case "PR" if programme == "agreed":
            return ["DECIDE_APPLICATION"]
        case "PA":
            suspending = {"approved": ["SUSPEND_FIRM"], "suspended": ["REINSTATE_FIRM"]}.get(programme, [])
            return ["REPORT_SUBSCRIPTION", "CLOSE_FIRM", *suspending]  # D76
        case "SYS":
            return ["REPORT_SUBSCRIPTION"]  # D76
        case _:
            return []


def decision(viewer: str, facts: Facts) -> list[str]:
    """H12–H15: PR rejects in any case, and approves where every precondition is met."""
    if "DECIDE_APPLICATION" not in may(viewer, facts):
        return []
    return ["REJECT", *["APPROVE"] * (facts["paid"] and facts["fitting"])]


APPLYING: Final = {
    "draft": ["SUBMIT_PARTNER_APPLICATION"],
    "rejected": ["SUBMIT_PARTNER_APPLICATION"],
    "submitted": ["WEBINAR_WATCHED"],
    "webinar_watched": ["ACCEPT_AGREEMENT"],
}
"""M2, P10–P13: each step opens the next."""


OWN_ACTIONS: Final = (
    "RENAME_FIRM INVITE_STAFF INVITE_CLIENT CREATE_TOKEN CREATE_OWN_ACCOUNT ROTATE_INVITATION_CODE CLOSE_FIRM"
    " ACTIVATE_FIRM_ACCOUNT SUBMIT_PARTNER_APPLICATION WEBINAR_WATCHED ACCEPT_AGREEMENT SAVE_PROFILE_DRAFT"
)
PLATFORMS: Final = "SUSPEND_FIRM REINSTATE_FIRM CLOSE_FIRM REPORT_SUBSCRIPTION"
STEPS: Final = "SUBMIT_PARTNER_APPLICATION WEBINAR_WATCHED ACCEPT_AGREEMENT"


def _closed(viewer: str, facts: Facts, *viewers: str) -> bool:
    return facts["account"] == "closed" and viewer in viewers


def _at(*programmes: str) -> Callable[[str, Facts], bool]:
    """M2: FA of a running firm, at one of these steps."""
    return lambda viewer, facts: acts(viewer, facts) and facts["programme"] in programmes


# M3: who has a place in the firm decides nothing about it. D61: nothing is done for a closed one. P65, H15, D65: only firms in
# the programme invite and publish. M1, M2: one step after the other.
REFUSES: Final = first_words(
    [
        (f"DECIDE_APPLICATION {PLATFORMS}", "INSIDER", lambda v, f: f["insider"]),
        (OWN_ACTIONS, "CLOSED", lambda v, f: _closed(v, f, "FA") and f["is_own_org"]),
        (PLATFORMS, "CLOSED", lambda v, f: _closed(v, f, "PA")),
        ("REPORT_SUBSCRIPTION", "CLOSED", lambda v, f: _closed(v, f, "SYS")),
        ("CLOSE_FIRM", "FIRM_OWNER", lambda v, f: acts(v, f) and not f["owned"]),
        ("CLOSE_FIRM", "ALIVE", lambda v, f: acts(v, f) and f["alive"]),
        ("CREATE_OWN_ACCOUNT", "HOUSED", lambda v, f: acts(v, f) and f["housed"]),
        ("SAVE_PROFILE_DRAFT", "IN_REVIEW", lambda v, f: _at("approved")(v, f) and f["in_review"]),
        ("INVITE_STAFF INVITE_CLIENT ROTATE_INVITATION_CODE SAVE_PROFILE_DRAFT", "PROGRAMME", acts),
        ("ACTIVATE_FIRM_ACCOUNT", "TRIAL", lambda v, f: acts(v, f) and f["account"] == "trial"),
        ("ACTIVATE_FIRM_ACCOUNT", "ACTIVATED", lambda v, f: acts(v, f) and f["account"] == "active"),
        (STEPS, "APPROVED", _at("approved")),
        (STEPS, "SUSPENDED", _at("suspended")),
        ("SUBMIT_PARTNER_APPLICATION", "SUBMITTED", _at(*QUEUED)),
        ("WEBINAR_WATCHED ACCEPT_AGREEMENT", "UNSUBMITTED", _at("draft", "rejected")),
        ("WEBINAR_WATCHED", "WATCHED", _at("webinar_watched", "agreed")),
        ("ACCEPT_AGREEMENT", "UNWATCHED", _at("submitted")),
        ("ACCEPT_AGREEMENT", "AGREED", _at("agreed")),
        ("DECIDE_APPLICATION", "UNAGREED", lambda v, f: v == "PR" and f["programme"] in QUEUED[:2]),
        ("SUSPEND_FIRM", "SUSPENDED", lambda v, f: v == "PA" and f["programme"] == "suspended"),
        ("SUSPEND_FIRM", "UNAPPROVED", lambda v, f: v == "PA" and f["programme"] not in ("approved", "suspended")),
        ("REINSTATE_FIRM", "NOT_SUSPENDED", lambda v, f: v == "PA" and f["programme"] != "suspended"),
    ]
)


MAILS: Final = {
    "submitted": ["WEBINAR"],
    "webinar_watched": ["AGREEMENT"],
    "approved": ["APPLICATION_APPROVED", "FIRM_REINSTATED"],
    "rejected": ["APPLICATION_REJECTED"],
    "suspended": ["FIRM_SUSPENDED"],
}
"""P11, P13: the second mail never before the webinar was watched. M2, D68: a decision while it stands."""


def told(viewer: str, facts: Facts) -> list[str]:
    """FA of the firm, unless its account is closed (D61)."""
    return MAILS.get(facts["programme"], []) if acts(viewer, facts) else []


def met(viewer: str, facts: Facts) -> list[str]:
    """H12–H14."""
    return ["ACCOUNT_TYPE", *["SUBSCRIPTION_PAID"] * facts["paid"], *["BUSINESS_KIND"] * facts["fitting"]]


def status(viewer: str, facts: Facts) -> list[str]:
    return [facts["programme"].upper()]


def offers(viewer: str, facts: Facts) -> list[str]:
    """D26: and what they may be for; billing is the platform's, and what clients have pending no firm reports."""
    return ["CLIENTS_READ", "PAYROLL_READ"] if acts(viewer, facts) else []


def page(viewer: str, facts: Facts) -> list[str]:
    """§4.2: what each role works with; nothing after the account is closed (D61)."""
    if not facts["is_own_org"] or facts["account"] == "closed":
        return []
    return {
        "FA": [
            "CLIENTS",
            "REQUESTS",
            "INVITATIONS",
            "CONVERSATIONS",
            "INVOICES",
            "STAFF",
            "PROFILE",
            "PROGRAMME",
            "TOKENS",
            "AUDIT",
        ],
        "BK": ["CLIENTS", "INVOICES", "STAFF", "AUDIT"],
        "FS": ["STAFF"],
    }.get(viewer, [])


def lapsed(viewer: str, facts: Facts) -> bool:
    """D10: shown to the platform, and to the firm's own admins."""
    may_know = viewer in ("PA", "SYS") or (viewer == "FA" and bool(facts["is_own_org"]))
    joined = facts["programme"] in ("approved", "suspended") and facts["account"] != "closed"
    return may_know and joined and not facts["paid"]


def subscription(viewer: str, facts: Facts) -> list[str]:
    return [*["PAID"] * facts["paid"], *["LAPSED"] * lapsed(viewer, facts)]


def invites(viewer: str, facts: Facts) -> list[str]:
    """P15: an approved firm has a code."""
    return admits(viewer, facts) if acts(viewer, facts) else []


def admits(viewer: str, facts: Facts) -> list[str]:
    """P15: by which anybody finds it, while it is in the programme and its account is not closed (D61)."""
    return ["CODE"] * (facts["programme"] == "approved" and facts["account"] != "closed")


def knows(viewer: str, facts: Facts) -> list[str]:
    """D39: why the firm is there for the viewer."""
    return ["is_own_org", "engaged"] if column_of(viewer, facts) else []


WORDS: Final = {
    "disclosed_fact": knows,
    "menu": menu,
    "banner": banner,
    "may": may,
    "decision": decision,
    "offers": offers,
    "page": page,
    "notify": told,
    "met": met,
    "status": status,
    "subscription": subscription,
    "invites": invites,
    "admits": admits,
}
TABLES: Final = [
    Table(
        "Firm",
        CELLS,
        column_of,
        words=WORDS,
        firsts={"account_state": account_state},
        holds={"lapsed": lapsed},
        whys={"refuses": REFUSES},
    )
]
