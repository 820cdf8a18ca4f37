"""A bounded cache for values that are expensive to compute."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import RLock
from typing import Generic, TypeVar

KeyT = TypeVar("KeyT", bound=Hashable)
ValueT = TypeVar("ValueT")


class Cache(Generic[KeyT, ValueT]):
    """At most `most` values by key. When it is full, the least recently used value is dropped.

    With `weigh`, `most` limits the sum of the weights of keys and values instead of their number.
    """

    __slots__ = ("_kept", "_lock", "_weigh", "most", "weight")

    def __init__(self, most: int, weigh: Callable[[KeyT, ValueT], int] = lambda *_: 1) -> None:
        self.most, self.weight = most, 0
        self._weigh = weigh
        self._kept: OrderedDict[KeyT, ValueT] = OrderedDict()
        self._lock = RLock()  # queries are compiled in other threads

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, key: KeyT) -> bool:
        return key in self._kept

    def get(self, key: KeyT) -> ValueT | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: KeyT, value: ValueT) -> None:
        with self._lock:
            self.drop(key)
            self._kept[key] = value
            self.weight += self._weigh(key, value)
            while self.weight > self.most:
                self.weight -= self._weigh(*self._kept.popitem(last=False))

    def drop(self, key: KeyT) -> None:
        with self._lock:
            if key in self._kept:
                self.weight -= self._weigh(key, self._kept.pop(key))

    def made(self, key: KeyT, make: Callable[[], ValueT]) -> ValueT:
        """Returns the cached value of a key; without one, calls `make` and caches the result. A value is never None."""
        found = self.get(key)
        if found is None:
            found = make()
            self.put(key, found)
        return found
