"""The network that a request comes from: what limits of anonymous callers count by."""

from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

UNKNOWN: Final = "unknown"  # all callers without a readable address share one network
PREFIX_BITS: Final = 64  # of IPv6: one subscriber has at least so much and can change the rest at will


def network_of(peer: tuple[str, int] | None) -> str:
    """The caller's network: an IPv4 address, or the /64 of an IPv6 address.

    `peer` is the other end of the connection. Behind a proxy in GATEWAY_TRUSTED_PROXIES the HTTP server has already put
    the forwarded address there.
    """
    if peer is None:
        return UNKNOWN
    try:
        address = ip_address(peer[0].partition("%")[0])
    except ValueError:
        return UNKNOWN
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((address, PREFIX_BITS), strict=False))
