import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from gateway.db.ids import uuid7
from gateway.db.seeds.keys import DEMO_NOW
from gateway.errors import BadInput
from gateway.global_ids import CURSOR_CHARACTERS, Seal
from gateway.text.keys import MAX_KEY_LENGTH, KeyTooLong, fold, fold_spelled, sort_key, spelled_key
from gateway.text.validation import checked_name

SEAL = Seal(bytes(32))
LIGATURE = "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}"  # 18 letters under NFKD
NAMES = some.text(max_size=100) | some.text(alphabet='ẞßŉﬃ㍿№…﷼ﷺΐİ"\\<>&‱½ 𝔸\U0002f8d6', max_size=100)


@pytest.mark.parametrize(
    ("name", "folded", "spelled"),
    [
        ("Ærø  Tovværk", "aero tovvaerk", "aeroe tovvaerk"),
        ("Björkdunge Bageri", "bjorkdunge bageri", "bjoerkdunge bageri"),
        ("Uhrenatelier Gänseblum", "uhrenatelier ganseblum", "uhrenatelier gaenseblum"),
        ("Zürcher Käsekeller", "zurcher kasekeller", "zuercher kaesekeller"),
        ("Großmann & Söhne", "grossmann & sohne", "grossmann & soehne"),
        ("ÅRHUS", "arhus", "aarhus"),
        ("AZULEJOS MARDUÑA", "azulejos marduna", "azulejos marduna"),
        ("Nu\N{COMBINING RING ABOVE}r", "nur", "nur"),
        ("Zu\N{COMBINING DIAERESIS}rich", "zurich", "zuerich"),
        ("\tŁódź\N{NO-BREAK SPACE}Đakovo ", "lodz dakovo", "lodz dakovo"),
        ("İzmir Kırmızı", "izmir kirmizi", "izmir kirmizi"),
        ("ﬁnance № 5", "finance no 5", "finance no 5"),
        ("L’Atelier ‘d’Or´", "l'atelier 'd'or'", "l'atelier 'd'or'"),
        ("„Nord“–«Süd»", '"nord"-"sud"', '"nord"-"sued"'),
        ("Foto\N{SOFT HYPHEN}studio\N{ZERO WIDTH SPACE} ☂\N{VARIATION SELECTOR-16}", "fotostudio ☂", "fotostudio ☂"),
        ("", "", ""),
    ],
)
def test_a_name_has_a_key_without_accents_and_one_with_umlauts_spelled_out(name: str, folded: str, spelled: str):
    assert (fold(name), fold_spelled(name)) == (folded, spelled)


@given(some.text())
@example("\N{DOUBLE PRIME}\N{ACUTE ACCENT}")
def test_folding_twice_is_folding_once(name: str):
    assert fold(fold(name)) == fold(name)
    assert fold_spelled(fold_spelled(name)) == fold_spelled(name)


@given(some.text(alphabet="aäåæeéiíoöøuüñßÆØÅÄÖÜÑÉ "))
def test_folding_does_not_see_case(name: str):
    assert fold(name.upper()) == fold(name.lower()) == fold(name)
    assert fold_spelled(name.upper()) == fold_spelled(name.lower()) == fold_spelled(name)


@given(NAMES)
@example(LIGATURE * 40)
@example(LIGATURE * 14 + '"' * 50)
@example('"' * 100)
@example("\\" * 100)
@example("\U0001f600" * 100)
def test_no_name_that_is_accepted_makes_a_key_or_a_cursor_that_is_too_long(given_name: str):
    try:
        name = checked_name(given_name)
    except BadInput:
        return
    assert len(sort_key(name).encode()) <= MAX_KEY_LENGTH
    assert len(spelled_key(name).encode()) <= MAX_KEY_LENGTH
    position = orjson.dumps([sort_key(name), uuid7(DEMO_NOW)], default=str)
    cursor = SEAL.cursor(position, bound_to=b"list")

    assert len(cursor) <= CURSOR_CHARACTERS
    assert SEAL.open_cursor(cursor, bound_to=b"list") == position


@given(some.text(alphabet=some.characters(exclude_categories=["Cc", "Cs"])))
@example('"' * 100)
@example("\\" * 100)
@example(LIGATURE * 10)
def test_every_key_that_is_not_too_long_fits_into_a_cursor(text: str):
    """Whatever a key is made of: JSON writes at most two bytes for each byte of it."""
    key = fold(text * 20).encode()[:MAX_KEY_LENGTH].decode(errors="ignore")
    SEAL.cursor(orjson.dumps([key, uuid7(DEMO_NOW)], default=str), bound_to=b"list")


def test_a_key_that_grows_beyond_the_bound_is_not_made():
    with pytest.raises(KeyTooLong):
        sort_key(LIGATURE * 40)
    with pytest.raises(KeyTooLong):
        spelled_key(LIGATURE * 40)
