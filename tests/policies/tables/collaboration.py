"""Collaboration, typed from tables B and C of §4.6, M5–M8, §4.7 and D3, D10, D13, D15, D22, D40–D42, D46, D50, D57."""

from typing import Final

from tests.policies.tables.grid import Denials, Facts, Table, actions, fields, first_words

# FA·INV: begun by the firm, not yet accepted by the client (D42). FR: PENDING else. FE: ENDED. FA and BK: ACTIVE, any level.
CELLS: Final = fields("""
fields                           | FA | BK | FA·INV | FA·FR | BK·FR | FA·FE | CO | CM | PA | T  | grounds
id collaborationState            | ●  | ●  | ●      | ●     | ●     | ●     | ●  | ●  | ●  | ●  | P36 H63 D42
origin                           | ●  | ●  | ●      | ●     | ●     | ●     | ●  | ○R | ●  | ●  | P36 H63 D42
startedAt                        | ●  | ●  | ○L     | ○L    | ○L    | ●     | ●  | ○R | ●  | ●  | P36 D42
endedAt endedBy                  | ●  | ●  | ○L     | ○L    | ○L    | ●     | ●  | ○R | ●  | ○R | H63 D42
stage                            | ●  | ●  | ●      | ●     | ●     | ●     | ●  | ○R | ●  | ●  | D42
level expiresAt                  | ●  | ●  | ○L     | ○L    | ○L    | ○E    | ●  | ○R | ●  | ●  | P7 V6 D42
sharedKpis                       | ●  | ●  | ○L     | ○L    | ○L    | ○E    | ●  | ○R | ●  | ●  | H59 D42
requestedLevel requestMessage    | ●  | ○R | ●      | ●     | ○R    | ○E    | ●  | ○R | ●  | ○R | V5 D42
billingMode                      | ●  | ●  | ○L     | ○L    | ○L    | ○E    | ●  | ○R | ●  | ●  | I3 I4 I30 D42
offeredTerms                     | ○R | ○R | ○R     | ○R    | ○R    | ○E    | ●  | ○R | ●  | ○R | D60 M5
pausedBillingMode                | ○R | ○R | ○R     | ○R    | ○R    | ○E    | ●  | ○R | ●  | ○R | D59
billingModePeriods               | ●  | ○R | ○L     | ○L    | ○R    | ●     | ●  | ○R | ●  | ○R | I24 I30 D42
endReason                        | ●  | ○R | ○L     | ○L    | ○R    | ●     | ●  | ○R | ●  | ○R | D22 D42
effectiveAccess                  | ●  | ●  | ○L     | ○L    | ○L    | ●     | ●  | ○R | ●  | ●  | §3.1 D50 D42
auditEntries                     | ●  | ●  | ○L     | ○L    | ○L    | ●     | ●  | ○R | ●  | ○R | §3.9 D42
conversation                     | ●  | ○R | ○L     | ●     | ○R    | ●     | ●  | ○R | ○R | ○R | H31 H35 X-H2 D22 D42
firmName                         | ●  | ●  | ●      | ●     | ●     | ●     | ●  | ●  | ●  | ●  | D50
firm                             | ●  | ●  | ●      | ●     | ●     | ●     | ●  | ○R | ●  | ●  | D40
clientName                       | ●  | ●  | ●      | ●     | ●     | ●     | ●  | ○R | ●  | ●  | D42 D50
client                           | ●  | ●  | ○L     | ●     | ●     | ○E    | ●  | ○R | ●  | ●  | D42 D40
invitedEmail invitedCountry      | ●  | ○R | ●      | ●     | ○R    | ○E    | ●  | ○R | ●  | ○R | P14 D42 D56
discountOffer                    | ●  | ○R | ●      | ●     | ○R    | ○E    | ●  | ○R | ●  | ○R | P5
viewerActions                    | ●  | ●  | ●      | ●     | ●     | ●     | ●  | ●  | ●  | ●  | D57 D63
visibleFields                    | ●  | ●  | ●      | ●     | ●     | ●     | ●  | ●  | ●  | ●  | D35
""")


def column_of(viewer: str, facts: Facts) -> str | None:
    match viewer:
        case "PA":  # D42: an invitation once, and no company's copy of it
            return "PA" if facts["is_own_org"] else None
        case "CO" | "CM":  # every one of this company's
            return viewer if facts["is_own_org"] else None
        case "FA" if facts["is_own_org"]:  # declined, withdrawn, expired and blocked are FX
            return {"invited": "FA·INV", "pending": "FA·FR", "active": "FA", "ended": "FA·FE"}.get(facts["state"])
        case "BK" if facts["is_own_org"] and facts["assigned"]:  # never INVITED (D42), nothing after the end (H63)
            return {"pending": "BK·FR", "active": "BK"}.get(facts["state"])
        # D41: a firm's token has the active ones of the clients that it reaches.
        case "TFA" | "TBK" if facts["is_own_org"] and (viewer == "TFA" or facts["assigned"]):
            return "T" if facts["state"] == "active" else None
        case _:
            return None


SIDES: Final = {"FA·FE": "firm", "CO": "client"}


def cuts(column: str, facts: Facts) -> Denials:
    """The private reason is the ending side's own (D22): after an end by anybody else it is hidden."""
    if column in SIDES and facts["ended_by"] not in ("none", SIDES[column]):
        return {"endReason": "ENDED"}
    return {}


# §4.7, by the situation in which D57 asks: FR·A is PENDING and accepted (verification runs), FR·BC waits for the firm.
# `approved`: only firms in the programme answer and ask (P65, D10), and only to such a firm is anything granted (D46).
# Whoever began may withdraw while it is PENDING (M6).
FIRM_ACTIONS: Final = actions("""
actions             | FA·INV | FA·FR·A | FA·FR·BC   | FA·F       | FA·L       | FA·N       | FA·FE | BK·FR·A | BK·FR·BC | BK·F       | BK·L       | BK·N       | grounds
ACCEPT_COLLABORATION | ✘      | ✘       | ✔ verified | ✘          | ✘          | ✘          | ✘     | ✘       | ✘        | ✘          | ✘          | ✘          | H33 H36 P65
DECLINE_COLLABORATION | ✘      | ✘       | ✔          | ✘          | ✘          | ✘          | ✘     | ✘       | ✘        | ✘          | ✘          | ✘          | H33 X-H2
WITHDRAW_COLLABORATION | ✔      | ✔       | ✘          | ✘          | ✘          | ✘          | ✘     | ✘       | ✘        | ✘          | ✘          | ✘          | M5 M6
RESEND_CLIENT_INVITATION | ✔ rested | ✘     | ✘          | ✘          | ✘          | ✘          | ✘     | ✘       | ✘        | ✘          | ✘          | ✘          | P14 P65
REQUEST_ACCESS | ✘      | ✘       | ✘          | ✘          | ✔ fresh    | ✔ approved | ✘     | ✘       | ✘        | ✘          | ✔ approved | ✔ approved | V5 H39 D64
HAND_BACK_ACCESS    | ✘      | ✘       | ✘          | ✔          | ✔          | ✘          | ✘     | ✘       | ✘        | ✘          | ✘          | ✘          | D13
TERMINATE_COLLABORATION | ✘      | ✘       | ✘          | ✔          | ✔          | ✔          | ✘     | ✘       | ✘        | ✘          | ✘          | ✘          | H65 H66
""")  # noqa: E501

# `held`: while the firm is suspended its level is NONE, and the grant is still the client's to change or take back (M7). Until the
# client is verified it is what the client has offered (D60).
CLIENT_ACTIONS: Final = actions("""
actions             | CO·INV | CO·FR·A | CO·FR·BC | CO·F | CO·L | CO·N       | CO·FE | grounds
ACCEPT_COLLABORATION | ✔      | ✘       | ✘        | ✘    | ✘    | ✘          | ✘     | H33 X-P4
DECLINE_COLLABORATION | ✔      | ✔       | ✘        | ✘    | ✘    | ✘          | ✘     | H33 X-P4 D60
WITHDRAW_COLLABORATION | ✘      | ✘       | ✔        | ✘    | ✘    | ✘          | ✘     | M6
GRANT_ACCESS        | ✘      | ✔ no grant | ✘        | ✘    | ✘    | ✔ no grant | ✘     | H38 H41 M7 D46
DISMISS_ACCESS_REQUEST | ✘   | ✘       | ✘        | ✔ requested | ✔ requested | ✔ requested | ✘     | D64
CHANGE_ACCESS       | ✘      | ✔ held  | ✘        | ✔    | ✔    | ✔ held     | ✘     | H42 M7 D60
REMOVE_ACCESS       | ✘      | ✔ held  | ✘        | ✔    | ✔    | ✔ held     | ✘     | H38 M7 D60
SET_KPI_SHARING     | ✘      | ✔ held  | ✘        | ✔    | ✔    | ✔ held     | ✘     | H59 D60
CHANGE_BILLING_MODE | ✘      | ✘       | ✘        | ✔    | ✘    | ✔ paused   | ✘     | I24 I4 D59
TERMINATE_COLLABORATION | ✘      | ✘       | ✘        | ✔    | ✔    | ✔          | ✘     | X-H3 X-V3
""")


PLATFORM_ACTIONS: Final = actions("""
actions   | PA·INV | PA·FR·A | PA·FR·BC | PA·F | PA·L | PA·N | PA·FE | grounds
TERMINATE_COLLABORATION | ✘      | ✘       | ✘        | ✔    | ✔    | ✔    | ✘     | §4.7 M6
""")

ACTIONS: Final = {**FIRM_ACTIONS, **CLIENT_ACTIONS, **PLATFORM_ACTIONS}


# M5–M8, D15, D16, D31, D68: whom a letter is for, at any level. What came to nothing is told to the client that had asked (BC);
# a firm's own invitations stand in invitations.py.
TELLINGS: Final = actions("""
letters                 | FA·INV | FA·FR·A | FA·FR·BC | FA·ACTIVE | FA·FE | BK·ACTIVE | CO·INV | CO·FR·A | CO·FR·BC | CO·ACTIVE | CO·FE | CO·NO·BC | CO·LATE·BC | grounds
COLLABORATION_REQUESTED | ✘      | ✘       | ✔        | ✘         | ✘     | ✘         | ✔      | ✘       | ✘        | ✘         | ✘     | ✘ | ✘ | P32 H32 D30
COLLABORATION_ACCEPTED  | ✘      | ✘       | ✘        | ✔         | ✘     | ✘         | ✘      | ✘       | ✘        | ✔         | ✘     | ✘ | ✘ | M5 H38
ACCESS_REQUEST          | ✘      | ✘       | ✘        | ✘         | ✘     | ✘         | ✘      | ✘       | ✘        | ✔         | ✘     | ✘ | ✘ | H39
ACCESS_CHANGED          | ✘      | ✘       | ✘        | ✔         | ✘     | ✔         | ✘      | ✘       | ✘        | ✔         | ✘     | ✘ | ✘ | M7
KPI_SHARING_CHANGED     | ✘      | ✘       | ✘        | ✔         | ✘     | ✔         | ✘      | ✘       | ✘        | ✘         | ✘     | ✘ | ✘ | H59
BILLING_MODE_CHANGED    | ✘      | ✘       | ✘        | ✔         | ✔     | ✘         | ✘      | ✘       | ✘        | ✘         | ✘     | ✘ | ✘ | I30 D15 D16
BILLING_MODE_PAUSED     | ✘      | ✘       | ✘        | ✔ suspended | ✘   | ✘         | ✘      | ✘       | ✘        | ✔ suspended | ✘   | ✘ | ✘ | D59
BILLING_MODE_RESUMED    | ✘      | ✘       | ✘        | ✔ partner | ✘     | ✘         | ✘      | ✘       | ✘        | ✔ partner | ✘     | ✘ | ✘ | D59
FIRM_SUSPENDED          | ✘      | ✘       | ✘        | ✘         | ✘     | ✘         | ✘      | ✘       | ✘        | ✔ suspended | ✘   | ✘ | ✘ | D10 D68
FIRM_REINSTATED         | ✘      | ✘       | ✘        | ✘         | ✘     | ✘         | ✘      | ✘       | ✘        | ✔ approved | ✘    | ✘ | ✘ | D10 D68
COLLABORATION_ENDED     | ✘      | ✘       | ✘        | ✘         | ✔     | ✘         | ✘      | ✘       | ✘        | ✘         | ✔     | ✘ | ✘ | M6 H63
COLLABORATION_DECLINED  | ✘      | ✘       | ✘        | ✘         | ✘     | ✘         | ✘      | ✘       | ✘        | ✘         | ✘     | ✔ | ✘ | M6 H36
COLLABORATION_EXPIRED   | ✘      | ✘       | ✘        | ✘         | ✘     | ✘         | ✘      | ✘       | ✘        | ✘         | ✘     | ✘ | ✔ | M6
""")  # noqa: E501
ASKED: Final = {"declined": "NO", "expired": "LATE"}


def told(viewer: str, facts: Facts) -> list[str]:
    if column_of(viewer, facts) is None:
        return []
    state, begun_by = facts["state"], "A" if facts["origin"] == "firm_invitation" else "BC"
    now = {"active": "ACTIVE", "pending": f"FR·{begun_by}", "invited": "INV", "ended": "FE"}.get(state)
    # Of what was withdrawn or blocked nobody is told: it came to no end.
    letters = TELLINGS.get(f"{viewer}·{now or f'{ASKED.get(state)}·{begun_by}'}", {})
    return [letter for letter, need in letters.items() if _met(need, facts)]


def lowers(viewer: str, facts: Facts) -> list[str]:
    """D13: the firm may lower its level, to any that is below."""
    if "HAND_BACK_ACCESS" not in may(viewer, facts):
        return []
    return {"full": ["LIMITED", "NONE"], "limited": ["NONE"]}[facts["level"]]


def bills(viewer: str, facts: Facts) -> list[str]:
    """I4, I6: who pays is decided with a grant of FULL, by the client."""
    return ["FULL"] if viewer == "CO" and facts["is_own_org"] else []


def voids(viewer: str, facts: Facts) -> list[str]:
    """P5, D30: no discount for a company that is here, though the firm may not know that it is."""
    unbegun = facts["state"] in {"invited", "declined", "withdrawn", "expired"}
    return ["DISCOUNT"] if viewer == "CO" and facts["is_own_org"] and unbegun else []


def situation(facts: Facts) -> str:
    match facts["state"]:
        case "invited":
            return "INV"
        case "pending":
            return "FR·A" if facts["origin"] == "firm_invitation" else "FR·BC"
        case "active":
            return {"full": "F", "limited": "L", "none": "N"}[facts["level"]]
        case _:  # over, one way or the other
            return "FE"


def may(viewer: str, facts: Facts) -> list[str]:
    if column_of(viewer, facts) is None:
        return []
    allowed = ACTIONS.get(f"{viewer}·{situation(facts)}", {})
    barred = viewer == "PA" and facts["insider"]  # M3
    return [action for action, need in allowed.items() if _met(need, facts) and not barred]


PRECEDES: Final = "ACCEPT_COLLABORATION DECLINE_COLLABORATION WITHDRAW_COLLABORATION RESEND_CLIENT_INVITATION"
OF_ACTIVE: Final = "REQUEST_ACCESS HAND_BACK_ACCESS TERMINATE_COLLABORATION DISMISS_ACCESS_REQUEST CHANGE_BILLING_MODE"
OF_GRANT: Final = "CHANGE_ACCESS REMOVE_ACCESS SET_KPI_SHARING"
ENDS: Final = ("ended", "declined", "withdrawn", "expired", "blocked")


def _asked(viewer: str, facts: Facts, side: str) -> bool:
    """Whether this side has asked, as the viewer stands on one of the two."""
    mine = {"FA": "firm", "BK": "firm", "FS": "firm", "CO": "client", "CM": "client"}.get(viewer)
    began = "firm" if facts["origin"] == "firm_invitation" else "client"
    return mine is not None and (began == mine) == (side == "by_viewer")


# §4.5, M5–M8: the first that holds. Both sides know of a suspension (D10, D46, D68), and of the other side's request (H33).
REFUSES: Final = first_words(
    [
        ("TERMINATE_COLLABORATION", "PARTY", lambda v, f: f["insider"]),  # M3
        (f"{PRECEDES} {OF_ACTIVE} {OF_GRANT} GRANT_ACCESS", "OVER", lambda v, f: f["state"] in ENDS),
        (PRECEDES, "BEGUN", lambda v, f: f["state"] == "active"),
        ("ACCEPT_COLLABORATION", "AWAITED", lambda v, f: v in ("CO", "CM") and _awaited(f)),
        ("RESEND_CLIENT_INVITATION", "ACCEPTED", lambda v, f: _awaited(f)),
        ("ACCEPT_COLLABORATION DECLINE_COLLABORATION", "THEIRS", lambda v, f: _asked(v, f, "by_viewer")),
        ("WITHDRAW_COLLABORATION RESEND_CLIENT_INVITATION", "ASKED", lambda v, f: _asked(v, f, "theirs")),
        (OF_ACTIVE, "UNBEGUN", lambda v, f: f["state"] in ("invited", "pending")),
        (
            f"{OF_GRANT} GRANT_ACCESS",
            "UNBEGUN",
            lambda v, f: f["state"] == "invited" or (f["state"] == "pending" and not _awaited(f)),
        ),
        (
            "ACCEPT_COLLABORATION RESEND_CLIENT_INVITATION REQUEST_ACCESS HAND_BACK_ACCESS",
            "PROGRAMME",
            lambda v, f: v in ("FA", "BK", "FS") and not f["approved"],
        ),
        ("ACCEPT_COLLABORATION", "UNVERIFIED", lambda v, f: v in ("FA", "BK", "FS") and not f["verified"]),
        ("RESEND_CLIENT_INVITATION", "JUST_SENT", lambda v, f: v in ("FA", "BK", "FS") and not f["rested"]),
        ("GRANT_ACCESS", "GRANTED", lambda v, f: f["held"]),
        ("GRANT_ACCESS CHANGE_BILLING_MODE", "SUSPENDED", lambda v, f: v in ("CO", "CM") and not f["approved"]),
        (OF_GRANT, "NO_ACCESS", lambda v, f: not f["held"]),
        ("HAND_BACK_ACCESS", "NO_ACCESS", lambda v, f: f["level"] == "none"),
        ("REQUEST_ACCESS", "HAS_FULL", lambda v, f: f["level"] == "full"),
        ("CHANGE_BILLING_MODE", "NO_MODE", lambda v, f: f["level"] != "full"),
        ("DISMISS_ACCESS_REQUEST", "UNASKED", lambda v, f: f["requested"] == "none"),
    ]
)


def _awaited(facts: Facts) -> bool:
    """M5: accepted by the client, which is being verified."""
    return bool(facts["state"] == "pending" and facts["origin"] == "firm_invitation")


def _met(need: str | None, facts: Facts) -> bool:
    """A first grant goes to a firm in the programme that holds none (D46)."""
    if need == "suspended":
        return not facts["approved"]
    if need == "partner":
        return mode("", facts) == ["PARTNER"]
    if need == "no grant":
        return bool(facts["approved"] and not facts["held"])
    if need == "verified":  # M5: by a firm in the programme, once the client is
        return bool(facts["approved"] and facts["verified"])
    if need == "rested":  # D63: a day lies between two mails
        return bool(facts["approved"] and facts["rested"])
    if need == "fresh":  # D64: FULL, the only level above LIMITED, was not requested within a day
        return bool(facts["approved"] and not facts["repeated"])
    if need == "requested":
        return bool(facts["requested"] != "none")
    return need is None or bool(facts[need])


def raises(viewer: str, facts: Facts) -> list[str]:
    """D64: the levels above the one in force, for those who work for the client."""
    if viewer not in ("FA", "BK") or not facts["is_own_org"] or (viewer == "BK" and not facts["assigned"]):
        return []
    return {"none": ["LIMITED", "FULL"], "limited": ["FULL"], "full": []}[facts["level"]]


def idle(viewer: str, facts: Facts) -> list[str]:
    """D64: the same request again, which changes nothing."""
    again = viewer == "FA" and column_of(viewer, facts) == "FA" and facts["level"] == "limited"
    return ["REQUEST_ACCESS"] if again and facts["approved"] and facts["repeated"] else []


def status(viewer: str, facts: Facts) -> list[str]:
    return ["PENDING" if facts["state"] == "invited" else facts["state"].upper()]


def stage(viewer: str, facts: Facts) -> list[str]:
    return ["INVITED"] if facts["state"] == "invited" else []


def level(viewer: str, facts: Facts) -> str:
    """The effective one (D50)."""
    return str(facts["level"]).upper()


def access(viewer: str, facts: Facts) -> str:
    """`effectiveAccess.because` (D50)."""
    match facts["state"]:
        case "invited" | "pending":
            return "PENDING"
        case "active" if not facts["approved"]:
            return "FIRM_SUSPENDED"
        case "active" if facts["level"] != "none":
            return "GRANTED"
        case "active" if facts["granted"]:
            return "EXPIRED" if facts["lapsed"] else "REMOVED"
        case "active":
            return "NEVER_GRANTED"
        case _:  # over, one way or the other
            return "ENDED"


def mode(viewer: str, facts: Facts) -> list[str]:
    """No mode exists but at FULL (I4, D15, D46)."""
    in_force = facts["state"] == "active" and facts["level"] == "full"
    return [facts["mode"].upper()] if in_force else []


def pauses(viewer: str, facts: Facts) -> list[str]:
    """D59: a firm that is not in the programme has no mode, whatever is granted to it."""
    return [] if facts["approved"] else ["BILLING_MODE"]


def resumes(viewer: str, facts: Facts) -> list[str]:
    """D59: the client's choice waits for the firm."""
    return ["PARTNER"] if facts["paused"] else []


def reopens(viewer: str, facts: Facts) -> list[str]:
    """D59: with the firm's reinstatement, wherever it has FULL."""
    return ["BILLING_MODE"] if viewer == "PA" and facts["level"] == "full" else []


def offers(viewer: str, facts: Facts) -> list[str]:
    """D60: until the client is verified, what it has chosen is offered."""
    return ["TERMS"] if facts["state"] == "pending" and facts["held"] else []


def defers(viewer: str, facts: Facts) -> list[str]:
    """D60: what the client decides before its verification is only offered."""
    return ["TERMS"] if viewer == "CO" and facts["is_own_org"] and _awaited(facts) else []


def shares(viewer: str, facts: Facts) -> list[str]:
    """H59."""
    return sorted(facts["shared"])


def running(viewer: str, facts: Facts) -> bool:
    """§4.2, D42: of all that a firm ever had with a client, the one that opens it now."""
    return facts["state"] in ("pending", "active")


TOLD_BY: Final = {
    "collaborationState": ["state", "is_own_org", "assigned"],
    "origin": ["origin"],
    "endedBy": ["ended_by"],
    "effectiveAccess": ["approved", "granted", "lapsed", "level"],
    "sharedKpis": ["shared"],
    "billingMode": ["mode"],
    "pausedBillingMode": ["paused"],
}


def knows(viewer: str, facts: Facts) -> list[str]:
    """D39: a fact whose own field is hidden never decides a reason."""
    column = column_of(viewer, facts)
    cells = {} if column is None else CELLS[column]
    return [fact for name, told in TOLD_BY.items() if name in cells and cells[name] is None for fact in told]


def possible(facts: Facts) -> bool:
    """A level is the effective one (D46), only a firm invites (D42), and only what has ended was ended by a side."""
    active = facts["state"] == "active"
    held = active and facts["granted"] and not facts["lapsed"]
    offered = facts["state"] == "pending" and facts["origin"] == "firm_invitation"  # D60
    return (
        (held or offered or not facts["held"])
        and (facts["level"] != "none") == bool(active and facts["held"] and facts["approved"])
        and (not facts["paused"] or (active and facts["held"] and not facts["approved"]))
        and (facts["granted"] or not facts["lapsed"])
        and (facts["state"] != "invited" or facts["origin"] == "firm_invitation")
        and (facts["state"] != "ended" or facts["ended_by"] != "none")
        and (facts["state"] not in ("invited", "pending", "active") or facts["ended_by"] == "none")
    )


TABLES: Final = [
    Table(
        "Collaboration",
        CELLS,
        column_of,
        cuts,
        words={
            "may": may,
            "status": status,
            "stage": stage,
            "mode": mode,
            "pauses": pauses,
            "resumes": resumes,
            "reopens": reopens,
            "offers": offers,
            "defers": defers,
            "shares": shares,
            "disclosed_fact": knows,
            "notify": told,
            "lowers": lowers,
            "raises": raises,
            "idle": idle,
            "bills": bills,
            "voids": voids,
        },
        whys={"refuses": REFUSES},
        firsts={"level": level, "access": access},
        holds={"running": running},
        possible=possible,
    )
]
