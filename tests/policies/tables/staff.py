"""FirmMember and StaffInvitation, typed from table A of §4.6 (staff list, staff e-mail, invitations), M4, §4.7 and D8, D50, X-P6."""

from typing import Final

from tests.policies.tables.grid import Facts, Table, fields, first_words

CELLS: Final = fields("""
fields            | FA | BK self | BK colleague | FS self | CO served | PA | grounds
id name firmName viewerActions | ●  | ●       | ●            | ●       | ●         | ●  | H24 H49 D50
firmRole          | ●  | ●       | ●            | ●       | ○R        | ●  | H24 D50
email             | ●  | ●       | ○R           | ●       | ○R        | ●  | H27
membershipState isOwner     | ●  | ○R      | ○R           | ○R      | ○R        | ○R | H25 D52 D56 D57
""")


def column_of(viewer: str, facts: Facts) -> str | None:
    match viewer:
        case "FA":
            return "FA" if facts["own_firm"] or facts["self"] else None
        case "BK":
            if facts["self"]:
                return "BK self"
            return "BK colleague" if facts["colleague"] else None
        case "FS":
            return "FS self" if facts["self"] else None
        case "CO":
            return "CO served" if facts["serves"] else None
        case "PA":
            return "PA"
        case _:
            return None


def may(viewer: str, facts: Facts) -> list[str]:
    """§4.7, M4, D25: FA, within the firm; not the owner's place, which is handed over (D52, X-H5), nor the last admin's. PA erases."""
    if viewer == "PA":
        spared = facts["erased"] or facts["same_person"] or _owns(facts) or _is_last_admin(facts)
        return ["ERASE_USER"] * (not facts["insider"] and not spared)  # M3, M4, D52, D63
    if viewer != "FA" or not facts["own_firm"]:
        return []
    spared = facts["owner"] or (facts["self"] and not facts["succeeded"])
    allowed = {
        "CHANGE_STAFF_ROLE": not spared and facts["state"] in ("active", "suspended"),
        "SUSPEND_STAFF": not spared and facts["state"] == "active",
        "REINSTATE_STAFF": facts["state"] == "suspended",
        "REMOVE_STAFF": not spared,
        "ASSIGN_MANAGERS": facts["state"] == "active"
        and facts["member_role"] != "staff"
        and facts["employed"],  # X-P3, H22
        "TRANSFER_OWNERSHIP": facts["owned"]  # D52
        and not facts["self"]
        and (facts["member_role"], facts["state"]) == ("admin", "active"),
    }
    return [action for action, holds in allowed.items() if holds]


def _owns(facts: Facts) -> bool:
    return bool(facts["owner"] and facts["state"] != "removed")


def _is_last_admin(facts: Facts) -> bool:
    return (facts["member_role"], facts["state"], facts["succeeded"]) == ("admin", "active", False)


def _manages(viewer: str, facts: Facts) -> bool:
    return viewer == "FA" and bool(facts["own_firm"])


PLACE: Final = "CHANGE_STAFF_ROLE SUSPEND_STAFF REMOVE_STAFF"
# M4, D52: the owner's place, the last admin's, and then the state of the place. H22: STAFF is in charge of no client.
REFUSES: Final = first_words(
    [
        (PLACE, "OWNER", lambda v, f: _manages(v, f) and f["owner"]),
        (PLACE, "LAST_ADMIN", lambda v, f: _manages(v, f) and f["self"] and not f["succeeded"]),
        ("TRANSFER_OWNERSHIP", "SUCCESSOR", lambda v, f: _manages(v, f) and f["owned"]),
        ("TRANSFER_OWNERSHIP", "NOT_OWNER", _manages),
        ("ERASE_USER", "COLLEAGUE", lambda v, f: f["insider"]),
        ("ERASE_USER", "SELF", lambda v, f: v == "PA" and f["same_person"]),
        ("ERASE_USER", "ERASED", lambda v, f: f["erased"]),
        ("ERASE_USER", "OWNS", lambda v, f: v == "PA" and _owns(f)),
        ("ERASE_USER", "LAST_ADMIN", lambda v, f: v == "PA" and _is_last_admin(f)),
        ("ASSIGN_MANAGERS", "STAFF", lambda v, f: _manages(v, f) and f["member_role"] == "staff"),
        (
            "ASSIGN_MANAGERS SUSPEND_STAFF",
            "INACTIVE",
            lambda v, f: _manages(v, f) and f["state"] in ("invited", "suspended"),
        ),
        ("ASSIGN_MANAGERS", "UNEMPLOYED", lambda v, f: _manages(v, f) and not f["employed"]),
        ("CHANGE_STAFF_ROLE", "INACTIVE", lambda v, f: _manages(v, f) and f["state"] == "invited"),
        ("REINSTATE_STAFF", "NOT_SUSPENDED", lambda v, f: _manages(v, f) and f["state"] in ("invited", "active")),
    ]
)


def knows(viewer: str, facts: Facts) -> list[str]:
    """D39: why the person is there for the viewer."""
    return ["own_firm", "self", "colleague", "serves"] if column_of(viewer, facts) else []


def possible(facts: Facts) -> bool:
    """Whoever asks has a place in the own firm, and whoever was removed has none."""
    return bool(facts["own_firm"] >= facts["self"] and not (facts["own_firm"] and facts["state"] == "removed"))


INVITATIONS: Final = fields("""
fields                        | own FA | PA | grounds
id email firmRole invitationState | ●      | ●  | H26 H27 H28
invitedAt expiresAt           | ●      | ●  | H29 P16
viewerActions                 | ●      | ●  | D57
""")


def invitation_column(viewer: str, facts: Facts) -> str | None:
    """Invitations: own FA and PA."""
    if viewer == "PA":
        return "PA"
    return "own FA" if viewer == "FA" and facts["is_own_org"] else None


def invitation_status(viewer: str, facts: Facts) -> str:
    """M4: an open one whose time is over waits for nobody's token any more."""
    if facts["state"] == "open" and not facts["current"]:
        return "EXPIRED"
    return str(facts["state"]).upper()


def invitation_may(viewer: str, facts: Facts) -> list[str]:
    """§4.7: what was invited is sent again and taken back by FA; what was answered stays so."""
    mine = invitation_column(viewer, facts) == "own FA" and facts["state"] == "open"
    return ["REVOKE_STAFF_INVITATION", *["RESEND_STAFF_INVITATION"] * facts["approved"]] if mine else []  # D65


def invitation_refuses(viewer: str, facts: Facts) -> dict[str, str]:
    """M4: an answer is not taken back. D65: a firm outside the programme sends none."""
    word = {"accepted": "ACCEPTED", "void": "VOID"}.get(facts["state"])
    mine = invitation_column(viewer, facts) == "own FA"
    if mine and word:
        return {"RESEND_STAFF_INVITATION": word, "REVOKE_STAFF_INVITATION": word}
    return {"RESEND_STAFF_INVITATION": "PROGRAMME"} if mine and not facts["approved"] else {}


TABLES: Final = [
    Table(
        "FirmMember",
        CELLS,
        column_of,
        words={"may": may, "disclosed_fact": knows},
        whys={"refuses": REFUSES},
        possible=possible,
    ),
    Table(
        "StaffInvitation",
        INVITATIONS,
        invitation_column,
        words={"may": invitation_may},
        firsts={"status": invitation_status},
        holds={"waiting": lambda viewer, facts: facts["state"] == "open"},
        whys={"refuses": invitation_refuses},
    ),
]
