"""Refusals that are specific to HTTP and to the GraphQL language, and the mapping of other exceptions to refusals."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import asyncpg
from graphql import GraphQLError
from sqlalchemy import exc as sql

from gateway.errors import BadInput, Busy, Conflict, RateLimited, Refused, TimedOut, Unauthenticated, Unavailable
from gateway.messages import text

RETRY_SECONDS = 5
CUT_OFF = "The connection was closed before the whole body arrived."


class MethodNotAllowed(BadInput):
    """`allow` lists the accepted methods, for the `Allow` header."""

    status = 405

    def __init__(self, message: str, *, allow: str) -> None:
        super().__init__(message)
        self.allow = allow


class NotAcceptable(BadInput):
    status = 406


class BodyTooLarge(BadInput):
    status = 413


class UnsupportedMediaType(BadInput):
    status = 415


class HeadersTooLarge(BadInput):
    status = 431


class PersistedQueryNotSupported(BadInput):
    """Its message is the text that clients of automatic persisted queries check for."""

    code = "PERSISTED_QUERY_NOT_SUPPORTED"

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotSupported")


class PersistedQueryNotFound(BadInput):
    """The same for an id of a document that is not published."""

    code = "PERSISTED_QUERY_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotFound")


class RequestRefused(Exception):
    """A well-formed request that is not executed: status 400, or 200 if the response is `application/json`."""

    def __init__(self, *errors: GraphQLError) -> None:
        super().__init__()
        self.errors: Sequence[GraphQLError] = errors

    @classmethod
    def of(cls, refused: Refused) -> "RequestRefused":
        return cls(GraphQLError(refused.message, extensions=dict(refused.extensions)))


_TOO_SLOW = (TimeoutError, asyncpg.QueryCanceledError)
_LOCKED = (asyncpg.LockNotAvailableError,)
_ROLLED_BACK = (asyncpg.TransactionRollbackError,)
_UNREACHABLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InsufficientResourcesError,
    sql.OperationalError,
    sql.TimeoutError,
)


def refusal_in(error: BaseException) -> Refused | None:
    """The refusal that an exception maps to, or None if it is a bug."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, Refused):
            return cause
    if any(isinstance(cause, _TOO_SLOW) for cause in causes):
        return TimedOut(text("general", "TIMEOUT"))
    if any(isinstance(cause, _LOCKED) for cause in causes):
        return Busy()
    if any(isinstance(cause, _ROLLED_BACK) for cause in causes):
        return Conflict(text("conflict", "CROSSED"))
    if any(_is_unreachable(cause) for cause in causes):
        return Unavailable(text("general", "UNAVAILABLE"))
    return None


def innermost(error: BaseException) -> str:
    """The class name of the innermost cause of an exception, for the log."""
    *_, last = _causes(error)
    return type(last).__name__


def headers_of(refused: Refused) -> Mapping[str, str]:
    """The HTTP headers of the response if a whole request is refused."""
    match refused:
        case Unauthenticated():
            return {"WWW-Authenticate": "Bearer"}
        case MethodNotAllowed():
            return {"Allow": refused.allow}
        case RateLimited() | Busy():
            return {"Retry-After": str(refused.retry_after)}
        case Unavailable() | TimedOut():
            return {"Retry-After": str(RETRY_SECONDS)}
        case _:
            return {}


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception, its causes and the members of exception groups, each once."""
    waiting: list[Any] = [error]
    seen: set[int] = set()
    while waiting:
        cause = waiting.pop(0)
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [cause.__cause__, getattr(cause, "orig", None), getattr(cause, "original_error", None)]
        waiting += cause.exceptions if isinstance(cause, BaseExceptionGroup) else ()


def _is_unreachable(cause: BaseException) -> bool:
    if isinstance(cause, sql.DBAPIError) and cause.connection_invalidated:
        return True
    if isinstance(cause, OSError):
        return cause.filename is None  # with a file name it is about a file, which is a bug
    if isinstance(cause, asyncpg.InterfaceError):
        return "closed" in str(cause)  # the driver's other errors of this class are about wrong calls, which are bugs
    return isinstance(cause, _UNREACHABLE)
