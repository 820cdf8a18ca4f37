"""Timestamps in arguments and inputs."""

from datetime import UTC, datetime
from typing import Final

from gateway.errors import BadInput

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 9000


def future(text: str, now: datetime, name: str = "expiresAt") -> datetime:
    """Returns the timestamp in the argument `name`. Raises BadInput unless it is after `now` and has an offset (D37)."""
    moment = _read(text)
    if moment is None or moment <= now:
        raise BadInput(f"`{name}` must be a future ISO 8601 timestamp with a UTC offset.")
    return moment


def past(text: str, now: datetime, name: str) -> datetime:
    """As `future`, for a timestamp that is not after `now`."""
    moment = _read(text)
    if moment is None or moment > now:
        raise BadInput(f"`{name}` must be a past ISO 8601 timestamp with a UTC offset.")
    return moment


def moment_in(text: str, name: str) -> datetime:
    """As `future`, for any timestamp."""
    moment = _read(text)
    if moment is None:
        raise BadInput(f"`{name}` must be an ISO 8601 timestamp with a UTC offset.")
    return moment


def _read(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
        return None
    return moment.astimezone(UTC)
