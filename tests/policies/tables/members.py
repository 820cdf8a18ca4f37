"""ClientMember and its invitations, from table B of §4.6 (users of the company), D44, D52; and User, known to oneself (§4.1)."""

from typing import Final

from tests.policies.tables.grid import MACHINES, Facts, Table, fields
from tests.policies.tables.staff import invitation_status

MEMBERS: Final = fields("""
fields             | FA·F | BK·F | CO | CM self | PA | grounds
id name clientRole email | ●    | ●    | ●  | ●       | ●  | V8 D44
viewerActions      | ●    | ●    | ●  | ●       | ●  | D57 D63
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
            return "CO" if facts["is_own_org"] or facts["self"] else None
        case "CM":
            return "CM self" if facts["self"] else None
        case "PA":
            return "PA"
        case _:
            return None


def member_may(viewer: str, facts: Facts) -> list[str]:
    """D52, X-H5: CO, within the company, and no firm at any level (D3); the owner's place is handed over. PA erases."""
    if member_column(viewer, facts) == "PA":
        return ["ERASE_USER"] * (not facts["insider"] and facts["member_role"] != "owner")  # M3, D52, D63
    if member_column(viewer, facts) != "CO":
        return []
    changed = ["CHANGE_MEMBER_ROLE", "REMOVE_MEMBER"] if facts["member_role"] != "owner" else []
    handed = facts["role"] == "owner" and facts["member_role"] == "admin" and not facts["self"]
    return [*changed, *["TRANSFER_OWNERSHIP"] * handed]


def member_refuses(viewer: str, facts: Facts) -> dict[str, str]:
    """M3, and D52: the owner hands over first."""
    owns = {"ERASE_USER": "OWNS"} if viewer == "PA" and facts["member_role"] == "owner" else {}
    colleague = {"ERASE_USER": "COLLEAGUE"} if facts["insider"] else owns
    if member_column(viewer, facts) != "CO":
        return colleague
    kept = {"CHANGE_MEMBER_ROLE": "OWNER", "REMOVE_MEMBER": "OWNER"} if facts["member_role"] == "owner" else {}
    return colleague | kept | ({"TRANSFER_OWNERSHIP": "SUCCESSOR"} if facts["role"] == "owner" else {})


def member_knows(viewer: str, facts: Facts) -> list[str]:
    return ["is_own_org", "self"] if member_column(viewer, facts) else []


def member_possible(facts: Facts) -> bool:
    """One's own place is in one's own company."""
    return bool(facts["is_own_org"] >= facts["self"])


INVITATIONS: Final = fields("""
fields                        | CO | PA | grounds
id email clientRole invitationState | ●  | ●  | D52
invitedAt expiresAt           | ●  | ●  | D52
viewerActions                 | ●  | ●  | D52 D57
""")


def invitation_column(viewer: str, facts: Facts) -> str | None:
    """D52, D3: CO and PA; a firm sees members, and never who is invited."""
    return "PA" if viewer == "PA" else "CO" if viewer == "CO" and facts["is_own_org"] else None


def invitation_may(viewer: str, facts: Facts) -> list[str]:
    """M4 is the model: what was answered stays so."""
    mine = invitation_column(viewer, facts) == "CO" and facts["state"] == "open"
    return ["RESEND_MEMBER_INVITATION", "REVOKE_MEMBER_INVITATION"] if mine else []


def invitation_refuses(viewer: str, facts: Facts) -> dict[str, str]:
    word = {"accepted": "ACCEPTED", "void": "VOID"}.get(facts["state"])
    return (
        {"RESEND_MEMBER_INVITATION": word, "REVOKE_MEMBER_INVITATION": word}
        if word and invitation_column(viewer, facts) == "CO"
        else {}
    )


def user_column(viewer: str, facts: Facts) -> str | None:
    """A token and an anonymous caller are no user."""
    is_person = viewer != "PUB" and viewer not in MACHINES
    return "self" if is_person and facts["self"] else None


def user_may(viewer: str, facts: Facts) -> list[str]:
    """V34, D52: the password and the language are one's own. D41: PA makes the platform's tokens; there is no other row for it."""
    mine = ["CHANGE_PASSWORD", "SET_LOCALE", "SET_DEFAULT_ORGANISATION"] if user_column(viewer, facts) else []
    return [*mine, *["CREATE_TOKEN"] * (viewer == "PA" and facts["self"])]


def user_offers(viewer: str, facts: Facts) -> list[str]:
    """D26."""
    return ["KPIS_WRITE", "BILLING_WRITE"] if viewer == "PA" and facts["self"] else []


def user_pages(viewer: str, facts: Facts) -> list[str]:
    """D5: the platform's admins administer accounts; its reviewers decide about firms."""
    if not facts["self"]:
        return []
    admin = ["CLIENTS", "FIRMS", "REVIEWS", "INVOICES", "TOKENS", "AUDIT"]
    return {"PA": admin, "PR": ["FIRMS", "REVIEWS"]}.get(viewer, [])


def user_told(viewer: str, facts: Facts) -> list[str]:
    """H15, H20, P34: the platform's people, of what waits for their decisions."""
    return ["REVIEWS_WAITING"] if viewer in ("PA", "PR") and facts["self"] else []


TABLES: Final = [
    Table(
        "ClientMember",
        MEMBERS,
        member_column,
        words={"may": member_may, "disclosed_fact": member_knows},
        whys={"refuses": member_refuses},
        possible=member_possible,
    ),
    Table(
        "ClientMemberInvitation",
        INVITATIONS,
        invitation_column,
        words={"may": invitation_may},
        firsts={"status": invitation_status},
        holds={"waiting": lambda viewer, facts: facts["state"] == "open"},
        whys={"refuses": invitation_refuses},
    ),
    Table(
        "User",
        USERS,
        user_column,
        words={"may": user_may, "offers": user_offers, "page": user_pages, "notify": user_told},
    ),
]
