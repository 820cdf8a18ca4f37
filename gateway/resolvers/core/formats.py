"""Converts stored values to the values of the graph."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, datetime
from typing import Any, Final, NamedTuple

from gateway.loaders import Slice, VisibleRow

_DIGITS: Final = {"JPY": 0, "KRW": 0, "BHD": 3, "KWD": 3}


class Money(NamedTuple):
    amount: str
    currency: str


def money(minor: int | None, currency: str | None) -> Money | None:
    """Returns an amount in minor units as a decimal string (D38): 12345 EUR is `123.45`."""
    if minor is None or currency is None:
        return None
    digits = _DIGITS.get(currency, 2)
    sign, whole = "-" if minor < 0 else "", str(abs(minor)).rjust(digits + 1, "0")
    return Money(f"{sign}{whole[:-digits]}.{whole[-digits:]}" if digits else f"{sign}{whole}", currency)


def moment(value: datetime | None) -> str | None:
    """Returns an ISO 8601 timestamp with its offset (D37); None for infinity."""
    return None if value is None or value.year == MAXYEAR else value.isoformat()


def word(value: str | None) -> str | None:
    """Returns a stored word as the graph spells it."""
    return None if value is None else value.upper()


class PageInfo(NamedTuple):
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


class Edge(NamedTuple):
    cursor: str
    node: Any


@dataclass(frozen=True, slots=True)
class Connection:
    """A page of the graph. Cursors and count are made only when requested: `cursors` seals, `count` executes a statement."""

    found: Slice[VisibleRow]
    cursors: Callable[[Sequence[VisibleRow]], list[str]]
    count: Callable[[], Awaitable[int]]

    @property
    def nodes(self) -> list[VisibleRow]:
        return self.found.rows

    @property
    def edges(self) -> list[Edge]:
        return [Edge(*edge) for edge in zip(self.cursors(self.found.rows), self.found.rows, strict=True)]

    @property
    def page_info(self) -> PageInfo:
        start, end = self.cursors([self.found.rows[0], self.found.rows[-1]]) if self.found.rows else (None, None)
        return PageInfo(self.found.has_next, self.found.has_previous, start, end)
