"""Connections: the arguments of a page judged before anything is read (D36), its cursors sealed (D48)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import orjson
import sqlalchemy as sa

from gateway.auth.viewers import Anonymous
from gateway.context import Context
from gateway.errors import BadInput
from gateway.loaders import Page, Seen, Slice, Then, readable, seen
from gateway.loaders.pages import lean, paged
from gateway.policy import Plan
from gateway.resolvers.values import Connection

LARGEST: Final = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """A page as the caller asks for it."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """One list of one viewer: what its cursors are bound to, and what a position in it is made of."""

    context: Context
    name: str
    filter: tuple[Any, ...]
    position: Callable[[Seen], tuple[Any, ...]]

    @property
    def bound_to(self) -> bytes:
        viewer = self.context.viewer
        who = [] if isinstance(viewer, Anonymous) else [str(_person(viewer)), str(viewer.acting_id)]
        return orjson.dumps([who, self.name, self.filter], default=str)

    def page(self, asked: Asked) -> Page:
        """BadInput for neither or both of first and last, a size out of range, or a cursor that is not of this list."""
        if (asked.first is None) == (asked.last is None):
            raise BadInput("Give exactly one of `first` and `last`.")
        size = asked.first if asked.first is not None else asked.last
        if size is None or not 0 <= size <= LARGEST:
            raise BadInput(f"`first` and `last` are between 0 and {LARGEST}.")
        return Page(size, asked.first is not None, self._open(asked.after), self._open(asked.before))

    def connection(self, found: Slice[Seen], count: Callable[[], Awaitable[int]]) -> Connection:
        return Connection(found, self._cursors, count)

    def connected(self, found: Awaitable[Slice[Seen]], count: Callable[[], Awaitable[int]]) -> Awaitable[Connection]:
        return Then(found, lambda slice: Connection(slice, self._cursors, count))

    def _cursors(self, rows: Sequence[Seen]) -> list[str]:
        seal, bound_to = self.context.seal.cursor, self.bound_to
        return [seal(orjson.dumps(self.position(row), default=str), bound_to=bound_to) for row in rows]

    def _open(self, cursor: str | None) -> tuple[Any, ...] | None:
        if cursor is None:
            return None
        *values, key = orjson.loads(self.context.seal.open_cursor(cursor, bound_to=self.bound_to))
        return (*values, UUID(key))


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
    """One page by one statement; the count by another, if it is asked for."""
    context, plan = listing.context, query.plan
    shown = plan.keep(
        (listing.name, query.kind, page.shape, query.descending),
        lambda: paged(query.narrowed(readable(plan)), query.order, page, descending=query.descending),
    )
    parameters = {**page.parameters(), **query.parameters}
    rows = await context.rows(plan, shown, parameters, by_few_keys=query.by_few_keys)

    async def count() -> int:
        counted = plan.keep(
            (listing.name, query.kind, "count"), lambda: lean(query.narrowed(plan.plain(sa.func.count())))
        )
        return int((await context.rows(plan, counted, dict(query.parameters)))[0][0])

    return listing.connection(page.cut(seen(plan, rows)), count)


def _person(viewer: Any) -> UUID:
    key: UUID = viewer.token_id if hasattr(viewer, "token_id") else viewer.user_id
    return key


def by_id(row: Seen) -> tuple[Any, ...]:
    return (row.row.id,)


def by_name(row: Seen) -> tuple[Any, ...]:
    return (row.row.name_key, row.row.id)


async def counted(root: Connection) -> int:
    count: int = await root.count()
    return count
