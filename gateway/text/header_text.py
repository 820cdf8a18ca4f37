"""Checks of text that may become part of a mail header: a name or an address."""

import unicodedata
from typing import Final

from gateway.errors import InvalidInput

ENCODED_WORD: Final = "=?"
"""The start of an encoded word of RFC 2047, which mail readers decode: `=?utf-8?q?=0d=0aBcc=3A…?=` becomes a separate line."""

# Control characters, line and paragraph separators, and surrogates. `str.splitlines` breaks lines at many of them.
_REFUSED: Final = frozenset({"Cc", "Zl", "Zp", "Cs"})


def is_header_text(text: str) -> bool:
    """Whether `text` contains neither a control character nor the start of an encoded word."""
    return ENCODED_WORD not in text and not any(unicodedata.category(each) in _REFUSED for each in text)


def require_header_text(text: str) -> str:
    """Return `text`. InvalidInput if it must not become part of a mail header."""
    if not is_header_text(text):
        raise InvalidInput.of("HEADER_CHARACTERS")
    return text
