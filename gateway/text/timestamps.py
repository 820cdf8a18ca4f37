"""Timestamps in arguments and inputs."""

from datetime import UTC, datetime
from typing import Final

from gateway.errors import InvalidInput

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 9000


def future(text: str, now: datetime) -> datetime:
    """Returns the timestamp. Raises InvalidInput unless it is after `now` and has an offset (D37)."""
    moment = _read(text)
    if moment is None or moment <= now:
        raise InvalidInput.of("FUTURE")
    return moment


def past(text: str, now: datetime) -> datetime:
    """As `future`, for a timestamp that is not after `now`."""
    moment = _read(text)
    if moment is None or moment > now:
        raise InvalidInput.of("PAST")
    return moment


def moment_in(text: str) -> datetime:
    """As `future`, for any timestamp."""
    moment = _read(text)
    if moment is None:
        raise InvalidInput.of("TIMESTAMP")
    return moment


def _read(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
        return None
    return moment.astimezone(UTC)
