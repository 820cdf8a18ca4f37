"""AuditEntry, typed from table C of §4.6 (audit entries) and L21: each side its own slice."""

from typing import Final

from tests.policies.tables.grid import Facts, Table, fields

CELLS: Final = fields("""
fields                         | FA | FA other side | BK own actions | CO | CO other side | PA | grounds
id at action outcome code      | ●  | ●             | ●              | ●  | ●             | ●  | §3.9 L21 H63
actingSide onBehalfOf          | ●  | ●             | ●              | ●  | ●             | ●  | §3.9 L21 D3
count lastAt                   | ●  | ●             | ●              | ●  | ●             | ●  | L21 L4
actorName requestId            | ●  | ○R            | ●              | ●  | ○R            | ●  | L21 D23 D50 D56
""")


def column_of(viewer: str, facts: Facts) -> str | None:
    """FA its collaborations', up to the end; BK its own actions for clients assigned now; CO all of its company; CM none.

    FA also what concerns the firm alone, and its own acts where nothing has begun (D42).
    What was refused is nobody's but the side's that tried, and PA's (D56); what was offered before the beginning, the side's
    that offered (D60).
    """
    if viewer in ("FA", "CO") and (facts["refused"] or facts["offered"]) and not facts["by_own_org"]:
        return None
    match viewer:
        case "FA":
            there = (
                facts["internal"]
                or (facts["is_own_org"] and facts["in_time"])
                or (facts["early"] and facts["by_own_org"])
            )
            return _of_side("FA", facts) if there else None
        case "BK":  # assigned and not ended: BK- and BK after the end are FX
            mine = facts["is_own_org"] and facts["by_viewer"] and facts["assigned"] and facts["not_revoked"]
            return "BK own actions" if mine else None
        case "CO":
            return _of_side("CO", facts) if facts["is_own_org"] else None
        case "PA":
            return "PA"
        case _:
            return None


def _of_side(viewer: str, facts: Facts) -> str:
    """Names of the other side's people are told only where they are in charge (D50), not by what they did."""
    return viewer if facts["by_own_org"] else f"{viewer} other side"


def possible(facts: Facts) -> bool:
    """What I did for my organisation was done for it; what concerns the firm alone concerns no collaboration.

    What has begun, and what is active, is no longer early.
    """
    alone, begun = facts["internal"], facts["in_time"] or facts["not_revoked"]
    apart = not (alone and facts["is_own_org"]) and not (facts["early"] and (alone or begun))
    return bool((facts["by_own_org"] or not facts["by_viewer"]) and apart)


TABLES: Final = [Table("AuditEntry", CELLS, column_of, possible=possible)]
