"""Names as they are searched and sorted: without case and without accents (D29)."""

import unicodedata
from typing import Final

# Letters that Unicode does not take apart, spelled as people without them on the keyboard type them.
_LETTERS: Final = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})


def fold(name: str) -> str:
    """`name` in lower case, its accents dropped, its white space single: `Ærø  Søfart` is `aero sofart`."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(letters.casefold().translate(_LETTERS).split())
