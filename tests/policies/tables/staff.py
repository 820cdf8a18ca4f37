"""FirmMember, typed from table A of §4.6 (staff list, staff e-mail) and D8, D50, X-P6."""

from typing import Final

from tests.policies.tables.grid import Facts, Table, fields

CELLS: Final = fields("""
fields            | FA | BK self | BK colleague | FS self | CO served | PA | grounds
id name firmName  | ●  | ●       | ●            | ●       | ●         | ●  | H24 H49 D50
role              | ●  | ●       | ●            | ●       | ○R        | ●  | H24 D50
email             | ●  | ●       | ○R           | ●       | ○R        | ●  | H27
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


TABLES: Final = [Table("FirmMember", CELLS, column_of)]
