"""Tokens of the OpenID Connect provider that the settings name: who they speak of, and nothing of roles (D4).

What is asked of an access token is RFC 9068's, with two doors left open for providers of before: `typ` may be `JWT` or
missing, and of `client_id` and `azp` one will do, asked for only where a token has several audiences.
"""

import asyncio
import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from weakref import WeakValueDictionary

import orjson
from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwa import JWSAlgModel
from joserfc.jws import CompactSignature, JWSRegistry
from joserfc.registry import Header, HeaderParameter

from gateway.auth.access_tokens import NOT_GOOD
from gateway.auth.bearer import MAX_LENGTH
from gateway.auth.http_client import HttpClient, NotAnswered
from gateway.auth.jwks import SILENT, Kept
from gateway.caches import Cache
from gateway.errors import Unauthenticated, Unavailable
from gateway.text.header_text import is_header_text

MAX_HEADER_LENGTH: Final = 4096  # characters: some providers put a certificate there, which nobody reads
MAX_SUBJECT_LENGTH: Final = 255  # OpenID Connect Core, 2
MAX_ADDRESS_LENGTH: Final = 320
TYPES: Final = frozenset({"", "jwt", "at+jwt", "application/at+jwt"})
# An ID token, a logout token, and a token that is good only together with a proof of its key, which we do not ask for.
OTHER_KINDS: Final = frozenset({"at_hash", "c_hash", "events", "cnf"})
AT_ONCE: Final = 8
ASK_AGAIN: Final = timedelta(minutes=1)
REMEMBERED: Final = 1000  # people of whom the provider was asked


@dataclass(frozen=True, slots=True)
class Opened:
    """A token that says to be the provider's. Nothing of it is proved."""

    text: str
    signature: CompactSignature
    claims: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Vouched:
    """Somebody whom the provider has signed in, by what the token says and its signature proves."""

    subject: str
    claims: Mapping[str, Any]


class Provider:
    """The one issuer beside our own that is believed, for tokens to one audience."""

    def __init__(
        self, issuer: str, audience: str, algorithms: tuple[str, ...], leeway: timedelta, kept: Kept, web: HttpClient
    ) -> None:
        self.issuer, self.audience, self._leeway, self._kept, self._web = issuer, audience, leeway, kept, web
        self._registry = _registry(algorithms)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._few = asyncio.Semaphore(AT_ONCE)
        self._told: Cache[str, tuple[datetime, str | None]] = Cache(REMEMBERED)

    def open(self, token: str) -> Opened | None:
        """The token if it names this issuer, whose rules alone then decide; None if it is somebody else's business."""
        try:
            signature = jws.extract_compact(token.encode(), registry=self._registry)
            claims = orjson.loads(signature.payload)
        except (JoseError, ValueError, TypeError, RecursionError):
            return None
        if not (isinstance(claims, dict) and isinstance(signature.headers(), dict)):
            return None
        if claims.get("iss") != self.issuer:
            return None
        return Opened(token, signature, claims)

    async def vouch(self, opened: Opened, now: datetime) -> Vouched:
        """Whom a token names: `Unauthenticated` with one text for all that may be wrong, `Unavailable` without keys."""
        with _one_text():
            kid, algorithm = self._named(opened.signature.headers())
        key = await self._kept.key(kid, algorithm, now)
        with _one_text():
            if key is None or not jws.validate_compact(opened.signature, key, registry=self._registry):
                raise BadSignatureError()
            self._expected(now).validate(dict(opened.claims))
            return Vouched(_subject(opened.claims), opened.claims)

    async def verified_email(self, opened: Opened, vouched: Vouched, now: datetime) -> str | None:
        """The address of somebody, if the provider says that it has verified it.

        The token's own word counts. Where it has none, the provider's userinfo endpoint is asked with the token, once
        a minute and person, for a few people at a time.
        """
        if "email" in vouched.claims:
            return _verified(vouched.claims)
        async with self._turns.setdefault(vouched.subject, asyncio.Lock()):
            asked_at, email = self._told.get(vouched.subject) or (None, None)
            if asked_at is not None and abs(now - asked_at) < ASK_AGAIN:
                return email
            async with self._few:
                email = await self._ask(opened.text, vouched.subject, now)
            self._told.put(vouched.subject, (now, email))
            return email

    def forget(self, vouched: Vouched) -> None:
        """They are known from here on, and need not be asked for."""
        self._told.drop(vouched.subject)

    async def close(self) -> None:
        await self._kept.close()
        await self._web.client.aclose()

    async def _ask(self, token: str, subject: str, now: datetime) -> str | None:
        address = (await self._kept.published(now)).userinfo
        if address is None:
            return None
        try:
            told = await self._web.read(address, token=token)
        except NotAnswered as problem:
            if problem.status in (400, 401, 403, 404, 405):  # this token does not open it, and will not later
                return None
            raise Unavailable(SILENT) from None
        return _verified(told) if told.get("sub") == subject else None  # OpenID Connect Core, 5.3.2

    def _named(self, header: Header) -> tuple[str | None, JWSAlgModel]:
        """The name of the key and the algorithm that a header says, where the rest of it is as it may be."""
        self._registry.check_header(header)
        if header.get("typ", "").lower() not in TYPES:
            raise ValueError("typ")
        return header.get("kid"), self._registry.get_alg(header["alg"])

    def _expected(self, now: datetime) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=int(self._leeway.total_seconds()),
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.audience},
            sub={"essential": True},
            iat={"essential": True},
            exp={"essential": True},
        )


@contextmanager
def _one_text() -> Iterator[None]:
    """Whatever is wrong with a token is told in the same words."""
    try:
        yield
    except (JoseError, ValueError, TypeError):
        raise Unauthenticated(NOT_GOOD) from None


def _registry(algorithms: tuple[str, ...]) -> JWSRegistry:
    """These algorithms and no others. Of a header only three words are read; `crit` and `b64` are refused."""
    registry = JWSRegistry(algorithms=algorithms, strict_check_header=False)
    registry.algorithms = {name: copy.copy(JWSRegistry.algorithms[name]) for name in algorithms}
    for algorithm in registry.algorithms.values():
        algorithm.security_warning = None  # EdDSA's: its newer name is not what providers write
    words = {word: HeaderParameter(word, "str", required=word == "alg") for word in ("alg", "kid", "typ")}
    registry.header_registry = {**words, **{word: HeaderParameter(word, "none") for word in ("crit", "b64")}}
    registry.max_header_length, registry.max_payload_length = MAX_HEADER_LENGTH, MAX_LENGTH
    return registry


def _subject(claims: Mapping[str, Any]) -> str:
    """The subject of claims whose standard words are right; ValueError where it is none, or the token of another kind."""
    subject: str = claims["sub"]
    if not (subject.isascii() and subject.isprintable() and len(subject) <= MAX_SUBJECT_LENGTH):
        raise ValueError("sub")
    if claims.keys() & OTHER_KINDS:
        raise ValueError("another kind of token")
    audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    party = claims.get("azp", claims.get("client_id"))
    if len(audiences) > 1 and not (isinstance(party, str) and party):
        raise ValueError("azp")
    return subject


def _verified(claims: Mapping[str, Any]) -> str | None:
    email = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(email, str):
        return None
    return email if 0 < len(email) <= MAX_ADDRESS_LENGTH and email.isprintable() and is_header_text(email) else None
