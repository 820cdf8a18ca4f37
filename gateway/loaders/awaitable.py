"""A value that is made from the result of an awaitable."""

from collections.abc import Awaitable, Callable, Generator
from typing import Any, Generic, TypeVar

GivenT = TypeVar("GivenT")
MadeT = TypeVar("MadeT")


class Deferred(Generic[GivenT, MadeT]):
    """`make` of the result of `awaited`: for rows that are already loaded, where a coroutine per row would cost a task."""

    __slots__ = ("_awaited", "_make")

    def __init__(self, awaited: Awaitable[GivenT], make: Callable[[GivenT], MadeT]) -> None:
        self._awaited = awaited
        self._make = make

    def __await__(self) -> Generator[Any, None, MadeT]:
        return self._make((yield from self._awaited.__await__()))
