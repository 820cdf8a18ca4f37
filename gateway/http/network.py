"""The network that a request comes from, by which the limits of anonymous callers count."""

from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

UNKNOWN: Final = "unknown"  # all callers without a readable address share one network
PREFIX_BITS: Final = 64  # of IPv6: one subscriber has at least a /64 and can change the remaining bits at will


def network_of(peer: tuple[str, int] | None) -> str:
    """The caller's network: an IPv4 address, or the /64 of an IPv6 address.

    `peer` is the other end of the connection. Behind a proxy in GATEWAY_TRUSTED_PROXIES, the HTTP server has already
    replaced it by the forwarded address.
    """
    return UNKNOWN if peer is None else _of_address(peer[0])


@lru_cache(maxsize=4096)
def _of_address(text: str) -> str:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return UNKNOWN
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((address, PREFIX_BITS), strict=False))
