"""Firm, typed from table A of §4.6, M1 and D8, D19, D21, D40, D41."""

from typing import Final

from tests.policies.tables.grid import Facts, Table, fields

# `staff` and `clientCount` of BK, FS and CO show their own rows only (staff.py): the field is there, the rows are judged apart.
CELLS: Final = fields("""
fields                    | own FA | own BK | own FS | CO engaged | PR queued | PA | SYS | own T | grounds
id name                   | ●      | ●      | ●      | ●          | ●         | ●  | ●   | ●     | P14 D40 D41
profile                   | ●      | ●      | ●      | ●          | ●         | ●  | ○R  | ○R    | H8 H16 H20
accountState trialEndsAt  | ●      | ●      | ●      | ○R         | ○R        | ●  | ○R  | ○R    | V19 V20 V21 D40
staff                     | ●      | ●      | ●      | ●          | ○R        | ●  | ○R  | ○R    | H24 H49 D8 D50
resellerTier cashbackRate | ●      | ○R     | ○R     | ○R         | ○R        | ●  | ○R  | ○R    | I12 D8 D19
clientCount               | ●      | ●      | ○R     | ○R         | ○R        | ●  | ○R  | ○R    | P36 P40 D40
""")


def column_of(viewer: str, facts: Facts) -> str | None:
    """D40: a node for its own members, CO with a collaboration or request, PR while queued, PA; billing knows its name (D41)."""
    match viewer:
        case "FA" | "BK" | "FS":
            return f"own {viewer}" if facts["own"] else None
        case "CO":
            return "CO engaged" if facts["engaged"] else None
        case "PR":
            return "PR queued" if facts["queued"] else None
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
    """D41: FA makes the firm's tokens."""
    return ["CREATE_TOKEN"] if viewer == "FA" and facts["own"] else []


def offers(viewer: str, facts: Facts) -> list[str]:
    """D26: and what they may be for; billing is the platform's."""
    return ["CLIENTS_READ", "KPIS_WRITE", "PAYROLL_READ"] if viewer == "FA" and facts["own"] else []


TABLES: Final = [Table("Firm", CELLS, column_of, words={"menu": menu, "banner": banner, "may": may, "offers": offers})]
