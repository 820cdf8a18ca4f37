"""The kinds of edges from a row to other rows: what the two have in common, which rules hold, and the order.

An edge is declared with its field. Building the schema gives it its name, such as `Client.invoices`, and its target.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from gateway.policy import Plan
from gateway.policy.plan import Joining
from gateway.reads.values import Value

Rule = tuple[str, ...]
"""A rule of the policy, and the words with which it holds."""


@dataclass(slots=True, eq=False, kw_only=True)
class Edge:
    name: str = ""  # the type and the field, as in the graph
    target: str = ""  # the type of the rows
    rules: tuple[Rule, ...] = ()
    where: tuple[Any, ...] = ()
    joins: Joining = ()

    def narrowed(self, plan: Plan, statement: sa.Select[Any]) -> sa.Select[Any]:
        """`statement` with the rules and conditions of the edge. `plan` is that of the rows."""
        return statement.where(*self.where, *(plan.predicate(*rule) for rule in self.rules))

    @property
    def needed(self) -> tuple[Any, ...]:
        """The columns that the edge needs of the row that it begins at."""
        return ()


@dataclass(slots=True, eq=False, kw_only=True)
class ByKey(Edge):
    """One row, whose key a column of this row holds."""

    key: Any

    @property
    def needed(self) -> tuple[Any, ...]:
        return (self.key,)


@dataclass(slots=True, eq=False, kw_only=True)
class OneOf(Edge):
    """At most one row that has the key of this row in `of`."""

    of: Any


@dataclass(slots=True, eq=False, kw_only=True)
class ManyOf(Edge):
    """All rows that have the key of this row in `of`."""

    of: Any
    order: tuple[Any, ...]


@dataclass(slots=True, eq=False, kw_only=True)
class PagesOf(Edge):
    """Pages of the rows that have the key of this row in `of`. `order` ends with a unique column."""

    of: Any
    order: tuple[Any, ...]
    descending: bool = False
    part: Any = None  # the column that has one value in a part of the list

    def name_of_part(self, part: str) -> str:
        """The name under which the policy decides about a part, such as `pendingActivities(PAYROLL)`."""
        return f"{self.name.partition('.')[2]}({part})"

    def parted(self, plan: Plan, statement: sa.Select[Any], part: str | None) -> sa.Select[Any]:
        statement = self.narrowed(plan, statement)
        return statement if part is None else statement.where(self.part == sa.bindparam("part", type_=sa.Text()))


@dataclass(slots=True, eq=False, kw_only=True)
class CountOf(Edge):
    """The number of rows that have the key of this row in `of`."""

    of: Any


@dataclass(slots=True, eq=False, kw_only=True)
class SumOf(Edge):
    """The sum of a column over the rows of `edge`, where NULL counts nothing."""

    edge: ManyOf
    column: Any


@dataclass(slots=True, eq=False, kw_only=True)
class OneAt(Edge):
    """The row of `edge`, for a key of the viewer's own; null for a viewer without one, which depends on its kind alone."""

    edge: OneOf
    key: Callable[[Any], UUID | None]


@dataclass(slots=True, eq=False, kw_only=True)
class Joined(Edge):
    """Rows of a table without rules, as part of this row: its facts decide. `on` joins `table` with this row.

    `rules` are those of this row. `columns` are loaded, in `order` if there may be several rows.
    """

    table: Any
    on: Any
    columns: Sequence[Any]
    order: Any = None
    value: Value | None = None  # what is shown of the row, if it is not an object
    rule: str | None = None  # of this row: without a word of it there is none
    many: bool = False


def columns_of(values: Sequence[Value]) -> tuple[Any, ...]:
    return tuple(column for value in values for column in value.needed())
