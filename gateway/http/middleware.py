"""Checks before a request is read: its Host header, and the origin of the page that sent it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.errors import BadInput
from gateway.http.responses import LEGACY, refusal

PROBES: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""Requested by machines in the same network, by IP address instead of a host name."""

BETWEEN_SERVERS: Final = frozenset({"/handoff/redeem", "/handoff/status"})
"""Requested by the product's servers, and never by a page of any origin."""

OF_SESSIONS: Final = "/session"
"""The path of the sessions of browsers, whose cookies are credentials: gateway/http/routes/session.py."""

ALLOWED_HEADERS: Final = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "X-Acting-As",
    "X-Request-Id",
    "traceparent",
    "tracestate",
    # Sent by Apollo Client and other Apollo libraries by default.
    "apollographql-client-name",
    "apollographql-client-version",
    "apollo-require-preflight",
    "x-apollo-operation-name",
)
EXPOSED_HEADERS: Final = ("X-Request-Id", "Retry-After", "Idempotency-Replayed")
PREFLIGHT_SECONDS: Final = 7200  # no browser caches a preflight response much longer
_OPTIONS: Final[Mapping[str, Any]] = {
    "allow_headers": ALLOWED_HEADERS,
    "expose_headers": EXPOSED_HEADERS,
    "max_age": PREFLIGHT_SECONDS,
}


def request_middleware(trusted_hosts: Sequence[str], cors_origins: Sequence[str]) -> list[Middleware]:
    """The middleware that the settings require; an empty list if they require none.

    `cors_origins` are exact origins, such as https://portal.example; other values raise ValueError. Cookies are credentials
    of the session endpoints alone, so CORS allows them for no other path.
    """
    for origin in cors_origins:
        if not origin.startswith(("https://", "http://")) or origin.count("/") != 2 or "*" in origin:
            raise ValueError(f"GATEWAY_CORS_ORIGINS: {origin!r} is not an origin such as https://portal.example.")
    found = []
    if trusted_hosts:
        found.append(Middleware(TrustedHosts, hosts=trusted_hosts))
    if cors_origins:
        found.append(Middleware(ForPages, origins=cors_origins))
    return found


class ForPages(CORSMiddleware):
    """Adds CORS for the allowed origins to all paths except BETWEEN_SERVERS; with cookies for sessions of browsers."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        super().__init__(app, allow_origins=origins, allow_methods=("GET", "POST"), **_OPTIONS)
        self._of_sessions = CORSMiddleware(
            app, allow_origins=origins, allow_methods=("POST", "DELETE"), allow_credentials=True, **_OPTIONS
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else ""
        if path in BETWEEN_SERVERS:
            await self.app(scope, receive, send)
        elif path == OF_SESSIONS or path.startswith(f"{OF_SESSIONS}/"):
            await self._of_sessions(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


class TrustedHosts:
    """Accepts requests whose Host header is one of `hosts`; `*.portal.example` matches all names below that domain."""

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        self._app = app
        self._names = frozenset(host.lower() for host in hosts if not host.startswith("*."))
        self._below = tuple(host[1:].lower() for host in hosts if host.startswith("*."))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["path"] in PROBES or self._trusts(Headers(scope=scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            unknown = refusal(BadInput("Unknown Host header."))
            await unknown.response(LEGACY, uuid4().hex)(scope, receive, send)

    def _trusts(self, headers: Headers) -> bool:
        given = headers.getlist("host")
        name = _without_port(given[0].lower()) if len(given) == 1 else ""
        return name in self._names or (bool(self._below) and name.endswith(self._below))


def _without_port(host: str) -> str:
    return host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
