"""What is done without anybody asking: letters, access that ends by itself, sweeping. Any number of processes may do it at once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from structlog.typing import FilteringBoundLogger

from gateway.app import Clock, load_policy, policy_folder, sealing_key, utc_now
from gateway.db.engine import make_engine
from gateway.db.mail_allowances import MailBounds
from gateway.db.migrate import is_behind
from gateway.db.models import (
    FirmSignUp,
    KeptOutcome,
    KeptRequest,
    KnownDevice,
    Mail,
    MailAllowance,
    PasswordLink,
    RefreshToken,
    SignInThrottle,
)
from gateway.expiry import expire_next
from gateway.http.refusals import innermost, refusal_in
from gateway.lapsing import lapse_next
from gateway.mail import PostOffice, Stuck, post_of, read_texts, require_texts, sender_of
from gateway.policy import Policy
from gateway.settings import Settings

IDLE_SECONDS: Final = 1.0
AWAY_SECONDS: Final = (1.0, 2.0, 5.0, 10.0, 30.0)  # after the database was away once, twice and so on
EXPIRY_EVERY: Final = timedelta(minutes=1)
LAPSE_EVERY: Final = timedelta(minutes=10)
SWEEP_EVERY: Final = timedelta(hours=1)
TOLD_EVERY: Final = timedelta(minutes=5)
KEPT_AFTER_EXPIRY: Final = timedelta(days=30)  # of a refresh token, for who looks into a theft

_QUEUE: Final = sa.select(sa.func.count(), sa.func.min(Mail.due_at)).where(Mail.state == "waiting")


class Chores:
    """One worker. It goes on until it is told to stop, and then finishes what it has in hand."""

    def __init__(self, office: PostOffice, log: FilteringBoundLogger) -> None:
        self._office, self._engine, self._clock, self._log = office, office.engine, office.clock, log
        self._stuck: set[UUID] = set()
        self._due: dict[str, datetime] = {}

    async def until(self, stop: asyncio.Event) -> None:
        away = 0
        while not stop.is_set():
            try:
                await self.round(stop)
                rest, away = IDLE_SECONDS, 0
            except Exception as error:
                if refusal_in(error) is None:
                    rest = IDLE_SECONDS
                    self._log.error("bug", exc_info=error)
                else:
                    rest = AWAY_SECONDS[min(away, len(AWAY_SECONDS) - 1)]
                    away += 1
                    self._log.warning("database away", cause=innermost(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), rest)

    async def round(self, stop: asyncio.Event | None = None) -> None:
        """Everything that waits, once."""
        now = self._clock()
        await self._each(EXPIRY_EVERY, now, self.expire)
        await self._each(LAPSE_EVERY, now, self.lapse)
        await self._each(SWEEP_EVERY, now, self.sweep)
        while not (stop and stop.is_set()) and await self._next():
            pass
        await self._each(TOLD_EVERY, now, self.tell)

    async def _each(self, period: timedelta, now: datetime, act: Callable[[], Awaitable[None]]) -> None:
        name = act.__name__
        if now >= self._due.get(name, now):
            await act()
            self._due[name] = now + period

    async def _next(self) -> bool:
        """Handle one notice, or else one letter; False where nothing waits."""
        office, beside = self._office, frozenset(self._stuck)
        try:
            if done := await office.address_next(beside):
                self._log.info("notice", notice=str(done.key), kind=done.kind, letters=done.number)
            elif done := await office.send_next(beside):
                self._log.info("letter", mail=str(done.key), kind=done.kind, state=done.state, attempts=done.number)
        except Stuck as stuck:
            if stuck.__cause__ is None or refusal_in(stuck.__cause__) is not None:
                raise
            self._stuck.add(stuck.key)  # until the next hour, or the next release
            self._log.error("bug", stuck=str(stuck.key), exc_info=stuck.__cause__)
            return True
        return done is not None

    async def expire(self) -> None:
        """Access whose time is over (D46)."""
        while (grant := await expire_next(self._engine, self._clock())) is not None:
            self._log.info("access expired", grant=str(grant))

    async def lapse(self) -> None:
        """Invitations and requests that nobody answered (M5, M6)."""
        while (collaboration := await lapse_next(self._engine, self._clock())) is not None:
            self._log.info("collaboration expired", collaboration=str(collaboration))

    async def sweep(self) -> None:
        """What nobody can ask for any more: kept outcomes, windows of failed sign-ins, allowances that are full, refresh
        tokens long over, links that set passwords, and sign-ups that nobody completed."""
        now = self._clock()
        self._stuck.clear()
        async with self._engine.begin() as connection:
            for gone in (
                sa.delete(KeptOutcome).where(KeptOutcome.kept_until < now),
                sa.delete(KeptRequest).where(KeptRequest.kept_until < now),
                sa.delete(SignInThrottle).where(SignInThrottle.window_ends_at < now),
                sa.delete(MailAllowance).where(MailAllowance.full_at < now),
                sa.delete(RefreshToken).where(RefreshToken.expires_at < now - KEPT_AFTER_EXPIRY),
                sa.delete(KnownDevice).where(KnownDevice.expires_at < now),
                sa.delete(PasswordLink).where(PasswordLink.expires_at < now),
                sa.delete(FirmSignUp).where(FirmSignUp.state == "open", FirmSignUp.expires_at < now),
            ):
                await connection.execute(gone)

    async def tell(self) -> None:
        """How many letters wait, and for how long the first has been due."""
        async with self._engine.connect() as connection:
            waiting, since = (await connection.execute(_QUEUE)).one()
        late = 0.0 if since is None else max(0.0, (self._clock() - since).total_seconds())
        self._log.info("mail queue", waiting=waiting, late_seconds=round(late))


@asynccontextmanager
async def at_work(
    settings: Settings, log: FilteringBoundLogger, *, policy: Policy | None = None, clock: Clock = utc_now
) -> AsyncIterator[None]:
    """Meanwhile the chores are done; at the end what is in hand is finished.

    ValueError or PolicyError where the settings or the tables are not as needed, before anything is done.
    """
    if settings.database_url is None:
        raise ValueError("DATABASE_URL is not set.")
    if settings.portal_url is None:
        raise ValueError("GATEWAY_PORTAL_URL is not set: links in letters must lead somewhere.")
    post, sender, secret = post_of(settings), sender_of(settings), sealing_key(settings)
    languages = read_texts(settings.time_zone)
    engine = make_engine(
        settings.database_url.get_secret_value(),
        pool_size=1,
        overflow=0,
        statement_seconds=settings.statement_seconds,
        application_name="partner-gateway-worker",
    )
    try:
        async with engine.connect() as connection:
            if await is_behind(connection):
                raise ValueError("The tables of DATABASE_URL are of an older release. Run `gateway migrate`.")
        in_force = policy or load_policy(policy_folder(settings))
        require_texts(languages, in_force)
        portal = settings.portal_url.rstrip("/")
        bounds = MailBounds.from_settings(settings, secret)
        office = PostOffice(engine, in_force, languages, post, sender, portal, secret, bounds, clock)
        stop = asyncio.Event()
        working = asyncio.create_task(Chores(office, log).until(stop))
        log.info("at work", policy=in_force.version)
        try:
            yield
        finally:
            stop.set()
            await working
    finally:
        await engine.dispose()
    log.info("work done")
