"""Access tokens: signed, short-lived, and saying nothing but who. Roles are read from the database (D4)."""

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, Self
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import GuestProtocol, OKPKey
from joserfc.jws import JWSRegistry
from joserfc.registry import HeaderParameter

from gateway.errors import Unauthenticated
from gateway.settings import Settings

ALGORITHM: Final = "EdDSA"
TYPE: Final = "at+jwt"
MAX_LENGTH: Final = 4096  # characters; ours have about 500
LEEWAY: Final = timedelta(seconds=5)  # what the clocks of two replicas may differ by
VERSION_CLAIM: Final = "sv"
FIRST_VERSION: Final = 1  # of a person whose sessions were never ended all together
LAST_VERSION: Final = 2**31 - 1  # what the column holds
NOT_GOOD: Final = "These credentials are not good, or not any more. Sign in again."

_PUBLIC_PEM: Final = re.compile(r"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Keys:
    """One key that signs, and all that are believed, by their RFC 7638 thumbprints."""

    signing: OKPKey
    believed: Mapping[str, OKPKey]

    @classmethod
    def of(cls, signing: OKPKey, *older: OKPKey) -> Self:
        """The public half of `signing` is believed too; `older` are public keys of before the rotation."""
        current = OKPKey.import_key(signing.public_key)
        return cls(signing, {key.thumbprint(): key for key in (current, *older)})

    def named_by(self, token: GuestProtocol) -> OKPKey:
        key = self.believed.get(token.headers()["kid"])
        if key is None:
            raise InvalidKeyIdError("no such key")
        return key


def ephemeral_keys(*older: OKPKey) -> Keys:
    """A signing key that dies with the process, and all its tokens with it."""
    return Keys.of(OKPKey.generate_key("Ed25519"), *older)


def load_keys(settings: Settings) -> Keys:
    """The keys of the settings, or ephemeral ones where there is no signing key. A wrong key is a ValueError."""
    older = [_ed25519(pem) for pem in _PUBLIC_PEM.findall(settings.verification_keys or "")]
    if settings.verification_keys and not older:
        raise ValueError("The verification keys are not public keys in PEM.")
    if settings.signing_key is None:
        return ephemeral_keys(*older)
    signing = _ed25519(settings.signing_key.get_secret_value())
    if not signing.is_private:
        raise ValueError("The signing key is a public key; it takes the private one to sign.")
    return Keys.of(signing, *older)


def _ed25519(pem: str) -> OKPKey:
    try:
        key = OKPKey.import_key(pem)
    except (JoseError, ValueError, TypeError):
        raise ValueError("A signing or verification key is not an Ed25519 key in PEM.") from None  # never show a key
    if key.curve_name != "Ed25519":
        raise ValueError("A signing or verification key is of another curve than Ed25519.")
    return key


def one_algorithm() -> JWSRegistry:
    """EdDSA and nothing else, under a header of three words and nothing else: no `crit`, no `jwk`, no `b64`."""
    eddsa = copy.copy(JWSRegistry.algorithms[ALGORITHM])
    # RFC 9864 renames it to Ed25519 and joserfc warns at each use; most other libraries know the old name only.
    eddsa.security_warning = None
    registry = JWSRegistry(algorithms=[ALGORITHM])
    registry.algorithms = {ALGORITHM: eddsa}
    registry.header_registry = {word: HeaderParameter(word, "str", required=True) for word in ("alg", "kid", "typ")}
    return registry


class Stamp:
    """Signs and reads JWTs of one type: a token of one type is never taken for another."""

    def __init__(self, keys: Keys, type: str) -> None:
        self.keys, self.type = keys, type
        self._registry = one_algorithm()

    def write(self, claims: dict[str, Any]) -> str:
        header = {"alg": ALGORITHM, "kid": self.keys.signing.thumbprint(), "typ": self.type}
        return jwt.encode(header, claims, self.keys.signing, registry=self._registry)

    def read(
        self, token: str, now: datetime, *, issuer: str, audience: str, lag: timedelta = LEEWAY
    ) -> Mapping[str, Any]:
        """The claims of a good token, or `Unauthenticated` with one text for all that may be wrong."""
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
        # joserfc looks words up in a header that is JSON but no object, hence the TypeError.
        except (JoseError, ValueError, TypeError):
            raise Unauthenticated(NOT_GOOD) from None
        if read.header["typ"] != self.type:
            raise Unauthenticated(NOT_GOOD)
        return read.claims


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token and the moment of its end."""

    text: str
    expires_at: datetime


class Bearer(NamedTuple):
    """Whom an access token names, and the version of that person's sessions that it belongs to."""

    user_id: UUID
    session_version: int


class TokenIssuer:
    """Makes access tokens and reads its own."""

    def __init__(self, keys: Keys, *, issuer: str, audience: str, lifetime: timedelta) -> None:
        self.keys = keys
        self.issuer = issuer
        self.audience = audience
        self.lifetime = lifetime
        self._stamp = Stamp(keys, TYPE)

    @classmethod
    def from_settings(cls, settings: Settings, keys: Keys) -> Self:
        lifetime = timedelta(minutes=settings.access_minutes)
        return cls(keys, issuer=settings.issuer, audience=settings.audience, lifetime=lifetime)

    def issue(self, user_id: UUID, now: datetime, session_version: int = FIRST_VERSION) -> AccessToken:
        """A token for a person, good from `now` (to the second) for the lifetime, while the session version stays."""
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
        """Whom a token names and its session version, or `Unauthenticated` with one text for all that may be wrong."""
        claims = self._stamp.read(token, now, issuer=self.issuer, audience=self.audience)
        try:
            user_id = UUID(claims["sub"])
        except (ValueError, TypeError, AttributeError):
            raise Unauthenticated(NOT_GOOD) from None
        version = claims.get(VERSION_CLAIM)
        if type(version) is not int or not FIRST_VERSION <= version <= LAST_VERSION:
            raise Unauthenticated(NOT_GOOD)
        return Bearer(user_id, version)

    def verify(self, token: str, now: datetime) -> UUID:
        """The id of the user whom a token names."""
        return self.read(token, now).user_id
