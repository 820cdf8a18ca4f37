"""How many requests one caller may have in flight in this process, from its first byte to the last one of the answer."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final, Literal, Self

from starlette.types import Scope

from gateway.errors import RateLimited
from gateway.settings import Settings

Kind = Literal["person", "organisation", "address"]

RETRY_SECONDS: Final = 1
IPV6_PREFIX: Final = 64  # a customer of a provider has at least so many addresses


class InFlight:
    """The requests of all callers. A caller over its bound is refused at once, and so never waits for a connection."""

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
        """One request, for as long as this is open."""
        client = scope.get("client")
        flight = Flight(self, network_of(client[0]) if client else "")
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
                "Too many requests at once. Wait for the answers to earlier ones.", retry_after=RETRY_SECONDS
            )
        self.counts[place] += 1


class Flight:
    """One request and the callers for whom it counts. `address` is the network that it came from."""

    def __init__(self, all: InFlight, address: str) -> None:
        self._all, self.address = all, address
        self.places: set[tuple[Kind, object]] = set()

    def enter(self, kind: Kind, key: object) -> None:
        """Count this request for a caller; RateLimited where that one has too many. Counting it again changes nothing."""
        if (kind, key) not in self.places:
            self._all.enter((kind, key))
            self.places.add((kind, key))


def network_of(address: str) -> str:
    """An IPv4 address as it is, or the network of an IPv6 address that one customer of a provider has."""
    try:
        read = ip_address(address)
    except ValueError:
        return address
    if not isinstance(read, IPv6Address):
        return str(read)
    mapped = read.ipv4_mapped
    return str(mapped) if mapped else str(IPv6Network((read.packed, IPV6_PREFIX), strict=False))
