"""The pages of lists, as the graph reads them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from gateway.loaders import Slice, VisibleRow


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
