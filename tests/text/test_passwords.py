import unicodedata

from hypothesis import given
from hypothesis import strategies as some

from gateway.text.passwords import prepared


@given(some.text())
def test_a_password_is_the_same_however_its_accents_are_composed(password: str):
    decomposed = unicodedata.normalize("NFD", password)

    assert prepared(decomposed) == prepared(unicodedata.normalize("NFC", password)) == prepared(password)
    assert prepared(prepared(password)) == prepared(password)


def test_every_space_is_the_one_on_the_keyboard():
    assert prepared("a\N{NO-BREAK SPACE}b\N{IDEOGRAPHIC SPACE}c d") == "a b c d"


def test_case_and_compatibility_characters_are_kept():
    assert prepared("Aﬁ²") == "Aﬁ²"
