"""Keys for sorting and searching names: without case, accents and typographic characters (D29).

There are two keys for each name. The first drops accents (`Zürcher` is `zurcher`). The second spells umlauts out, as people
type them on keyboards without umlauts (`zuercher`). A search compares both, so that no language need be guessed.
"""

import unicodedata
from typing import Final

from gateway.text.characters import without_ignorable

MAX_KEY_LENGTH: Final = 480
"""Maximum length of a key in bytes of UTF-8. A cursor holds an id and a key as JSON, which at most doubles its length."""

# Characters that Unicode does not decompose, and how people type them on other keyboards.
_LETTERS: Final = {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
# Typographic characters that word processors substitute for those on a keyboard.
_SIGNS: Final = dict.fromkeys("’‘‚‛ʼʻ′´`‹›", "'") | dict.fromkeys("“”„‟«»″", '"') | dict.fromkeys("‐‑‒–—―−", "-")
_PLAIN: Final = str.maketrans(_LETTERS | _SIGNS)
_SPELLED: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "ǟ": "ae", "ȫ": "oe", "ǖ": "ue", "ǿ": "oe", "ǻ": "aa"}
)


class KeyTooLong(ValueError):
    """The key of a name is longer than MAX_KEY_LENGTH."""


def fold(text: str) -> str:
    """`text` in lower case, without accents and invisible characters, with single spaces: `Ærø  Søfart` is `aero sofart`."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    base = "".join(each for each in without_ignorable(plain) if not unicodedata.combining(each))
    return " ".join(base.casefold().translate(_PLAIN).split())


def fold_spelled(text: str) -> str:
    """Like `fold`, with umlauts spelled out: `Ærø  Søfart` is `aeroe soefart`, `Århus` is `aarhus`."""
    return fold(unicodedata.normalize("NFC", text.casefold()).translate(_SPELLED))


def sort_key(name: str) -> str:
    """The first key of a name, for sorting. KeyTooLong is possible for a short name: NFKD makes up to 18 characters of one."""
    return _bounded(fold(name))


def spelled_key(name: str) -> str:
    """The second key of a name, for searching. KeyTooLong as for `sort_key`."""
    return _bounded(fold_spelled(name))


def _bounded(key: str) -> str:
    if len(key.encode()) > MAX_KEY_LENGTH:
        raise KeyTooLong(f"a key has at most {MAX_KEY_LENGTH} bytes")
    return key
