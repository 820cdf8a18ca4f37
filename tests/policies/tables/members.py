"""ClientMember, typed from table B of §4.6 (users of the company) and D44; and User, who is known to oneself alone (§4.1)."""

from typing import Final

from tests.policies.tables.grid import MACHINES, Facts, Table, fields

MEMBERS: Final = fields("""
fields             | FA·F | BK·F | CO | CM self | PA | grounds
id name role email | ●    | ●    | ●  | ●       | ●  | V8 D44
""")

USERS: Final = fields("""
fields               | self | grounds
id name email locale | ●    | V29 V30 D49 D52
""")


def member_column(viewer: str, facts: Facts) -> str | None:
    """FULL and MEMBERS in the plan for the firm (H56); a member knows only itself. Who was removed is nobody's (M4)."""
    if not facts["current"]:
        return None
    match viewer:
        case "FA" | "BK":
            open_ = facts["level"] == "full" and "MEMBERS" in facts["sections"]
            return f"{viewer}·F" if open_ and (viewer == "FA" or facts["assigned"]) else None
        case "CO":
            return "CO" if facts["own"] or facts["self"] else None
        case "CM":
            return "CM self" if facts["self"] else None
        case "PA":
            return "PA"
        case _:
            return None


def user_column(viewer: str, facts: Facts) -> str | None:
    """A token and an anonymous caller are no user."""
    is_person = viewer != "PUB" and viewer not in MACHINES
    return "self" if is_person and facts["self"] else None


def user_may(viewer: str, facts: Facts) -> list[str]:
    """D41: PA makes the platform's tokens; the platform has no other row that could say so."""
    return ["CREATE_TOKEN"] if viewer == "PA" and facts["self"] else []


def user_offers(viewer: str, facts: Facts) -> list[str]:
    """D26."""
    return ["KPIS_WRITE", "BILLING_WRITE"] if viewer == "PA" and facts["self"] else []


TABLES: Final = [
    Table("ClientMember", MEMBERS, member_column),
    Table("User", USERS, user_column, words={"may": user_may, "offers": user_offers}),
]
