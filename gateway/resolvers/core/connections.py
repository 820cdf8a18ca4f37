"""Connections: page arguments are validated before anything is read (D36), and cursors are sealed (D48)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final, NamedTuple, Self
from uuid import UUID

import orjson
import sqlalchemy as sa

from gateway.auth.viewers import Anonymous
from gateway.context import Context, Info
from gateway.errors import BadInput
from gateway.loaders import Deferred, Page, Slice, VisibleRow, visible_rows
from gateway.loaders.pagination import paged, without_unused_joins
from gateway.policy import Plan
from gateway.reads.declarations import readable
from gateway.reads.edges import PagesOf

MAX_SIZE: Final = 500


class PageInfo(NamedTuple):
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


class Edge(NamedTuple):
    cursor: str
    node: Any


@dataclass(frozen=True, slots=True)
class Connection:
    """A page of the graph. Cursors and count are made only when requested: `cursors` seals, `count` executes a statement."""

    found: Slice[VisibleRow]
    cursors: Callable[[Sequence[VisibleRow]], list[str]]
    count: Callable[[], Awaitable[int]]

    @property
    def nodes(self) -> list[VisibleRow]:
        return self.found.rows

    @property
    def edges(self) -> list[Edge]:
        return [Edge(*edge) for edge in zip(self.cursors(self.found.rows), self.found.rows, strict=True)]

    @property
    def page_info(self) -> PageInfo:
        start, end = self.cursors([self.found.rows[0], self.found.rows[-1]]) if self.found.rows else (None, None)
        return PageInfo(self.found.has_next, self.found.has_previous, start, end)


@dataclass(frozen=True, slots=True)
class PageArguments:
    """The page arguments as the caller sent them."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """The position of a row in its list: the values of the columns that the list is ordered by, the key last."""

    columns: tuple[str, ...]
    moments: frozenset[str] = frozenset()  # columns that hold timestamps

    @classmethod
    @cache
    def by(cls, order: tuple[Any, ...]) -> Self:
        moments = frozenset(column.key for column in order if isinstance(column.type, sa.DateTime))
        return cls(tuple(column.key for column in order), moments)

    def of(self, row: VisibleRow) -> tuple[Any, ...]:
        return tuple(getattr(row.row, name) for name in self.columns)

    def read(self, written: bytes) -> tuple[Any, ...]:
        *values, key = orjson.loads(written)
        named = zip(self.columns, values, strict=False)
        return (*(datetime.fromisoformat(value) if name in self.moments else value for name, value in named), UUID(key))


by_id: Final = Position(("id",))
by_name: Final = Position(("name_key", "id"))


@dataclass(frozen=True, slots=True)
class Listing:
    """One list of one viewer: the values that its cursors are bound to, and the columns of a position in it."""

    context: Context
    name: str
    filter: tuple[Any, ...]
    position: Position

    @property
    def bound_to(self) -> bytes:
        viewer = self.context.viewer
        who = [] if isinstance(viewer, Anonymous) else [str(_person(viewer)), str(viewer.acting_id)]
        return orjson.dumps([who, self.name, self.filter], default=str)

    def page(self, arguments: PageArguments) -> Page:
        """Returns the requested page.

        Raises BadInput for neither or both of first and last, a size out of range, or a cursor of another list.
        """
        if (arguments.first is None) == (arguments.last is None):
            raise BadInput("Give exactly one of `first` and `last`.")
        size = arguments.first if arguments.first is not None else arguments.last
        if size is None or not 0 <= size <= MAX_SIZE:
            raise BadInput(f"`first` and `last` must be between 0 and {MAX_SIZE}.")
        return Page(size, arguments.first is not None, self._open(arguments.after), self._open(arguments.before))

    def connection(self, found: Slice[VisibleRow], count: Callable[[], Awaitable[int]]) -> Connection:
        return Connection(found, self._cursors, count)

    def connected(
        self, found: Awaitable[Slice[VisibleRow]], count: Callable[[], Awaitable[int]]
    ) -> Awaitable[Connection]:
        return Deferred(found, lambda slice: Connection(slice, self._cursors, count))

    def _cursors(self, rows: Sequence[VisibleRow]) -> list[str]:
        seal, bound_to = self.context.seal.cursor, self.bound_to
        return [seal(orjson.dumps(self.position.of(row), default=str), bound_to=bound_to) for row in rows]

    def _open(self, cursor: str | None) -> tuple[Any, ...] | None:
        if cursor is None:
            return None
        return self.position.read(self.context.seal.open_cursor(cursor, bound_to=self.bound_to))


@dataclass(frozen=True, slots=True)
class Query:
    """What a root list reads. `kind` holds all that changes its statements, which are built once for each plan and kind."""

    plan: Plan
    kind: tuple[Any, ...]
    narrowed: Callable[[sa.Select[Any]], sa.Select[Any]]
    order: Sequence[Any]
    descending: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)
    by_few_keys: bool = False


async def listed(listing: Listing, page: Page, query: Query) -> Connection:
    """Returns one page, read by one statement; a second one counts, if the count is requested. Each runs once per request.

    The count does not depend on page and order, so all pages of a list and filter share it.
    """
    context, plan = listing.context, query.plan
    shown = plan.keep(
        (listing.name, query.kind, page.shape, query.descending),
        lambda: paged(query.narrowed(readable(plan)), query.order, page, descending=query.descending),
    )
    parameters = {**page.parameters(), **query.parameters}
    rows = await context.load.rows(plan, shown, parameters, by_few_keys=query.by_few_keys)

    async def count() -> int:
        counted = plan.keep(
            (listing.name, query.kind, "count"),
            lambda: without_unused_joins(query.narrowed(plan.plain(sa.func.count()))),
        )
        return int((await context.load.rows(plan, counted, query.parameters))[0][0])

    return listing.connection(page.cut(visible_rows(plan, rows)), count)


def nested(
    edge: PagesOf, root: VisibleRow, info: Info, arguments: PageArguments, part: str | None = None
) -> Awaitable[Connection]:
    """Returns a page of the rows behind the edge, for one parent."""
    load = info.context.load
    listing = Listing(info.context, edge.name, (root.id, part), Position.by(edge.order))
    page = listing.page(arguments)
    return listing.connected(load.page(edge, root.id, page, part), lambda: load.page_count(edge, root.id, part))


def _person(viewer: Any) -> UUID:
    key: UUID = viewer.token_id if hasattr(viewer, "token_id") else viewer.user_id
    return key


async def counted(root: Connection) -> int:
    count: int = await root.count()
    return count
