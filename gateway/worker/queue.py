"""Runs the jobs of the queue and scheduled work, with pgqueuer, until the worker is stopped.

pgqueuer starts jobs by priority and restarts the jobs of a worker that died. It listens for notifications, so its
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

AWAY_SECONDS: Final = (1.0, 2.0, 5.0, 10.0, 30.0)  # delays after the first, second, ... lost connection
POLL: Final = timedelta(seconds=5)  # maximum wait for a job whose notification was lost
AFTER_AN_OUTAGE: Final = timedelta(seconds=5)
AFTER_A_BUG: Final = timedelta(hours=1)

Going = Callable[[], bool]
"""Whether to continue. Work with several steps calls it between two steps."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The outcome of a job, and the delay after which it must run again, if any."""

    outcome: Literal["done", "retried", "failed"] = "done"
    again: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Scheduled work, with its times in UTC. If there are several workers, one of them runs it each time.

    If runs were missed because no worker was running, the work runs once at the next start. A daily job at 05:00:

        Scheduled("remind_reviewers", "0 5 * * *", self.remind_reviewers)

    where `remind_reviewers(going)` writes notices with their jobs (`gateway.db.queries.jobs.to_address`).
    """

    name: str
    cron: str
    act: Callable[[Going], Awaitable[None]]


Handler = Callable[[UUID], Awaitable[Ended]]


@dataclass(frozen=True)
class Jobs:
    """Runs the jobs of one worker: `at_once` jobs at a time. A job is released if its heartbeat is missing for `lease`."""

    engine: AsyncEngine
    handlers: Mapping[str, Handler]
    scheduled: Sequence[Scheduled]
    log: FilteringBoundLogger
    metrics: JobMetrics
    at_once: int = 4
    lease: timedelta = timedelta(minutes=1)

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set, and then finishes the jobs in progress. Reconnects if the database connection is lost."""
        failures = 0
        while not stop.is_set():
            try:
                await self._connected(stop)
                failures = 0
            except Exception as error:
                self._log_failure(error)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), AWAY_SECONDS[min(failures, len(AWAY_SECONDS) - 1)])
                failures += 1

    def _log_failure(self, error: Exception) -> None:
        if isinstance(error, FailingListenerError):
            self.log.error(
                "no notifications", hint="The worker must connect to PostgreSQL directly, not through a pooler."
            )
        elif refusal_in(error) is None:
            self.log.error("bug", exc_info=error)
        else:
            self.log.warning("database away", cause=innermost(error))

    async def _connected(self, stop: asyncio.Event) -> None:
        """Works on one connection until `stop` is set or the connection is lost."""
        async with self.engine.connect() as connection:
            raw: Any = (await connection.get_raw_connection()).driver_connection
            lost = asyncio.Event()
            raw.add_termination_listener(lambda _: lost.set())
            try:
                await self._work(Queries(AsyncpgDriver(raw)), stop, lost)
            finally:
                # This connection listens for notifications, so the pool must not reuse it.
                await connection.invalidate()

    async def _work(self, queries: Queries, stop: asyncio.Event, lost: asyncio.Event) -> None:
        manager, scheduler = QueueManager(queries), SchedulerManager(queries)
        for name in self.handlers:
            manager.entrypoint(name, accepts_context=False)(self._execute)
        for each in self.scheduled:
            scheduler.schedule(each.name, each.cron, accepts_context=False)(self._action(each, scheduler.shutdown))
        running = [
            asyncio.create_task(
                manager.run(
                    dequeue_timeout=POLL,
                    batch_size=self.at_once // 2,  # the library's maximum for this limit of jobs
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
            raise RetryRequested(ended.again)  # without a reason: the queue stores it, and it could name a person

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

    def _action(self, scheduled: Scheduled, shutdown: asyncio.Event) -> Callable[[Schedule], Awaitable[None]]:
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
