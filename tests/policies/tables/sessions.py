"""ClientSession, typed from M11, P29, H57, V15, X-P6, D50 and D57: one's own, the firm's for its admins, the client's, all for PA."""

from typing import Final

from tests.policies.tables.grid import Facts, Table, fields, first_words

CELLS: Final = fields("""
fields                                  | FA | BK own | CO served | CO | PA | grounds
id client firmName sessionState         | ●  | ●      | ●         | ●  | ●  | M11 P18 P28
openedAt expiresAt closedAt             | ●  | ●      | ●         | ●  | ●  | M11 P29
memberName                              | ●  | ●      | ●         | ○R | ●  | X-P6 D50
viewerActions                           | ●  | ●      | ●         | ●  | ●  | D57
""")


def column_of(viewer: str, facts: Facts) -> str | None:
    match viewer:
        case "FA":
            return "FA" if facts["is_own_org"] or facts["by_viewer"] else None
        case "BK":
            return "BK own" if facts["by_viewer"] else None
        case "CO":  # X-P6: names of those who are in charge of the company now
            return ("CO served" if facts["member_assigned"] else "CO") if facts["is_own_org"] else None
        case "PA":
            return "PA"
        case _:
            return None


def is_open(facts: Facts) -> bool:
    """M11: FULL and ACTIVE, and the plan has the account (H56); FA enters all, BK those assigned (§4.7, P40)."""
    in_charge = facts["member_role"] == "admin" or (facts["member_role"] == "bookkeeper" and facts["member_assigned"])
    may_enter = (
        facts["level"] == "full" and "ACCOUNT_LOGIN" in facts["sections"] and facts["member_active"] and in_charge
    )
    return bool(facts["ended"] == "none" and facts["current"] and may_enter)


def status(viewer: str, facts: Facts) -> str:
    """M11: OPEN until left, over by time, or taken away."""
    written = {"left": "CLOSED", "expired": "EXPIRED", "revoked": "REVOKED"}
    if facts["ended"] != "none":
        return written[facts["ended"]]
    if not facts["current"]:
        return "EXPIRED"
    return "OPEN" if is_open(facts) else "REVOKED"


def may(viewer: str, facts: Facts) -> list[str]:
    """P29: whoever is inside leaves."""
    mine = column_of(viewer, facts) in ("FA", "BK own") and facts["by_viewer"]
    return ["LEAVE_CLIENT_ACCOUNT"] if mine and is_open(facts) else []


# P29: who is inside leaves, and nobody else; what is over is over.
REFUSES: Final = first_words(
    [
        ("LEAVE_CLIENT_ACCOUNT", "NOT_INSIDE", lambda v, f: v in ("FA", "BK", "FS") and not f["by_viewer"]),
        ("LEAVE_CLIENT_ACCOUNT", "LEFT", lambda v, f: v in ("FA", "BK", "FS")),
    ]
)


def knows(viewer: str, facts: Facts) -> list[str]:
    return ["by_viewer", "is_own_org", "ended", "current"] if column_of(viewer, facts) else []


def possible(facts: Facts) -> bool:
    """One's own session is of one's own firm, and whoever is in charge has an active place (X-P3)."""
    return bool(facts["is_own_org"] >= facts["by_viewer"] and facts["member_active"] >= facts["member_assigned"])


TABLES: Final = [
    Table(
        "ClientSession",
        CELLS,
        column_of,
        words={"may": may, "disclosed_fact": knows},
        firsts={"status": status},
        whys={"refuses": REFUSES},
        possible=possible,
    )
]
