"""Passwords are checked off the loop, a few at a time, and alike for everybody."""

import asyncio
import threading

import pytest
from argon2 import PasswordHasher

from gateway.auth.passwords import CROWD, HASHING, Checked, Passwords

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
    stored = await passwords.hash("correct horse")

    assert stored.startswith("$argon2id$")
    assert await passwords.check(stored, "correct horse") == Checked(right=True)
    assert await passwords.check(stored, "Correct horse") == Checked(right=False)
    assert await passwords.check(stored, "") == Checked(right=False)


@pytest.mark.parametrize("stored", ["", "!", "plain", "$argon2id$v=19$m=8,t=1,p=1$AAAA"])
async def test_what_is_no_hash_opens_nothing(stored: str) -> None:
    assert await Passwords(CHEAP).check(stored, stored) == Checked(right=False)


async def test_a_hash_of_older_parameters_is_renewed_once_its_password_is_known() -> None:
    passwords = Passwords(DEARER)
    stored = CHEAP.hash("correct horse")

    wrong = await passwords.check(stored, "wrong")
    checked = await passwords.check(stored, "correct horse")

    assert wrong == Checked(right=False)
    assert checked.right
    assert checked.renewed is not None
    assert await passwords.check(checked.renewed, "correct horse") == Checked(right=True)


COMPOSED, DECOMPOSED = "Größe\N{NO-BREAK SPACE}ist Größe", "Gro\u0308ße ist Gro\u0308ße"


async def test_a_password_is_right_however_its_accents_and_spaces_are_typed() -> None:
    passwords = Passwords(CHEAP)

    for stored in (await passwords.hash(COMPOSED), await passwords.hash(DECOMPOSED)):
        assert await passwords.check(stored, COMPOSED) == Checked(right=True)
        assert await passwords.check(stored, DECOMPOSED) == Checked(right=True)
        assert await passwords.check(stored, "Grosse ist Grosse") == Checked(right=False)


async def test_a_password_that_was_hashed_as_it_was_typed_is_right_and_hashed_anew() -> None:
    passwords = Passwords(CHEAP)
    stored = CHEAP.hash(DECOMPOSED)

    other = await passwords.check(stored, COMPOSED)
    checked = await passwords.check(stored, DECOMPOSED)

    assert other == Checked(right=False)
    assert checked.right
    assert checked.renewed is not None
    assert await passwords.check(checked.renewed, COMPOSED) == Checked(right=True)


async def test_it_costs_the_same_whether_there_is_an_account() -> None:
    for password in (COMPOSED, DECOMPOSED, "plain"):
        watched = Watched()
        passwords = Passwords(watched)
        stored = CHEAP.hash("another")
        await passwords.check(stored, password)
        of_somebody, watched.seen = len(watched.seen), []
        await passwords.check(None, password)
        assert len(watched.seen) == of_somebody


async def test_where_there_is_no_hash_nobodys_is_checked_and_even_its_password_is_wrong() -> None:
    watched = Watched()
    passwords = Passwords(watched)

    assert await passwords.check(None, "nobody's password") == Checked(right=False)
    assert len(watched.seen) == 1


async def test_a_flood_hashes_a_few_at_a_time_and_the_loop_goes_on() -> None:
    watched = Watched()
    watched.may_go.clear()
    passwords = Passwords(watched)
    flood = [asyncio.ensure_future(passwords.check(None, "x")) for _ in range(CROWD)]
    before = passwords.is_crowded
    await asyncio.sleep(0.05)  # the loop is free while all the threads are held
    crowded = passwords.is_crowded
    for task in flood[HASHING:]:
        task.cancel()
    await asyncio.sleep(0)
    later = passwords.is_crowded
    watched.may_go.set()
    answers = await asyncio.gather(*flood, return_exceptions=True)

    assert (before, crowded, later) == (False, True, False)
    assert watched.most == HASHING
    assert all(name.startswith("argon2") for name in watched.threads)
    assert answers[:HASHING] == [Checked(right=False)] * HASHING
    assert len(watched.seen) == HASHING  # who hung up while in line cost nothing
