"""A row that the viewer may read, with the situation that decides which of its fields are visible."""

from collections.abc import Iterable, Sequence
from typing import Any

from gateway.policy import Plan, Situation


class VisibleRow:
    """The object that resolvers return and leaves read: one row in scope and its mask."""

    __slots__ = ("mask", "row", "situation")

    def __init__(self, row: Any, situation: Situation) -> None:
        self.row = row
        self.situation = situation
        self.mask = situation.mask

    @property
    def type_name(self) -> str:
        return self.situation.plan.type_name

    @property
    def id(self) -> Any:
        return self.row.id


def visible_rows(plan: Plan, rows: Iterable[Sequence[Any]]) -> list[VisibleRow]:
    """Visible rows from the rows of `plan.select`, whose facts follow their columns."""
    count = len(plan.asked)
    if not count:
        only = plan.met(())
        found = [VisibleRow(row, only) for row in rows]
    else:
        found = [VisibleRow(row, plan.met(tuple(row[-count:]))) for row in rows]
    plan.tally.rows += len(found)
    return found
