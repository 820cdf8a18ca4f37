"""Checks of names and free text, for every field that takes such text."""

import re
import unicodedata
from typing import Final

from gateway.errors import InvalidInput
from gateway.text.characters import is_visible
from gateway.text.header_text import require_header_text
from gateway.text.keys import MAX_KEY_LENGTH, KeyTooLong, sort_key, spelled_key

MAX_NAME_LENGTH: Final = 100  # characters
MAX_MESSAGE_LENGTH: Final = 1000
MAX_NUMBER_LENGTH: Final = 50  # of a company's number in the register
MAX_PLACE_LENGTH: Final = 300  # of a company's address

# Line breaks of other programs, which are stored as a line feed.
_LINE_BREAKS: Final = re.compile("\r\n|[\u2028\u2029]")
# Control characters except tab and line feed, surrogates, which UTF-8 cannot encode, and overrides of the writing
# direction, which display a text backwards. Marks of the direction are accepted: Arabic and Hebrew amounts contain them.
_REFUSED: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202d\u202e]")
# Names must not contain these either: line breaks, controls of the writing direction, and blank characters and symbols.
_REFUSED_IN_NAMES: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u115f\u1160\u2800\u3164\uffa0]"
)


def checked_name(text: str | None, longest: int = MAX_NAME_LENGTH) -> str:
    """The name of a person, a firm, a company or a token, trimmed and in NFC. InvalidInput if it cannot be read or sorted."""
    kept = unicodedata.normalize("NFC", (text or "").replace("\t", " ")).strip()
    if len(kept) > longest or not is_visible(kept):
        raise InvalidInput.of("VISIBLE_LENGTH", most=longest)
    if _REFUSED_IN_NAMES.search(kept):
        raise InvalidInput.of("NAME_CHARACTERS")
    require_header_text(kept)
    try:
        sort_key(kept), spelled_key(kept)
    except KeyTooLong:
        raise InvalidInput.of("SORT_KEY", most=MAX_KEY_LENGTH) from None
    return kept


def checked_text(text: str, longest: int, *, lines: bool = False) -> str:
    """Free text, trimmed, in one line or with `lines` in several. InvalidInput if it is empty, too long or has control characters."""
    kept = _readable(text, longest, lines=lines, least=1)
    if kept is None:
        raise InvalidInput.of("VISIBLE_LENGTH", most=longest)
    return kept


def optional_text(text: str | None, longest: int = MAX_MESSAGE_LENGTH, *, lines: bool = True) -> str | None:
    """Like `checked_text`, by default for a message or a reason. None if the text has no visible character."""
    return _readable(text or "", longest, lines=lines, least=0)


def _readable(text: str, longest: int, *, lines: bool, least: int) -> str | None:
    kept = (_LINE_BREAKS.sub("\n", text) if lines else text).strip()
    if len(kept) > longest:
        raise InvalidInput.of("LENGTH", least=least, most=longest)
    if not lines and re.search("[\n\u2028\u2029]", kept):
        raise InvalidInput.of("ONE_LINE")
    if _REFUSED.search(kept):
        raise InvalidInput.of("CONTROL_CHARACTERS")
    return kept if is_visible(kept) else None
