"""BillingModePeriod, typed from table C of §4.6 (billingMode periods) and D42, and by whom an order is paid (D47)."""

from typing import Final

from tests.policies.tables.grid import Facts, Table, fields

CELLS: Final = fields("""
fields       | FA | FA·FE | CO | PA | grounds
mode from to | ●  | ●     | ●  | ●  | I24 I30
""")


def column_of(viewer: str, facts: Facts) -> str | None:
    """FA its own collaboration's, up to the end; while PENDING there is none to see (D42). BK and CM none."""
    match viewer:
        case "FA" if facts["is_own_org"]:
            return {"active": "FA", "ended": "FA·FE"}.get(facts["state"])
        case "CO" if facts["is_own_org"]:
            return "CO"
        case "PA":
            return "PA"
        case _:
            return None


def billed(viewer: str, facts: Facts) -> list[str]:
    """D17, D47, D59: SYS bills an order by who had FULL, and who paid, when it was placed."""
    if viewer != "SYS" or not facts["had_full"]:
        return []
    return ["FULL_ACCESS", "PARTNER"] if facts["mode"] == "partner" else ["FULL_ACCESS"]


TABLES: Final = [Table("BillingModePeriod", CELLS, column_of, unseen={"billed": billed})]
