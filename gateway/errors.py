"""Errors that callers may see. An expected refusal is a `Refused`; any other exception is a bug, logged once and masked."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, Self, TypeAlias

from gateway.messages import Text, text

Step: TypeAlias = str | int
MAX_FAULTS: Final = 100
"""Faults of one input that are reported."""


class Refused(Exception):
    """An expected refusal, with a code and a message for the caller.

    A message of the catalogue is shown in the caller's language, and some have a stable word, `extensions.rule` (D74).
    """

    code: ClassVar[str] = "FORBIDDEN"
    status: ClassVar[int] = 403  # HTTP status if the whole request is refused

    def __init__(self, message: str, **extensions: Any) -> None:
        super().__init__(message)
        self.message = message
        rule = message.rule if isinstance(message, Text) else None
        self.extensions: Mapping[str, Any] = {
            "code": self.code,
            **({} if rule is None else {"rule": rule}),
            **extensions,
        }


class BadInput(Refused):
    """A value is not valid (D36)."""

    code = "BAD_USER_INPUT"
    status = 400


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one value of an input. `path` leads to the value from the argument `input` (D74)."""

    text: Text
    path: tuple[Step, ...] = ()

    @classmethod
    def of(cls, rule: str, *path: Step, **values: Any) -> Self:
        return cls(text("input", rule, **values), path)

    def under(self, *path: Step) -> Self:
        return replace(self, path=(*path, *self.path))


class InvalidInput(BadInput):
    """All faults of an input, each of which is an error of its own in the response (D74)."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)[:MAX_FAULTS]
        first = self.faults[0]
        super().__init__(first.text, input=list(first.path))

    @classmethod
    def of(cls, rule: str, *path: Step, **values: Any) -> Self:
        return cls([Fault.of(rule, *path, **values)])

    def each(self) -> Iterator["InvalidInput"]:
        """One refusal for each fault."""
        return (InvalidInput([fault]) for fault in self.faults)

    @property
    def described(self) -> str:
        """All faults in one English text, for reports of machines."""
        return " ".join(f"`{'.'.join(map(str, fault.path))}`: {fault.text}" for fault in self.faults)


def refuse(faults: Iterable[Fault]) -> None:
    """Raises InvalidInput if there are faults."""
    if found := list(faults):
        raise InvalidInput(found)


class NotFound(Refused):
    """The object is unknown, invisible or of another type. The caller cannot distinguish the three (D36)."""

    code = "NOT_FOUND"
    status = 404

    def __init__(self) -> None:
        super().__init__(text("general", "NOT_FOUND"))


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
        super().__init__(text("conflict", "BUSY"), retryAfter=self.retry_after)


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
