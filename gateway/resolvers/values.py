"""Plain values on their way to the graph."""

from collections.abc import Sequence
from datetime import MAXYEAR, datetime
from typing import Any, Final, NamedTuple

_DIGITS: Final = {"JPY": 0, "KRW": 0, "BHD": 3, "KWD": 3}


class Money(NamedTuple):
    amount: str
    currency: str


def money(minor: int | None, currency: str | None) -> Money | None:
    """Minor units as a decimal string (D38): 12345 EUR is `123.45`."""
    if minor is None or currency is None:
        return None
    digits = _DIGITS.get(currency, 2)
    sign, whole = "-" if minor < 0 else "", str(abs(minor)).rjust(digits + 1, "0")
    return Money(f"{sign}{whole[:-digits]}.{whole[-digits:]}" if digits else f"{sign}{whole}", currency)


def moment(value: datetime | None) -> str | None:
    """With offset (D37); a moment that never comes is null."""
    return None if value is None or value.year == MAXYEAR else value.isoformat()


def word(value: str | None) -> str | None:
    """A stored word as the graph spells it."""
    return None if value is None else value.upper()


class PageInfo(NamedTuple):
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


class Edge(NamedTuple):
    cursor: str
    node: Any


class Connection(NamedTuple):
    """A page of the graph; `count` is asked only when a caller asks (its statement is its own)."""

    edges: Sequence[Edge]
    page_info: PageInfo
    count: Any

    @property
    def nodes(self) -> list[Any]:
        return [edge.node for edge in self.edges]
