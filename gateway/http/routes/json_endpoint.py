"""What the endpoints besides GraphQL have in common: a time limit, small headers, and refusals in the caller's language."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from starlette.requests import ClientDisconnect, Request

from gateway.errors import BadInput, Refused
from gateway.http.errors import CUT_OFF, refusal_in
from gateway.http.languages import language_of
from gateway.http.requests import require_small_headers
from gateway.http.responses import Answer, refusal

Result = TypeVar("Result")


async def performed(request: Request, seconds: float, work: Callable[[], Awaitable[Result]]) -> Result | Refused:
    """Returns what `work` returns, or why the request is refused. Raises the error of a bug."""
    try:
        async with asyncio.timeout(seconds):
            require_small_headers(request)
            return await work()
    except ClientDisconnect:
        return BadInput(CUT_OFF)
    except Exception as error:
        refused = refusal_in(error)
        if refused is None:
            raise
        return refused


def refusal_of(request: Request, refused: Refused) -> Answer:
    return refusal(refused).shown_in(language_of(request))
