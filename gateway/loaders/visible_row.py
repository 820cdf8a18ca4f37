"""A row that the viewer may read, with the situation that says which of its fields."""

from collections.abc import Iterable, Sequence
from typing import Any

from gateway.policy import Plan, Situation


class VisibleRow:
    """What resolvers return and leaves read: one row in scope and its mask."""

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
    """Rows of `plan.select`, whose facts stand behind their columns."""
    count = len(plan.asked)
    if not count:
        only = plan.met(())
        found = [VisibleRow(row, only) for row in rows]
    else:
        found = [VisibleRow(row, plan.met(tuple(row[-count:]))) for row in rows]
    plan.tally.rows += len(found)
    return found
