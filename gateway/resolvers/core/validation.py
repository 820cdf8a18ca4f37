"""Moments as callers write them."""

from datetime import UTC, datetime
from typing import Final

from gateway.errors import BadInput

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 9000


def future(text: str, now: datetime, name: str = "expiresAt") -> datetime:
    """The moment that the argument `name` tells. BadInput for anything else than one after `now` with its offset (D37)."""
    moment = _read(text)
    if moment is None or moment <= now:
        raise BadInput(f"`{name}` is a moment to come, with its offset, as ISO 8601 has it.")
    return moment


def past(text: str, now: datetime, name: str) -> datetime:
    """As `future`, of a moment that has come."""
    moment = _read(text)
    if moment is None or moment > now:
        raise BadInput(f"`{name}` is a moment that has come, with its offset, as ISO 8601 has it.")
    return moment


def moment_in(text: str, name: str) -> datetime:
    """As `future`, of any moment."""
    moment = _read(text)
    if moment is None:
        raise BadInput(f"`{name}` is a moment, with its offset, as ISO 8601 has it.")
    return moment


def _read(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
        return None
    return moment.astimezone(UTC)
