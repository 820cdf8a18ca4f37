"""What the peers that are not the gateway share: how they listen, and whom they believe."""

import base64
import gc
import time
from uuid import UUID

import orjson
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.settings import Settings


def address_of(settings: Settings) -> str:
    if settings.database_url is None:
        raise ValueError("DATABASE_URL is not set.")
    return settings.database_url.get_secret_value()


def key_of(settings: Settings) -> Ed25519PublicKey:
    """The key that tokens are believed by."""
    key = load_pem_private_key((settings.signing_key.get_secret_value() if settings.signing_key else "").encode(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError("The signing key is not of Ed25519.")
    return key.public_key()


class Believed:
    """The persons of tokens, which are verified in each request, or remembered if the settings say so."""

    def __init__(self, settings: Settings) -> None:
        self._key, self._remembers = key_of(settings), settings.token_memory_seconds > 0
        self._known: dict[str, tuple[UUID, float]] = {}

    def __call__(self, header: str) -> UUID:
        known = self._known.get(header)
        if known is not None and time.time() < known[1]:
            return known[0]
        found = believed(header, self._key)
        if self._remembers:
            self._known[header] = found, time.time() + 60
        return found


def believed(header: str, key: Ed25519PublicKey) -> UUID:
    """The person of a token that this key signed and whose time is not over."""
    signed, _, signature = header.removeprefix("Bearer ").rpartition(".")
    key.verify(base64.urlsafe_b64decode(signature + "=="), signed.encode())
    claims = orjson.loads(base64.urlsafe_b64decode(signed.partition(".")[2] + "=="))
    if claims["exp"] < time.time():
        raise PermissionError
    return UUID(claims["sub"])


def alive() -> BaseRoute:
    async def answer(_: Request) -> Response:
        return PlainTextResponse("ok")

    return Route("/healthz", answer)


def listen(app: Starlette, settings: Settings) -> None:
    """As the gateway does: uvloop, httptools, no log of accesses, what lives for ever out of the collector's sight."""
    gc.collect()
    gc.freeze()
    uvicorn.run(app, host=settings.host, port=settings.port, log_config=None, access_log=False, server_header=False)
