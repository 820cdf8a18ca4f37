"""Descriptions of the tables for the policy, from the mapped classes: columns, relations and unique indexes."""

import operator
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapper, RelationshipProperty

from gateway.policy.errors import PolicyError

_MAX_PAIRS: Final = 2
_DIALECT: Final[sa.Dialect] = postgresql.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy's own


@dataclass(frozen=True, slots=True)
class Way:
    """A relation: its target, the columns it joins, and whether it leads to one row or to many.

    `same`: a column of both tables that is compared, too, such as the client of two rows of one client.
    """

    target: str
    local: str
    remote: str
    many: bool
    same: str | None = None

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The compared columns: of the row, and of the target."""
        return ((self.local, self.remote), *([(self.same, self.same)] if self.same else []))


@dataclass(frozen=True, slots=True)
class Unique:
    """Columns whose combination is unique among the rows in which each column of the predicate has one of its values."""

    name: str
    columns: frozenset[str]
    predicate: tuple[tuple[str, frozenset[str | None]], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One table, under the name of its class."""

    name: str
    table: sa.Table
    ways: dict[str, Way]
    unique: tuple[Unique, ...]
    words: dict[str, frozenset[str]] = field(default_factory=dict)  # closed columns

    def column(self, name: str, place: str) -> sa.Column[Any]:
        if name not in self.table.c:
            raise PolicyError(f"{place}: {self.name} has no column `{name}`")
        return self.table.c[name]


def describe(mappers: Iterable[Mapper[Any]]) -> dict[str, Row]:
    """The descriptions of the mapped classes, by class name."""
    return {mapper.class_.__name__: _row(mapper) for mapper in mappers}


def _row(mapper: Mapper[Any]) -> Row:
    table = mapper.local_table
    if not isinstance(table, sa.Table):  # pragma: no cover (all our classes map tables)
        raise PolicyError(f"{mapper.class_.__name__} is not mapped to a table")
    ways = {relation.key: way for relation in mapper.relationships if (way := _way(relation)) is not None}
    words = {
        constraint.info["column"]: frozenset(constraint.info["words"])
        for constraint in table.constraints
        if isinstance(constraint, sa.CheckConstraint) and "words" in constraint.info
    }
    return Row(mapper.class_.__name__, table, ways, tuple(_unique(table)), words)


def _way(relation: RelationshipProperty[Any]) -> Way | None:
    """The relation, which compares two columns, and may also compare a column that both tables have.

    None for any other relation. A policy that uses such a relation is refused.
    """
    on = relation.primaryjoin
    parts = on.clauses if isinstance(on, sa.BooleanClauseList) and on.operator is operator.and_ else (on,)
    equal = all(isinstance(part, sa.BinaryExpression) and part.operator is operator.eq for part in parts)
    pairs = [(local.name, remote.name) for local, remote in relation.local_remote_pairs or ()]
    pairs.sort(key=lambda pair: pair[0] == pair[1])
    if relation.secondary is not None or not equal or len(parts) != len(pairs) or len(pairs) > _MAX_PAIRS:
        return None
    (local, remote), *more = pairs
    if any(other != column for column, other in more):
        return None
    return Way(relation.mapper.class_.__name__, local, remote, bool(relation.uselist), more[0][0] if more else None)


def _unique(table: sa.Table) -> Iterable[Unique]:
    yield Unique("primary key", frozenset(column.name for column in table.primary_key.columns))
    for index in table.indexes:
        if not index.unique:
            continue
        where = index.dialect_options["postgresql"].get("where")
        parts = [] if where is None else str(where.compile(dialect=_DIALECT)).split(" AND ")
        predicate = [_conjunct(part) for part in parts]
        if None not in predicate:
            columns = frozenset(column.name for column in index.columns)
            yield Unique(str(index.name), columns, tuple(part for part in predicate if part is not None))


def _conjunct(part: str) -> tuple[str, frozenset[str | None]] | None:
    """The column and values of `state IN ('a', 'b')`, `to_at = 'infinity'` or `ended_at IS NULL`; None for any other condition."""
    match re.fullmatch(r"(\w+) (IS NULL|= '\w+'|IN \([^)]*\))", part.strip()):
        case None:
            return None
        case found if found[2] == "IS NULL":
            return found[1], frozenset([None])
        case found:
            return found[1], frozenset(re.findall(r"'(\w+)'", found[2]))
