"""Errors that callers may see. An expected refusal is a `Refused`; any other exception is a bug, logged once and masked."""

from collections.abc import Mapping
from typing import Any, ClassVar


class Refused(Exception):
    """An expected refusal, with a code and a message for the caller."""

    code: ClassVar[str] = "FORBIDDEN"
    status: ClassVar[int] = 403  # HTTP status if the whole request is refused

    def __init__(self, message: str, **extensions: Any) -> None:
        super().__init__(message)
        self.message = message
        self.extensions: Mapping[str, Any] = {"code": self.code, **extensions}


class BadInput(Refused):
    """A value is not valid, which a correct client never sends (D36)."""

    code = "BAD_USER_INPUT"
    status = 400


class NotFound(Refused):
    """The object is unknown, invisible or of another type. The caller cannot distinguish the three (D36)."""

    code = "NOT_FOUND"
    status = 404

    def __init__(self) -> None:
        super().__init__("There is no such object.")


class Forbidden(Refused):
    """The caller may see the object but does not have the permission."""


class Unauthenticated(Refused):
    """The credentials are missing or not valid."""

    code = "UNAUTHENTICATED"
    status = 401


class UnknownUser(Refused):
    """The identity provider knows the person, but the gateway has no user for them."""

    code = "UNKNOWN_USER"


class Conflict(Refused):
    """The action is permitted but not possible in the present state of the object."""

    code = "CONFLICT"
    status = 409


class Busy(Conflict):
    """The wait for a lock on the same objects timed out. The same request may succeed later."""

    retry_after: ClassVar[int] = 1  # seconds

    def __init__(self) -> None:
        super().__init__(
            "Another request is changing the same objects. Send the request again.", retryAfter=self.retry_after
        )


class RateLimited(Refused):
    """The caller exceeded a rate limit. `retry_after` is in seconds."""

    code = "RATE_LIMITED"
    status = 429

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message, retryAfter=retry_after)
        self.retry_after = retry_after


class CostLimitExceeded(Refused):
    """The document exceeds a limit of one request, or its response does."""

    code = "COST_LIMIT_EXCEEDED"
    status = 400


class Unavailable(Refused):
    """The database or the identity provider is not reachable. The client may retry soon."""

    code = "SERVICE_UNAVAILABLE"
    status = 503


class TimedOut(Refused):
    """The request exceeded the time limit of one request."""

    code = "TIMEOUT"
    status = 503
