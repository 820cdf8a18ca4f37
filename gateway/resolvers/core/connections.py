"""Connections: the arguments of a page judged before anything is read (D36), its cursors sealed (D48)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self
from uuid import UUID

import orjson
import sqlalchemy as sa

from gateway.auth.viewers import Anonymous
from gateway.context import Context, Info
from gateway.errors import BadInput
from gateway.loaders import NESTED, Deferred, Page, Slice, VisibleRow, readable, visible_rows
from gateway.loaders.pagination import paged, without_unused_joins
from gateway.policy import Plan
from gateway.resolvers.core.formats import Connection
from gateway.schema.core.arguments import After, Before, First, Last

MAX_SIZE: Final = 500


@dataclass(frozen=True, slots=True)
class PageArguments:
    """A page as the caller asks for it."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """Where a row is in its list: the values of the columns that the list is ordered by, its key last."""

    columns: tuple[str, ...]
    moments: frozenset[str] = frozenset()  # those that hold moments

    @classmethod
    def by(cls, order: Sequence[Any]) -> Self:
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
POSITIONS: Final = {name: Position.by(nested.order) for name, nested in NESTED.items()}


@dataclass(frozen=True, slots=True)
class Listing:
    """One list of one viewer: what its cursors are bound to, and what a position in it is made of."""

    context: Context
    name: str
    filter: tuple[Any, ...]
    position: Position

    @property
    def bound_to(self) -> bytes:
        viewer = self.context.viewer
        who = [] if isinstance(viewer, Anonymous) else [str(_person(viewer)), str(viewer.acting_id)]
        return orjson.dumps([who, self.name, self.filter], default=str)

    def page(self, asked: PageArguments) -> Page:
        """BadInput for neither or both of first and last, a size out of range, or a cursor that is not of this list."""
        if (asked.first is None) == (asked.last is None):
            raise BadInput("Give exactly one of `first` and `last`.")
        size = asked.first if asked.first is not None else asked.last
        if size is None or not 0 <= size <= MAX_SIZE:
            raise BadInput(f"`first` and `last` are between 0 and {MAX_SIZE}.")
        return Page(size, asked.first is not None, self._open(asked.after), self._open(asked.before))

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
    """What a root list reads: `kind` names all that changes its statements, which are built once for each plan."""

    plan: Plan
    kind: tuple[Any, ...]
    narrowed: Callable[[sa.Select[Any]], sa.Select[Any]]
    order: Sequence[Any]
    descending: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)
    by_few_keys: bool = False


async def listed(listing: Listing, page: Page, query: Query) -> Connection:
    """One page by one statement; the count by another, if it is asked for. Each is executed once per request.

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
    name: str, root: VisibleRow, info: Info, asked: PageArguments, part: str | None = None
) -> Awaitable[Connection]:
    """A page of the list of NESTED by this name, of one parent."""
    load = info.context.load
    listing = Listing(info.context, name, (root.id, part), POSITIONS[name])
    page = listing.page(asked)
    return listing.connected(load.page_of(name, root.id, page, part), lambda: load.counted_of(name, root.id, part))


def nested_list(name: str) -> Callable[..., Awaitable[Connection]]:
    """The resolver of the list of NESTED by this name."""

    def resolve(
        root: VisibleRow,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Awaitable[Connection]:
        return nested(name, root, info, PageArguments(first, after, last, before))

    return resolve


def _person(viewer: Any) -> UUID:
    key: UUID = viewer.token_id if hasattr(viewer, "token_id") else viewer.user_id
    return key


async def counted(root: Connection) -> int:
    count: int = await root.count()
    return count
