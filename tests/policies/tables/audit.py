"""AuditEntry, typed from table C of §4.6 (audit entries) and L21: each side its own slice."""

from typing import Final

from tests.policies.tables.grid import Facts, Table, fields

CELLS: Final = fields("""
fields                            | FA | BK own actions | CO | PA | grounds
id at action actorName actingSide | ●  | ●              | ●  | ●  | §3.9 L21 H63
""")


def column_of(viewer: str, facts: Facts) -> str | None:
    """FA its collaborations', up to the end; BK its own actions for clients assigned now; CO all of its company; CM none."""
    match viewer:
        case "FA":
            return "FA" if facts["own"] and facts["in_time"] else None
        case "BK":  # assigned and not ended: BK- and BK after the end are FX
            mine = facts["own"] and facts["mine"] and facts["assigned"] and facts["living"]
            return "BK own actions" if mine else None
        case "CO":
            return "CO" if facts["own"] else None
        case "PA":
            return "PA"
        case _:
            return None


TABLES: Final = [Table("AuditEntry", CELLS, column_of)]
