"""Access tokens: signed, short-lived JWTs that identify a user. Roles are read from the database (D4)."""

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, NamedTuple, Self
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import GuestProtocol, OKPKey
from joserfc.jws import JWSRegistry
from joserfc.registry import HeaderParameter

from gateway.caches import Cache
from gateway.errors import Unauthenticated
from gateway.messages import text
from gateway.settings import Settings

ALGORITHM: Final = "EdDSA"
TYPE: Final = "at+jwt"
MAX_LENGTH: Final = 4096  # characters; the gateway's own tokens have about 500
LEEWAY: Final = timedelta(seconds=5)  # accepted difference between the clocks of two replicas
MAX_VERIFIED: Final = 10_000
VERSION_CLAIM: Final = "sv"
FIRST_VERSION: Final = 1  # of a user whose sessions have never been ended all at once
LAST_VERSION: Final = 2**31 - 1  # the maximum of the column
NOT_GOOD: Final = text("general", "CREDENTIALS")

_PUBLIC_PEM: Final = re.compile(r"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Keys:
    """The signing key, and all keys that are accepted for verification, by their RFC 7638 thumbprints."""

    signing: OKPKey
    believed: Mapping[str, OKPKey]

    @classmethod
    def of(cls, signing: OKPKey, *older: OKPKey) -> Self:
        """Accepts the public half of `signing` and the keys in `older`, which are public keys from before a key rotation."""
        current = OKPKey.import_key(signing.public_key)
        return cls(signing, {key.thumbprint(): key for key in (current, *older)})

    def named_by(self, token: GuestProtocol) -> OKPKey:
        key = self.believed.get(token.headers()["kid"])
        if key is None:
            raise InvalidKeyIdError("unknown key id")
        return key


def ephemeral_keys(*older: OKPKey) -> Keys:
    """Keys with a new signing key that exists only in this process. Its tokens become invalid when the process ends."""
    return Keys.of(OKPKey.generate_key("Ed25519"), *older)


def load_keys(settings: Settings) -> Keys:
    """Returns the keys in the settings, or ephemeral keys if there is no signing key. Raises ValueError for an invalid key."""
    older = [_ed25519(pem) for pem in _PUBLIC_PEM.findall(settings.verification_keys or "")]
    if settings.verification_keys and not older:
        raise ValueError("GATEWAY_VERIFICATION_KEYS must contain Ed25519 public keys in PEM.")
    if settings.signing_key is None:
        return ephemeral_keys(*older)
    signing = _ed25519(settings.signing_key.get_secret_value())
    if not signing.is_private:
        raise ValueError("GATEWAY_SIGNING_KEY must be a private key; it is a public key.")
    return Keys.of(signing, *older)


def _ed25519(pem: str) -> OKPKey:
    try:
        key = OKPKey.import_key(pem)
    except (JoseError, ValueError, TypeError):
        raise ValueError("A signing or verification key is not an Ed25519 key in PEM.") from None  # hides the key
    if key.curve_name != "Ed25519":
        raise ValueError("A signing or verification key must use the curve Ed25519.")
    return key


def one_algorithm() -> JWSRegistry:
    """A registry that accepts only EdDSA, and only the header parameters `alg`, `kid` and `typ`: no `crit`, `jwk` or `b64`."""
    eddsa = copy.copy(JWSRegistry.algorithms[ALGORITHM])
    # RFC 9864 renames EdDSA to Ed25519, and joserfc warns at each use. Most other libraries know only the old name.
    eddsa.security_warning = None
    registry = JWSRegistry(algorithms=[ALGORITHM])
    registry.algorithms = {ALGORITHM: eddsa}
    registry.header_registry = {name: HeaderParameter(name, "str", required=True) for name in ("alg", "kid", "typ")}
    return registry


class Stamp:
    """Signs and verifies JWTs of one type. The `typ` header is checked, so a token of another type is rejected."""

    def __init__(self, keys: Keys, type: str) -> None:
        self.keys, self.type = keys, type
        self._registry = one_algorithm()

    def write(self, claims: dict[str, Any]) -> str:
        header = {"alg": ALGORITHM, "kid": self.keys.signing.thumbprint(), "typ": self.type}
        return jwt.encode(header, claims, self.keys.signing, registry=self._registry)

    def read(
        self, token: str, now: datetime, *, issuer: str, audience: str, lag: timedelta = LEEWAY
    ) -> Mapping[str, Any]:
        """Returns the claims of a valid token. Raises `Unauthenticated` with the same text for every defect."""
        if len(token) > MAX_LENGTH:
            raise Unauthenticated(NOT_GOOD)
        expected = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=int(lag.total_seconds()),
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            sub={"essential": True},
            iat={"essential": True},
            nbf={"essential": True},
            exp={"essential": True},
            jti={"essential": True},
        )
        try:
            read = jwt.decode(token, self.keys.named_by, registry=self._registry)
            expected.validate(read.claims)
        # joserfc raises TypeError if the header is JSON but not an object.
        except (JoseError, ValueError, TypeError):
            raise Unauthenticated(NOT_GOOD) from None
        if read.header["typ"] != self.type:
            raise Unauthenticated(NOT_GOOD)
        return read.claims


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token and the time at which it expires."""

    text: str
    expires_at: datetime


class Bearer(NamedTuple):
    """The user that an access token identifies, and the session version for which it was issued."""

    user_id: UUID
    session_version: int


class Verified(NamedTuple):
    """What a token contains, and the time in which it need not be verified again."""

    bearer: Bearer
    since: datetime
    until: datetime


class TokenIssuer:
    """Issues access tokens and verifies the tokens that it has issued."""

    def __init__(
        self, keys: Keys, *, issuer: str, audience: str, lifetime: timedelta, memory: timedelta = timedelta()
    ) -> None:
        self.keys = keys
        self.issuer = issuer
        self.audience = audience
        self.lifetime = lifetime
        self.memory = memory
        self._stamp = Stamp(keys, TYPE)
        self._verified: Cache[bytes, Verified] = Cache(MAX_VERIFIED)

    @classmethod
    def from_settings(cls, settings: Settings, keys: Keys) -> Self:
        return cls(
            keys,
            issuer=settings.issuer,
            audience=settings.audience,
            lifetime=timedelta(minutes=settings.access_minutes),
            memory=timedelta(seconds=settings.token_memory_seconds),
        )

    def issue(self, user_id: UUID, now: datetime, session_version: int = FIRST_VERSION) -> AccessToken:
        """Returns a token for a user. It is valid from `now` (to the second) for `lifetime`, while the session version is the same."""
        issued_at = now.replace(microsecond=0)
        expires_at = issued_at + self.lifetime
        claims = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": str(user_id),
            "iat": int(issued_at.timestamp()),
            "nbf": int(issued_at.timestamp()),
            "exp": int(expires_at.timestamp()),
            "jti": str(uuid4()),
            VERSION_CLAIM: session_version,
        }
        return AccessToken(self._stamp.write(claims), expires_at)

    def read(self, token: str, now: datetime) -> Bearer:
        """Returns a token's user and session version. Raises `Unauthenticated` with the same text for every defect.

        A verified token is remembered for `memory`, and no longer than it is valid: its signature and its claims do not change.
        """
        if not self.memory:
            return self._read(token, now).bearer
        name = sha256(token.encode()).digest()
        known = self._verified.get(name)
        if known is None or not known.since <= now < known.until:
            known = self._read(token, now)
            self._verified.put(name, known)
        return known.bearer

    def _read(self, token: str, now: datetime) -> "Verified":
        claims = self._stamp.read(token, now, issuer=self.issuer, audience=self.audience)
        try:
            user_id = UUID(claims["sub"])
        except (ValueError, TypeError, AttributeError):
            raise Unauthenticated(NOT_GOOD) from None
        version = claims.get(VERSION_CLAIM)
        if type(version) is not int or not FIRST_VERSION <= version <= LAST_VERSION:
            raise Unauthenticated(NOT_GOOD)
        # Without the leeway, after which the token is verified each time.
        expires_at = datetime.fromtimestamp(claims["exp"], UTC)
        return Verified(Bearer(user_id, version), now, min(now + self.memory, expires_at))

    def verify(self, token: str, now: datetime) -> UUID:
        """Returns the id of the user that a token identifies."""
        return self.read(token, now).user_id
