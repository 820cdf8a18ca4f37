"""Search for a part of a name. A name is found by either of its two keys (D29)."""

from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from gateway.errors import BadInput
from gateway.text.keys import KeyTooLong, sort_key, spelled_key

MAX_SEARCH_LENGTH: Final = 100  # characters
TOO_LONG: Final = f"`search` must have at most {MAX_SEARCH_LENGTH} characters, and no more than a name can contain."


class SearchTerms(NamedTuple):
    """The texts to find in the first key or in the second key of a name."""

    plain: str
    spelled: str

    def parameters(self) -> dict[str, str]:
        return {"sought": _pattern(self.plain), "sought_spelled": _pattern(self.spelled)}


def search_terms(search: str | None) -> SearchTerms | None:
    """Returns None if there is nothing to find. Raises BadInput for a text that is longer than any name."""
    if search is None:
        return None
    if len(search) > MAX_SEARCH_LENGTH:
        raise BadInput(TOO_LONG)
    try:
        found = SearchTerms(sort_key(search), spelled_key(search))
    except KeyTooLong:
        raise BadInput(TOO_LONG) from None
    return found if found.plain else None


def contains(key: Any, spelled: Any) -> sa.ColumnElement[bool]:
    """Returns the condition that one of the two key columns of a name contains the search text. Each has a trigram index."""
    return sa.or_(
        key.like(sa.bindparam("sought", type_=sa.Text)),
        spelled.like(sa.bindparam("sought_spelled", type_=sa.Text)),
    )


def _pattern(part: str) -> str:
    for character in ("\\", "%", "_"):
        part = part.replace(character, f"\\{character}")
    return f"%{part}%"
