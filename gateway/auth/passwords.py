"""Passwords: argon2id in two threads of our own, so that hashing stops neither the loop nor anybody else's thread."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

HASHING: Final = 2  # at once and per process: two times 64 MiB with the library's parameters
CROWD: Final = 32  # in line and hashing; the last of them waits some two seconds on a small machine

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a password is right and, if its hash has parameters of before, the hash to store instead."""

    right: bool
    renewed: str | None = None


class Passwords:
    """Hashes and checks. Making one takes the time of one hash, and so belongs into the start of the program."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobodys = self._hasher.hash("nobody's password")
        # A semaphore would be let go by a caller who hangs up while the thread still hashes; an executor is not.
        self._threads = ThreadPoolExecutor(HASHING, thread_name_prefix="argon2")
        self._inside = 0

    @property
    def is_crowded(self) -> bool:
        """Whether more are in line than can be served soon; who may refuse, should."""
        return self._inside >= CROWD

    async def hash(self, password: str) -> str:
        return await self._elsewhere(lambda: self._hasher.hash(password))

    async def check(self, stored: str | None, password: str) -> Checked:
        """Where there is no stored hash, somebody's is checked all the same: the time says nothing of the account."""
        return await self._elsewhere(lambda: self._check(stored, password))

    def _check(self, stored: str | None, password: str) -> Checked:
        try:
            self._hasher.verify(self._nobodys if stored is None else stored, password)
        except (VerificationError, InvalidHashError):
            return Checked(right=False)
        if stored is None:
            return Checked(right=False)
        renewed = self._hasher.hash(password) if self._hasher.check_needs_rehash(stored) else None
        return Checked(right=True, renewed=renewed)

    async def _elsewhere(self, work: Callable[[], Answer]) -> Answer:
        self._inside += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._inside -= 1
