"""Connections: pages of lists, as the walker reads them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from gateway.context import Context, Info
from gateway.errors import NotFound
from gateway.loaders import Deferred, VisibleRow, visible_rows
from gateway.policy import Plan
from gateway.reads.declarations import readable
from gateway.reads.edges import PagesOf
from gateway.reads.pages import Listing, Page, PageArguments, Position, Slice, labelled, paged, without_unused_joins
from gateway.reads.roots import Lookup, RootList, Selection


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


async def listed(root: RootList, info: Info, arguments: Mapping[str, Any], requested: PageArguments) -> Connection:
    """Returns one page, read by one statement; a second one counts, if the count is requested. Each runs once per request.

    The count does not depend on page and order, so all pages of a list and filter share it.
    """
    context = info.context
    plan = context.plan(root.target)
    selection = root.select(plan, **arguments)
    listing = Listing(context.viewer, context.seal, root.name, selection.filter, root.position(plan))
    page = listing.page(requested)
    given = dict(selection.parameters)
    for lookup, id in root.looked_up(arguments):
        given[lookup.parameter] = await _looked_up(context, root, lookup, id)
    descending = selection.descending
    shown = plan.keep(
        (root.name, selection.kind, page.shape, descending),
        lambda: _paged(root, plan, selection, page),
    )
    rows = await context.load.rows(plan, shown, {**page.parameters(), **given}, by_few_keys=selection.by_few_keys)

    async def count() -> int:
        counted = plan.keep(
            (root.name, selection.kind, "count"),
            lambda: without_unused_joins(plan.plain(sa.func.count()).where(*selection.conditions(plan))),
        )
        return int((await context.load.rows(plan, counted, given))[0][0])

    return connection(listing, page.cut(visible_rows(plan, rows)), count)


async def _looked_up(context: Context, root: RootList, lookup: Lookup, id: str) -> Any:
    """Returns the value of the lookup's parameter. Raises NotFound, after the same statements for each id that is not found."""
    type_name, key = context.seal.open_id(id)
    target = lookup.target_of(type_name)
    rows = await _rows_with(context, target, lookup.targets[target], context.plan(target).row.table.c.id, key)
    found, value = bool(rows), rows[0][0] if rows else key
    if lookup.mentioned is not None:
        found |= bool(await _rows_with(context, root.target, sa.literal_column("1"), lookup.mentioned, key))
    if type_name != target or not found:
        raise NotFound
    return value


async def _rows_with(context: Context, type_name: str, shown: Any, column: Any, key: UUID) -> Sequence[Any]:
    """At most one row in scope with `key` in a column."""
    plan = context.plan(type_name)

    def build() -> sa.Select[Any]:
        condition = column == sa.bindparam("key", type_=sa.Uuid())
        return without_unused_joins(plan.plain(shown)).where(condition).limit(1)

    return await context.load.rows(plan, plan.keep(("looked up", str(column), str(shown)), build), {"key": key})


def _paged(root: RootList, plan: Plan, selection: Selection, page: Page) -> sa.Select[Any]:
    order = root.order(plan)
    rows = readable(plan, *labelled(order)).where(*selection.conditions(plan))
    return paged(rows, order, page, descending=selection.descending)


def nested(
    edge: PagesOf, root: VisibleRow, info: Info, arguments: PageArguments, part: str | None = None
) -> Awaitable[Connection]:
    """Returns a page of the rows behind the edge, for one parent."""
    context = info.context
    load = context.load
    listing = Listing(context.viewer, context.seal, edge.name, (root.id, part), Position.by(edge.order))
    page = listing.page(arguments)
    return Deferred(
        load.page(edge, root.id, page, part),
        lambda found: connection(listing, found, lambda: load.page_count(edge, root.id, part)),
    )


def connection(listing: Listing, found: Slice[VisibleRow], count: Callable[[], Awaitable[int]]) -> Connection:
    return Connection(found, lambda rows: listing.cursors([row.row for row in rows]), count)


async def counted(root: Connection) -> int:
    count: int = await root.count()
    return count
