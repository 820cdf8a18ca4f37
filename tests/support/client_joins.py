"""Joins of client-owned tables, found in the statements that are executed: each must compare the clients of its rows."""

from collections.abc import Collection, Iterator
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.sql import operators, visitors

from gateway.db.models import Base

WITHOUT_CLIENT: Final = {
    "audit_entry": "an entry may be about a firm alone, or about an invitation that no company had accepted",
    "client_invitation": "an invitation has no client until a company accepts it",
    "integration_token": "a token may be that of a firm or of the platform",
    "firm": "a firm's own company is a reference to a client, not its owner",
    "notice": "the queue of mails and the mails made from it are read without regard to clients",
}
"""Tables that refer to clients' rows and are not client-owned, each with the reason."""
NULLABLE: Final = {"collaboration": "a firm's invitation has no client until a company accepts it (D42)"}
"""Client-owned tables in which a row may have no client."""


def client_owned(exceptions: Collection[str] = WITHOUT_CLIENT) -> dict[str, sa.Table]:
    """The tables that refer to a client, or to a row of such a table, but for the exceptions and what refers to them alone."""
    tables = {name: table for name, table in Base.metadata.tables.items() if name not in {"client", *exceptions}}
    owned: dict[str, sa.Table] = {}
    while more := {name for name in tables.keys() - owned.keys() if _refers(tables[name], {"client", *owned})}:
        owned |= {name: tables[name] for name in more}
    return owned


def _refers(table: sa.Table, owned: Collection[str]) -> bool:
    return any(key.column.table.name in owned for column in table.c for key in column.foreign_keys)


OWNED: Final = frozenset(client_owned()) | {"client"}


class _Classes:
    """Rows whose clients are equal, by union of their sets."""

    def __init__(self) -> None:
        self._parent: dict[Any, Any] = {}

    def root(self, key: Any) -> Any:
        while (parent := self._parent.setdefault(key, key)) != key:
            key = parent
        return key

    def unite(self, one: Any, other: Any) -> None:
        one, other = self.root(one), self.root(other)
        self._parent[one] = other


def broken_joins(statement: Any) -> list[str]:
    """The pairs of client-owned tables that the statement joins without comparing their clients."""
    classes, pairs = _Classes(), []
    for left, right in _equalities(statement):
        one, other = _row(left), _row(right)
        if _is_client(left) and _is_client(right):
            classes.unite(one, other)
        elif _is_client(left) and other is None and (value := _value(right)) is not None:
            classes.unite(one, value)
        elif one is not None and left.name == "id" and other is None and (value := _value(right)) is not None:
            classes.unite(one, (_base(one).name, value))  # the same row, if joined twice
        elif one is not None and other is not None and "copy_of" in (left.name, right.name):
            classes.unite(one, other)  # an invitation has no client, and its copies are those of companies
        elif one is not None and other is not None and one is not other:
            pairs.append((one, other))
    for rows in _together(statement):
        pairs += [(rows[0], row) for row in rows[1:]]
    broken = [pair for pair in pairs if classes.root(pair[0]) != classes.root(pair[1])]
    return sorted({" and ".join(sorted(row.name for row in pair)) for pair in broken})


def _equalities(statement: Any) -> Iterator[tuple[Any, Any]]:
    for element in visitors.iterate(statement):
        if not isinstance(element, sa.BinaryExpression):
            continue
        if element.operator is operators.eq:
            yield element.left, element.right
            if _row(element.left) is None:
                yield element.right, element.left
        selected = _selected(element.right)
        if element.operator in (operators.in_op, operators.eq) and selected:
            lefts = list(element.left.clauses) if isinstance(element.left, sa.sql.elements.Tuple) else [element.left]
            yield from zip(lefts, selected, strict=True)


def _selected(element: Any) -> list[Any]:
    """The columns of a subquery."""
    while isinstance(element, (sa.sql.elements.Grouping, sa.ScalarSelect, sa.sql.selectable.SelectStatementGrouping)):
        element = element.element
    return list(element.selected_columns) if isinstance(element, sa.Select) else []


def _row(element: Any) -> Any:
    """The table, or its alias, that a column is of, if it is client-owned."""
    table = getattr(element, "table", None) if isinstance(element, sa.ColumnClause) else None
    if table is None:
        return None
    while hasattr(table, "_deannotate") and "_annotations" in vars(table) and table is not table._deannotate():
        table = table._deannotate()
    return _only(table) if getattr(_base(table), "name", None) in OWNED else None


def _base(table: Any) -> Any:
    return table.element if isinstance(table, sa.sql.selectable.Alias) else table


_KNOWN: dict[int, Any] = {}


def _only(table: Any) -> Any:
    """One object for each table or alias: annotated copies of it are equal by their hash alone."""
    return _KNOWN.setdefault(hash(table), table)


def _is_client(element: Any) -> bool:
    row = _row(element)
    if row is None:
        return False
    return element.name == ("id" if _base(row).name == "client" else "client_id")


def _value(element: Any) -> Any:
    """A value that two comparisons can share: a parameter by its value or name, a column by itself."""
    if isinstance(element, sa.BindParameter):
        return element.value if element.value is not None else f":{element.key}"
    if isinstance(element, sa.ColumnClause):
        return f"{element.table}.{element.name}"
    return None


def _together(statement: Any) -> Iterator[list[Any]]:
    """The client-owned rows in each FROM clause."""
    for element in visitors.iterate(statement):
        if isinstance(element, sa.Select):
            froms = [row for source in element.get_final_froms() for row in _leaves(source)]
        elif isinstance(element, (sa.Update, sa.Delete)):
            froms = [*_leaves(element.table)]
        else:
            continue
        if len(rows := list(dict.fromkeys(_only(row) for row in froms))) > 1:
            yield rows


def _leaves(source: Any) -> Iterator[Any]:
    if isinstance(source, sa.sql.selectable.Join):
        yield from _leaves(source.left)
        yield from _leaves(source.right)
    else:
        base = _base(source)
        if isinstance(base, sa.Table) and base.name in OWNED:
            yield source
