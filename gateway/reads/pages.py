"""Pages by key, never by offset: rows before the page cost nothing, and hidden rows leave no gap (P40, L8).

Page arguments are validated before anything is read (D36), and cursors are sealed (D48).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, Self, TypeVar
from uuid import UUID

import orjson
import sqlalchemy as sa

from gateway.auth.viewers import Anonymous, Viewer
from gateway.errors import BadInput
from gateway.global_ids import Seal

RowT = TypeVar("RowT")
MAX_SIZE: Final = 500
DEFAULT_SIZE: Final = 50
"""Of a page without `first` and `last`, which begins at the start of the list."""


@dataclass(frozen=True, slots=True)
class PageArguments:
    """The page arguments as the caller sent them."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    @property
    def forward(self) -> bool:
        """Whether the page begins at the start of the list."""
        return self.last is None

    @property
    def size(self) -> int:
        return next((size for size in (self.first, self.last) if size is not None), DEFAULT_SIZE)


@dataclass(frozen=True, slots=True)
class Page:
    """One requested page: from which end, how many rows, and between which positions (values of the order's columns)."""

    size: int
    forward: bool = True
    after: tuple[Any, ...] | None = None
    before: tuple[Any, ...] | None = None

    @property
    def shape(self) -> tuple[Any, ...]:
        """The parts that change the statement; the rest are parameters."""
        return (self.forward, self.after is not None, self.before is not None)

    def parameters(self) -> dict[str, Any]:
        """The parameters; `size` is one more than the page, to know whether there are more rows."""
        found: dict[str, Any] = {"size": self.size + 1}
        for name, position in (("after", self.after), ("before", self.before)):
            found |= {f"{name}_{index}": value for index, value in enumerate(position or ())}
        return found

    def cut(self, rows: Sequence[RowT]) -> "Slice[RowT]":
        """The page from the rows that the statement returned."""
        more = len(rows) > self.size
        kept: list[RowT] = list(rows[: self.size])
        if not self.forward:
            kept.reverse()
        return Slice(
            kept,
            has_next=more if self.forward else self.before is not None,
            has_previous=self.after is not None if self.forward else more,
        )


@dataclass(frozen=True, slots=True)
class Slice(Generic[RowT]):
    """The rows of a page, in the list's order, and whether there is more on either side."""

    rows: list[RowT]
    has_next: bool
    has_previous: bool


@dataclass(frozen=True, slots=True)
class Position:
    """How cursors of a list hold a position: the values of the columns that it is ordered by, the key last.

    Rows have these values as `k0`, `k1` and so on.
    """

    moments: tuple[bool, ...]  # of each column: whether it holds timestamps

    @classmethod
    def by(cls, order: Sequence[Any]) -> Self:
        return cls(tuple(isinstance(column.type, sa.DateTime) for column in order))

    def of(self, row: Any) -> tuple[Any, ...]:
        return tuple(getattr(row, f"k{index}") for index in range(len(self.moments)))

    def read(self, written: bytes) -> tuple[Any, ...]:
        *values, key = orjson.loads(written)
        moments = zip(values, self.moments, strict=False)
        return (*(datetime.fromisoformat(value) if is_moment else value for value, is_moment in moments), UUID(key))


def labelled(order: Sequence[Any]) -> list[Any]:
    """The columns of an order, under their names in rows."""
    return [column.label(f"k{index}") for index, column in enumerate(order)]


@dataclass(frozen=True, slots=True)
class Listing:
    """One list of one viewer: the values that its cursors are bound to, and the columns of a position in it."""

    viewer: Viewer
    seal: Seal
    name: str
    filter: tuple[Any, ...]
    position: Position

    @property
    def bound_to(self) -> bytes:
        viewer = self.viewer
        who = [] if isinstance(viewer, Anonymous) else [str(_person(viewer)), str(viewer.acting_id)]
        return orjson.dumps([who, self.name, self.filter], default=str)

    def page(self, arguments: PageArguments) -> Page:
        """Returns the requested page.

        Raises BadInput for both of first and last, a size out of range, or a cursor of another list.
        """
        if arguments.first is not None and arguments.last is not None:
            raise BadInput("Give only one of `first` and `last`.")
        if not 0 <= arguments.size <= MAX_SIZE:
            raise BadInput(f"`first` and `last` must be between 0 and {MAX_SIZE}.")
        return Page(arguments.size, arguments.forward, self._open(arguments.after), self._open(arguments.before))

    def cursors(self, rows: Sequence[Any]) -> list[str]:
        """Returns the cursors of loaded rows."""
        bound_to = self.bound_to
        return [self.seal.cursor(orjson.dumps(self.position.of(row), default=str), bound_to=bound_to) for row in rows]

    def _open(self, cursor: str | None) -> tuple[Any, ...] | None:
        if cursor is None:
            return None
        return self.position.read(self.seal.open_cursor(cursor, bound_to=self.bound_to))


def _person(viewer: Any) -> UUID:
    key: UUID = viewer.token_id if hasattr(viewer, "token_id") else viewer.user_id
    return key


def paged(statement: sa.Select[Any], order: Sequence[Any], page: Page, *, descending: bool = False) -> sa.Select[Any]:
    """`statement` cut to a page in `order`, whose last column is unique."""
    columns = sa.tuple_(*order)
    for name, position, later in (("after", page.after, True), ("before", page.before, False)):
        if position is not None:
            given = sa.tuple_(*(sa.bindparam(f"{name}_{index}", type_=c.type) for index, c in enumerate(order)))
            statement = statement.where(columns > given if later is not descending else columns < given)
    falling = descending is page.forward
    statement = statement.order_by(*(column.desc() if falling else column for column in order))
    return statement.limit(sa.bindparam("size", type_=sa.Integer))


def without_unused_joins(statement: sa.Select[Any]) -> sa.Select[Any]:
    """`statement`, which has no order yet, without the outer joins that it does not use.

    They add facts to a row, from one row at most: a count is the same without them, and takes a third of the time.
    """
    source: Any = statement.get_final_froms()[0]
    joins: list[sa.Join] = []
    while isinstance(source, sa.Join):
        joins.append(source)
        source = source.left
    columns, condition = list(statement.selected_columns), statement.whereclause
    spoken = _tables_in(*columns, *([] if condition is None else [condition]))
    kept: list[sa.Join] = []
    for join in joins:
        if not join.isouter or join.right in spoken:
            kept.insert(0, join)
            spoken |= _tables_in(join.onclause)
    for join in kept:
        source = sa.join(source, join.right, join.onclause, isouter=join.isouter)
    found = sa.select(*columns).select_from(source)
    return found if condition is None else found.where(condition)


def _tables_in(*clauses: Any) -> set[Any]:
    return {
        element.table
        for clause in clauses
        for element in sa.sql.visitors.iterate(clause)
        if isinstance(element, sa.ColumnClause)
    }
