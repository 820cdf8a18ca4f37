"""Declarations of fields: `leaf` shows a value of the row, an edge leads to other rows, `via` calls a resolver."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import strawberry

from gateway.context import Info
from gateway.loaders import Deferred, VisibleRow
from gateway.reads.declarations import EDGE, PART, VALUE, values_of
from gateway.reads.edges import ByKey, CountOf, Edge, Joined, ManyOf, OneOf, PagesOf, columns_of
from gateway.reads.values import Value, itself, name_of
from gateway.resolvers.core.connections import Connection, PageArguments, nested
from gateway.schema.core.arguments import After, Before, First, Last

Resolve = Callable[..., Any]


def leaf(description: str, value: Value | None = None, name: str | None = None) -> Any:
    """Declares a field that shows `value` of the row. In a type without rows, it may be an attribute of the object instead.

    `name` is for names that Python reserves.
    """
    return strawberry.field(name=name, description=description, metadata={VALUE: value})


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

    def resolve(info: Info) -> Awaitable[VisibleRow | None] | None:
        found = key(info.context.viewer)
        return None if found is None else info.context.load.one(edge, found)

    return _edge(description, edge, resolve)


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
    edge = Joined(table=table, on=on, columns=columns_of(values_of(cls)))

    def resolve(root: VisibleRow, info: Info) -> Awaitable[VisibleRow | None] | None:
        if rule is not None and not root.situation.words(rule):
            return None
        return Deferred(info.context.load.joined(edge, root), lambda rows: rows[0] if rows else None)

    return _edge(description, edge, resolve)


def all_joined(description: str, cls: type, table: Any, on: Any, order: Any) -> Any:
    """Declares the rows of another table, without rules of their own, as objects of the type `cls`."""
    edge = Joined(table=table, on=on, columns=columns_of(values_of(cls)), order=order)

    def resolve(root: VisibleRow, info: Info) -> Awaitable[list[VisibleRow]]:
        return info.context.load.joined(edge, root)

    return _edge(description, edge, resolve)


def joined_leaf(description: str, value: Value, table: Any, on: Any) -> Any:
    """Declares a value of a row of another table; null if there is none."""
    edge, read = Joined(table=table, on=on, columns=value.needed()), value.reader()

    def resolve(root: VisibleRow, info: Info) -> Awaitable[Any]:
        return Deferred(info.context.load.joined(edge, root), lambda rows: read(rows[0]) if rows else None)

    return _edge(description, edge, resolve)


def _edge(description: str, edge: Edge, resolve: Resolve) -> Any:
    return strawberry.field(resolver=resolve, description=description, metadata={EDGE: edge})
