"""Runs slow work in a few threads. The sources of the work take turns, and no source can fill the queue alone."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, TypeVar

from gateway.errors import RateLimited
from gateway.messages import text

MOMENT: Final = 2  # seconds in which a full queue becomes empty
CROWDED: Final = text("general", "SIGN_IN_QUEUE")

Answer = TypeVar("Answer")
Job = tuple["asyncio.Future[Any]", Callable[[], Any]]


class Line:
    """A queue with at most `each` waiting jobs of one source, and at most `most` waiting jobs of all sources."""

    def __init__(self, threads: int, *, each: int, most: int) -> None:
        # Threads limit the work, not a semaphore: a caller that disconnects would release the semaphore while its thread
        # still works.
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._free, self._each, self._most = threads, each, most
        self._waiting: OrderedDict[str, deque[Job]] = OrderedDict()

    def require_room(self, source: str) -> None:
        """Raises RateLimited if the queue cannot take one more job of this source."""
        own = len(self._waiting.get(source, ()))
        if own >= self._each or (self._count() >= self._most and self._longest() <= own + 1):
            raise RateLimited(CROWDED, retry_after=MOMENT)

    async def do(self, source: str, work: Callable[[], Answer]) -> Answer:
        """Runs `work` and returns its result. Raises RateLimited if there is no room, or if the job is dropped for another source."""
        self.require_room(source)
        if self._count() >= self._most:
            self._drop_one()
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        job = (answer, work)
        self._waiting.setdefault(source, deque()).append(job)
        self._start()
        try:
            return await answer
        finally:
            self._remove(source, job)

    def _count(self) -> int:
        return sum(map(len, self._waiting.values()))

    def _longest(self) -> int:
        return max(map(len, self._waiting.values()), default=0)

    def _drop_one(self) -> None:
        """Drops the newest job of the source with the most jobs, so that a few busy sources leave room for others."""
        source, jobs = max(self._waiting.items(), key=lambda each: len(each[1]))
        dropped = jobs[-1]
        self._remove(source, dropped)
        dropped[0].set_exception(RateLimited(CROWDED, retry_after=MOMENT))

    def _remove(self, source: str, job: Job) -> None:
        jobs = self._waiting.get(source)
        if jobs and job in jobs:
            jobs.remove(job)
            if not jobs:
                del self._waiting[source]

    def _start(self) -> None:
        """Gives each free thread the first job of the next source."""
        while self._free and self._waiting:
            source, jobs = next(iter(self._waiting.items()))
            answer, work = jobs.popleft()
            if jobs:
                self._waiting.move_to_end(source)
            else:
                del self._waiting[source]
            if not answer.done():
                self._free -= 1
                running = asyncio.get_running_loop().run_in_executor(self._executor, work)
                running.add_done_callback(partial(self._end, answer))

    def _end(self, answer: "asyncio.Future[Any]", done: "asyncio.Future[Any]") -> None:
        self._free += 1
        problem = None if done.cancelled() else done.exception()
        if not answer.done():
            if problem is not None:
                answer.set_exception(problem)
            elif not done.cancelled():
                answer.set_result(done.result())
        self._start()
