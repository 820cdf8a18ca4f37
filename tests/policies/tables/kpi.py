"""KpiSnapshot and PendingActivity, typed from table D of §4.6 and D41, D45, M13: a row is there whole or not at all."""

from typing import Final

from tests.policies.tables.client import LIMITED, NEEDS
from tests.policies.tables.grid import Facts, Table, fields

KPIS: Final = fields("""
fields                           | FA·F | FA·L | BK·F | BK·L | CO | grounds
kind section count amount asOf   | ●    | ●    | ●    | ●    | ●  | H44 P48 P49 P50 H59
""")

ACTIVITIES: Final = fields("""
fields                         | FA·F | FA·L | BK·F | BK·L | CO | grounds
id kpiKind section title dueAt | ●    | ●    | ●    | ●    | ●  | H61 H59
deepLink                       | ●    | ○L   | ●    | ○L   | ●  | H62 V15
""")


def kpi_column(viewer: str, facts: Facts) -> str | None:
    """Visible iff ACTIVE ∧ (FA ∨ BK+) ∧ section allowed (level ∩ plan) ∧ kind ∈ sharedKpis; CO all, CM and PA none (D41)."""
    if viewer == "CO":
        return "CO" if facts["is_own_org"] else None
    if viewer not in ("FA", "BK") or (viewer == "BK" and not facts["assigned"]):
        return None
    section = NEEDS[facts["kind"]]
    if facts["kind"] not in facts["shared"] or section not in facts["sections"]:
        return None
    if facts["level"] == "full":
        return f"{viewer}·F"
    return f"{viewer}·L" if facts["level"] == "limited" and section in LIMITED else None


def activity_column(viewer: str, facts: Facts) -> str | None:
    """The activities of a kind follow the kind (H59–H61); what is done is gone from the list (M13)."""
    return kpi_column(viewer, facts) if facts["open"] else None


def knows(viewer: str, facts: Facts) -> list[str]:
    """D39: what a viewer of the task knows anyway."""
    return [] if activity_column(viewer, facts) is None else ["level"]


def section(viewer: str, facts: Facts) -> list[str]:
    return [NEEDS[facts["kind"]]]


TABLES: Final = [
    Table("KpiSnapshot", KPIS, kpi_column, words={"section": section}),
    Table("PendingActivity", ACTIVITIES, activity_column, words={"disclosed_fact": knows}),
]
