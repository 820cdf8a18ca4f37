"""What is accepted as a name and as free text. Each check is made here, once, for every field that takes such text."""

import re
import unicodedata
from typing import Final

from gateway.errors import BadInput
from gateway.text.characters import is_visible
from gateway.text.header_text import require_header_text
from gateway.text.keys import MAX_KEY_LENGTH, KeyTooLong, sort_key, spelled_key

MAX_NAME_LENGTH: Final = 100  # characters
MAX_MESSAGE_LENGTH: Final = 1000

# What ends a line in some program, and is kept as a line feed.
_LINE_BREAKS: Final = re.compile("\r\n|[\u2028\u2029]")
# Control characters but tab and line feed, halves of characters, which UTF-8 cannot write, and overrides of the writing
# direction, which show a text backwards. Marks of the direction are part of Arabic and Hebrew amounts.
_REFUSED: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202d\u202e]")
# In a name, too: line breaks, controls of the writing direction, and letters and signs that look like nothing.
_REFUSED_IN_NAMES: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u115f\u1160\u2800\u3164\uffa0]"
)


def checked_name(text: str | None, argument: str, longest: int = MAX_NAME_LENGTH) -> str:
    """What a person, a firm, a company or a token is called, in NFC. BadInput for what cannot be read or sorted."""
    kept = unicodedata.normalize("NFC", (text or "").replace("\t", " ")).strip()
    if len(kept) > longest or not is_visible(kept):
        raise BadInput(f"`{argument}` must have 1 to {longest} characters, and not only invisible ones.")
    if _REFUSED_IN_NAMES.search(kept):
        raise BadInput(
            f"`{argument}` must not contain line breaks, control characters, controls of the writing direction or blank letters."
        )
    require_header_text(kept, argument)
    try:
        sort_key(kept), spelled_key(kept)
    except KeyTooLong:
        raise BadInput(
            f"`{argument}` is too long: the form in which names are sorted has at most {MAX_KEY_LENGTH} bytes."
        ) from None
    return kept


def checked_text(text: str, argument: str, longest: int, *, lines: bool = False) -> str:
    """Free text, in one line or in several, trimmed. BadInput for none, too much or control characters."""
    kept = _readable(text, argument, longest, lines=lines)
    if kept is None:
        raise BadInput(_form(argument, f"1 to {longest:,}", lines=lines))
    return kept


def optional_text(
    text: str | None, argument: str, longest: int = MAX_MESSAGE_LENGTH, *, lines: bool = True
) -> str | None:
    """As `checked_text`, a message or a reason by default; None where nothing visible is written."""
    return _readable(text or "", argument, longest, lines=lines)


def _readable(text: str, argument: str, longest: int, *, lines: bool) -> str | None:
    kept = (_LINE_BREAKS.sub("\n", text) if lines else text).strip()
    if len(kept) > longest or _REFUSED.search(kept) or (not lines and re.search("[\n\u2028\u2029]", kept)):
        raise BadInput(_form(argument, f"at most {longest:,}", lines=lines))
    return kept if is_visible(kept) else None


def _form(argument: str, many: str, *, lines: bool) -> str:
    where = "in any number of lines" if lines else "in one line"
    return f"`{argument}` must have {many} characters {where}, without control characters."
