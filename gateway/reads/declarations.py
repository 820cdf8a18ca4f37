"""The types with rows, as the schema declares them, and the columns that each row is loaded with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from gateway.policy import Plan
from gateway.policy.plan import Joining
from gateway.reads.edges import Edge, columns_of
from gateway.reads.roots import Root
from gateway.reads.values import Value, name_of

VALUE: Final = "value"
EDGE: Final = "edge"
PART: Final = "part"
ROOT: Final = "root"
"""What the metadata of a field holds: a value of the row, an edge, the type that shows a part of the same row, or a root."""
DECIDED: Final = "decided"
"""In the metadata of a field that shows what the policy has decided: no rule is about it."""

READ: Final = "read"
"""The key of a field's declaration in the extensions of its definition in the schema."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a field reads. `convert` makes the arguments of the resolver from those of the graph."""

    value: Value | None
    edge: Edge | None
    root: Root | None
    convert: Callable[[Mapping[str, Any]], dict[str, Any]]


KEYS: Final = sa.bindparam("keys", type_=ARRAY(Uuid))
"""A list of keys as one parameter: `= ANY(:keys)` is one statement for every length."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A type with rows of `model`. `joins` are tables that its columns come from; `more` are columns that no leaf shows."""

    cls: type
    model: Any
    joins: Joining = ()
    more: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    columns: tuple[Any, ...]
    joins: Joining


_DECLARED: Final[dict[str, Declared]] = {}


class Row:
    """The base of the types with rows, whose rows and fields the policy decides."""

    def __init_subclass__(
        cls, *, row: Any = None, joins: Joining = (), more: tuple[Any, ...] = (), **options: Any
    ) -> None:
        super().__init_subclass__(**options)
        if row is not None:
            _DECLARED[cls.__name__] = Declared(cls, row, joins, more)


def is_declared(type_name: str) -> bool:
    return type_name in _DECLARED


@cache
def shape_of(type_name: str) -> Shape:
    """The columns of a row: its keys, those that its fields show or follow, and `more`.

    Raises ValueError for a type without a model, two columns of one name, and a column of a table that is not joined.
    """
    if type_name not in _DECLARED:
        raise ValueError(f"{type_name} has rules, but no row: declare its model, `class {type_name}(Node, row=…)`.")
    return shape_of_declared(type_name, _DECLARED[type_name])


def shape_of_declared(type_name: str, declared: Declared) -> Shape:
    keys = [each.class_attribute for each in sa.inspect(declared.model).column_attrs if _is_key(each.columns[0])]
    named: dict[str, Any] = {}
    for column in (*keys, *_columns(declared.cls), *declared.more):
        name = name_of(column)
        if name in named and not _is_same(named[name], column):
            raise ValueError(f"{type_name}: two columns have the name `{name}`. Give one of them a label.")
        named.setdefault(name, column)
    tables = {declared.model.__table__, *(sa.inspect(table).selectable for table, _ in declared.joins)}
    for name, column in named.items():
        if missing := _tables(column) - tables:
            raise ValueError(
                f"{type_name}: `{name}` is a column of {missing.pop()}, which is not joined to {type_name}."
            )
    return Shape(tuple(named.values()), tuple((sa.inspect(table).selectable, on) for table, on in declared.joins))


def readable(plan: Plan, *more: Any, joins: Joining = ()) -> sa.Select[Any]:
    """The rows of a type in scope, with `more` columns, the columns of its shape and its facts."""
    shape = shape_of(plan.type_name)
    return plan.select(*more, *shape.columns, joins=(*shape.joins, *joins))


def values_of(cls: Any) -> list[Value]:
    """The values that the fields of a type show of one row, parts of it included."""
    found: list[Value] = []
    for field in cls.__strawberry_definition__.fields:
        if (value := field.metadata.get(VALUE)) is not None:
            found.append(value)
        if (part := field.metadata.get(PART)) is not None:
            found += values_of(part)
    return found


def _columns(cls: Any) -> list[Any]:
    edges: list[Edge] = [each.metadata[EDGE] for each in cls.__strawberry_definition__.fields if EDGE in each.metadata]
    return [
        *columns_of(values_of(cls)),
        *(column for edge in edges for column in edge.needed),
    ]


def _is_same(one: Any, other: Any) -> bool:
    return one is other or (not isinstance(one, sa.Label) and one.compare(other))


def _is_key(column: Any) -> bool:
    return bool(column.primary_key or column.foreign_keys)


def _tables(column: Any) -> set[Any]:
    """The tables that a column comes from; expressions are labelled, and not looked into."""
    if isinstance(column, sa.Label) and not isinstance(column.element, sa.ColumnClause):
        return set()
    return {sa.inspect(column).expression.table if not isinstance(column, sa.Label) else column.element.table}
