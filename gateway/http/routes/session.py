"""Sessions of browsers: the refresh token is in a cookie that no script can read (D72). docs/identity.md compares the ways.

`POST /session` signs in, `POST /session/refresh` gives the next access token, `DELETE /session` signs out. Each accepts only
pages of the gateway's own origin and of the origins in GATEWAY_CORS_ORIGINS.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from structlog.typing import FilteringBoundLogger

from gateway.auth.sign_in import Session, SignInService
from gateway.errors import BadInput, Forbidden, Refused, Unauthenticated
from gateway.http.middleware import OF_SESSIONS
from gateway.http.network import network_of
from gateway.http.request_log import request_id
from gateway.http.requests import read_json
from gateway.http.responses import LEGACY, Answer
from gateway.http.routes.json_endpoint import performed, refusal_of

REFRESH: Final = "refresh"
DEVICE: Final = "device"
"""The names of the cookies."""
MAX_BYTES: Final = 8192
MAX_DEPTH: Final = 8
MISSING: Final = 'The body must be `{"email": …, "password": …}`.'
FOREIGN: Final = "The Origin header must name the gateway's own origin, or one in GATEWAY_CORS_ORIGINS."


class Dependencies(Protocol):
    """What the endpoints use."""

    sign_in_service: SignInService
    clock: Callable[[], datetime]


Work = Callable[[Request, datetime, str], Awaitable[Response]]
"""Does what was requested, at a time, under the id of the request."""


def session_routes(
    dependencies: Dependencies, log: FilteringBoundLogger, *, origins: Sequence[str], seconds: float
) -> list[Route]:
    """The routes. `origins` are the origins of pages that may use them, besides the gateway's own."""

    async def begin(request: Request, now: datetime, name: str) -> Response:
        email, password = _credentials(await read_json(request, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH))
        service = dependencies.sign_in_service
        session = await service.sign_in(
            *(email, password, now, name),
            network=network_of(request.scope.get("client")),
            device_token=request.cookies.get(DEVICE),
        )
        if (replaced := request.cookies.get(REFRESH)) is not None:
            await service.sign_out(replaced, now)  # the browser forgets it
        response = _opened(session, now, name)
        if session.device_token is not None:
            _set(response, DEVICE, session.device_token, service.device_lifetime)
        return response

    async def refresh(request: Request, now: datetime, name: str) -> Response:
        token = request.cookies.get(REFRESH)
        if token is None:
            return _empty(name)  # the page has no session: not a fault
        return _opened(await dependencies.sign_in_service.refresh(token, now, name), now, name)

    async def end(request: Request, now: datetime, name: str) -> Response:
        if (token := request.cookies.get(REFRESH)) is not None:
            await dependencies.sign_in_service.sign_out(token, now)
        response = _empty(name)
        _set(response, REFRESH, "", timedelta(0))
        return response

    def page(work: Work) -> Callable[[Request], Awaitable[Response]]:
        async def respond(request: Request) -> Response:
            name = request_id(request.headers)

            async def permitted() -> Response:
                _require_origin(request, origins)
                return await work(request, dependencies.clock(), name)

            result = await performed(request, seconds, permitted)
            response = _refused(request, result, name) if isinstance(result, Refused) else result
            log.info(
                "session", path=request.url.path, method=request.method, request_id=name, status=response.status_code
            )
            return response

        return respond

    return [
        Route(OF_SESSIONS, page(begin), methods=["POST"]),
        Route(f"{OF_SESSIONS}/refresh", page(refresh), methods=["POST"]),
        Route(OF_SESSIONS, page(end), methods=["DELETE"]),
    ]


def _credentials(body: Any) -> tuple[str, str]:
    found = [body.get(name) for name in ("email", "password")] if isinstance(body, Mapping) else []
    match found:
        case [str(email), str(password)]:
            return email, password
        case _:
            raise BadInput(MISSING)


def _require_origin(request: Request, origins: Sequence[str]) -> None:
    """Raises Forbidden unless the page that sent the request is of a permitted origin.

    A cookie is sent by the browser, not by the page: without this check, a page of another origin on the same site could
    use the session. The scheme is not compared with the gateway's own: behind a proxy it is not known.
    """
    given = request.headers.getlist("origin")
    if len(given) != 1 or (given[0] not in origins and urlsplit(given[0]).netloc != request.headers.get("host")):
        raise Forbidden(FOREIGN)


def _opened(session: Session, now: datetime, name: str) -> Response:
    shown = {
        "accessToken": session.access_token,
        "expiresAt": session.expires_at.isoformat(),
        "refreshExpiresAt": session.refresh_expires_at.isoformat(),
    }
    response = Answer(shown).response(LEGACY, name)
    _set(response, REFRESH, session.refresh_token, session.refresh_expires_at - now)
    return response


def _empty(name: str) -> Response:
    return Response(status_code=204, headers={"Cache-Control": "no-store", "X-Request-Id": name})


def _refused(request: Request, refused: Refused, name: str) -> Response:
    """The error. A token that is not good is removed from the browser."""
    response = refusal_of(request, refused).response(LEGACY, name)
    if isinstance(refused, Unauthenticated):
        _set(response, REFRESH, "", timedelta(0))
    return response


def _set(response: Response, name: str, value: str, lifetime: timedelta) -> None:
    """Sets a cookie that is sent to these endpoints alone, only by pages of the same site, and over TLS or to localhost."""
    response.set_cookie(
        name, value, int(lifetime.total_seconds()), path=OF_SESSIONS, secure=True, httponly=True, samesite="strict"
    )
