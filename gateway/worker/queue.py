"""Runs the queue's jobs and what is due by the clock, with pgqueuer, until the worker is told to stop.

pgqueuer hands out jobs by priority and takes up the jobs of a worker that died. It listens for notifications, so that its
connection must reach PostgreSQL directly and not through a pooler.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal
from uuid import UUID

from pgqueuer.db import AsyncpgDriver
from pgqueuer.errors import FailingListenerError, RetryRequested
from pgqueuer.models import Job, Schedule
from pgqueuer.qm import QueueManager
from pgqueuer.queries import Queries
from pgqueuer.sm import SchedulerManager
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.typing import FilteringBoundLogger

from gateway.http.errors import innermost, refusal_in
from gateway.observability.metrics import JobMetrics

AWAY_SECONDS: Final = (1.0, 2.0, 5.0, 10.0, 30.0)  # after the database was away once, twice and so on
POLL: Final = timedelta(seconds=5)  # a job that no notification announced waits no longer
AFTER_AN_OUTAGE: Final = timedelta(seconds=5)
AFTER_A_BUG: Final = timedelta(hours=1)

Going = Callable[[], bool]
"""Whether to go on: work in several steps looks at it between two of them."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job ended, and after which time it must run again."""

    outcome: Literal["done", "retried", "failed"] = "done"
    again: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Work that is due by the clock, in UTC. Of several workers one does it each time.

    A run that was missed because no worker lived is made up for once. A daily job, each morning at five:

        Scheduled("remind_reviewers", "0 5 * * *", self.remind_reviewers)

    where `remind_reviewers(going)` writes notices with their jobs (`gateway.db.queries.jobs.to_address`).
    """

    name: str
    cron: str
    act: Callable[[Going], Awaitable[None]]


Handler = Callable[[UUID], Awaitable[Ended]]


@dataclass(frozen=True)
class Jobs:
    """One worker's share of the queue: `at_once` jobs at the same time, each held for `lease` without a sign of life."""

    engine: AsyncEngine
    handlers: Mapping[str, Handler]
    scheduled: Sequence[Scheduled]
    log: FilteringBoundLogger
    metrics: JobMetrics
    at_once: int = 4
    lease: timedelta = timedelta(minutes=1)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, and finish the jobs in hand. A database that is away is waited for."""
        away = 0
        while not stop.is_set():
            try:
                await self._connected(stop)
                away = 0
            except Exception as error:
                self._lost(error)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), AWAY_SECONDS[min(away, len(AWAY_SECONDS) - 1)])
                away += 1

    def _lost(self, error: Exception) -> None:
        if isinstance(error, FailingListenerError):
            self.log.error(
                "no notifications", hint="The worker must connect to PostgreSQL directly, not through a pooler."
            )
        elif refusal_in(error) is None:
            self.log.error("bug", exc_info=error)
        else:
            self.log.warning("database away", cause=innermost(error))

    async def _connected(self, stop: asyncio.Event) -> None:
        """Work on one connection until `stop` is set or the connection is lost."""
        async with self.engine.connect() as connection:
            raw: Any = (await connection.get_raw_connection()).driver_connection
            lost = asyncio.Event()
            raw.add_termination_listener(lambda _: lost.set())
            try:
                await self._work(Queries(AsyncpgDriver(raw)), stop, lost)
            finally:
                # It listens; a pool must not lend it again.
                await connection.invalidate()

    async def _work(self, queries: Queries, stop: asyncio.Event, lost: asyncio.Event) -> None:
        manager, scheduler = QueueManager(queries), SchedulerManager(queries)
        for name in self.handlers:
            manager.entrypoint(name, accepts_context=False)(self._execute)
        for each in self.scheduled:
            scheduler.schedule(each.name, each.cron, accepts_context=False)(self._acts(each, scheduler.shutdown))
        running = [
            asyncio.create_task(
                manager.run(
                    dequeue_timeout=POLL,
                    batch_size=self.at_once // 2,  # the library's bound for a limit of jobs at once
                    max_concurrent_tasks=self.at_once,
                    shutdown_on_listener_failure=True,
                    heartbeat_timeout=self.lease,
                    log_aggregation_interval=timedelta(0),
                )
            ),
            asyncio.create_task(scheduler.run()),
        ]
        ends = [asyncio.create_task(event.wait()) for event in (stop, lost)]
        try:
            await asyncio.wait([*running, *ends], return_when=asyncio.FIRST_COMPLETED)
        finally:
            manager.shutdown.set()
            scheduler.shutdown.set()
            for end in ends:
                end.cancel()
            ended = await asyncio.gather(*running, return_exceptions=True)
        if lost.is_set() and not stop.is_set():
            raise ConnectionError("The database closed the connection.")
        for error in ended:
            if isinstance(error, BaseException):
                raise error

    async def _execute(self, job: Job) -> None:
        ended = await self._handled(job)
        self.metrics.jobs.labels(job.entrypoint, ended.outcome).inc()
        if ended.again is not None:
            raise RetryRequested(ended.again)  # no reason: the queue keeps it, and it could name a person

    async def _handled(self, job: Job) -> Ended:
        key = UUID(bytes=job.payload)
        try:
            return await self.handlers[job.entrypoint](key)
        except Exception as error:
            if refusal_in(error) is not None:
                self.log.warning("database away", cause=innermost(error))
                return Ended("retried", AFTER_AN_OUTAGE)
            self.log.error("bug", stuck=str(key), exc_info=error)
            return Ended("failed", AFTER_A_BUG)

    def _acts(self, scheduled: Scheduled, shutdown: asyncio.Event) -> Callable[[Schedule], Awaitable[None]]:
        async def act(_: Schedule) -> None:
            outcome = "done"
            try:
                await scheduled.act(lambda: not shutdown.is_set())
            except Exception as error:
                outcome = "failed"
                if refusal_in(error) is None:
                    self.log.error("bug", stuck=scheduled.name, exc_info=error)
                else:
                    self.log.warning("database away", cause=innermost(error))
            self.metrics.scheduled.labels(scheduled.name, outcome).inc()

        return act
