"""Collaborations, grants, billing modes and assignments of the demo world. All times are days ago."""

from typing import Final, NamedTuple

from gateway.db.enums import KPI_KINDS

ALL_KPIS: Final = KPI_KINDS
NOT_THE_EXPENSES: Final = tuple(kind for kind in KPI_KINDS if kind != "EXPENSES_READY_FOR_EXPORT")


class Partnership(NamedTuple):
    """A collaboration: `asked` is the time of the request or invitation, `began` the time of its beginning."""

    firm: str
    client: str
    origin: str
    state: str
    asked: int
    began: int | None = None
    ended: int | None = None
    requested_level: str | None = None
    message: str | None = None

    @property
    def handle(self) -> str:
        return f"{self.firm}-{self.client}"


class Grant(NamedTuple):
    """One version of an access grant, until the next version."""

    partnership: str
    version: int
    level: str
    since: int
    until: int | None = None
    shared: tuple[str, ...] = ALL_KPIS


class Mode(NamedTuple):
    """One billing mode, until the next mode."""

    partnership: str
    mode: str
    since: int
    until: int | None = None


class Charge(NamedTuple):
    """The assignment of a member of firm F to a client."""

    person: str
    client: str
    since: int
    until: int | None = None


PARTNERSHIPS: Final = (
    Partnership("F", "C3", "firm_invitation", "active", 450, 445, requested_level="full"),
    Partnership("F", "C1", "client_added_firm", "active", 430, 428),
    Partnership("F", "C4", "firm_invitation", "ended", 410, 400, ended=160, requested_level="full"),
    Partnership("G", "C6", "marketplace", "active", 360, 355),
    Partnership("F", "C2", "marketplace", "active", 310, 308, requested_level="limited", message="Only our payroll."),
    Partnership("G", "C4", "marketplace", "active", 110, 100, requested_level="full", message="From next month on?"),
    Partnership("F", "C5", "client_added_firm", "active", 45, 44),
    Partnership("F", "C8", "firm_invitation", "pending", 14, requested_level="limited"),
    Partnership("F", "C7", "client_added_firm", "pending", 3, requested_level="full", message="Could you take us on?"),
)
BY_HANDLE: Final = {one.handle: one for one in PARTNERSHIPS}
GRANTS: Final = (
    Grant("F-C3", 1, "full", 445),
    Grant("F-C1", 1, "full", 428, shared=NOT_THE_EXPENSES),
    Grant("F-C4", 1, "full", 400, 220),
    Grant("F-C4", 2, "limited", 220, 160),
    Grant("G-C6", 1, "full", 355),
    Grant("F-C2", 1, "limited", 308),
    Grant("G-C4", 1, "full", 100),
)
OFFERED: Final = Grant("F-C8", 1, "limited", 12)
"""The terms offered on acceptance. They give no access before the verification (M5, D60)."""
MODES: Final = (
    Mode("F-C3", "client", 445, 250),
    Mode("F-C3", "partner", 250),
    Mode("F-C1", "client", 428),
    Mode("F-C4", "client", 400, 340),
    Mode("F-C4", "partner", 340, 280),
    Mode("F-C4", "client", 280, 220),
    Mode("G-C6", "partner", 355),
    Mode("G-C4", "partner", 100),
)
CHARGES: Final = (
    Charge("bo", "C3", 440),
    Charge("ben", "C1", 420),
    Charge("bo", "C4", 390, 160),
    Charge("ben", "C2", 300),
    Charge("bo", "C1", 200),
    Charge("hedda", "C5", 40),
)
