"""Several worker processes on one port, forked from a parent that has compiled the policy: they share its memory.

The parent forks and waits, and serves no requests. It has a channel to each worker, which sends one byte when it serves.
The channel closes when either process ends: the parent notices each dead worker, and no worker outlives its parent.
"""

import asyncio
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NoReturn

from starlette.applications import Starlette
from structlog.typing import FilteringBoundLogger

from gateway.observability.metrics import Metrics, shared_metrics
from gateway.policy import PolicyError
from gateway.server.run import server, settle
from gateway.settings import Settings, share_metrics

STEADY: Final = 10.0  # seconds; a worker that dies sooner is not replaced at once
PAUSES: Final = (0.5, 30.0)  # shortest and longest pause in seconds before it is replaced, doubled each time
GRACE: Final = 5.0  # seconds beyond the time that workers may take to end
HANDLED: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

Build = Callable[[Metrics], Starlette]


def serve_with_workers(settings: Settings, listening: socket.socket, build: Build, log: FilteringBoundLogger) -> None:
    """Serve with `settings.workers` workers until SIGTERM or SIGINT. SIGHUP builds the application again and replaces them.

    Raises PolicyError or ValueError if it cannot start. If a later policy is invalid, the old one stays in force.
    """
    with TemporaryDirectory(prefix="gateway-metrics-") as folder:
        share_metrics(Path(folder))
        workers = Workers(settings, listening, log)
        metrics = shared_metrics(Path(folder), lambda: workers.slot)
        workers.run(metrics, build)


@dataclass
class Worker:
    """One worker process. `slot` is its name in the metrics; its successor in the slot continues its counters."""

    slot: int
    pid: int
    channel: socket.socket
    generation: int
    born: float = field(default_factory=time.monotonic)
    serves: bool = False
    is_retired: bool = False


def next_pause(before: float, *, lived: float) -> float:
    """Seconds until a dead worker is replaced: 0 if it lived for STEADY seconds, else twice the last pause, within PAUSES."""
    shortest, longest = PAUSES
    return min(longest, max(shortest, before * 2)) if lived < STEADY else 0.0


class Workers:
    """The parent process and its workers."""

    slot: int | str = "parent"

    def __init__(self, settings: Settings, listening: socket.socket, log: FilteringBoundLogger) -> None:
        self._settings, self._listening, self._log = settings, listening, log
        self._workers: list[Worker] = []
        self._generation = 0
        self._pause = 0.0
        self._not_before = 0.0
        self._kill_at: float | None = None

    def run(self, metrics: Metrics, build: Build) -> None:
        self._metrics, self._build = metrics, build
        self._app = build(metrics)
        settle()
        heard, wake = socket.socketpair()
        heard.setblocking(False)
        wake.setblocking(False)
        with selectors.DefaultSelector() as self._selector, heard, wake:
            self._selector.register(heard, selectors.EVENT_READ, partial(self._on_signal, heard))
            before = {number: signal.signal(number, lambda *_: None) for number in HANDLED}
            signal.set_wakeup_fd(wake.fileno())
            try:
                while not self._is_over():
                    self._adjust_workers()
                    for key, _ in self._selector.select(self._until()):
                        key.data()
            finally:
                signal.set_wakeup_fd(-1)
                for number, handler in before.items():
                    signal.signal(number, handler)

    # ---- events

    def _on_signal(self, heard: socket.socket) -> None:
        for number in set(heard.recv(64)):
            if number == signal.SIGHUP:
                self._renew()
            else:
                self._stop()

    def _renew(self) -> None:
        if self._kill_at is not None:
            return
        try:
            self._app = self._build(self._metrics)
        except (PolicyError, OSError, ValueError) as error:
            self._log.error("policy kept", problem=str(error))
            return
        settle()
        self._generation += 1
        self._pause = self._not_before = 0.0
        self._log.info("policy reloaded", version=self._app.state.gateway.policy.version)

    def _stop(self) -> None:
        if self._kill_at is None:
            self._kill_at = time.monotonic() + self._settings.drain_seconds + self._settings.shutdown_seconds + GRACE
            self._listening.close()
        for worker in self._workers:
            os.kill(worker.pid, signal.SIGTERM)

    def _on_channel(self, worker: Worker) -> None:
        try:
            word = worker.channel.recv(1)
        except ConnectionError:
            word = b""
        if word:
            worker.serves = True
        else:
            self._remove(worker)

    def _remove(self, worker: Worker) -> None:
        self._selector.unregister(worker.channel)
        worker.channel.close()
        self._workers.remove(worker)
        os.kill(worker.pid, signal.SIGKILL)  # it is dead, or its channel is closed
        _, status = os.waitpid(worker.pid, 0)
        self._metrics.forget(worker.slot)
        if worker.is_retired or self._kill_at is not None:
            return
        now = time.monotonic()
        self._pause = next_pause(self._pause, lived=now - worker.born)
        self._not_before = now + self._pause
        ended = os.waitstatus_to_exitcode(status)
        self._log.error("worker died", worker=worker.pid, status=ended, seconds_until_next=self._pause)

    # ---- actions

    def _adjust_workers(self) -> None:
        """Keep the wanted number of workers of this generation, and retire old ones when new ones serve in their place."""
        now = time.monotonic()
        if self._kill_at is not None:
            if now >= self._kill_at:
                for worker in self._workers:
                    os.kill(worker.pid, signal.SIGKILL)
                self._kill_at = now + GRACE
            return
        mine = [worker for worker in self._workers if worker.generation == self._generation]
        if now >= self._not_before:
            for _ in range(self._settings.workers - len(mine)):
                self._fork()
        serving = sum(worker.serves for worker in mine)
        old = [worker for worker in self._workers if worker.generation != self._generation and not worker.is_retired]
        for worker in old[: max(0, len(old) - (self._settings.workers - serving))]:
            worker.is_retired = True
            os.kill(worker.pid, signal.SIGINT)

    def _until(self) -> float | None:
        """Seconds until the next action without an event, or None."""
        mine = [worker for worker in self._workers if worker.generation == self._generation]
        due = self._kill_at if len(mine) >= self._settings.workers or self._kill_at else self._not_before
        return None if due is None else max(0.0, due - time.monotonic())

    def _is_over(self) -> bool:
        return self._kill_at is not None and not self._workers

    def _fork(self) -> None:
        ours, theirs = socket.socketpair()
        slot = next(slot for slot in range(len(self._workers) + 1) if slot not in {each.slot for each in self._workers})
        # The child must not lose a signal that arrives while it still has its parent's handlers.
        signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
        try:
            pid = os.fork()
            if pid == 0:
                self._run_worker(slot, ours, theirs)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)
        theirs.close()
        worker = Worker(slot, pid, ours, self._generation)
        self._workers.append(worker)
        self._selector.register(ours, selectors.EVENT_READ, partial(self._on_channel, worker))

    # ---- the worker process

    def _run_worker(self, slot: int, ours: socket.socket, channel: socket.socket) -> NoReturn:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in HANDLED:
                signal.signal(number, signal.SIG_IGN if number == signal.SIGHUP else signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)
            self._selector.close()
            for held in (ours, *(worker.channel for worker in self._workers)):
                held.close()
            self.slot = slot
            serving = server(self._app, self._settings)

            def begin() -> None:
                asyncio.get_running_loop().add_reader(channel, serving.stop)  # the parent has ended
                with suppress(ConnectionError):  # it had ended before that
                    channel.send(b"1")

            serving.serve_on(self._listening, begin)
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
        except BaseException as error:
            self._log.error("bug", exc_info=error)
        finally:
            sys.stdout.flush()
            os._exit(status)
