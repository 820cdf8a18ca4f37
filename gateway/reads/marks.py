"""Marks in the text that a compiled statement returns, of what is left to do.

Control characters never occur in JSON text: to_json escapes those of stored texts. So a stored text cannot contain a mark, and a
statement needs no secret marker for each request.
"""

from typing import Final

ID: Final = "\x01"
"""Followed by the character of the type and the key: a global id."""
HIDDEN: Final = "\x02"
"""Followed by a code: a field that is hidden from the viewer, for the reason of that code."""
UNEXPECTED: Final = "\x03"
"""A value that the statement cannot give. The operation is walked instead."""
CURSOR: Final = "\x04"
"""Followed by the code of the list, the key of its parent and the position, until END: a cursor."""
COMMA: Final = "\x05"
"""Followed by a code: separates the items of a list in which something may be hidden, beyond the first SEPARATORS of them."""
END: Final = "\x06"
SITUATION: Final = "\x1f"
"""Followed by a code and the facts of a row, until END: a field that Python finds from these."""
SEPARATORS: Final = "\x07\x08\x0b\x0c" + "".join(map(chr, range(0x0E, 0x1F)))
"""Those of the first lists in which something may be hidden: replacing one character by another is fast."""

FIRST: Final = 0x28  # with the next 85 characters it contains none that JSON or SQL would escape
BASE: Final = 0x5C - FIRST
MAX_CODES: Final = BASE * BASE
KEY_LENGTH: Final = 36


def code(number: int) -> str:
    """Returns the two characters of a number below MAX_CODES."""
    if number >= MAX_CODES:
        raise ValueError(f"there are only {MAX_CODES} codes")
    return chr(FIRST + number // BASE) + chr(FIRST + number % BASE)


def separator(number: int) -> str:
    """Returns the separator of a list by its number."""
    return SEPARATORS[number] if number < len(SEPARATORS) else COMMA + code(number)


def number(code: bytes) -> int:
    return (code[0] - FIRST) * BASE + code[1] - FIRST
