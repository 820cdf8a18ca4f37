"""Keys by which names are sorted and searched: without case, accents and typographic signs (D29).

There are two for each name. The first drops accents (`Zürcher` is `zurcher`), the second spells umlauts out as keyboards
without them do (`zuercher`). A search compares both, so that no language is guessed.
"""

import unicodedata
from typing import Final

from gateway.text.characters import without_ignorable

MAX_KEY_LENGTH: Final = 480
"""Bytes of a key in UTF-8. A cursor holds a key as JSON, where at most each byte becomes two, and an id."""

# Letters that Unicode does not decompose, as people without them on the keyboard type them.
_LETTERS: Final = {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
# Signs that word processors put in the place of those on a keyboard.
_SIGNS: Final = dict.fromkeys("’‘‚‛ʼʻ′´`‹›", "'") | dict.fromkeys("“”„‟«»″", '"') | dict.fromkeys("‐‑‒–—―−", "-")
_PLAIN: Final = str.maketrans(_LETTERS | _SIGNS)
_SPELLED: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "ǟ": "ae", "ȫ": "oe", "ǖ": "ue", "ǿ": "oe", "ǻ": "aa"}
)


class KeyTooLong(ValueError):
    """A name whose key is longer than a key may be."""


def fold(text: str) -> str:
    """`text` in lower case, without accents and invisible characters, its white space single: `Ærø  Søfart` is `aero sofart`."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    letters = "".join(letter for letter in without_ignorable(plain) if not unicodedata.combining(letter))
    return " ".join(letters.casefold().translate(_PLAIN).split())


def fold_spelled(text: str) -> str:
    """As `fold`, with umlauts spelled out: `Ærø  Søfart` is `aeroe soefart`, `Århus` is `aarhus`."""
    return fold(unicodedata.normalize("NFC", text.casefold()).translate(_SPELLED))


def sort_key(name: str) -> str:
    """The first key of a name, by which it is sorted. KeyTooLong: NFKD makes up to 18 characters of one."""
    return _bounded(fold(name))


def spelled_key(name: str) -> str:
    """The second key of a name, for searching. KeyTooLong as for the first."""
    return _bounded(fold_spelled(name))


def _bounded(key: str) -> str:
    if len(key.encode()) > MAX_KEY_LENGTH:
        raise KeyTooLong(f"a key has at most {MAX_KEY_LENGTH} bytes")
    return key
