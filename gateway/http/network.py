"""Where a request comes from."""

from ipaddress import IPv6Address, IPv6Network, ip_address

from starlette.datastructures import Address

PREFIX = 64  # bits: one subscriber has all IPv6 addresses behind them


def network_of(client: Address | None) -> str:
    """The network address by which callers are limited: an IPv4 address, or the /64 of an IPv6 address.

    `client` is the peer, or what a proxy in `GATEWAY_TRUSTED_PROXIES` forwards. All that is not an IP address is one network.
    """
    try:
        found = ip_address((client.host if client else "").partition("%")[0])
    except ValueError:
        return ""
    if not isinstance(found, IPv6Address):
        return str(found)
    mapped = found.ipv4_mapped
    return str(mapped) if mapped else str(IPv6Network((found, PREFIX), strict=False))
