"""The sign-in service: sign-in by password, refresh tokens and sign-out.

A refused attempt writes rows that must be kept (a counted failure, a revoked family). So the service uses its own short
transactions and never takes part in one of its caller. No transaction is open while a password is hashed.
"""

import asyncio
import hmac
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Self
from uuid import UUID
from weakref import WeakValueDictionary

from sqlalchemy import ColumnElement, Delete, Row, Select, and_, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningUpdate

from gateway.auth.access_tokens import TokenIssuer
from gateway.auth.attempts import Attempt
from gateway.auth.known_devices import device_of, remembered
from gateway.auth.passwords import Passwords
from gateway.auth.secret_tokens import hash_of, new_token
from gateway.auth.sign_in_limits import Budgets, Delays, admitted, returned
from gateway.db.ids import uuid7
from gateway.db.models import RefreshToken, SignInThrottle, User
from gateway.errors import RateLimited, Unauthenticated
from gateway.messages import text
from gateway.settings import Settings
from gateway.text.addresses import address_key

MAX_ADDRESS_LENGTH: Final = 320  # characters, as for mail: 64, the @ and 255
MAX_PASSWORD_LENGTH: Final = 1024  # characters
MAX_TOKEN_LENGTH: Final = 128  # characters; the gateway's own tokens have 47
REFRESH_PREFIX: Final = "gwr_"
GRACE: Final = timedelta(seconds=30)
"""For how long after its use a refresh token may give a further one (D72)."""

WRONG: Final = text("general", "WRONG_PASSWORD")
TOO_OFTEN: Final = text("general", "SIGN_IN_ATTEMPTS")
ENDED: Final = text("general", "SESSION_ENDED")


@dataclass(frozen=True, slots=True)
class Session:
    """The tokens of a person who has signed in. Their plain texts are stored nowhere."""

    user_id: UUID
    access_token: str = field(repr=False)
    expires_at: datetime
    refresh_token: str = field(repr=False)
    refresh_expires_at: datetime
    device_token: str | None = field(default=None, repr=False)  # only if the session began with a password


@dataclass(frozen=True, slots=True)
class Free:
    """The number of wrong passwords before delays begin.

    `source` applies to one account from one network or from one known device, `network` to all accounts from one network,
    and `account` to one account from all networks together.
    """

    source: int = 5
    network: int = 50
    account: int = 100


FREE: Final = Free()
DELAYS: Final = Delays(timedelta(seconds=30), timedelta(minutes=15))


@dataclass(frozen=True, slots=True)
class Guess:
    """The source of an attempt, and the budgets in which it is counted. `own` is the budget of this source only."""

    source: str
    own: bytes
    budgets: Budgets
    device_id: UUID | None


@dataclass(frozen=True)
class SignInService:
    """Signs people in by e-mail address and password (V34).

    `secret` is the key for the hashed names of the counters; all replicas share it. Wrong passwords from elsewhere never
    lock a person out: they are counted by their source, and a device on which the person has signed in before has its own
    budget.
    """

    engine: AsyncEngine
    tokens: TokenIssuer
    passwords: Passwords
    secret: bytes = field(repr=False)
    free: Free = FREE
    delays: Delays = DELAYS
    refresh_lifetime: timedelta = timedelta(days=30)
    device_lifetime: timedelta = timedelta(days=180)
    _turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary, init=False, repr=False)

    @classmethod
    def from_settings(
        cls, settings: Settings, engine: AsyncEngine, tokens: TokenIssuer, passwords: Passwords, secret: bytes
    ) -> Self:
        return cls(
            engine,
            tokens,
            passwords,
            secret,
            free=Free(settings.sign_in_attempts, settings.sign_in_network_attempts, settings.sign_in_account_attempts),
            delays=Delays(
                timedelta(seconds=settings.sign_in_delay_seconds), timedelta(seconds=settings.sign_in_max_delay_seconds)
            ),
            refresh_lifetime=timedelta(days=settings.refresh_days),
            device_lifetime=timedelta(days=settings.device_days),
        )

    async def sign_in(
        self,
        email: str,
        password: str,
        now: datetime,
        request_id: str | None = None,
        *,
        network: str = "",
        device_token: str | None = None,
    ) -> Session:
        """Returns a new session. Raises `Unauthenticated` with the same text for every reason, or `RateLimited`.

        An attempt is counted *before* its password is checked, so that parallel attempts get no more guesses than
        sequential ones; a success takes the count back. While a source is delayed, the right password is refused as well.
        Unknown addresses are counted and delayed like known ones, and take the same time.
        """
        if not (is_text(email, MAX_ADDRESS_LENGTH, "\0") and is_text(password, MAX_PASSWORD_LENGTH)):
            raise Unauthenticated(WRONG)
        key, attempt = address_key(email), Attempt("SIGN_IN", now, request_id, network, device_token)
        async with self._turn(key, attempt):
            user, renewed, guess = await self._proven(key, password, attempt)
            async with self.engine.begin() as connection:
                # While the password was checked, it may have been changed and all sessions ended.
                if (same := (await connection.execute(_unchanged(user))).one_or_none()) is not None:
                    await connection.execute(attempt.entry(user.id))
                    await returned(connection, guess.budgets, cleared=[guess.own])
                    if renewed:
                        await connection.execute(update(User).where(User.id == user.id).values(password_hash=renewed))
                    until = now + self.device_lifetime
                    device = await remembered(connection, user.id, guess.device_id, now, until)
                    return replace(await self._open(connection, same, uuid7(now), now), device_token=device)
            raise await self._refused(user.id, attempt)

    async def confirm(self, user_id: UUID, password: str, attempt: Attempt) -> str:
        """Checks the password of a person who is signed in, and returns its stored hash. Raises the same errors as `sign_in`.

        Attempts use the same counters as those of `sign_in`, so that they give no additional guesses.
        """
        async with self.engine.begin() as connection:
            key = (await connection.execute(select(User.email_key).where(User.id == user_id))).scalar_one()
        if not is_text(password, MAX_PASSWORD_LENGTH):
            raise Unauthenticated(WRONG)
        async with self._turn(key, attempt):
            user, _, guess = await self._proven(key, password, attempt)
            async with self.engine.begin() as connection:
                await returned(connection, guess.budgets, cleared=[guess.own])
        return user.password_hash or ""

    def forgiven(self, key: str, network: str | None = None) -> Delete:
        """Returns the statement that deletes the failed sign-ins of an account: the total and, if given, those from one network."""
        names = [self._name("account", key), *([] if network is None else [self._name("pair", network, key)])]
        counters = SignInThrottle.email_hash
        locked = select(counters).where(counters.in_(names)).order_by(counters).with_for_update()
        return delete(SignInThrottle).where(counters.in_(locked))

    async def refresh(self, token: str, now: datetime, request_id: str | None = None) -> Session:
        """Returns the next session of the same family for a refresh token. Raises `Unauthenticated` for one that is not good.

        A token is used once. For GRACE after that, while none of its successors was used, it gives a further one (D72): two
        tabs refresh at the same time, or a response is lost. Otherwise a token that is used again was stolen, or its
        response was: the whole family is revoked, including its newest tokens.
        """
        if not is_text(token, MAX_TOKEN_LENGTH):
            raise Unauthenticated(ENDED)
        hashed = hash_of(token)
        async with self.engine.begin() as connection:
            used = (await connection.execute(_use(hashed, now))).one_or_none()
            if used is None:
                used = (await connection.execute(_predecessor(hashed, now))).one_or_none()
            if used is not None:
                # A separate statement: a transaction that ends all sessions either waits for this row or has revoked it.
                person = (await connection.execute(_versioned(User.id == used.user_id))).one()
                return await self._open(connection, person, used.family_id, now, used.id)
        reused = (RefreshToken.token_hash == hashed, RefreshToken.used_at.is_not(None))
        async with self.engine.begin() as connection:
            await connection.execute(_end_family(now, *reused))
            owner = await connection.scalar(select(RefreshToken.user_id).where(*reused))
            if owner is not None:
                await Attempt("REFRESH", now, request_id).count(connection, owner, Unauthenticated.code)
        raise Unauthenticated(ENDED)

    async def sign_out(self, token: str, now: datetime) -> None:
        """Revokes the family of a refresh token, used or not. Does nothing, without an error, for an unknown token."""
        if not is_text(token, MAX_TOKEN_LENGTH):
            return
        async with self.engine.begin() as connection:
            await connection.execute(_end_family(now, RefreshToken.token_hash == hash_of(token)))

    @asynccontextmanager
    async def _turn(self, key: str, attempt: Attempt) -> AsyncIterator[None]:
        """Admits one attempt at a time per account, source and process, so that parallel valid attempts cause no delay."""
        if attempt.device_token is None:
            self.passwords.require_room(attempt.network)
        async with self._turns.setdefault(f"{key} {attempt.device_token or attempt.network}", asyncio.Lock()):
            yield

    async def _proven(
        self, key: str, password: str, attempt: Attempt
    ) -> tuple[Row[UUID, str | None], str | None, Guess]:
        """Returns the user with this address and password, the hash to store instead of an outdated one, and the budgets."""
        async with self.engine.begin() as connection:
            device_id = await device_of(connection, attempt.device_token, key, attempt.now)
            guess = self._guess(key, attempt.network, device_id)
            self.passwords.require_room(guess.source)
            retry_after = await admitted(connection, guess.budgets, attempt.now, self.delays)
            user = await _find(connection, key)
            if retry_after:
                await attempt.count(connection, user and user.id, RateLimited.code)
        if retry_after:
            raise RateLimited(TOO_OFTEN, retry_after=retry_after)
        try:
            checked = await self.passwords.check(user.password_hash if user else None, password, guess.source)
        except RateLimited:
            # The password was not checked, so the attempt is not a failure.
            async with self.engine.begin() as connection:
                await returned(connection, guess.budgets)
            raise
        if user is None or not checked.right:
            raise await self._refused(user and user.id, attempt)
        return user, checked.renewed, guess

    def _guess(self, key: str, network: str, device_id: UUID | None) -> Guess:
        """Returns the budgets of an attempt. A known device has only its own, so that attempts of others do not count against it."""
        if device_id is not None:
            own = self._name("device", str(device_id))
            return Guess(f"device {device_id}", own, {own: self.free.source}, device_id)
        own = self._name("pair", network, key)
        shared = {self._name("network", network): self.free.network, self._name("account", key): self.free.account}
        return Guess(network, own, {own: self.free.source, **shared}, None)

    async def _refused(self, user_id: UUID | None, attempt: "Attempt") -> Unauthenticated:
        """Writes an audit entry and returns the error, which has the same text for every reason."""
        async with self.engine.begin() as connection:
            await connection.execute(attempt.entry(user_id, Unauthenticated.code))
        return Unauthenticated(WRONG)

    def _name(self, *parts: str) -> bytes:
        """Returns the hashed name of a counter of failed sign-ins. Only the last part may contain a line break."""
        return self._hidden("sign-in throttle", "\n".join(parts))

    def _hidden(self, purpose: str, key: str) -> bytes:
        return hmac.digest(self.secret, f"{purpose}:{key}".encode(), "sha256")

    async def _open(
        self,
        connection: AsyncConnection,
        person: Row[UUID, int],
        family_id: UUID,
        now: datetime,
        previous_id: UUID | None = None,
    ) -> Session:
        refresh_token = new_token(REFRESH_PREFIX)
        expires_at = now + self.refresh_lifetime
        link = insert(RefreshToken).values(
            id=uuid7(now),
            family_id=family_id,
            previous_id=previous_id,
            user_id=person.id,
            token_hash=hash_of(refresh_token),
            expires_at=expires_at,
        )
        await connection.execute(link)
        access = self.tokens.issue(person.id, now, person.session_version)
        return Session(person.id, access.text, access.expires_at, refresh_token, expires_at)


def is_text(text: str, longest: int, without: str = "") -> bool:
    """Whether `text` can be stored and hashed. JSON may contain a lone surrogate, which UTF-8 cannot encode."""
    if len(text) > longest or (without and without in text):
        return False
    return not any("\ud800" <= character <= "\udfff" for character in text)


async def _find(connection: AsyncConnection, key: str) -> Row[UUID, str | None] | None:
    found = await connection.execute(select(User.id, User.password_hash).where(User.email_key == key))
    return found.one_or_none()


def _unchanged(user: Row[UUID, str | None]) -> Select[UUID, int]:
    """Selects and locks the user if the password is still the one that was checked."""
    same = and_(User.id == user.id, User.password_hash == user.password_hash)
    return _versioned(same).with_for_update(key_share=True)


def _versioned(which: ColumnElement[bool]) -> Select[UUID, int]:
    """Selects users with the session version for their access tokens."""
    return select(User.id, User.session_version).where(which)


def _use(hashed: bytes, now: datetime) -> ReturningUpdate[UUID, UUID, UUID]:
    """Marks an unused token of a family as used. Of two simultaneous uses, the second finds it used.

    One revoked token invalidates its whole family. So a token that is created while the family is revoked is invalid, too.
    """
    return (
        update(RefreshToken)
        .where(*_living(hashed, now), RefreshToken.used_at.is_(None))
        .values(used_at=now)
        .returning(RefreshToken.id, RefreshToken.user_id, RefreshToken.family_id)
    )


def _predecessor(hashed: bytes, now: datetime) -> Select[UUID, UUID, UUID]:
    """Selects and locks a token that was used a moment ago, and of which no successor was used."""
    successor = aliased(RefreshToken)
    passed_on = exists().where(
        successor.family_id == RefreshToken.family_id,
        successor.previous_id == RefreshToken.id,
        successor.used_at.is_not(None),
    )
    return (
        select(RefreshToken.id, RefreshToken.user_id, RefreshToken.family_id)
        .where(*_living(hashed, now), RefreshToken.used_at > now - GRACE, ~passed_on)
        .with_for_update(of=RefreshToken)
    )


def _living(hashed: bytes, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """The conditions for a token, used or not, of a family that has not ended."""
    kin = aliased(RefreshToken)
    return (
        RefreshToken.token_hash == hashed,
        RefreshToken.revoked_at.is_(None),
        RefreshToken.expires_at > now,
        ~exists().where(kin.family_id == RefreshToken.family_id, kin.revoked_at.is_not(None)),
    )


def _end_family(now: datetime, *of_token: ColumnElement[bool]) -> ReturningUpdate[UUID, datetime | None, datetime]:
    """Revokes all tokens in the family of one token."""
    family_id = select(RefreshToken.family_id).where(*of_token).scalar_subquery()
    return ended(now, lambda kin: kin.family_id == family_id)


def ended(
    now: datetime, which: Callable[[type[RefreshToken]], ColumnElement[bool]]
) -> ReturningUpdate[UUID, datetime | None, datetime]:
    """Revokes these tokens. Locks them in a fixed order, so that two transactions that revoke them cannot deadlock."""
    kin = aliased(RefreshToken)
    living = select(kin.id).where(which(kin), kin.revoked_at.is_(None)).order_by(kin.id).with_for_update()
    end = update(RefreshToken).where(RefreshToken.id.in_(living)).values(revoked_at=now)
    return end.returning(RefreshToken.family_id, RefreshToken.used_at, RefreshToken.expires_at)
