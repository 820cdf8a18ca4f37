"""Background work without a request: mails, expired grants and requests, clean-up. Several workers can run at the same time."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from structlog.typing import FilteringBoundLogger

from gateway.app import Clock, load_policy, policy_folder, sealing_key, utc_now
from gateway.db.engine import make_engine
from gateway.db.migrate import is_behind
from gateway.db.models import (
    FirmSignUp,
    KeptOutcome,
    KeptRequest,
    KnownDevice,
    MailAllowance,
    PasswordLink,
    RefreshToken,
    SignInThrottle,
)
from gateway.db.queries.jobs import ADDRESS, SEND, Priority, missing, outdated, waiting
from gateway.db.queries.mail_allowances import MailBounds
from gateway.mail import MailDelivery, read_texts, require_texts, sender_of, transport_of
from gateway.observability.metrics import JobMetrics
from gateway.policy import Policy
from gateway.server.metrics_page import metrics_served
from gateway.settings import Settings
from gateway.worker.expired_grants import expire_next
from gateway.worker.expired_requests import lapse_next
from gateway.worker.queue import Ended, Going, Jobs, Scheduled
from gateway.worker.review_reminders import platform_people, remind

KEPT_AFTER_EXPIRY: Final = timedelta(days=30)  # for refresh tokens, to investigate a theft
LOGGED: Final = timedelta(days=7)  # age at which the queue's own log is deleted
SCHEDULED_AT_ONCE: Final = 5
HAND_OVER: Final = 2.0  # seconds for QUIT at the end of an SMTP session


class BackgroundWork:
    """The handlers of jobs and schedules. Each step has its own transaction."""

    def __init__(self, delivery: MailDelivery, log: FilteringBoundLogger, metrics: JobMetrics) -> None:
        self._delivery, self._engine, self._clock = delivery, delivery.engine, delivery.clock
        self._log, self._metrics = log, metrics

    def jobs(self, *, at_once: int = 4) -> Jobs:
        """Returns the runner for all jobs and schedules."""
        handlers = {ADDRESS: self.address, SEND: self.send}
        lease = self._delivery.lease
        return Jobs(self._engine, handlers, self.scheduled(), self._log, self._metrics, at_once, lease)

    def scheduled(self) -> Sequence[Scheduled]:
        return (
            Scheduled("expire", "* * * * *", self.expire),
            Scheduled("lapse", "*/10 * * * *", self.lapse),
            Scheduled("mend", "* * * * *", self.mend),
            Scheduled("tell", "*/5 * * * *", self.tell),
            Scheduled("remind_reviewers", "0 5 * * *", self.remind_reviewers),
            Scheduled("sweep", "0 * * * *", self.sweep),
        )

    # ---- jobs

    async def address(self, notice: UUID) -> Ended:
        """Writes the mails of a notice."""
        if done := await self._delivery.address(notice):
            self._log.info("notice", notice=str(done.key), kind=done.kind, mails=done.number)
        return Ended()

    async def send(self, mail: UUID) -> Ended:
        """Writes and sends a mail."""
        done = await self._delivery.send(mail)
        if done is None:
            return Ended()
        self._log.info("letter", mail=str(done.key), kind=done.kind, state=done.state, attempts=done.number)
        if done.again is not None:
            return Ended("retried", done.again)
        return Ended("failed" if done.state == "parked" else "done")

    # ---- schedules

    async def expire(self, going: Going) -> None:
        """Records expired grants (D46)."""
        while going() and (grant := await expire_next(self._engine, self._clock())) is not None:
            self._log.info("access expired", grant=str(grant))

    async def lapse(self, going: Going) -> None:
        """Ends invitations and requests without an answer (M5, M6)."""
        while going() and (collaboration := await lapse_next(self._engine, self._clock())) is not None:
            self._log.info("collaboration expired", collaboration=str(collaboration))

    async def remind_reviewers(self, going: Going) -> None:
        """Notifies each platform member for whom something new is waiting (H15, H20, P34)."""
        for person in await platform_people(self._engine):
            if going() and await remind(self._engine, self._delivery.policy, person, self._clock()):
                self._log.info("reviews waiting", person=str(person))

    async def mend(self, going: Going) -> None:
        """Creates jobs for notices and mails that wait without one."""
        for jobs in missing(self._clock()):
            while going():
                async with self._engine.begin() as connection:
                    mended = (await connection.execute(jobs)).rowcount
                if not mended:
                    break
                self._log.info("jobs mended", jobs=mended)

    async def sweep(self, going: Going) -> None:
        """Deletes what has expired: stored outcomes, counters of failed sign-ins, full mail allowances, refresh tokens, unused
        devices, password links, sign-ups that were not completed, and the queue's log.
        """
        now = self._clock()
        for gone in (
            sa.delete(KeptOutcome).where(KeptOutcome.kept_until < now),
            sa.delete(KeptRequest).where(KeptRequest.kept_until < now),
            sa.delete(SignInThrottle).where(SignInThrottle.window_ends_at < now),
            sa.delete(MailAllowance).where(MailAllowance.full_at < now),
            sa.delete(RefreshToken).where(RefreshToken.expires_at < now - KEPT_AFTER_EXPIRY),
            sa.delete(KnownDevice).where(KnownDevice.expires_at < now),
            sa.delete(PasswordLink).where(PasswordLink.expires_at < now),
            sa.delete(FirmSignUp).where(FirmSignUp.state == "open", FirmSignUp.expires_at < now),
            *outdated(now - LOGGED),
        ):
            if going():
                async with self._engine.begin() as connection:
                    await connection.execute(gone)

    async def tell(self, _: Going) -> None:
        """Logs the number and the age of the waiting jobs."""
        count, late = await self.measure()
        self._log.info(
            "mail queue",
            waiting=sum(count.values()),
            late_seconds=round(max(late.values())),
            **{
                f"{priority.name.lower()}_{what}": round(values[priority])
                for priority in Priority
                for what, values in (("waiting", count), ("late_seconds", late))
            },
        )

    async def measure(self) -> tuple[dict[Priority, int], dict[Priority, float]]:
        """Returns and exports, for each priority, the number of due jobs and for how many seconds the oldest has been due."""
        async with self._engine.connect() as connection:
            rows = {row.priority: row for row in await connection.execute(waiting())}
        count = {priority: rows[priority].jobs if priority in rows else 0 for priority in Priority}
        late = {each: max(0.0, rows[each].age.total_seconds()) if each in rows else 0.0 for each in Priority}
        for priority in Priority:
            self._metrics.waiting.labels(priority.name.lower()).set(count[priority])
            self._metrics.oldest.labels(priority.name.lower()).set(late[priority])
        return count, late


@asynccontextmanager
async def at_work(
    settings: Settings, log: FilteringBoundLogger, *, policy: Policy | None = None, clock: Clock = utc_now
) -> AsyncIterator[None]:
    """Runs a worker until the context is left; then it finishes the jobs in progress.

    Raises ValueError or PolicyError, before any work begins, if the settings, the policy or the tables are not usable.
    """
    url = settings.worker_database_url or settings.database_url
    if url is None:
        raise ValueError("DATABASE_URL is not set.")
    if settings.portal_url is None:
        raise ValueError("GATEWAY_PORTAL_URL is not set: links in mails need an address.")
    post, sender, secret = transport_of(settings), sender_of(settings), sealing_key(settings)
    languages = read_texts(settings.time_zone)
    engine = make_engine(
        url.get_secret_value(),
        pool_size=settings.worker_jobs + 1,  # plus the connection that listens
        overflow=SCHEDULED_AT_ONCE,
        statement_seconds=settings.statement_seconds,
        application_name="partner-gateway-worker",
    )
    try:
        async with engine.connect() as connection:
            if await is_behind(connection):
                raise ValueError("The tables in DATABASE_URL are from an older release. Run `gateway migrate`.")
        in_force = policy or load_policy(policy_folder(settings))
        require_texts(languages, in_force)
        portal = settings.portal_url.rstrip("/")
        lease = timedelta(seconds=2 * (settings.smtp_seconds + HAND_OVER))
        bounds = MailBounds.from_settings(settings, secret)
        delivery = MailDelivery(engine, in_force, languages, post, sender, portal, secret, bounds, clock, lease)
        metrics = JobMetrics()
        work = BackgroundWork(delivery, log, metrics)
        stop = asyncio.Event()
        async with metrics_served(settings, metrics, work.measure):
            running = asyncio.create_task(work.jobs(at_once=settings.worker_jobs).run(stop))
            log.info("at work", policy=in_force.version)
            try:
                yield
            finally:
                stop.set()
                await running
    finally:
        await engine.dispose()
    log.info("work done")
