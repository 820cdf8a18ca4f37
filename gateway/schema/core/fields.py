"""Declarations of fields: `leaf` shows a value of the row, an edge leads to other rows, `via` calls a resolver."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from uuid import UUID

import strawberry

from gateway.context import Info
from gateway.loaders import Deferred, VisibleRow
from gateway.reads.declarations import DECIDED, EDGE, PART, ROOT, VALUE, values_of
from gateway.reads.edges import ByKey, CountOf, Edge, Joined, ManyOf, OneAt, OneOf, PagesOf, SumOf, columns_of
from gateway.reads.pages import PageArguments
from gateway.reads.roots import Root, RootById, RootCount, RootList, RootOwn, RootTabs, RootWords
from gateway.reads.values import Value, itself, name_of
from gateway.resolvers.core.connections import Connection, listed, nested
from gateway.resolvers.core.counts import TabSummary, count_of_rows, counted_tabs
from gateway.resolvers.core.nodes import found, seen_or_refused
from gateway.schema.core.arguments import After, Before, First, Id, Last, OptionalId

Resolve = Callable[..., Any]


def leaf(description: str, value: Value | None = None, name: str | None = None) -> Any:
    """Declares a field that shows `value` of the row. In a type without rows, it may be an attribute of the object instead.

    `name` is for names that Python reserves.
    """
    return strawberry.field(name=name, description=description, metadata={VALUE: value})


def of_policy(description: str, value: Value) -> Any:
    """Declares a field that shows what the policy has decided about the row. Every viewer of the row sees it, without a rule."""
    return strawberry.field(description=description, metadata={VALUE: value, DECIDED: True})


def via(resolver: Resolve, description: str) -> Any:
    """Declares a field whose value the resolver returns."""
    return strawberry.field(resolver=resolver, description=description)


def part(description: str, cls: type, known: Value | None = None) -> Any:
    """Declares a field that shows a part of the row as an object of the type `cls`; null if `known` is null."""
    return strawberry.field(description=description, metadata={PART: cls, VALUE: itself(known)})


# ---- edges


def to_one(description: str, key: Any) -> Any:
    """Declares the row whose key the column `key` holds; null if the viewer may not see it."""
    edge = ByKey(key=key)
    name = name_of(key)

    def resolve(root: VisibleRow, info: Info) -> Awaitable[VisibleRow | None] | None:
        found = getattr(root.row, name)
        return None if found is None else info.context.load.node(edge.target, found)

    return _edge(description, edge, resolve)


def one_of(description: str, of: Any, **more: Any) -> Any:
    """Declares the row that has the key of this one in `of`: at most one."""
    edge = OneOf(of=of, **more)

    def resolve(root: VisibleRow, info: Info) -> Awaitable[VisibleRow | None]:
        return info.context.load.one(edge, root.id)

    return _edge(description, edge, resolve)


def one_at(description: str, key: Callable[[Any], UUID | None], edge: OneOf) -> Any:
    """Declares the row behind the edge of which `key` gives the key for the viewer; null if it gives none."""
    at = OneAt(edge=edge, key=key)

    def resolve(info: Info) -> Awaitable[VisibleRow | None] | None:
        found = key(info.context.viewer)
        return None if found is None else info.context.load.one(edge, found)

    return _edge(description, at, resolve)


def sum_of(description: str, edge: ManyOf, column: Any) -> Any:
    """Declares the sum of a column over the rows behind the edge; they are loaded once for both."""
    name = name_of(column)

    async def resolve(root: VisibleRow, info: Info) -> int:
        return sum(getattr(row.row, name) or 0 for row in await info.context.load.many(edge, root.id))

    return _edge(description, SumOf(edge=edge, column=column), resolve)


def many_of(description: str, edge: ManyOf) -> Any:
    """Declares all rows behind the edge: few, by their nature."""

    def resolve(root: VisibleRow, info: Info) -> Awaitable[list[VisibleRow]]:
        return info.context.load.many(edge, root.id)

    return _edge(description, edge, resolve)


def pages_of(description: str, of: Any, *order: Any, **more: Any) -> Any:
    """Declares a list with pages of the rows that have the key of this one in `of`."""
    edge = PagesOf(of=of, order=order, **more)

    def resolve(
        root: VisibleRow,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Awaitable[Connection]:
        return nested(edge, root, info, PageArguments(first, after, last, before))

    return _edge(description, edge, resolve)


def pages_of_parts(description: str, resolver: Callable[[PagesOf], Resolve], edge: PagesOf) -> Any:
    """Declares such a list of which a part can be requested. The resolver has further arguments."""
    return _edge(description, edge, resolver(edge))


def newest_of(description: str, of: Any, key: Any, *rules: tuple[str, ...]) -> Any:
    """Declares such a list, newest first."""
    return pages_of(description, of, key, descending=True, rules=rules)


def count_of(description: str, of: Any, *rules: tuple[str, ...]) -> Any:
    """Declares the number of rows that have the key of this one in `of`."""
    edge = CountOf(of=of, rules=rules, target=of.class_.__name__)

    def resolve(root: VisibleRow, info: Info) -> Awaitable[int]:
        return info.context.load.count(edge, root.id)

    return _edge(description, edge, resolve)


def joined(description: str, cls: type, table: Any, on: Any, rule: str | None = None) -> Any:
    """Declares a row of another table, without rules of its own, shown as an object of the type `cls`.

    With `rule`, it is null unless that rule of this row holds with some word.
    """
    edge = Joined(table=table, on=on, columns=columns_of(values_of(cls)), rule=rule)

    def resolve(root: VisibleRow, info: Info) -> Awaitable[VisibleRow | None] | None:
        if rule is not None and not root.situation.words(rule):
            return None
        return Deferred(info.context.load.joined(edge, root), lambda rows: rows[0] if rows else None)

    return _edge(description, edge, resolve)


def all_joined(description: str, cls: type, table: Any, on: Any, order: Any) -> Any:
    """Declares the rows of another table, without rules of their own, as objects of the type `cls`."""
    edge = Joined(table=table, on=on, columns=columns_of(values_of(cls)), order=order, many=True)

    def resolve(root: VisibleRow, info: Info) -> Awaitable[list[VisibleRow]]:
        return info.context.load.joined(edge, root)

    return _edge(description, edge, resolve)


def joined_leaf(description: str, value: Value, table: Any, on: Any) -> Any:
    """Declares a value of a row of another table; null if there is none."""
    edge, read = Joined(table=table, on=on, columns=value.needed(), value=value), value.reader()

    def resolve(root: VisibleRow, info: Info) -> Awaitable[Any]:
        return Deferred(info.context.load.joined(edge, root), lambda rows: read(rows[0]) if rows else None)

    return _edge(description, edge, resolve)


# ---- root fields


def listed_by(description: str, root: RootList) -> Any:
    """Declares a list with pages that a query begins at. Its arguments are those of `root.select`."""
    names = ("first", "after", "last", "before") if root.backwards else ("first", "after")

    def resolve(info: Info, **given: Any) -> Awaitable[Connection]:
        page = PageArguments(**{name: given.pop(name) for name in names if name in given})
        return listed(root, info, given, page)

    own = list(inspect.signature(root.select).parameters.values())[1:]
    info = inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Info)
    resolve.__signature__ = inspect.Signature([info, *own, *(PAGE[name] for name in names)])  # type: ignore[attr-defined]
    return _root(description, root, resolve)


def by_id(description: str, root: RootById) -> Any:
    """Declares an object by its global id."""

    async def of_id(info: Info, id: Id) -> VisibleRow:
        return await found(info.context, root.target, id)

    async def of_id_or_own(info: Info, id: OptionalId = None) -> VisibleRow | None:
        if id is not None:
            return await found(info.context, root.target, id)
        own = root.or_own(info.context.viewer) if root.or_own is not None else None
        return None if own is None else await seen_or_refused(info.context, *own)

    return _root(description, root, of_id if root.or_own is None else of_id_or_own)


def count_by(description: str, root: RootCount) -> Any:
    """Declares the number of rows for which all rules hold."""

    async def resolve(info: Info) -> int:
        return await count_of_rows(info.context, root)

    return _root(description, root, resolve)


def tabs_of(description: str, root: RootTabs) -> Any:
    """Declares the tabs of a list with their numbers of rows."""

    async def resolve(info: Info) -> list[TabSummary]:
        return await counted_tabs(info.context, root)

    return _root(description, root, resolve)


def own(description: str, root: RootOwn) -> Any:
    """Declares an object of the viewer's own."""

    async def resolve(info: Info) -> VisibleRow | None:
        at = root.own(info.context.viewer)
        return None if at is None else await info.context.load.node(*at)

    return _root(description, root, resolve)


def words_of_own(description: str, root: RootWords) -> Any:
    """Declares the words of a rule that hold for an object of the viewer's own."""

    async def resolve(info: Info) -> list[str]:
        at = root.own(info.context.viewer)
        row = None if at is None else await info.context.load.node(*at)
        return [] if row is None else row.situation.words(root.rule)

    return _root(description, root, resolve)


def begun_at(description: str, root: Root, resolver: Resolve) -> Any:
    """Declares any other root field, which the walker reads by `resolver`."""
    return _root(description, root, resolver)


def _page_arguments() -> Mapping[str, inspect.Parameter]:
    def page(first: First = None, after: After = None, last: Last = None, before: Before = None) -> None: ...

    return inspect.signature(page).parameters


PAGE: Final = _page_arguments()


def _root(description: str, root: Root, resolve: Resolve) -> Any:
    return strawberry.field(resolver=resolve, description=description, metadata={ROOT: root})


def _edge(description: str, edge: Edge, resolve: Resolve) -> Any:
    return strawberry.field(resolver=resolve, description=description, metadata={EDGE: edge})
