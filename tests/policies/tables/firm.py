"""Firm, typed from table A of §4.6, M1 and D8, D19, D21, D40, D41."""

from typing import Final

from tests.policies.tables.grid import Facts, Table, fields

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
""")


QUEUED: Final = ("submitted", "webinar_watched", "agreed")


def column_of(viewer: str, facts: Facts) -> str | None:
    """D40: a node for its own members, CO with a collaboration or request, PR while queued, PA; billing knows its name (D41)."""
    match viewer:
        case "FA" | "BK" | "FS":
            return f"own {viewer}" if facts["own"] else None
        case "CO":
            return "CO engaged" if facts["engaged"] else None
        case "PR":
            return "PR queued" if facts["programme"] in QUEUED else None
        case "PA" | "SYS":
            return viewer
        case "TFA" | "TBK" | "TFS":
            return "own T" if facts["own"] else None
        case _:
            return None


EVERY_MENU: Final = ["PARTNER_PORTAL", "EMPLOYEES", "PAYROLL", "RECEIPTS", "OUTLAYS", "REPORTS", "SETTINGS"]
MENUS: Final = {"trial": EVERY_MENU, "trial_ended": ["ACTIVATE"], "active": ["PARTNER_PORTAL"], "closed": []}


def menu(viewer: str, facts: Facts) -> list[str]:
    """M1, V20, V21: all of them in the trial, then none but the one that activates, then none but the portal."""
    if viewer not in ("FA", "BK", "FS") or not facts["own"]:
        return []
    return MENUS[facts["account"]]


def banner(viewer: str, facts: Facts) -> list[str]:
    """P22, P23, D21: for FA, while the firm has no account of its own."""
    return ["CREATE_OWN_ACCOUNT"] if viewer == "FA" and facts["own"] and not facts["housed"] else []


def may(viewer: str, facts: Facts) -> list[str]:
    """D41, §4.7: FA makes the firm's tokens and invites its staff, and takes it through M1 and M2; PR decides, PA suspends."""
    programme = facts["programme"]
    match viewer:
        case "FA" if facts["own"]:
            over = facts["account"] in ("trial", "trial_ended") and facts["tried"]
            writing = ["SAVE_PROFILE_DRAFT"] * (programme == "approved")  # H15, §4.7
            return [
                "INVITE_STAFF",
                *["INVITE_CLIENT"] * (programme == "approved"),  # P14, P65
                "RENAME_FIRM",
                "CREATE_TOKEN",
                *["ACTIVATE_FIRM_ACCOUNT"] * over,
                *APPLYING.get(programme, []),
                *writing,
                *["CREATE_OWN_ACCOUNT"] * (not facts["housed"]),  # P19, D21
            ]
        case "PR" | "PA" if facts["insider"]:  # M3: nobody decides for the platform about a firm with a place of theirs
            return []
        case "PR" if programme == "agreed":
            return ["DECIDE_APPLICATION"]
        case "PA":
            return {"approved": ["SUSPEND_FIRM"], "suspended": ["REINSTATE_FIRM"]}.get(programme, [])
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


DECISIONS: Final = ("DECIDE_APPLICATION", "SUSPEND_FIRM", "REINSTATE_FIRM")


def refuses(viewer: str, facts: Facts) -> dict[str, str]:
    """§4.7 [none yet]: there is one account of the firm's own, and it stays. P65, D25: a firm outside the programme invites nobody."""
    if facts["insider"]:
        return dict.fromkeys(DECISIONS, "INSIDER") | _refuses(viewer, facts)
    return _refuses(viewer, facts)


def _refuses(viewer: str, facts: Facts) -> dict[str, str]:
    if viewer != "FA" or not facts["own"]:
        return {}
    return {"INVITE_CLIENT": "PROGRAMME", **({"CREATE_OWN_ACCOUNT": "HOUSED"} if facts["housed"] else {})}


def told(viewer: str, facts: Facts) -> list[str]:
    """P11, P13: the second mail never before the webinar was watched."""
    mine = viewer == "FA" and facts["own"]
    return {"submitted": ["WEBINAR"], "webinar_watched": ["AGREEMENT"]}.get(facts["programme"], []) if mine else []


def met(viewer: str, facts: Facts) -> list[str]:
    """H12–H14."""
    return ["ACCOUNT_TYPE", *["SUBSCRIPTION_PAID"] * facts["paid"], *["BUSINESS_KIND"] * facts["fitting"]]


def status(viewer: str, facts: Facts) -> list[str]:
    return [facts["programme"].upper()]


def offers(viewer: str, facts: Facts) -> list[str]:
    """D26: and what they may be for; billing is the platform's, and what clients have pending no firm reports."""
    return ["CLIENTS_READ", "PAYROLL_READ"] if viewer == "FA" and facts["own"] else []


def knows(viewer: str, facts: Facts) -> list[str]:
    """D39: why the firm is there for the viewer."""
    return ["own", "engaged"] if column_of(viewer, facts) else []


WORDS: Final = {
    "knows": knows,
    "menu": menu,
    "banner": banner,
    "may": may,
    "decision": decision,
    "offers": offers,
    "told": told,
    "met": met,
    "status": status,
}
TABLES: Final = [Table("Firm", CELLS, column_of, words=WORDS, whys={"refuses": refuses})]
