"""The network address by which callers are limited."""

import pytest
from starlette.datastructures import Address

from gateway.http.network import network_of


@pytest.mark.parametrize(("host", "network"), [
    ("192.0.2.7", "192.0.2.7"),
    ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
    ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
    ("::ffff:192.0.2.7", "192.0.2.7"),
    ("fe80::1%eth0", "fe80::/64"),
    ("unknown", ""),
    ("192.0.2.7.evil", ""),
    ("", ""),
])  # fmt: skip
def test_a_network_is_an_ipv4_address_or_an_ipv6_prefix(host, network):
    assert network_of(Address(host, 1)) == network


def test_a_caller_without_an_address_is_one_of_one_network():
    assert network_of(None) == ""
