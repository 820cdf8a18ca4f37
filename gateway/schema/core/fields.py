"""Declarations of fields: `leaf` reads a value from the row, `via` calls a resolver."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import strawberry

from gateway.loaders import VisibleRow

Read = Callable[[VisibleRow], Any]


def leaf(description: str, read: Read | str | None = None) -> Any:
    """Declares a field that is read from the row. `read` names another column or computes the value; it is never async."""
    return strawberry.field(description=description, metadata={"read": read})


def via(resolver: Callable[..., Any], description: str) -> Any:
    """Declares a field whose value the resolver returns."""
    return strawberry.field(resolver=resolver, description=description)


def word_of(rule: str) -> Read:
    """Reads the first word of a policy rule that holds for the row."""
    return lambda row: row.situation.first(rule)


def words_of(rule: str) -> Read:
    """Reads all words of a policy rule that hold for the row."""
    return lambda row: row.situation.words(rule)


@dataclass(frozen=True, slots=True)
class Converted:
    """Reads a loaded column and converts its value."""

    column: str
    convert: Callable[[Any], Any]

    def __call__(self, row: VisibleRow) -> Any:
        return self.convert(getattr(row.row, self.column))


def column(name: str, convert: Callable[[Any], Any]) -> Read:
    return Converted(name, convert)


def column_of(field: Any) -> str | None:
    """Returns the name of the column that a leaf reads; None for a leaf that computes its value."""
    read = field.metadata.get("read") or field.python_name
    if isinstance(read, Converted):
        return read.column
    return read if isinstance(read, str) else None
