"""Passwords are checked off the loop, a few at a time, and alike for everybody."""

import asyncio
import threading

import pytest
from argon2 import PasswordHasher

from gateway.auth.fair_queue import Line
from gateway.auth.passwords import EACH, HASHING, Checked, Passwords
from gateway.errors import RateLimited

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
DEARER = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)


class Watched(PasswordHasher):
    """Remembers which hashes were checked, in which threads, and how many at once."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.seen: list[str] = []
        self.threads: set[str] = set()
        self.inside = self.most = 0
        self.lock = threading.Lock()
        self.may_go = threading.Event()
        self.may_go.set()

    def verify(self, hash, password):
        with self.lock:
            self.seen.append(hash)
            self.threads.add(threading.current_thread().name)
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.may_go.wait()
        try:
            return super().verify(hash, password)
        finally:
            with self.lock:
                self.inside -= 1


async def test_a_password_is_right_or_wrong() -> None:
    passwords = Passwords(CHEAP)
    stored = await passwords.hash("correct horse", "here")

    assert stored.startswith("$argon2id$")
    assert await passwords.check(stored, "correct horse", "here") == Checked(right=True)
    assert await passwords.check(stored, "Correct horse", "here") == Checked(right=False)
    assert await passwords.check(stored, "", "here") == Checked(right=False)


@pytest.mark.parametrize("stored", ["", "!", "plain", "$argon2id$v=19$m=8,t=1,p=1$AAAA"])
async def test_what_is_no_hash_opens_nothing(stored: str) -> None:
    assert await Passwords(CHEAP).check(stored, stored, "here") == Checked(right=False)


async def test_a_hash_of_older_parameters_is_renewed_once_its_password_is_known() -> None:
    passwords = Passwords(DEARER)
    stored = CHEAP.hash("correct horse")

    wrong = await passwords.check(stored, "wrong", "here")
    checked = await passwords.check(stored, "correct horse", "here")

    assert wrong == Checked(right=False)
    assert checked.right
    assert checked.renewed is not None
    assert await passwords.check(checked.renewed, "correct horse", "here") == Checked(right=True)


COMPOSED, DECOMPOSED = "Größe\N{NO-BREAK SPACE}ist Größe", "Gro\u0308ße ist Gro\u0308ße"


async def test_a_password_is_right_however_its_accents_and_spaces_are_typed() -> None:
    passwords = Passwords(CHEAP)

    for stored in (await passwords.hash(COMPOSED, "here"), await passwords.hash(DECOMPOSED, "here")):
        assert await passwords.check(stored, COMPOSED, "here") == Checked(right=True)
        assert await passwords.check(stored, DECOMPOSED, "here") == Checked(right=True)
        assert await passwords.check(stored, "Grosse ist Grosse", "here") == Checked(right=False)


async def test_a_password_that_was_hashed_as_it_was_typed_is_right_and_hashed_anew() -> None:
    passwords = Passwords(CHEAP)
    stored = CHEAP.hash(DECOMPOSED)

    other = await passwords.check(stored, COMPOSED, "here")
    checked = await passwords.check(stored, DECOMPOSED, "here")

    assert other == Checked(right=False)
    assert checked.right
    assert checked.renewed is not None
    assert await passwords.check(checked.renewed, COMPOSED, "here") == Checked(right=True)


async def test_it_costs_the_same_whether_there_is_an_account() -> None:
    for password in (COMPOSED, DECOMPOSED, "plain"):
        watched = Watched()
        passwords = Passwords(watched)
        stored = CHEAP.hash("another")
        await passwords.check(stored, password, "here")
        of_somebody, watched.seen = len(watched.seen), []
        await passwords.check(None, password, "here")
        assert len(watched.seen) == of_somebody


async def test_where_there_is_no_hash_nobodys_is_checked_and_even_its_password_is_wrong() -> None:
    watched = Watched()
    passwords = Passwords(watched)

    assert await passwords.check(None, "not a password", "here") == Checked(right=False)
    assert len(watched.seen) == 1


async def test_a_flood_of_one_source_hashes_a_few_at_a_time_and_the_loop_goes_on() -> None:
    watched = Watched()
    watched.may_go.clear()
    passwords = Passwords(watched)
    flood = [asyncio.ensure_future(passwords.check(None, "x", "here")) for _ in range(HASHING + EACH + 5)]
    await asyncio.sleep(0.05)  # the loop is free while all the threads are held
    refused = [task.exception() for task in flood if task.done()]
    with pytest.raises(RateLimited):
        passwords.require_room("here")
    passwords.require_room("there")
    for task in flood[HASHING:]:
        task.cancel()
    await asyncio.sleep(0)
    passwords.require_room("here")
    watched.may_go.set()
    answers = await asyncio.gather(*flood, return_exceptions=True)

    assert [type(each) for each in refused] == [RateLimited] * 5
    assert watched.most == HASHING
    assert all(name.startswith("argon2") for name in watched.threads)
    assert answers[:HASHING] == [Checked(right=False)] * HASHING
    assert len(watched.seen) == HASHING  # who hung up while in line cost nothing


# ---- the line


class Work:
    """Jobs that take turns with the test: each waits until it may go, and its name is noted when it began."""

    def __init__(self, threads: int = 1, *, each: int = 3, most: int = 6) -> None:
        self.line = Line(threads, each=each, most=most)
        self.may_go, self.started = threading.Event(), threading.Event()
        self.begun: list[str] = []

    def begin(self, source: str) -> asyncio.Task[str]:
        def job() -> str:
            self.begun.append(source)
            self.started.set()
            self.may_go.wait()
            return source

        return asyncio.ensure_future(self.line.do(source, job))

    async def hold(self) -> asyncio.Task[str]:
        """All threads have work of somebody's."""
        held = self.begin("held")
        await asyncio.to_thread(self.started.wait)
        self.begun.clear()
        return held


async def test_sources_take_turns_whatever_one_of_them_has_waiting() -> None:
    work = Work()
    tasks = [await work.hold(), *(work.begin("crowd") for _ in range(3)), work.begin("ada"), work.begin("ben")]
    await asyncio.sleep(0)
    work.may_go.set()
    await asyncio.gather(*tasks)

    assert work.begun == ["crowd", "ada", "ben", "crowd", "crowd"]


async def test_one_source_has_so_many_waiting_and_the_rest_is_refused_at_once() -> None:
    work = Work()
    held = await work.hold()
    crowd = [work.begin("crowd") for _ in range(5)]
    await asyncio.sleep(0)
    honest = work.begin("ada")
    await asyncio.sleep(0)
    refused = [task for task in crowd if task.done()]
    work.may_go.set()

    assert [type(task.exception()) for task in refused] == [RateLimited] * 2
    assert await honest == "ada"
    await asyncio.gather(held, *crowd, return_exceptions=True)


async def test_a_full_line_drops_the_newest_of_the_longest_for_a_newcomer() -> None:
    work = Work()
    held = await work.hold()
    crowd = [work.begin(source) for source in ("x", "x", "x", "y", "y", "y")]
    await asyncio.sleep(0)
    newcomers = [work.begin(source) for source in ("a", "b", "c", "d")]
    await asyncio.sleep(0)
    alone = work.begin("e"), work.begin("e"), work.begin("f")
    await asyncio.sleep(0)
    work.may_go.set()
    answers = await asyncio.gather(*crowd, *newcomers, *alone, return_exceptions=True)
    await held

    assert answers[6:10] == ["a", "b", "c", "d"]
    assert sum(isinstance(each, RateLimited) for each in answers[:6]) == 4
    # Six sources with one each are waiting: no room is left, and nobody gives way.
    assert all(isinstance(each, RateLimited) for each in answers[10:])


async def test_what_goes_wrong_in_a_thread_is_raised_to_its_caller_and_the_line_goes_on() -> None:
    line = Line(1, each=3, most=3)
    with pytest.raises(ZeroDivisionError):
        await line.do("here", lambda: 1 // 0)

    assert await line.do("here", lambda: 1) == 1
