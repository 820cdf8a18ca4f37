"""Conversation and Message, typed from table B of §4.6 (conversation), §4.2 (FC), M6, §4.7 and D10, D22, D50, D58, X-H2, L18."""

from typing import Final

from tests.policies.tables.grid import Facts, Table, fields, first_words

CELLS: Final = fields("""
fields                    | FA | CO | grounds
id openedAt messages      | ●  | ●  | H31 H35 D22
lastMessageAt unreadCount | ●  | ●  | H31 H35
firmName clientName       | ●  | ●  | H31 D50
firm client collaboration | ●  | ●  | H31 H35 D40
blockedAt                 | ●  | ●  | X-H2 L18
viewerActions             | ●  | ●  | D57
""")


def column_of(viewer: str, facts: Facts) -> str | None:
    """Admins only (X-H2), in whatever state the two are (D22); to all others there is none."""
    return viewer if viewer in ("FA", "CO") and facts["is_own_org"] else None


def may(viewer: str, facts: Facts) -> list[str]:
    if column_of(viewer, facts) is None:
        return []
    apart = facts["collaboration_state"] == "none"
    asked = facts["collaboration_state"] == "pending" and facts["origin"] in ("client_added_firm", "marketplace")
    heard = not facts["blocked"] and facts["approved"] and not facts["rejected"]
    allowed = {
        # D22: read-only after the end; D10: a firm that is not in the programme neither writes nor is written to.
        # D67: a rejected company begins nothing.
        "SEND_MESSAGE": heard and not (apart and facts["ended"]),
        "REQUEST_COLLABORATION": _asked_anew(viewer, facts) and facts["listed"],  # H32, D68
        "ADD_FIRM_AS_BOOKKEEPER": _asked_anew(viewer, facts),  # P15: by its code where it is not listed
        "BLOCK_CONVERSATION": viewer == "FA"
        and not facts["blocked"]
        and (apart or asked),  # X-H2: a running one is ended first
        "UNBLOCK_CONVERSATION": viewer == "FA" and facts["blocked"],
    }
    return [action for action, holds in allowed.items() if holds]


# What stands in the way; both sides may know it (L18, D67, D68, X-H2).
ASKS: Final = "REQUEST_COLLABORATION ADD_FIRM_AS_BOOKKEEPER"
REFUSES: Final = first_words(
    [
        (f"SEND_MESSAGE {ASKS}", "REJECTED", lambda v, f: f["rejected"]),
        (f"SEND_MESSAGE {ASKS}", "BLOCKED", lambda v, f: f["blocked"]),
        ("SEND_MESSAGE", "PARTED", lambda v, f: f["collaboration_state"] == "none" and f["ended"]),
        (ASKS, "TOGETHER", lambda v, f: f["collaboration_state"] != "none" or f["invited"]),
        ("SEND_MESSAGE", "PROGRAMME", lambda v, f: v == "FA" and not f["approved"]),
        (
            f"SEND_MESSAGE {ASKS}",
            "SUSPENDED",  # D68: its clients are told
            lambda v, f: v in ("CO", "CM") and not f["approved"] and f["collaboration_state"] != "none",
        ),
        (f"SEND_MESSAGE {ASKS}", "UNAVAILABLE", lambda v, f: v in ("CO", "CM") and not f["approved"]),
        ("REQUEST_COLLABORATION", "UNLISTED", lambda v, f: v in ("CO", "CM") and not f["listed"]),
        ("BLOCK_CONVERSATION", "WORKING", lambda v, f: f["collaboration_state"] == "active"),
        ("BLOCK_CONVERSATION", "BLOCKED", lambda v, f: f["blocked"]),
        ("BLOCK_CONVERSATION", "INVITING", lambda v, f: f["collaboration_state"] == "pending"),
        ("UNBLOCK_CONVERSATION", "NOT_BLOCKED", lambda v, f: not f["blocked"]),
    ]
)


def idle(viewer: str, facts: Facts) -> list[str]:
    """Reading changes nothing for others, and is always permitted to those who read the conversation."""
    return [] if column_of(viewer, facts) is None else ["MARK_CONVERSATION_READ"]


def _asked_anew(viewer: str, facts: Facts) -> bool:
    mine = column_of(viewer, facts) == "CO" and facts["collaboration_state"] == "none" and not facts["invited"]
    return bool(mine and facts["approved"] and not facts["blocked"] and not facts["rejected"])


def asks(viewer: str, facts: Facts) -> bool:
    """H34, M6, D58: FC, and PENDING of origin C; not what was blocked (X-H2)."""
    if viewer not in ("FA", "BK", "FS") or facts["blocked"]:
        return False
    written = facts["collaboration_state"] == "none" and not facts["ended"]
    return bool(written or (facts["collaboration_state"] == "pending" and facts["origin"] == "marketplace"))


def possible(facts: Facts) -> bool:
    """What is none began in no way."""
    return facts["collaboration_state"] != "none" or facts["origin"] == "none"


MESSAGES: Final = fields("""
fields              | own | other's | grounds
id side body sentAt | ●   | ●       | H31 H35 D22
authorName          | ●   | ●       | H35 D69
""")


def message_column(viewer: str, facts: Facts) -> str | None:
    """As the conversation."""
    if column_of(viewer, facts) is None:
        return None
    return "own" if facts["by_own_org"] else "other's"


def told(viewer: str, facts: Facts) -> list[str]:
    """X-H2: the other side's admins; a firm gets no mail of a client that it has blocked."""
    there = message_column(viewer, facts) == "other's"
    return ["MESSAGE"] if there and not (viewer == "FA" and facts["blocked"]) else []


TABLES: Final = [
    Table(
        "Conversation",
        CELLS,
        column_of,
        words={"may": may, "idle": idle},
        holds={"asks": asks},
        whys={"refuses": REFUSES},
        possible=possible,
    ),
    Table("Message", MESSAGES, message_column, words={"notify": told}),
]
