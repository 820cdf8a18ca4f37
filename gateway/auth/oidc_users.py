"""Users who sign in with the provider: identified by the subject, and the first time by an address that it has verified."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

import httpx
from sqlalchemy import and_, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from structlog.typing import FilteringBoundLogger

from gateway.auth.bearer import bearer_of
from gateway.auth.http_client import HttpClient, is_safe_address
from gateway.auth.jwks import Kept, read_published
from gateway.auth.oidc import Provider
from gateway.db.models import LinkedIdentity, User
from gateway.errors import UnknownUser
from gateway.messages import text
from gateway.settings import Settings
from gateway.text.addresses import address_key

ALGORITHMS: Final = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"
)  # fmt: skip
NOBODY: Final = text("general", "UNKNOWN_USER")


@dataclass(frozen=True)
class OidcUsers:
    """Finds the user of a provider's token. Roles come only from the database (D4)."""

    provider: Provider
    engine: AsyncEngine
    reading: AsyncEngine

    async def person(self, headers: Mapping[str, str], now: datetime) -> UUID | None:
        """Returns the user for whom the provider issued the token in these headers; None if no token names the provider.

        Raises `Unauthenticated` for an invalid token, `UnknownUser` for a valid one without a user, and `Unavailable` if
        the provider does not respond. No database connection is held during requests to the provider.
        """
        bearer = bearer_of(headers)
        opened = self.provider.open(bearer) if bearer is not None else None
        if opened is None:
            return None
        vouched = await self.provider.vouch(opened, now)
        async with self.reading.connect() as connection:
            known = await self._linked(connection, vouched.subject)
        if known is not None:
            return known
        email = await self.provider.verified_email(opened, vouched, now)
        person = None if email is None else await self._link(vouched.subject, email, now)
        if person is None:
            raise UnknownUser(NOBODY)
        self.provider.forget(vouched)
        return person

    async def _linked(self, connection: AsyncConnection, subject: str) -> UUID | None:
        link = and_(LinkedIdentity.issuer == self.provider.issuer, LinkedIdentity.subject == subject)
        return await connection.scalar(select(LinkedIdentity.user_id).where(link))

    async def _link(self, subject: str, email: str, now: datetime) -> UUID | None:
        """Links the subject to the user with this address, unless the user is linked already. Of two at once, the first wins."""
        person = select(
            literal(self.provider.issuer), literal(subject), User.id, literal(now, LinkedIdentity.linked_at.type)
        ).where(User.email_key == address_key(email))
        columns = ["issuer", "subject", "user_id", "linked_at"]
        link = insert(LinkedIdentity).from_select(columns, person).on_conflict_do_nothing()
        async with self.engine.begin() as connection:
            await connection.execute(link)
            return await self._linked(connection, subject)


def visitors_of(settings: Settings, engine: AsyncEngine, log: FilteringBoundLogger) -> OidcUsers | None:
    """Returns the users of the provider in the settings, or None if there is none. Sends no request.

    Raises ValueError for invalid settings.
    """
    _require_sound(settings)
    if settings.oidc_issuer is None:
        return None
    reading = engine.execution_options(isolation_level="AUTOCOMMIT")
    return OidcUsers(_provider(settings, settings.oidc_issuer, log), engine, reading)


def _provider(settings: Settings, issuer: str, log: FilteringBoundLogger) -> Provider:
    seconds = settings.oidc_timeout_seconds
    web = HttpClient(httpx.AsyncClient(timeout=seconds, follow_redirects=False), seconds)
    kept = Kept(
        partial(read_published, web, issuer, settings.oidc_jwks_uri),
        fresh=timedelta(seconds=settings.oidc_cache_seconds),
        longest=timedelta(seconds=settings.oidc_outage_seconds),
        log=log,
    )
    leeway = timedelta(seconds=settings.oidc_leeway_seconds)
    return Provider(issuer, settings.oidc_audience or "", settings.oidc_algorithms, leeway, kept, web)


def _require_sound(settings: Settings) -> None:
    """Raises ValueError, with a sentence for the operator, for invalid settings."""
    issuer, jwks_uri = settings.oidc_issuer, settings.oidc_jwks_uri
    if issuer is None:
        for name in ("oidc_audience", "oidc_jwks_uri"):
            if getattr(settings, name) is not None:
                raise ValueError(f"GATEWAY_{name.upper()} is set, but GATEWAY_OIDC_ISSUER is not set.")
        return
    if not is_safe_address(issuer) or "?" in issuer:
        raise ValueError("GATEWAY_OIDC_ISSUER must be an https address without a query; http is for this machine only.")
    if issuer == settings.issuer:
        raise ValueError("GATEWAY_OIDC_ISSUER must differ from GATEWAY_ISSUER, which is this gateway.")
    if not settings.oidc_audience:
        raise ValueError("GATEWAY_OIDC_AUDIENCE is not set: it must be the issuer's name for this gateway.")
    if jwks_uri is not None and not is_safe_address(jwks_uri):
        raise ValueError("GATEWAY_OIDC_JWKS_URI must be an https address; http is for this machine only.")
    if unknown := [name for name in settings.oidc_algorithms if name not in ALGORITHMS]:
        raise ValueError(f"GATEWAY_OIDC_ALGORITHMS must not contain {unknown[0]}; it accepts {', '.join(ALGORITHMS)}.")
    if not settings.oidc_algorithms:
        raise ValueError("GATEWAY_OIDC_ALGORITHMS is empty: no token could be valid.")
    if settings.oidc_outage_seconds < settings.oidc_cache_seconds:
        raise ValueError("GATEWAY_OIDC_OUTAGE_SECONDS must not be less than GATEWAY_OIDC_CACHE_SECONDS.")
