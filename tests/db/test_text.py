import pytest
from hypothesis import given
from hypothesis import strategies as some

from gateway.db.text import fold


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Ærø  Tovværk", "aero tovvaerk"),
        ("Björkdunge Bageri", "bjorkdunge bageri"),
        ("Uhrenatelier Gänseblum", "uhrenatelier ganseblum"),
        ("Großmann & Söhne", "grossmann & sohne"),
        ("AZULEJOS MARDUÑA", "azulejos marduna"),
        ("Nu\N{COMBINING RING ABOVE}r", "nůr".replace("ů", "u")),
        ("\tŁódź\N{NO-BREAK SPACE}Đakovo ", "lodz dakovo"),
        ("İzmir Kırmızı", "izmir kirmizi"),
        ("ﬁnance № 5", "finance no 5"),
        ("", ""),
    ],
)
def test_a_name_is_found_without_its_case_and_accents(name: str, folded: str):
    assert fold(name) == folded


@given(some.text())
def test_folding_twice_is_folding_once(name: str):
    assert fold(fold(name)) == fold(name)


@given(some.text(alphabet="aäåæeéiíoöøuüñßÆØÅÄÖÜÑÉ "))
def test_folding_does_not_see_case(name: str):
    assert fold(name.upper()) == fold(name.lower()) == fold(name)
