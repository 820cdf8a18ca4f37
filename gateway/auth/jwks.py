"""Reads and caches what the identity provider publishes: its keys and the address of its userinfo endpoint."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from joserfc.errors import JoseError
from joserfc.jwa import JWSAlgModel
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey
from joserfc.util import base64_to_int
from structlog.typing import FilteringBoundLogger

from gateway.auth.http_client import HttpClient, NotAnswered, is_safe_address
from gateway.errors import Unavailable

COOL_DOWN: Final = timedelta(seconds=10)  # minimum time between two requests, whatever tokens arrive
SMALLEST_RSA: Final = 2048  # bits
SILENT: Final = "The identity provider of these credentials cannot be reached at the moment. Try again soon."

PublicKey = RSAKey | ECKey | OKPKey


@dataclass(frozen=True, slots=True)
class Published:
    """The provider's keys, and the address of its userinfo endpoint, if it has one."""

    keys: tuple[PublicKey, ...]
    userinfo: str | None = None

    def names(self, kid: str | None) -> bool:
        return any(key.kid == kid for key in self.keys)

    def key(self, kid: str | None, algorithm: JWSAlgModel) -> PublicKey | None:
        """Returns the key with this `kid` that fits the algorithm. Without a `kid`, exactly one key must fit; otherwise None."""
        fitting = [key for key in self.keys if kid in (None, key.kid) and _fits(key, algorithm)]
        return fitting[0] if len(fitting) == 1 else None


def _fits(key: PublicKey, algorithm: JWSAlgModel) -> bool:
    try:
        algorithm.check_key(key)  # kty, use, alg and curve
        key.check_key_op("verify")
    except JoseError:
        return False
    return True


async def read_published(web: HttpClient, issuer: str, jwks_uri: str | None) -> Published:
    """Fetches what is published now, by discovery if `jwks_uri` is None. Raises NotAnswered if it cannot be used."""
    userinfo = None
    if jwks_uri is None:
        document = await web.read(issuer.rstrip("/") + "/.well-known/openid-configuration")
        if document.get("issuer") != issuer:
            raise NotAnswered("the discovery document names another issuer")
        jwks_uri = _address(document, "jwks_uri")
        userinfo = _address(document, "userinfo_endpoint") if "userinfo_endpoint" in document else None
    return Published(_keys(await web.read(jwks_uri)), userinfo)


def _address(document: Mapping[str, Any], name: str) -> str:
    address = document.get(name)
    if not isinstance(address, str) or not is_safe_address(address):
        raise NotAnswered(f"{name} must be an https address")
    return address


def _keys(document: Mapping[str, Any]) -> tuple[PublicKey, ...]:
    """Returns the public keys that can verify a signature. Ignores keys of unknown types (RFC 7517, 5)."""
    listed = document.get("keys")
    if not isinstance(listed, list):
        raise NotAnswered("the response is not a key set")
    return tuple(key for each in listed if (key := _key(each)) is not None)


def _key(jwk: object) -> PublicKey | None:
    if not isinstance(jwk, dict) or jwk.get("kty") not in ("RSA", "EC", "OKP") or "d" in jwk:
        return None
    try:
        if jwk["kty"] == "RSA" and base64_to_int(jwk["n"]).bit_length() < SMALLEST_RSA:
            return None
        key = JWKRegistry.import_key(jwk)
    except (JoseError, ValueError, TypeError, KeyError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, PublicKey) else None


class Kept:
    """Caches what the provider has published.

    There is at most one request at a time, and at most one per cool-down. From half of `fresh` on, the document is
    requested again in the background, so that no caller has to wait. After `fresh`, callers wait for the new document as
    long as the provider responds. While it does not respond, the old document is used until `longest`; after that,
    `Unavailable` is raised. A caller that disconnects does not cancel a request for which others wait.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Published]],
        *,
        fresh: timedelta,
        longest: timedelta,
        log: FilteringBoundLogger,
    ) -> None:
        self._fetch, self._fresh, self._longest, self._log = fetch, fresh, longest, log
        self._published: Published | None = None
        self._published_at: datetime | None = None
        self._requested_at: datetime | None = None
        self._failing = False
        self._request: asyncio.Task[None] | None = None

    async def key(self, kid: str | None, algorithm: JWSAlgModel, now: datetime) -> PublicKey | None:
        """Returns the key for a token, or None. An unknown `kid` causes a request to the provider, once per cool-down."""
        published = await self.published(now)
        if kid is not None and not published.names(kid):
            await self._refresh(now)
            if self._failing:
                raise Unavailable(SILENT)
            published = await self.published(now)
        return published.key(kid, algorithm)

    async def published(self, now: datetime) -> Published:
        """Returns the document that is valid now. Raises `Unavailable` if there is none."""
        if self._is_older_than(self._fresh / 2, now):
            request = self._begin(now)
            is_over = self._is_older_than(self._longest, now)
            if request and (is_over or (self._is_older_than(self._fresh, now) and not self._failing)):
                await asyncio.shield(request)
        if self._published is None or self._is_older_than(self._longest, now):
            raise Unavailable(SILENT)
        return self._published

    async def close(self) -> None:
        if self._request and not self._request.done():
            self._request.cancel()
            await asyncio.wait([self._request])

    async def _refresh(self, now: datetime) -> None:
        if request := self._begin(now):
            await asyncio.shield(request)

    def _begin(self, now: datetime) -> asyncio.Task[None] | None:
        """Returns the open request or starts a new one. Returns None during the cool-down."""
        if self._request and not self._request.done():
            return self._request
        # The absolute difference: a clock that was set back must not stop the requests.
        if self._requested_at is not None and abs(now - self._requested_at) < COOL_DOWN:
            return None
        self._requested_at = now
        self._request = asyncio.create_task(self._renew(now))
        return self._request

    async def _renew(self, now: datetime) -> None:
        try:
            self._published = await self._fetch()
        except NotAnswered as problem:
            self._failing = True
            self._log.warning("provider silent", problem=str(problem))
        else:
            self._failing, self._published_at = False, now

    def _is_older_than(self, limit: timedelta, now: datetime) -> bool:
        return self._published_at is None or abs(now - self._published_at) >= limit
