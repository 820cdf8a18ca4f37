"""What the provider publishes, above all its keys: asked for rarely, kept, and believed for a time."""

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

COOL_DOWN: Final = timedelta(seconds=10)  # between two askings, whatever tokens come
SMALLEST_RSA: Final = 2048  # bits
SILENT: Final = "The provider of these credentials cannot be reached at the moment. Ask again soon."

PublicKey = RSAKey | ECKey | OKPKey


@dataclass(frozen=True, slots=True)
class Published:
    """The provider's keys, and where it tells about people, if it does."""

    keys: tuple[PublicKey, ...]
    userinfo: str | None = None

    def names(self, kid: str | None) -> bool:
        return any(key.kid == kid for key in self.keys)

    def key(self, kid: str | None, algorithm: JWSAlgModel) -> PublicKey | None:
        """The key of this name that fits the algorithm; a token without a name is only good where one key fits."""
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
    """What is published now, found by discovery unless the keys' address is given; NotAnswered where it cannot be used."""
    userinfo = None
    if jwks_uri is None:
        told = await web.read(issuer.rstrip("/") + "/.well-known/openid-configuration")
        if told.get("issuer") != issuer:
            raise NotAnswered("the discovery document is another issuer's")
        jwks_uri = _address(told, "jwks_uri")
        userinfo = _address(told, "userinfo_endpoint") if "userinfo_endpoint" in told else None
    return Published(_keys(await web.read(jwks_uri)), userinfo)


def _address(told: Mapping[str, Any], name: str) -> str:
    address = told.get(name)
    if not isinstance(address, str) or not is_safe_address(address):
        raise NotAnswered(f"{name} is no address that we ask")
    return address


def _keys(told: Mapping[str, Any]) -> tuple[PublicKey, ...]:
    """The keys that can verify anything; keys of kinds that we do not know are passed over (RFC 7517, 5)."""
    listed = told.get("keys")
    if not isinstance(listed, list):
        raise NotAnswered("the keys are no key set")
    return tuple(key for each in listed if (key := _key(each)) is not None)


def _key(told: object) -> PublicKey | None:
    if not isinstance(told, dict) or told.get("kty") not in ("RSA", "EC", "OKP") or "d" in told:
        return None
    try:
        if told["kty"] == "RSA" and base64_to_int(told["n"]).bit_length() < SMALLEST_RSA:
            return None
        key = JWKRegistry.import_key(told)
    except (JoseError, ValueError, TypeError, KeyError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, PublicKey) else None


class Kept:
    """Keeps what the provider has published.

    It is asked at most once at a time and per cool-down, and asked anew from half of `fresh` on, before anybody need
    wait; after `fresh` nobody is answered from the old text while the provider answers. While it does not, the old
    text goes on for `longest`; then `Unavailable`. Callers who hang up never end an asking that others wait for.
    """

    def __init__(
        self,
        ask: Callable[[], Awaitable[Published]],
        *,
        fresh: timedelta,
        longest: timedelta,
        log: FilteringBoundLogger,
    ) -> None:
        self._ask, self._fresh, self._longest, self._log = ask, fresh, longest, log
        self._published: Published | None = None
        self._published_at: datetime | None = None
        self._asked_at: datetime | None = None
        self._failing = False
        self._asking: asyncio.Task[None] | None = None

    async def key(self, kid: str | None, algorithm: JWSAlgModel, now: datetime) -> PublicKey | None:
        """The key for a token, None where there is none; a name that is new is asked for, once per cool-down."""
        published = await self.published(now)
        if kid is not None and not published.names(kid):
            await self._asked(now)
            if self._failing:
                raise Unavailable(SILENT)
            published = await self.published(now)
        return published.key(kid, algorithm)

    async def published(self, now: datetime) -> Published:
        """What may be believed now, or `Unavailable`."""
        if self._is_older_than(self._fresh / 2, now):
            asking = self._begin(now)
            is_over = self._is_older_than(self._longest, now)
            if asking and (is_over or (self._is_older_than(self._fresh, now) and not self._failing)):
                await asyncio.shield(asking)
        if self._published is None or self._is_older_than(self._longest, now):
            raise Unavailable(SILENT)
        return self._published

    async def close(self) -> None:
        if self._asking and not self._asking.done():
            self._asking.cancel()
            await asyncio.wait([self._asking])

    async def _asked(self, now: datetime) -> None:
        if asking := self._begin(now):
            await asyncio.shield(asking)

    def _begin(self, now: datetime) -> asyncio.Task[None] | None:
        """The asking under way or a new one; None in the cool-down."""
        if self._asking and not self._asking.done():
            return self._asking
        # A clock that was set back must not stop the asking: distances, not differences.
        if self._asked_at is not None and abs(now - self._asked_at) < COOL_DOWN:
            return None
        self._asked_at = now
        self._asking = asyncio.create_task(self._renew(now))
        return self._asking

    async def _renew(self, now: datetime) -> None:
        try:
            self._published = await self._ask()
        except NotAnswered as problem:
            self._failing = True
            self._log.warning("provider silent", problem=str(problem))
        else:
            self._failing, self._published_at = False, now

    def _is_older_than(self, limit: timedelta, now: datetime) -> bool:
        return self._published_at is None or abs(now - self._published_at) >= limit
