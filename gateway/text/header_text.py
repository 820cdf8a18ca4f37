"""Text that may become part of a mail header: a name or an address."""

import unicodedata
from typing import Final

from gateway.errors import BadInput

ENCODED_WORD: Final = "=?"
"""Begins an encoded word of RFC 2047, which a mail reader decodes: `=?utf-8?q?=0d=0aBcc=3A…?=` is a line of its own then."""

# Controls, line and paragraph separators, and halves of surrogate pairs. `str.splitlines` breaks lines at many of them.
_REFUSED: Final = frozenset({"Cc", "Zl", "Zp", "Cs"})


def is_header_text(text: str) -> bool:
    """Whether `text` has neither a control character nor the beginning of an encoded word."""
    return ENCODED_WORD not in text and not any(unicodedata.category(each) in _REFUSED for each in text)


def require_header_text(text: str, argument: str) -> str:
    """`text`, which may become part of a mail header. BadInput where it must not."""
    if not is_header_text(text):
        raise BadInput(f"`{argument}` must not contain control characters or `{ENCODED_WORD}`.")
    return text
