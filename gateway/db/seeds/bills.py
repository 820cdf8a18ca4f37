"""The invoices of the demo world. C4's are the seven rows below Table E. `keys.DAYS_AGO` has the date of each order."""

from typing import Final, NamedTuple


class Bill(NamedTuple):
    """An invoice by its handle. Its holder is `payer` if there is one (PARTNER mode), else the client (I14, I21)."""

    handle: str
    net: int
    state: str = "paid"
    payer: str | None = None
    partnership: str | None = None
    due_days: int | None = None
    credits: str | None = None
    lines: tuple[str, ...] = ("Plan, one quarter",)

    @property
    def client(self) -> str:
        return self.handle.partition("#")[0]


BILLS: Final = (
    Bill("C3#1", 177_00, partnership="F-C3"),
    Bill("C4#1", 387_00, partnership="F-C4"),
    Bill("C6#1", 177_00, payer="G", partnership="G-C6"),
    Bill("C1#1", 387_00, partnership="F-C1", lines=("Plan, one quarter", "Cards for employees")),
    Bill("C4#2", 348_30, "credited", payer="F", partnership="F-C4"),
    Bill("C3#2", 177_00, partnership="F-C3"),
    Bill("C4#3", 387_00, partnership="F-C4", lines=("Plan, one quarter", "Payroll add-on")),
    Bill("C3#3", 159_30, payer="F", partnership="F-C3"),
    Bill("C1#2", 387_00, partnership="F-C1"),
    Bill("C4#4", 387_00, partnership="F-C4"),
    Bill("C6#2", 159_30, payer="G", partnership="G-C6", lines=("Plan, one quarter", "Cards for employees")),
    Bill("C2#1", 57_00, partnership="F-C2"),
    Bill("C4#5", 387_00),
    Bill("C3#4", 159_30, payer="F", partnership="F-C3", lines=("Plan, one quarter", "Cards for employees")),
    Bill("C4#6", 348_30, payer="G", partnership="G-C4"),
    Bill("C1#3", 412_00, "open", partnership="F-C1", due_days=30, lines=("Plan, one quarter", "Payroll add-on")),
    Bill("C4#7", -348_30, payer="F", partnership="F-C4", credits="C4#2", lines=("Credit for the plan",)),
    # Except C1#3 above, the open invoices have no due date: so C1#3 is the only overdue one on any date.
    Bill("C3#5", 159_30, "open", payer="F", partnership="F-C3"),
    Bill("C6#3", 159_30, "open", payer="G", partnership="G-C6"),
    Bill("C1#4", 387_00, "draft", partnership="F-C1"),
)
