from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as some

from gateway.db.ids import uuid7

moments = some.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(9000, 1, 1), timezones=some.just(UTC))  # noqa: DTZ001


@given(moments, some.integers(min_value=0))
def test_a_key_is_a_version_7_uuid_of_the_rfc_variant(at: datetime, entropy: int):
    key = uuid7(at, entropy)

    assert (key.version, key.variant) == (7, "specified in RFC 4122")
    assert uuid7(at, entropy) == key


@given(moments, some.integers(min_value=0), some.integers(min_value=0), some.integers(min_value=1, max_value=10**9))
def test_a_later_key_is_a_greater_key(at: datetime, one: int, other: int, milliseconds: int):
    assert uuid7(at, one) < uuid7(at + timedelta(milliseconds=milliseconds), other)


@given(moments, some.integers(min_value=0, max_value=2**74 - 1), some.integers(min_value=0, max_value=2**74 - 1))
def test_keys_of_one_moment_are_ordered_by_their_entropy(at: datetime, one: int, other: int):
    assert (uuid7(at, one) < uuid7(at, other)) == (one < other)
    assert (uuid7(at, one) == uuid7(at, other)) == (one == other)


def test_two_keys_of_one_moment_differ():
    at = datetime(2026, 3, 2, tzinfo=UTC)

    assert len({uuid7(at) for _ in range(1_000)}) == 1_000
