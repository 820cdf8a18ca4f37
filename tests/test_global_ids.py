"""Ids and cursors say nothing and cannot be made by others (D48)."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import BadInput
from gateway.global_ids import ID_CHARACTERS, POSITION_BYTES, TYPES, Seal

SEAL = Seal(b"k" * 32)
TYPE_NAMES = st.sampled_from(TYPES)
POSITIONS = st.binary(max_size=POSITION_BYTES)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
SOME = UUID("0190163d-8694-739b-aea5-966c26f8ad90")


@given(TYPE_NAMES, st.uuids())
def test_an_id_opens_to_what_was_sealed(type_name, key):
    assert SEAL.open_id(SEAL.id(type_name, key)) == (type_name, key)


@given(TYPE_NAMES, st.uuids())
def test_an_id_is_as_long_for_every_type_and_the_same_each_time(type_name, key):
    assert len(SEAL.id(type_name, key)) == ID_CHARACTERS
    assert SEAL.id(type_name, key) == SEAL.id(type_name, key)


@given(TYPE_NAMES, TYPE_NAMES, st.uuids())
def test_ids_of_two_types_are_never_equal(one, other, key):
    assert (SEAL.id(one, key) == SEAL.id(other, key)) == (one == other)


@given(TYPE_NAMES, st.uuids(), st.integers(0, ID_CHARACTERS - 1), st.integers(1, 63))
def test_an_id_with_any_bit_changed_is_refused(type_name, key, place, change):
    text = SEAL.id(type_name, key)
    changed = ALPHABET[ALPHABET.index(text[place]) ^ change]

    with pytest.raises(BadInput):
        SEAL.open_id(text[:place] + changed + text[place + 1 :])


@given(st.one_of(st.text(), st.text(ALPHABET, min_size=ID_CHARACTERS, max_size=ID_CHARACTERS)))
def test_texts_that_we_did_not_make_are_refused(text):
    with pytest.raises(BadInput):
        SEAL.open_id(text)
    with pytest.raises(BadInput):
        SEAL.open_cursor(text, bound_to=b"")


@given(POSITIONS, st.binary(max_size=64))
def test_a_cursor_opens_to_its_position(position, bound_to):
    assert SEAL.open_cursor(SEAL.cursor(position, bound_to=bound_to), bound_to=bound_to) == position


@given(POSITIONS, st.binary(max_size=64), st.binary(max_size=64))
def test_a_cursor_of_another_viewer_order_or_filter_is_refused(position, one, other):
    if one == other:
        return
    with pytest.raises(BadInput):
        SEAL.open_cursor(SEAL.cursor(position, bound_to=one), bound_to=other)


@given(st.binary(max_size=200), st.data())
def test_a_cursor_with_any_bit_changed_is_refused(position, data):
    text = SEAL.cursor(position, bound_to=b"list")
    place, change = data.draw(st.integers(0, len(text) - 1)), data.draw(st.integers(1, 63))
    changed = ALPHABET[ALPHABET.index(text[place]) ^ change]

    with pytest.raises(BadInput):
        SEAL.open_cursor(text[:place] + changed + text[place + 1 :], bound_to=b"list")


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_cursors_of_short_positions_are_equally_long(one, other):
    assert len(SEAL.cursor(one, bound_to=b"")) == len(SEAL.cursor(other, bound_to=b""))


GOOD = SEAL.id("Client", SOME)


@pytest.mark.parametrize(
    "text",
    ["", GOOD[:-1], GOOD + "A", GOOD + "=", f" {GOOD}", f"{GOOD}\n", GOOD.replace(GOOD[0], "é", 1), "A" * 10**6, "\0"],
)
def test_other_spellings_of_an_id_are_refused_in_our_words(text):
    with pytest.raises(BadInput) as refused:
        SEAL.open_id(text)

    assert refused.value.message == "This is not a valid global id."


def test_a_cursor_is_no_id_and_an_id_is_no_cursor():
    with pytest.raises(BadInput):
        SEAL.open_cursor(GOOD, bound_to=b"")
    with pytest.raises(BadInput):
        SEAL.open_id(SEAL.cursor(SOME.bytes, bound_to=b""))


def test_only_one_spelling_of_a_cursor_opens():
    """Base64 may leave bits over: a cursor of 64 bytes leaves four of them."""
    text = SEAL.cursor(b"here", bound_to=b"")
    twin = text[:-1] + ALPHABET[ALPHABET.index(text[-1]) | 1]

    assert twin != text
    with pytest.raises(BadInput):
        SEAL.open_cursor(twin, bound_to=b"")


def test_another_key_opens_nothing():
    with pytest.raises(BadInput):
        Seal(b"o" * 32).open_id(GOOD)


@pytest.mark.parametrize("length", [0, 31, 65])
def test_a_key_of_another_length_is_refused(length):
    with pytest.raises(ValueError, match="32 to 64 bytes"):
        Seal(bytes(length))


def test_ids_that_are_out_there_keep_their_types():
    first = (
        "User Firm FirmProfile FirmMember StaffInvitation Client ClientMember ClientMemberInvitation PendingActivity"
    )
    later = "Collaboration ClientInvitation Conversation Message ClientSession Order Invoice IntegrationToken AuditEntry Platform"

    assert TYPES[: len(f"{first} {later}".split())] == tuple(f"{first} {later}".split())
    assert len(set(TYPES)) == len(TYPES) < 256


def test_a_type_without_ids_and_a_position_that_is_too_long_are_our_own_faults():
    with pytest.raises(KeyError, match="KpiSnapshot"):
        SEAL.id("KpiSnapshot", SOME)
    with pytest.raises(ValueError, match="at most"):
        SEAL.cursor(bytes(POSITION_BYTES + 1), bound_to=b"")
