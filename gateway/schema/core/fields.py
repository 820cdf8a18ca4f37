"""The two ways in which a field gets its value: a leaf reads it off the row, `via` asks a resolver."""

from collections.abc import Callable
from typing import Any

import strawberry

from gateway.loaders import Seen

Read = Callable[[Seen], Any]


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


def column(name: str, convert: Callable[[Any], Any]) -> Read:
    def read(row: Seen) -> Any:
        return convert(getattr(row.row, name))

    return read
