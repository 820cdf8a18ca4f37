"""Sets of characters that names, free text and keys treat in the same way."""

import re
import unicodedata
from typing import Final

# Unicode's property Default_Ignorable_Code_Point, which `unicodedata` does not have.
_IGNORABLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_BLANK: Final = "\u2800"  # the Braille pattern without dots: a symbol by its category, and shown as a space

# Control and format characters, surrogates and combining marks. Unassigned code points are not included: some emoji are
# newer than the interpreter's Unicode data.
_NOT_ALONE: Final = frozenset({"Cc", "Cf", "Cs", "Mn", "Me", "Mc"})


def without_ignorable(text: str) -> str:
    """`text` without the characters that are not displayed: soft hyphens, joiners, variation selectors, …"""
    return _IGNORABLE.sub("", text)


def is_visible(text: str) -> bool:
    """Whether `text` has a character that is displayed by itself: not a space, an ignorable character or a lone mark."""
    return any(
        each != _BLANK and not each.isspace() and unicodedata.category(each) not in _NOT_ALONE
        for each in without_ignorable(text)
    )
