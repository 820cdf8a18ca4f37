"""FirmProfile, typed from table A of §4.6 (published profile, unpublished revision), M3, §4.7 and D11, D41, D49."""

from typing import Final

from tests.policies.tables.grid import MACHINES, Facts, Table, fields, first_words

CELLS: Final = fields("""
fields                                                            | reads it | minds it | grounds
id displayName description specialties location languages website | ●        | ●        | H8 H16 H20
viewerActions                                                     | ●        | ●        | D57 D63
profileState revision comment                                     | ○R       | ●        | H20 H21 D11 D57
""")


def minds(viewer: str, facts: Facts) -> bool:
    """Unpublished revisions and review comments: own FA, PR and PA."""
    return viewer in ("PR", "PA") or (viewer == "FA" and facts["is_own_org"])


def column_of(viewer: str, facts: Facts) -> str | None:
    """Published: directory and marketplace, everyone but a token (D41). Who belongs nowhere reads what anybody may read."""
    if minds(viewer, facts):
        return "minds it"
    listed = facts["state"] == "published" and facts["approved"]  # D68
    return "reads it" if listed and viewer not in MACHINES else None


def may(viewer: str, facts: Facts) -> list[str]:
    """M3, §4.7: FA of an APPROVED firm writes (H15, M2), PR reviews (not PA), and never of a firm in which it has a place."""
    state, approved = facts["state"], facts["approved"]
    match viewer:
        case "FA" if facts["is_own_org"] and approved:
            return {
                "draft": ["SAVE_PROFILE_DRAFT", "SUBMIT_PROFILE"],
                "changes_requested": ["SAVE_PROFILE_DRAFT"],
                "published": ["WITHDRAW_PROFILE"],
            }.get(state, [])
        case "PR" if state == "in_review" and not facts["insider"]:
            return ["DECIDE_PROFILE_REVISION"]
        case _:
            return []


def _own(viewer: str, facts: Facts) -> bool:
    return viewer == "FA" and bool(facts["is_own_org"])


WRITES: Final = "SAVE_PROFILE_DRAFT SUBMIT_PROFILE WITHDRAW_PROFILE"
# M3: a firm writes what it says of itself, reviewer ≠ firm member; a revision is written, reviewed and published. H15: by an
# APPROVED firm.
REFUSES: Final = first_words(
    [
        ("DECIDE_PROFILE_REVISION", "INSIDER", lambda v, f: f["insider"]),
        (WRITES, "FOREIGN", lambda v, f: v in ("FA", "BK", "FS") and not f["is_own_org"]),
        ("DECIDE_PROFILE_REVISION", "NOT_IN_REVIEW", lambda v, f: v == "PR" and f["state"] != "in_review"),
        (WRITES, "PROGRAMME", lambda v, f: _own(v, f) and not f["approved"]),
        ("SAVE_PROFILE_DRAFT SUBMIT_PROFILE", "IN_REVIEW", lambda v, f: _own(v, f) and f["state"] == "in_review"),
        (
            "SAVE_PROFILE_DRAFT SUBMIT_PROFILE",
            "PUBLISHED",
            lambda v, f: _own(v, f) and f["state"] in ("published", "unlisted"),
        ),
        ("SUBMIT_PROFILE", "UNCHANGED", lambda v, f: _own(v, f) and f["state"] == "changes_requested"),
        ("WITHDRAW_PROFILE", "UNPUBLISHED", lambda v, f: _own(v, f) and f["state"] != "published"),
    ]
)


def decision(viewer: str, facts: Facts) -> list[str]:
    """M3, H15: PR sends back in any case, and publishes the profile of an APPROVED firm."""
    if "DECIDE_PROFILE_REVISION" not in may(viewer, facts):
        return []
    return ["REQUEST_CHANGES", *["PUBLISH"] * facts["approved"]]


def told(viewer: str, facts: Facts) -> list[str]:
    """H20, H21: the firm's admins; that it is published while it is listed (D68)."""
    if viewer != "FA" or not facts["is_own_org"]:
        return []
    published = facts["state"] == "published" and facts["approved"]
    sent_back = facts["state"] == "changes_requested"
    return [*["PROFILE_PUBLISHED"] * published, *["PROFILE_CHANGES_REQUESTED"] * sent_back]


HOLDS: Final = {
    "listed": lambda viewer, facts: facts["state"] == "published" and facts["approved"],  # H20, D11, D68, L18
    "marketed": lambda viewer, facts: viewer in ("CO", "CM"),  # H8: signed-in client users
    "waiting": lambda viewer, facts: viewer in ("PR", "PA") and facts["state"] == "in_review",  # H20
}
TABLES: Final = [
    Table(
        "FirmProfile",
        CELLS,
        column_of,
        words={"may": may, "decision": decision, "notify": told},
        whys={"refuses": REFUSES},
        holds=HOLDS,
    )
]
