"""Limits the requests in flight of one caller in this process, from the first byte to the last one of the response."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, Literal, Self

from starlette.types import Scope

from gateway.errors import RateLimited
from gateway.http.network import network_of
from gateway.settings import Settings

Kind = Literal["person", "organisation", "address"]

RETRY_SECONDS: Final = 1


class InFlight:
    """The requests in flight of all callers. A caller above its limit is refused at once, and so never waits for a connection."""

    def __init__(self, bounds: Mapping[Kind, int]) -> None:
        self._bounds = bounds
        self.counts: Counter[tuple[Kind, object]] = Counter()

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        return cls(
            {
                "person": settings.in_flight_person,
                "organisation": settings.in_flight_organisation,
                "address": settings.in_flight_address,
            }
        )

    @contextmanager
    def request(self, scope: Scope) -> Iterator["Flight"]:
        """One request: its counts are released when the context ends."""
        flight = Flight(self, network_of(scope.get("client")))
        try:
            yield flight
        finally:
            for place in flight.places:
                self.counts[place] -= 1
                if not self.counts[place]:
                    del self.counts[place]

    def enter(self, place: tuple[Kind, object]) -> None:
        if self.counts[place] >= self._bounds[place[0]]:
            raise RateLimited(
                "Too many requests at the same time. Wait for the responses to earlier ones.", retry_after=RETRY_SECONDS
            )
        self.counts[place] += 1


class Flight:
    """One request and the callers for which it counts. `address` is the network that it came from."""

    def __init__(self, all_requests: InFlight, address: str) -> None:
        self._all, self.address = all_requests, address
        self.places: set[tuple[Kind, object]] = set()

    def enter(self, kind: Kind, key: object) -> None:
        """Count this request for a caller, once; raises RateLimited if the caller has too many requests in flight."""
        if (kind, key) not in self.places:
            self._all.enter((kind, key))
            self.places.add((kind, key))
