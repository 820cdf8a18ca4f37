"""Client, typed from tables B, D and E of §4.6, §4.7 and D24, D39–D46, D50, D57."""

from typing import Final

from gateway.db.enums import SECTIONS
from tests.policies.tables.grid import Denials, Facts, Table, actions, fields, first_words

CELLS: Final = fields("""
fields                                   | FA·F | FA·L | FA·N | FA·FR | BK·F | BK·L | BK·N | BK·FR | CO | CM | PA | SYS | T·F | T·L | T·N | TCO | TCM | grounds
id name                                  | ●    | ●    | ●    | ●     | ●    | ●    | ●    | ●     | ●  | ●  | ●  | ●   | ●   | ●   | ●   | ●   | ●   | P36 P40 V14 D41
country                                  | ●    | ●    | ●    | ●     | ●    | ●    | ●    | ●     | ●  | ●  | ●  | ○R  | ●   | ●   | ●   | ●   | ●   | P36 P40 V14 D41
verificationState                        | ●    | ●    | ●    | ●     | ●    | ●    | ●    | ●     | ●  | ○R | ●  | ○R  | ●   | ●   | ●   | ●   | ○R  | P33 P34
contactEmail                             | ●    | ●    | ●    | ●     | ○R   | ○R   | ○R   | ○R    | ●  | ○R | ●  | ○R  | ○R  | ○R  | ○R  | ○R  | ○R  | P14 D42
companyNumber address                    | ●    | ○L   | ○L   | ○L    | ●    | ○L   | ○L   | ○L    | ●  | ○R | ●  | ○R  | ●   | ○L  | ○L  | ●   | ○R  | V9 V13
plan                                     | ●    | ○L   | ○L   | ○L    | ●    | ○L   | ○L   | ○L    | ●  | ○R | ●  | ○R  | ●   | ○L  | ○L  | ●   | ○R  | H56 D24 D32 P9
wallet                                   | ●    | ○L   | ○L   | ○L    | ●    | ○L   | ○L   | ○L    | ●  | ○R | ○R | ○R  | ○R  | ○R  | ○R  | ○R  | ○R  | P48 V9 V13
members                                  | ●    | ○L   | ○L   | ○L    | ●    | ○L   | ○L   | ○L    | ●  | ●  | ●  | ○R  | ○R  | ○R  | ○R  | ○R  | ○R  | V8
verificationReason                       | ○R   | ○R   | ○R   | ○R    | ○R   | ○R   | ○R   | ○R    | ●  | ○R | ●  | ○R  | ○R  | ○R  | ○R  | ○R  | ○R  | D67
memberInvitations                        | ○R   | ○R   | ○R   | ○R    | ○R   | ○R   | ○R   | ○R    | ●  | ○R | ●  | ○R  | ○R  | ○R  | ○R  | ○R  | ○R  | D52 D3
accountManagers                          | ●    | ●    | ●    | ●     | ●    | ●    | ●    | ●     | ●  | ○R | ●  | ○R  | ○R  | ○R  | ○R  | ○R  | ○R  | H49 H52 D50
sessions                                 | ●    | ●    | ●    | ●     | ●    | ●    | ●    | ●     | ●  | ○R | ●  | ○R  | ○R  | ○R  | ○R  | ○R  | ○R  | M11 X-P6
collaborations                           | ●    | ●    | ●    | ●     | ●    | ●    | ●    | ●     | ●  | ●  | ●  | ○R  | ●   | ●   | ●   | ○R  | ○R  | I27 D23
collaboration                            | ●    | ●    | ●    | ●     | ●    | ●    | ●    | ●     | ○R | ○R | ○R | ○R  | ●   | ●   | ●   | ○R  | ○R  | I27 D23 D56
invoices                                 | ●    | ●    | ●    | ●     | ●    | ●    | ●    | ●     | ●  | ○R | ●  | ●   | ○R  | ○R  | ○R  | ○R  | ○R  | I14 I15 I21 I22 D5 D8 D41
kpis pendingTotal pendingActivities      | ●    | ●    | ○L   | ○L    | ●    | ●    | ○L   | ○L    | ●  | ○R | ○R | ○R  | ○R  | ○R  | ○R  | ○R  | ○R  | D45 D41
pendingActivities(RECEIPTS)              | ●    | ●    | ○L   | ○L    | ●    | ●    | ○L   | ○L    | ●  | ○R | ○R | ○R  | ○R  | ○R  | ○R  | ○R  | ○R  | H59 H61 P42 V13
pendingActivities(OUTLAYS)               | ●    | ●    | ○L   | ○L    | ●    | ●    | ○L   | ○L    | ●  | ○R | ○R | ○R  | ○R  | ○R  | ○R  | ○R  | ○R  | H59 H61 P50 V13 D54
pendingActivities(PAYROLL_BASIS)         | ●    | ●    | ○L   | ○L    | ●    | ●    | ○L   | ○L    | ●  | ○R | ○R | ○R  | ○R  | ○R  | ○R  | ○R  | ○R  | H59 H61 V12
pendingActivities(WALLET)                | ●    | ○L   | ○L   | ○L    | ●    | ○L   | ○L   | ○L    | ●  | ○R | ○R | ○R  | ○R  | ○R  | ○R  | ○R  | ○R  | H59 H61 P48 D24
pendingActivities(JOURNAL)               | ●    | ○L   | ○L   | ○L    | ●    | ○L   | ○L   | ○L    | ●  | ○R | ○R | ○R  | ○R  | ○R  | ○R  | ○R  | ○R  | H59 H61 H62
pendingActivities(SALES)                 | ●    | ○L   | ○L   | ○L    | ●    | ○L   | ○L   | ○L    | ●  | ○R | ○R | ○R  | ○R  | ○R  | ○R  | ○R  | ○R  | H59 H61 H44
pendingActivities(BANK)                  | ●    | ○L   | ○L   | ○L    | ●    | ○L   | ○L   | ○L    | ●  | ○R | ○R | ○R  | ○R  | ○R  | ○R  | ○R  | ○R  | H59 H61 H44
pendingActivities(INBOX)                 | ●    | ○L   | ○L   | ○L    | ●    | ○L   | ○L   | ○L    | ●  | ○R | ○R | ○R  | ○R  | ○R  | ○R  | ○R  | ○R  | H59 H61 H44
pendingActivities(SUPPLIER_BILLS)        | ●    | ○L   | ○L   | ○L    | ●    | ○L   | ○L   | ○L    | ●  | ○R | ○R | ○R  | ○R  | ○R  | ○R  | ○R  | ○R  | H59 H61 P9
viewerActions                            | ●    | ●    | ●    | ●     | ●    | ●    | ●    | ●     | ●  | ●  | ●  | ●   | ●   | ●   | ●   | ●   | ●   | D57 D63
visibleFields                            | ●    | ●    | ●    | ●     | ●    | ●    | ●    | ●     | ●  | ●  | ●  | ●   | ●   | ●   | ●   | ●   | ●   | D35
""")  # noqa: E501

# D44: what is cut by plan, and by which section; nothing else ever is.
SECTION_OF: Final = {"companyNumber": "COMPANY", "address": "COMPANY", "wallet": "WALLET", "members": "MEMBERS"}

# Table D: the section that a kind needs. Pending activities follow the kind of their section (H59–H61).
NEEDS: Final = {
    "MISSING_RECEIPTS": "RECEIPTS",
    "EXPENSES_READY_FOR_EXPORT": "OUTLAYS",
    "PAYROLL_BASIS_PENDING": "PAYROLL_BASIS",
    "WALLET_BALANCE": "WALLET",
    "JOURNAL_PENDING": "JOURNAL",
    "SALES_TO_REVIEW": "SALES",
    "BANK_TO_RECONCILE": "BANK",
    "INBOX_DOCUMENTS": "INBOX",
    "BILLS_TO_PAY": "SUPPLIER_BILLS",
}
LIMITED: Final = frozenset({"EMPLOYEES", "SALARIES", "PAYROLL_BASIS", "RECEIPTS", "OUTLAYS"})  # V10–V13, a closed list


def situation(facts: Facts) -> str | None:
    """§4.2: F, L or N while ACTIVE, FR while PENDING; None is FX. What has ended lies on the ended collaboration alone."""
    if facts["collaboration_state"] == "pending":
        return "FR"
    if facts["collaboration_state"] == "active":
        return {"full": "F", "limited": "L", "none": "N"}[facts["level"]]
    return None


def column_of(viewer: str, facts: Facts) -> str | None:
    match viewer:
        case "FA":
            found = situation(facts)
        case "BK":  # P38–P40: BK- is FX
            found = situation(facts) if facts["assigned"] else None
        case "CO" | "CM":
            return viewer if facts["is_own_org"] else None
        case "PA" | "SYS":
            return viewer
        # D41: a firm's token as the member who made it, for ACTIVE clients; and a company's token; F, L, or without a level.
        case "TFA" | "TBK":
            at = situation(facts) if viewer == "TFA" or facts["assigned"] else None
            return None if at in (None, "FR") else f"T·{at}"
        case "TCO" | "TCM":
            return viewer if facts["is_own_org"] else None
        case _:  # FS, PR, PUB (D41), and nobody (D49)
            return None
    return found and f"{viewer}·{found}"


def cuts(column: str, facts: Facts) -> Denials:
    """What the plan (H56, D44) and the sharing (H59, D45) take from the firm's F and L; LEVEL goes before both (D39).

    At LIMITED the plan is hidden (D24) and so decides no reason (D39): what the plan lacks is an empty list there (D45).
    """
    found: dict[str, str | None] = {}
    if column == "T·F" and "COMPANY" not in facts["sections"]:
        return {"companyNumber": "PLAN", "address": "PLAN"}
    if column not in ("FA·F", "FA·L", "BK·F", "BK·L"):
        return {}
    full = column.endswith("·F")
    for name, section in SECTION_OF.items():
        if full and section not in facts["sections"]:
            found[name] = "PLAN"
    for kind, section in NEEDS.items():
        shared, planned = kind in facts["shared"], section in facts["sections"]
        if full and not (shared and planned):
            found[f"pendingActivities({section})"] = "NOT_SHARED" if planned else "PLAN"
        if not full and section in LIMITED and not shared:
            found[f"pendingActivities({section})"] = "NOT_SHARED"
    return found


# §4.7. After ✔ stands what else is needed: a section of the plan (§4.2: sections are level ∩ plan), to be assigned,
# or that the firm is in the programme (D10).
ACTIONS: Final = actions("""
actions                 | FA·F            | FA·L            | FA·N       | FA·FR      | BK·F            | BK·L            | BK·N | BK·FR | CO | CM | PA | SYS | grounds
ENTER_CLIENT_ACCOUNT    | ✔ ACCOUNT_LOGIN | ✘               | ✘          | ✘          | ✔ ACCOUNT_LOGIN | ✘               | ✘    | ✘     | ✘  | ✘  | ✘  | ✘   | V9 V15 P28 H57
REQUEST_ACCESS          | ✘               | ✔ fresh         | ✔ approved | ✘          | ✘               | ✔ approved      | ✔ approved | ✘     | ✘  | ✘  | ✘  | ✘   | V5 H39 D64
UNASSIGN_MANAGER        | ✔ manager       | ✔ manager       | ✔ manager  | ✔ manager  | ✔               | ✔               | ✔    | ✔     | ✘  | ✘  | ✘  | ✘   | P17 H49 X-P8
ASSIGN_MANAGERS         | ✔ approved      | ✔ approved      | ✔ approved | ✔ approved | ✘               | ✘               | ✘    | ✘     | ✘  | ✘  | ✘  | ✘   | P17 P39 H49 D25
HAND_BACK_ACCESS        | ✔               | ✔               | ✘          | ✘          | ✘               | ✘               | ✘    | ✘     | ✘  | ✘  | ✘  | ✘   | D13
TERMINATE_COLLABORATION | ✔               | ✔               | ✔          | ✘          | ✘               | ✘               | ✘    | ✘     | ✘  | ✘  | ✘  | ✘   | H65 D25
CREATE_TOKEN            | ✘               | ✘               | ✘          | ✘          | ✘               | ✘               | ✘    | ✘     | ✔  | ✘  | ✘  | ✘   | D26 D41
INVITE_MEMBER           | ✘ | ✘ | ✘ | ✘ | ✘ | ✘ | ✘ | ✘ | ✔ | ✘ | ✘ | ✘ | D52 D3
RENAME_COMPANY          | ✘ | ✘ | ✘ | ✘ | ✘ | ✘ | ✘ | ✘ | ✔ | ✘ | ✘ | ✘ | V8 D56
ADD_FIRM_AS_BOOKKEEPER  | ✘ | ✘ | ✘ | ✘ | ✘ | ✘ | ✘ | ✘ | ✔ not rejected | ✘ | ✘ | ✘ | P15 P32 D67
REQUEST_COLLABORATION   | ✘ | ✘ | ✘ | ✘ | ✘ | ✘ | ✘ | ✘ | ✔ not rejected | ✘ | ✘ | ✘ | H30 H32 D67
SEND_MESSAGE            | ✘ | ✘ | ✘ | ✘ | ✘ | ✘ | ✘ | ✘ | ✔ not rejected | ✘ | ✘ | ✘ | H31 D67
REQUEST_VERIFICATION    | ✘ | ✘ | ✘ | ✘ | ✘ | ✘ | ✘ | ✘ | ✔ rejected | ✘ | ✘ | ✘ | D67 D76
DECIDE_VERIFICATION     | ✘ | ✘ | ✘ | ✘ | ✘ | ✘ | ✘ | ✘ | ✘ | ✘ | ✔ verifying | ✘ | P34 M3
RECORD_ORDER            | ✘               | ✘               | ✘          | ✘          | ✘               | ✘               | ✘    | ✘     | ✘  | ✘  | ✘  | ✔   | I9 I18 D26
ISSUE_INVOICE           | ✘               | ✘               | ✘          | ✘          | ✘               | ✘               | ✘    | ✘     | ✘  | ✘  | ✘  | ✔   | I14 I21 D26
""")  # noqa: E501


def may(viewer: str, facts: Facts) -> list[str]:
    column = column_of(viewer, facts)
    if column is None or column.startswith("T"):  # no token acts on a client (L10)
        return []
    barred = {"DECIDE_VERIFICATION"} if facts["insider"] else set()  # M3
    return [action for action, need in ACTIONS[column].items() if _met(need, facts) and action not in barred]


def _works(viewer: str, facts: Facts) -> bool:
    return viewer == "FA" or (viewer == "BK" and bool(facts["assigned"]))


def _governs(viewer: str, facts: Facts) -> bool:
    return viewer == "CO" and bool(facts["is_own_org"])


# §4.5, V15, H56, D39, D46: whoever works for the client is told the rule. M3, D67: and whoever decides, or is decided on.
REFUSES: Final = first_words(
    [
        ("DECIDE_VERIFICATION", "PARTY", lambda v, f: f["insider"]),
        ("DECIDE_VERIFICATION", "DECIDED", lambda v, f: v == "PA" and f["verification"] != "verifying"),
        (
            "ADD_FIRM_AS_BOOKKEEPER REQUEST_COLLABORATION SEND_MESSAGE",
            "REJECTED",
            lambda v, f: _governs(v, f) and f["verification"] == "rejected",
        ),
        ("REQUEST_VERIFICATION", "NOT_REJECTED", lambda v, f: _governs(v, f) and f["verification"] != "rejected"),
        ("UNASSIGN_MANAGER", "UNASSIGNED", lambda v, f: _works(v, f) and not f["managed"]),
        (
            "ENTER_CLIENT_ACCOUNT ASSIGN_MANAGERS UNASSIGN_MANAGER REQUEST_ACCESS HAND_BACK_ACCESS",
            "PROGRAMME",
            lambda v, f: _works(v, f) and not f["approved"],
        ),
        (
            "ENTER_CLIENT_ACCOUNT REQUEST_ACCESS HAND_BACK_ACCESS TERMINATE_COLLABORATION",
            "UNBEGUN",
            lambda v, f: _works(v, f) and f["collaboration_state"] == "pending",
        ),
        ("ENTER_CLIENT_ACCOUNT", "LEVEL", lambda v, f: _works(v, f) and f["level"] != "full"),
        ("ENTER_CLIENT_ACCOUNT", "PLAN", _works),
        ("HAND_BACK_ACCESS", "NO_ACCESS", lambda v, f: _works(v, f) and f["level"] == "none"),
        ("REQUEST_ACCESS", "HAS_FULL", lambda v, f: _works(v, f) and f["level"] == "full"),
        ("REQUEST_ACCESS", "REPEATED", lambda v, f: v == "FA" and f["repeated"]),  # D64; BK does not know
    ]
)


def told(viewer: str, facts: Facts) -> list[str]:
    """P34, D67: CO, of the decision that stands."""
    mails = {"verified": ["CLIENT_VERIFIED"], "rejected": ["CLIENT_REJECTED"]}
    return mails.get(facts["verification"], []) if viewer == "CO" and facts["is_own_org"] else []


def unassigns(viewer: str, facts: Facts) -> list[str]:
    """X-P8, H49: one's own assignment; FA, those of others."""
    if viewer not in ("FA", "BK") or column_of(viewer, facts) is None:
        return []
    other = viewer == "FA" and facts["managed"] and facts["approved"]
    return [*["SELF"] * facts["assigned"], *["OTHER"] * other]


def reports(viewer: str, facts: Facts) -> list[str]:
    """§4.7, D26, D41: tokens with kpis:write of the platform for every client, of a company for itself, while a PA or CO is behind."""
    return ["KPIS", "PENDING_ACTIVITIES"] if viewer == "RPA" or (viewer == "RCO" and facts["reporting"]) else []


def offers(viewer: str, facts: Facts) -> list[str]:
    """D26: what a token of this company may be for; billing is the platform's."""
    return ["CLIENTS_READ", "KPIS_WRITE", "PAYROLL_READ"] if viewer == "CO" and facts["is_own_org"] else []


def opens(viewer: str, facts: Facts) -> list[str]:
    """H62, V9, V13, H56: the sections that level and plan open, to which one can go."""
    if viewer not in ("FA", "BK") or (viewer == "BK" and not facts["assigned"]) or facts["level"] == "none":
        return []
    there = [section for section in SECTIONS if section in facts["sections"] and section != "ACCOUNT_LOGIN"]
    return [section for section in there if facts["level"] == "full" or section in LIMITED]


def page(viewer: str, facts: Facts) -> list[str]:
    """V8: a member of the company sees the company, its people and its firms; the rest is for owner and admins."""
    if not facts["is_own_org"]:
        return []
    if viewer == "CO":
        return ["COMPANY", "FIRMS", "CONVERSATIONS", "INVOICES", "MEMBERS", "TOKENS", "AUDIT"]
    return ["COMPANY", "FIRMS", "MEMBERS"] if viewer == "CM" else []


def _met(need: str | None, facts: Facts) -> bool:
    if need is None:
        return True
    if need == "fresh":  # D64: FULL, the only level above LIMITED, was not requested within a day
        return bool(facts["approved"] and not facts["repeated"])
    if need == "manager":  # one's own assignment, or that of another of the firm while it is in the programme
        return bool(facts["assigned"] or (facts["managed"] and facts["approved"]))
    if need in ("verifying", "rejected"):  # M5, D67
        return bool(facts["verification"] == need)
    if need == "not rejected":
        return bool(facts["verification"] != "rejected")
    return bool(facts[need]) if need in ("assigned", "approved") else need in facts["sections"]


def tab(viewer: str, facts: Facts) -> list[str]:
    """P31–P40, D43: INVITES is PENDING of origin B, ONBOARDING of origin A; MINE is ACTIVE and assigned, ALL every ACTIVE."""
    column = column_of(viewer, facts)
    if viewer not in ("FA", "BK") or column is None:
        return []
    pending, active = column.endswith("·FR"), not column.endswith("·FR")
    found = {
        "INVITES": viewer == "FA" and pending and facts["origin"] == "client_added_firm",
        "ONBOARDING": pending and facts["origin"] == "firm_invitation",
        "MINE": active and facts["assigned"],
        "ALL": viewer == "FA" and active,
    }
    return [name for name, holds in found.items() if holds]


def first_tab(viewer: str, facts: Facts) -> list[str]:
    """D43: ALL for FA, MINE for BK; nobody else has tabs."""
    return {"FA": ["ALL"], "BK": ["MINE"]}.get(viewer, [])


def vanishing_tab(viewer: str, facts: Facts) -> list[str]:
    """P37: which tabs are left out when they are empty, whoever asks."""
    return ["INVITES", "ONBOARDING"]


def sees_kind(viewer: str, facts: Facts) -> list[str]:
    """Table D, D28: the kinds by which a list may be narrowed are those that the viewer sees of this client."""
    column = column_of(viewer, facts)
    if column == "CO":
        return list(NEEDS)
    if column not in ("FA·F", "FA·L", "BK·F", "BK·L"):
        return []
    allowed = facts["sections"] if column.endswith("·F") else facts["sections"] & LIMITED
    return [kind for kind, section in NEEDS.items() if section in allowed and kind in facts["shared"]]


def knows(viewer: str, facts: Facts) -> list[str]:
    """D39: the facts that may decide a reason. The plan only where the plan is shown, sharing once it is ACTIVE (Table C)."""
    column = column_of(viewer, facts)
    if column is None:
        return []
    mine = ["is_own_org", "collaboration_state", "origin", "assigned", "level"]
    if column == "T·F":
        return [*mine, "sections"]
    if column.startswith("T"):
        return mine
    return mine + {"F": ["shared", "sections"], "L": ["shared"], "N": ["shared"]}.get(column.partition("·")[2], [])


def possible(facts: Facts) -> bool:
    """A level is the effective one, so there is none but of an ACTIVE collaboration (§4.2, D46). An assigned viewer is a manager."""
    levelled = facts["level"] == "none" or facts["collaboration_state"] == "active"
    return bool(levelled and facts["managed"] >= facts["assigned"])


TABLES: Final = [
    Table(
        "Client",
        CELLS,
        column_of,
        cuts,
        words={
            "may": may,
            "unassigns": unassigns,
            "offers": offers,
            "page": page,
            "opens": opens,
            "tab": tab,
            "first_tab": first_tab,
            "vanishing_tab": vanishing_tab,
            "sees_kind": sees_kind,
            "disclosed_fact": knows,
            "notify": told,
        },
        unseen={"reports": reports},
        whys={"refuses": REFUSES},
        possible=possible,
    )
]
