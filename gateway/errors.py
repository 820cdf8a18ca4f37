"""What callers may be told. An expected no is a `Refused`; everything else is a bug, logged once and masked."""

from collections.abc import Mapping
from typing import Any, ClassVar


class Refused(Exception):
    """An expected no, with a code and a sentence that a caller may read."""

    code: ClassVar[str] = "FORBIDDEN"
    status: ClassVar[int] = 403  # where the whole request is refused

    def __init__(self, message: str, **extensions: Any) -> None:
        super().__init__(message)
        self.message = message
        self.extensions: Mapping[str, Any] = {"code": self.code, **extensions}


class BadInput(Refused):
    """A value that no caller of ours would send (D36)."""

    code = "BAD_USER_INPUT"
    status = 400


class NotFound(Refused):
    """Unknown, invisible or of another type: one answer for the three (D36)."""

    code = "NOT_FOUND"
    status = 404

    def __init__(self) -> None:
        super().__init__("There is no such object.")


class Forbidden(Refused):
    """Known, but not for this caller."""


class Unauthenticated(Refused):
    """Credentials were shown and are not good."""

    code = "UNAUTHENTICATED"
    status = 401


class UnknownUser(Refused):
    """Signed in elsewhere, and nobody here."""

    code = "UNKNOWN_USER"


class Conflict(Refused):
    """Allowed, but the state of things has moved on."""

    code = "CONFLICT"
    status = 409


class Busy(Conflict):
    """Another change holds the same objects for longer than a change waits; the same request may succeed later."""

    retry_after: ClassVar[int] = 1  # seconds

    def __init__(self) -> None:
        super().__init__("Another change holds the same objects. Send the request again.", retryAfter=self.retry_after)


class RateLimited(Refused):
    """Too often; `retry_after` is in seconds."""

    code = "RATE_LIMITED"
    status = 429

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message, retryAfter=retry_after)
        self.retry_after = retry_after


class CostLimitExceeded(Refused):
    """The document asks for more than one request may."""

    code = "COST_LIMIT_EXCEEDED"
    status = 400


class Unavailable(Refused):
    """The database is away, or the provider of somebody's credentials; ask again soon."""

    code = "SERVICE_UNAVAILABLE"
    status = 503


class TimedOut(Refused):
    """The request took longer than one request may."""

    code = "TIMEOUT"
    status = 503
