"""The two ways in which a field gets its value: a leaf reads it off the row, `via` asks a resolver."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import strawberry

from gateway.loaders import VisibleRow

Read = Callable[[VisibleRow], Any]


def leaf(description: str, read: Read | str | None = None) -> Any:
    """A value of the object itself. `read` names another column, or computes from the row; no leaf is ever async."""
    return strawberry.field(description=description, metadata={"read": read})


def via(resolver: Callable[..., Any], description: str) -> Any:
    """A value that a resolver gets."""
    return strawberry.field(resolver=resolver, description=description)


def word_of(rule: str) -> Read:
    """The first word of a rule of the policy that holds here."""
    return lambda row: row.situation.first(rule)


def words_of(rule: str) -> Read:
    """All words of a rule of the policy that hold here."""
    return lambda row: row.situation.words(rule)


@dataclass(frozen=True, slots=True)
class Converted:
    """The value of a loaded column, converted."""

    column: str
    convert: Callable[[Any], Any]

    def __call__(self, row: VisibleRow) -> Any:
        return self.convert(getattr(row.row, self.column))


def column(name: str, convert: Callable[[Any], Any]) -> Read:
    return Converted(name, convert)


def column_of(field: Any) -> str | None:
    """The column that a leaf reads; None for one that computes its value."""
    read = field.metadata.get("read") or field.python_name
    if isinstance(read, Converted):
        return read.column
    return read if isinstance(read, str) else None
