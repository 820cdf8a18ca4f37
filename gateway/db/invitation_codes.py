"""Invitation codes of firms: eleven random characters and a check character, which detects a typing error."""

import secrets
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's alphabet: without I, L, O and U, which people confuse with other characters or which form words."""
LENGTH: Final = 12
_VALUES: Final = {character: value for value, character in enumerate(ALPHABET)}
_TYPED: Final = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})


def new_code() -> str:
    return with_check("".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1)))


def with_check(drawn: str) -> str:
    """`drawn` followed by its check character."""
    return drawn + ALPHABET[-_luhn(drawn + ALPHABET[0]) % len(ALPHABET)]


def read_code(typed: str) -> str | None:
    """The code in its stored form; None for a text that is not a code, such as one with a typing error."""
    code = typed.upper().translate(_TYPED)
    is_code = len(code) == LENGTH and all(character in _VALUES for character in code) and _luhn(code) == 0
    return code if is_code else None


def shown(code: str) -> str:
    """The code in groups of four characters, for people to read."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def _luhn(code: str) -> int:
    """Luhn's sum modulo the size of the alphabet; 0 for a code with its check character."""
    total, size = 0, len(ALPHABET)
    for place, character in enumerate(reversed(code)):
        value = _VALUES[character] * (1 + place % 2)
        total += value // size + value % size
    return total % size
