"""The walker: reads the rows behind the edges of the graph by key, in one batch for all rows at which an edge begins."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from aiodataloader import DataLoader

from gateway.auth.viewers import Viewer
from gateway.loaders.awaitable import Deferred
from gateway.loaders.connection import ReadConnection
from gateway.loaders.visible_row import VisibleRow, visible_rows
from gateway.policy import Plan, Policy
from gateway.reads.declarations import KEYS, readable
from gateway.reads.edges import CountOf, Joined, ManyOf, OneOf, PagesOf
from gateway.reads.pages import Page, Slice, labelled, paged, without_unused_joins

FEW_KEYS: Final = 100
"""Up to this number, keys are looked up one by one with any plan; a larger number is worth a plan of its own."""

Build = Callable[[Plan], sa.Select[Any]]


class PageOf(NamedTuple):
    """One page of the rows of one parent."""

    parent: UUID
    page: Page


class Scoped:
    """Statements of one viewer's plans. Batches hold this object: if they held the loaders, these would outlive the request."""

    def __init__(self, viewer: Viewer, policy: Policy, reads: ReadConnection) -> None:
        self._viewer, self._policy, self._reads = viewer, policy, reads

    def plan(self, type_name: str) -> Plan:
        return self._policy.plan(self._viewer, type_name)

    async def rows(self, plan: Plan, name: Hashable, build: Build, **parameters: Any) -> Sequence[Any]:
        statement = plan.keep(name, lambda: build(plan))
        return await self.read(plan, statement, parameters, by_few_keys=len(parameters["keys"]) <= FEW_KEYS)

    async def visible(self, type_name: str, name: Hashable, build: Build, **parameters: Any) -> list[VisibleRow]:
        plan = self.plan(type_name)
        return visible_rows(plan, await self.rows(plan, name, build, **parameters))

    async def read(
        self, plan: Plan, statement: sa.Select[Any], parameters: Mapping[str, Any], *, by_few_keys: bool
    ) -> Sequence[Any]:
        return await self._reads.rows(statement, {**plan.bind(self._viewer), **parameters}, by_few_keys=by_few_keys)


class Loaders:
    """Batched reads for one viewer. Each statement has the scope in its SQL, because each has a snapshot of its own."""

    def __init__(self, viewer: Viewer, policy: Policy, reads: ReadConnection) -> None:
        self._scoped = Scoped(viewer, policy, reads)
        self._loaders: dict[Hashable, DataLoader[Any, Any]] = {}

    def rows(
        self, plan: Plan, statement: sa.Select[Any], parameters: Mapping[str, Any], *, by_few_keys: bool = False
    ) -> Awaitable[Sequence[Any]]:
        """The rows of a cached statement of `plan`, which is executed once per request with the same parameters."""
        scoped = self._scoped

        async def batch(keys: list[bool]) -> list[Sequence[Any]]:
            rows = await scoped.read(plan, statement, parameters, by_few_keys=by_few_keys)
            return [rows for _ in keys]

        return self._loader((statement, *sorted(parameters.items())), batch).load(True)

    def node(self, type_name: str, key: UUID) -> Awaitable[VisibleRow | None]:
        """The object, or None if it does not exist or is not visible."""
        scoped = self._scoped

        async def batch(keys: list[UUID]) -> list[VisibleRow | None]:
            def build(plan: Plan) -> sa.Select[Any]:
                return _of_keys(readable(plan), plan.row.table.c.id)

            found = {row.id: row for row in await scoped.visible(type_name, "node", build, keys=keys)}
            return [found.get(key) for key in keys]

        return self._loader(("node", type_name), batch).load(key)

    def one(self, edge: OneOf, key: UUID) -> Awaitable[VisibleRow | None]:
        scoped = self._scoped

        async def batch(keys: list[UUID]) -> list[VisibleRow | None]:
            rows = await scoped.visible(edge.target, edge.name, _behind(edge), keys=keys)
            found = {row.row.parent: row for row in rows}
            return [found.get(key) for key in keys]

        return self._loader(edge.name, batch).load(key)

    def many(self, edge: ManyOf, key: UUID) -> Awaitable[list[VisibleRow]]:
        scoped = self._scoped

        def build(plan: Plan) -> sa.Select[Any]:
            return _behind(edge)(plan).order_by(*edge.order)

        async def batch(keys: list[UUID]) -> list[list[VisibleRow]]:
            found = _by(await scoped.visible(edge.target, edge.name, build, keys=keys), lambda row: row.row.parent)
            return [found[key] for key in keys]

        return self._loader(edge.name, batch).load(key)

    def page(self, edge: PagesOf, key: UUID, page: Page, part: str | None = None) -> Awaitable[Slice[VisibleRow]]:
        """A page of the rows, or of a part of them, by one LATERAL for all parents with the same page."""
        scoped = self._scoped

        async def batch(wanted: list[PageOf]) -> list[Slice[VisibleRow]]:
            by_page = _by(wanted, lambda one: one.page)
            found: dict[PageOf, list[VisibleRow]] = defaultdict(list)
            for requested, parents in by_page.items():
                name = (edge.name, part is None, requested.shape)
                more = {**requested.parameters(), **_parted(part)}
                keys = [one.parent for one in parents]
                for row in await scoped.visible(edge.target, name, _lateral(edge, requested, part), keys=keys, **more):
                    found[PageOf(row.row.parent, requested)].append(row)
            return [one.page.cut(found[one]) for one in wanted]

        return self._loader((edge.name, part), batch).load(PageOf(key, page))

    def page_count(self, edge: PagesOf, key: UUID, part: str | None = None) -> Awaitable[int]:
        """The number of the rows on all pages, or on those of a part."""
        return self._count(("count", edge.name, part), edge, key, lambda p, s: edge.parted(p, s, part), **_parted(part))

    def count(self, edge: CountOf, key: UUID) -> Awaitable[int]:
        return self._count(edge.name, edge, key, edge.narrowed)

    def joined(self, edge: Joined, row: VisibleRow) -> Awaitable[list[VisibleRow]]:
        """The rows as parts of `row`, whose situation they share."""
        scoped = self._scoped
        type_name, field = edge.name.split(".")

        def build(plan: Plan) -> sa.Select[Any]:
            key = plan.row.table.c.id
            statement = plan.plain(key.label("parent"), *edge.columns, joins=((edge.table, edge.on),))
            statement = edge.narrowed(plan, _of_keys(statement, key).where(plan.predicate("see", field)))
            return statement if edge.order is None else statement.order_by(edge.order)

        async def batch(keys: list[UUID]) -> list[list[Any]]:
            rows = await scoped.rows(scoped.plan(type_name), edge.name, build, keys=keys)
            found = _by(rows, lambda row: row.parent)
            return [found[key] for key in keys]

        parts = self._loader(edge.name, batch).load(row.id)
        return Deferred(parts, lambda rows: [VisibleRow(each, row.situation) for each in rows])

    # ---- helpers

    def _loader(
        self, name: Hashable, batch: Callable[[list[Any]], Coroutine[Any, Any, list[Any]]]
    ) -> DataLoader[Any, Any]:
        if name not in self._loaders:
            self._loaders[name] = DataLoader(batch)
        return self._loaders[name]

    def _count(
        self,
        name: Hashable,
        edge: PagesOf | CountOf,
        key: UUID,
        narrowed: Callable[[Plan, sa.Select[Any]], sa.Select[Any]],
        **parameters: Any,
    ) -> Awaitable[int]:
        scoped = self._scoped

        def build(plan: Plan) -> sa.Select[Any]:
            counted = plan.plain(edge.of.label("parent"), sa.func.count().label("many"), joins=edge.joins)
            return without_unused_joins(narrowed(plan, _of_keys(counted, edge.of))).group_by(edge.of)

        async def batch(keys: list[UUID]) -> list[int]:
            rows = await scoped.rows(scoped.plan(edge.target), name, build, keys=keys, **parameters)
            found = {row.parent: row.many for row in rows}
            return [found.get(key, 0) for key in keys]

        return self._loader(name, batch).load(key)


def _by(rows: Iterable[Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    found = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found


def _of_keys(statement: sa.Select[Any], column: Any) -> sa.Select[Any]:
    return statement.where(column == sa.any_(KEYS))


def _parted(part: str | None) -> dict[str, str]:
    return {} if part is None else {"part": part}


def _behind(edge: OneOf | ManyOf) -> Build:
    """The rows behind the edge, each with its `parent`."""

    def build(plan: Plan) -> sa.Select[Any]:
        rows = readable(plan, edge.of.label("parent"), joins=edge.joins)
        return edge.narrowed(plan, _of_keys(rows, edge.of))

    return build


def _lateral(edge: PagesOf, page: Page, part: str | None) -> Build:
    """The page of each parent, in one statement."""

    def build(plan: Plan) -> sa.Select[Any]:
        parents = sa.func.unnest(KEYS).table_valued(sa.column("parent", sa.Uuid())).render_derived(name="parents")
        rows = (
            readable(plan, *labelled(edge.order), joins=edge.joins)
            .where(edge.of == parents.c.parent)
            .correlate(parents)
        )
        rows = edge.parted(plan, rows, part)
        inner = paged(rows, edge.order, page, descending=edge.descending).lateral("page")
        return sa.select(parents.c.parent, *inner.c).select_from(sa.join(parents, inner, sa.true()))

    return build
