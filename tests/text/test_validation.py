import pytest
from hypothesis import given
from hypothesis import strategies as some

from gateway.errors import BadInput
from gateway.text.validation import checked_name, checked_text, optional_text

AMOUNTS = ["1\N{NO-BREAK SPACE}234,50\N{NO-BREAK SPACE}kr", "12\N{NARROW NO-BREAK SPACE}000 €"]
JOINED = "👩\N{ZERO WIDTH JOINER}💻 ☂\N{VARIATION SELECTOR-16}"
PASTED = [*AMOUNTS, "Foto\N{SOFT HYPHEN}studio", JOINED, "\N{RIGHT-TO-LEFT MARK}שלום", "a\tb", "\U0001fae9", "ﷺ"]
INVISIBLE = [
    "",
    " ",
    "\N{NO-BREAK SPACE}",
    "\u200b",
    "\u00ad\u200d",
    "\u3164",
    "\u2800 \u2800",
    "\ufe0f",
    "\u0301",
    "\U000e0041",
]
CONTROLS = ["a\0b", "a\rb", "a\x85b", "a\u202eb", "a\x07b", "a\x1bb", "a\x7fb", "a\x9bb", "a\ud800b"]
DIRECTIONS = ["a\u202eb", "a\u2066b", "a\u200fb", "a\u061cb"]
BLANKS = ["a\u3164b", "a\u2800b", "a\uffa0b", "a\u115fb"]


@pytest.mark.parametrize("text", PASTED)
def test_free_text_takes_what_people_paste_as_it_is(text: str):
    assert checked_text(text, 100) == text
    assert optional_text(text) == text


@pytest.mark.parametrize("text", CONTROLS)
def test_free_text_has_no_control_characters(text: str):
    for check in (lambda: checked_text(text, 100), lambda: optional_text(text)):
        with pytest.raises(BadInput, match="Control characters are not allowed"):
            check()


@pytest.mark.parametrize("text", INVISIBLE)
def test_what_is_invisible_as_a_whole_is_no_text_and_no_name(text: str):
    assert optional_text(text) is None
    with pytest.raises(BadInput, match="Must have 1 to 100 characters, at least one of them visible"):
        checked_text(text, 100)
    with pytest.raises(BadInput, match="Must have 1 to 100 characters, at least one of them visible"):
        checked_name(text)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\u2028", "\u2029"])
def test_every_line_break_is_a_line_feed_where_lines_are_allowed(ending: str):
    assert optional_text(f" one{ending}two ") == "one\ntwo"
    with pytest.raises(BadInput):
        checked_text(f"one{ending}two", 100)


def test_text_and_names_have_their_limits():
    assert checked_text("ä" * 100, 100) == "ä" * 100
    assert checked_name("ä" * 100) == "ä" * 100
    for check in (lambda: checked_text("ä" * 101, 100), lambda: checked_name("ä" * 101)):
        with pytest.raises(BadInput, match="1 to 100"):
            check()


@pytest.mark.parametrize("text", [*CONTROLS, *DIRECTIONS, *BLANKS, "a\nb", "a\u2028b"])
def test_a_name_has_nothing_that_breaks_or_hides_a_line(text: str):
    with pytest.raises(BadInput, match="Line breaks, control characters"):
        checked_name(text)


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("Zu\N{COMBINING DIAERESIS}rcher", "Zürcher"),
        ("  Müller\N{NO-BREAK SPACE}& Co. ", "Müller\N{NO-BREAK SPACE}& Co."),
        ("Müller\tAG", "Müller AG"),
        (f"Studio {JOINED}", f"Studio {JOINED}"),
        ("Foto\N{SOFT HYPHEN}studio", "Foto\N{SOFT HYPHEN}studio"),
        ("शर्मा", "शर्मा"),
    ],
)
def test_a_name_is_kept_in_nfc(given_name: str, name: str):
    assert checked_name(given_name) == name


def test_a_name_whose_key_would_be_too_long_is_refused_with_the_limit():
    with pytest.raises(BadInput, match="Too long to be sorted: its key may have at most 480 bytes"):
        checked_name("ﷺ" * 40)


@given(some.text(alphabet=some.characters() | some.sampled_from([*"\t\n\r\xa0", "\u202e", "\ud83d"])))
def test_a_name_that_was_accepted_is_accepted_as_it_is_kept(text: str):
    try:
        name = checked_name(text)
    except BadInput:
        return
    assert checked_name(name) == name
    name.encode()
