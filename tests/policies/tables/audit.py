"""AuditEntry, typed from table C of §4.6 (audit entries) and L21: each side its own slice."""

from typing import Final

from tests.policies.tables.grid import Facts, Table, fields

CELLS: Final = fields("""
fields                  | FA | FA other side | BK own actions | CO | CO other side | PA | grounds
id at action actingSide | ●  | ●             | ●              | ●  | ●             | ●  | §3.9 L21 H63
actorName               | ●  | ○R            | ●              | ●  | ○R            | ●  | L21 D23 D50
""")


def column_of(viewer: str, facts: Facts) -> str | None:
    """FA its collaborations', up to the end; BK its own actions for clients assigned now; CO all of its company; CM none."""
    match viewer:
        case "FA":
            return _of_side("FA", facts) if facts["own"] and facts["in_time"] else None
        case "BK":  # assigned and not ended: BK- and BK after the end are FX
            mine = facts["own"] and facts["mine"] and facts["assigned"] and facts["living"]
            return "BK own actions" if mine else None
        case "CO":
            return _of_side("CO", facts) if facts["own"] else None
        case "PA":
            return "PA"
        case _:
            return None


def _of_side(viewer: str, facts: Facts) -> str:
    """Names of the other side's people are told only where they are in charge (D50), not by what they did."""
    return viewer if facts["ours"] else f"{viewer} other side"


def possible(facts: Facts) -> bool:
    """What I did for my organisation was done for it."""
    return bool(facts["ours"] or not facts["mine"])


TABLES: Final = [Table("AuditEntry", CELLS, column_of, possible=possible)]
