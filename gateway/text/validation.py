"""Checks of names and free text, for every field that takes such text."""

import re
import unicodedata
from typing import Final

from gateway.errors import BadInput
from gateway.text.characters import is_visible
from gateway.text.header_text import require_header_text
from gateway.text.keys import MAX_KEY_LENGTH, KeyTooLong, sort_key, spelled_key

MAX_NAME_LENGTH: Final = 100  # characters
MAX_MESSAGE_LENGTH: Final = 1000

# Line breaks of other programs, which are stored as a line feed.
_LINE_BREAKS: Final = re.compile("\r\n|[\u2028\u2029]")
# Control characters except tab and line feed, surrogates, which UTF-8 cannot encode, and overrides of the writing
# direction, which display a text backwards. Marks of the direction are accepted: Arabic and Hebrew amounts contain them.
_REFUSED: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202d\u202e]")
# Names must not contain these either: line breaks, controls of the writing direction, and blank characters and symbols.
_REFUSED_IN_NAMES: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u115f\u1160\u2800\u3164\uffa0]"
)


def checked_name(text: str | None, argument: str, longest: int = MAX_NAME_LENGTH) -> str:
    """The name of a person, a firm, a company or a token, trimmed and in NFC. BadInput if it cannot be read or sorted."""
    kept = unicodedata.normalize("NFC", (text or "").replace("\t", " ")).strip()
    if len(kept) > longest or not is_visible(kept):
        raise BadInput(f"`{argument}` must have 1 to {longest} characters, at least one of them visible.")
    if _REFUSED_IN_NAMES.search(kept):
        raise BadInput(
            f"`{argument}` must not contain line breaks, control characters, writing direction controls or blank characters."
        )
    require_header_text(kept, argument)
    try:
        sort_key(kept), spelled_key(kept)
    except KeyTooLong:
        raise BadInput(f"`{argument}` is too long: its sort key must not exceed {MAX_KEY_LENGTH} bytes.") from None
    return kept


def checked_text(text: str, argument: str, longest: int, *, lines: bool = False) -> str:
    """Free text, trimmed, in one line or with `lines` in several. BadInput if it is empty, too long or has control characters."""
    kept = _readable(text, argument, longest, lines=lines)
    if kept is None:
        raise BadInput(_form(argument, f"1 to {longest:,}", lines=lines))
    return kept


def optional_text(
    text: str | None, argument: str, longest: int = MAX_MESSAGE_LENGTH, *, lines: bool = True
) -> str | None:
    """Like `checked_text`, by default for a message or a reason. None if the text has no visible character."""
    return _readable(text or "", argument, longest, lines=lines)


def _readable(text: str, argument: str, longest: int, *, lines: bool) -> str | None:
    kept = (_LINE_BREAKS.sub("\n", text) if lines else text).strip()
    if len(kept) > longest or _REFUSED.search(kept) or (not lines and re.search("[\n\u2028\u2029]", kept)):
        raise BadInput(_form(argument, f"at most {longest:,}", lines=lines))
    return kept if is_visible(kept) else None


def _form(argument: str, many: str, *, lines: bool) -> str:
    where = "in any number of lines" if lines else "in one line"
    return f"`{argument}` must have {many} characters {where}, without control characters."
