"""SQL as text: references to columns under the names of a statement, and JSON text put together of constants and expressions.

A text holds parameters as `%(name)s`, and so each percent sign of its constants twice.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import asyncpg


class _Compiler(asyncpg.PGDialect_asyncpg.statement_compiler):  # type: ignore[misc,valid-type] # SQLAlchemy's own
    """Writes constants into the text: each would be a parameter, although it is the same in every request."""

    def visit_bindparam(self, bindparam: Any, **options: Any) -> Any:
        return super().visit_bindparam(bindparam, **options, **({} if bindparam.required else {"literal_binds": True}))


DIALECT: Final[sa.Dialect] = asyncpg.dialect(paramstyle="pyformat")  # type: ignore[no-untyped-call] # SQLAlchemy's own
DIALECT.statement_compiler = _Compiler
_PREPARER: Final = DIALECT.identifier_preparer
_REFERENCE: Final = re.compile(r'\b(t\d+(?:_\w+)?)\.(\w+|"\w+")')


class Sql(str):
    """SQL of a text that is never NULL."""

    __slots__ = ()


Piece: TypeAlias = str
"""A piece of JSON text: a constant, or `Sql` that gives it."""


class Reference(sa.ColumnClause[Any]):
    """A column of a table under its name in a statement. Unlike SQLAlchemy's own columns it adds no table to a FROM clause."""

    inherit_cache = False

    def __init__(self, name: str, column: Any) -> None:
        super().__init__(f"{name}.{_PREPARER.quote(column.name)}", column.type, is_literal=True)
        self.nullable = bool(column.nullable)


class Named:
    """A table under a name in a statement."""

    __slots__ = ("c", "name", "table")

    def __init__(self, table: Any, name: str) -> None:
        self.table, self.name = table, name
        self.c = _References(table, name)

    @property
    def source(self) -> str:
        """The table with its name, as in a FROM clause."""
        table = self.table.element if isinstance(self.table, sa.Alias) else self.table
        return f"{_PREPARER.format_table(table)} {self.name}"


class _References:
    """The references to the columns of one table, by their names."""

    __slots__ = ("_known", "_name", "_table")

    def __init__(self, table: Any, name: str) -> None:
        self._table, self._name = table, name
        self._known: dict[str, Reference] = {}

    def __getitem__(self, column: str) -> Reference:
        if column not in self._known:
            self._known[column] = Reference(self._name, self._table.c[column])
        return self._known[column]


def written(expression: Any) -> str:
    """Returns the text of an expression over references."""
    return str(expression.compile(dialect=DIALECT, compile_kwargs={"render_postcompile": True}))


def constant(text: str) -> Sql:
    """Returns a text as a constant."""
    return Sql("'" + text.replace("'", "''").replace("%", "%%") + "'")


def aggregated(text: Sql) -> Sql:
    """A text as an argument of an aggregate, which takes a constant for a value of an unknown type."""
    return Sql(f"{text}::text") if text.startswith("'") else text


def concatenated(pieces: Iterable[Piece]) -> Sql:
    """Returns one text of the pieces."""
    parts: list[Piece] = []
    for piece in pieces:
        if not piece:
            continue
        if parts and not isinstance(piece, Sql) and not isinstance(parts[-1], Sql):
            parts[-1] += piece
        else:
            parts.append(piece)
    made = [part if isinstance(part, Sql) else constant(part) for part in parts]
    if len(made) <= 1:
        return made[0] if made else constant("")
    return Sql(f"({' || '.join(made)})")


def case(branches: Sequence[tuple[str, Sql]], otherwise: Sql | None) -> Sql:
    """Returns the text of the first branch whose condition holds; NULL if none does and there is no other."""
    if not branches:
        return otherwise or Sql("NULL::text")
    whens = " ".join(f"WHEN {condition} THEN {shown}" for condition, shown in branches)
    return Sql(f"CASE {whens}{'' if otherwise is None else f' ELSE {otherwise}'} END")


def or_else(text: str, otherwise: str) -> Sql:
    """Returns `text`; the constant `otherwise` where it is NULL."""
    return Sql(f"coalesce({text}, {constant(otherwise)})")


def references(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Returns the columns that texts refer to: the name of the table and that of the column, each pair once."""
    found: dict[tuple[str, str], None] = {}
    for text in texts:
        found |= dict.fromkeys(_REFERENCE.findall(text))
    yield from found
