"""Verifies tokens of the OpenID Connect provider in the settings. They identify a user; roles in them are ignored (D4).

An access token must conform to RFC 9068, with two exceptions for older providers: `typ` may be `JWT` or missing; and
either `client_id` or `azp` is enough, and required only if a token has several audiences.
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

MAX_HEADER_LENGTH: Final = 4096  # characters; some providers add a certificate, which the gateway ignores
MAX_SUBJECT_LENGTH: Final = 255  # OpenID Connect Core, 2
MAX_ADDRESS_LENGTH: Final = 320
TYPES: Final = frozenset({"", "jwt", "at+jwt", "application/at+jwt"})
# Claims of an ID token, of a logout token, and of a token that needs a proof of possession, which the gateway does not
# support.
OTHER_KINDS: Final = frozenset({"at_hash", "c_hash", "events", "cnf"})
AT_ONCE: Final = 8
ASK_AGAIN: Final = timedelta(minutes=1)
REMEMBERED: Final = 1000  # subjects for which the provider has been queried


@dataclass(frozen=True, slots=True)
class Opened:
    """A token that names the provider as its issuer. It is not verified yet."""

    text: str
    signature: CompactSignature
    claims: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Vouched:
    """A subject that the provider has signed in, from a token with a verified signature."""

    subject: str
    claims: Mapping[str, Any]


class Provider:
    """The only accepted issuer besides the gateway itself, for tokens with one audience."""

    def __init__(
        self, issuer: str, audience: str, algorithms: tuple[str, ...], leeway: timedelta, kept: Kept, web: HttpClient
    ) -> None:
        self.issuer, self.audience, self._leeway, self._kept, self._web = issuer, audience, leeway, kept, web
        self._registry = _registry(algorithms)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._userinfo_slots = asyncio.Semaphore(AT_ONCE)
        self._emails: Cache[str, tuple[datetime, str | None]] = Cache(REMEMBERED)

    def open(self, token: str) -> Opened | None:
        """Returns the token if it names this issuer; then only this issuer's rules apply to it. Returns None otherwise."""
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
        """Verifies a token. Raises `Unauthenticated` with the same text for every defect, and `Unavailable` if there are no keys."""
        with _one_text():
            kid, algorithm = self._named(opened.signature.headers())
        key = await self._kept.key(kid, algorithm, now)
        with _one_text():
            if key is None or not jws.validate_compact(opened.signature, key, registry=self._registry):
                raise BadSignatureError()
            self._expected(now).validate(dict(opened.claims))
            return Vouched(_subject(opened.claims), opened.claims)

    async def verified_email(self, opened: Opened, vouched: Vouched, now: datetime) -> str | None:
        """Returns the subject's e-mail address if the provider states that it is verified; None otherwise.

        The token's own claim decides. If it has none, the gateway queries the provider's userinfo endpoint with the token:
        at most once a minute for each subject, and for a few subjects at a time.
        """
        if "email" in vouched.claims:
            return _verified(vouched.claims)
        async with self._turns.setdefault(vouched.subject, asyncio.Lock()):
            queried_at, email = self._emails.get(vouched.subject) or (None, None)
            if queried_at is not None and abs(now - queried_at) < ASK_AGAIN:
                return email
            async with self._userinfo_slots:
                email = await self._query(opened.text, vouched.subject, now)
            self._emails.put(vouched.subject, (now, email))
            return email

    def forget(self, vouched: Vouched) -> None:
        """Drops the subject's cached address: the subject is linked now, so the address is not needed any more."""
        self._emails.drop(vouched.subject)

    async def close(self) -> None:
        await self._kept.close()
        await self._web.client.aclose()

    async def _query(self, token: str, subject: str, now: datetime) -> str | None:
        address = (await self._kept.published(now)).userinfo
        if address is None:
            return None
        try:
            userinfo = await self._web.read(address, token=token)
        except NotAnswered as problem:
            if problem.status in (400, 401, 403, 404, 405):  # not with this token, now or later
                return None
            raise Unavailable(SILENT) from None
        return _verified(userinfo) if userinfo.get("sub") == subject else None  # OpenID Connect Core, 5.3.2

    def _named(self, header: Header) -> tuple[str | None, JWSAlgModel]:
        """Returns the key id and the algorithm of a header. Raises an error if the header is not acceptable."""
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
    """Replaces each error about a token by `Unauthenticated` with the same text."""
    try:
        yield
    except (JoseError, ValueError, TypeError):
        raise Unauthenticated(NOT_GOOD) from None


def _registry(algorithms: tuple[str, ...]) -> JWSRegistry:
    """A registry that accepts only these algorithms. It reads three header parameters and rejects `crit` and `b64`."""
    registry = JWSRegistry(algorithms=algorithms, strict_check_header=False)
    registry.algorithms = {name: copy.copy(JWSRegistry.algorithms[name]) for name in algorithms}
    for algorithm in registry.algorithms.values():
        algorithm.security_warning = None  # the warning for EdDSA: providers do not use its newer name
    read = {name: HeaderParameter(name, "str", required=name == "alg") for name in ("alg", "kid", "typ")}
    registry.header_registry = {**read, **{name: HeaderParameter(name, "none") for name in ("crit", "b64")}}
    registry.max_header_length, registry.max_payload_length = MAX_HEADER_LENGTH, MAX_LENGTH
    return registry


def _subject(claims: Mapping[str, Any]) -> str:
    """Returns the subject of claims that are otherwise valid. Raises ValueError for an invalid subject or another kind of token."""
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
