"""Passwords: argon2id in two threads of our own, so that hashing stops neither the loop nor anybody else's thread."""

from dataclasses import dataclass
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.auth.lines import Line

HASHING: Final = 2  # at once and per process: two times 64 MiB with the library's parameters
EACH: Final = 8  # waiting of one source
MOST: Final = 32  # waiting of all sources; the last of them waits some two seconds on a small machine


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a password is right and, if its hash has parameters of before, the hash to store instead."""

    right: bool
    renewed: str | None = None


class Passwords:
    """Hashes and checks. Making one takes the time of one hash, and so belongs into the start of the program.

    `source` names where the work comes from: sources take turns, so that none can keep the others waiting.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobodys = self._hasher.hash("nobody's password")
        self._line = Line(HASHING, each=EACH, most=MOST)

    def require_room(self, source: str) -> None:
        """RateLimited where one more hash for this source could not wait."""
        self._line.require_room(source)

    async def hash(self, password: str, source: str) -> str:
        return await self._line.do(source, lambda: self._hasher.hash(password))

    async def check(self, stored: str | None, password: str, source: str) -> Checked:
        """Where there is no stored hash, somebody's is checked all the same: the time says nothing of the account."""
        return await self._line.do(source, lambda: self._check(stored, password))

    def _check(self, stored: str | None, password: str) -> Checked:
        try:
            self._hasher.verify(self._nobodys if stored is None else stored, password)
        except (VerificationError, InvalidHashError):
            return Checked(right=False)
        if stored is None:
            return Checked(right=False)
        renewed = self._hasher.hash(password) if self._hasher.check_needs_rehash(stored) else None
        return Checked(right=True, renewed=renewed)
