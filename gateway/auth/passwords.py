"""Passwords: argon2id in two threads of our own, so that hashing stops neither the loop nor anybody else's thread.

They are hashed and compared in their prepared form (RFC 8265).
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.text.passwords import prepared

HASHING: Final = 2  # at once and per process: two times 64 MiB with the library's parameters
CROWD: Final = 32  # in line and hashing; the last of them waits some two seconds on a small machine

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a password is right and, if its hash has earlier parameters or an earlier form, the hash to store instead."""

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
        return await self._elsewhere(lambda: self._hasher.hash(prepared(password)))

    async def check(self, stored: str | None, password: str) -> Checked:
        """Where there is no stored hash, somebody's is checked all the same: the time says nothing of the account."""
        return await self._elsewhere(lambda: self._check(stored, password))

    def _check(self, stored: str | None, password: str) -> Checked:
        hashed, fit = self._nobodys if stored is None else stored, prepared(password)
        as_prepared = self._verify(hashed, fit)
        # Passwords that were hashed before they were prepared are compared as they are typed. The cost depends on the
        # password alone, and not on whether there is an account.
        as_typed = not as_prepared and password != fit and self._verify(hashed, password)
        if stored is None or not (as_prepared or as_typed):
            return Checked(right=False)
        is_old = as_typed or self._hasher.check_needs_rehash(stored)
        return Checked(right=True, renewed=self._hasher.hash(fit) if is_old else None)

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _elsewhere(self, work: Callable[[], Answer]) -> Answer:
        self._inside += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._inside -= 1
