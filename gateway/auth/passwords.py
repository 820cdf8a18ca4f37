"""Passwords: argon2id in two threads of our own, so that hashing stops neither the loop nor anybody else's thread.

They are hashed and compared in their prepared form (RFC 8265).
"""

from dataclasses import dataclass
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.auth.fair_queue import Line
from gateway.text.passwords import prepared

HASHING: Final = 2  # at once and per process: two times 64 MiB with the library's parameters
EACH: Final = 8  # waiting of one source
MAX_COUNT: Final = 32  # waiting of all sources; the last of them waits some two seconds on a small machine


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a password is right and, if its hash has earlier parameters or an earlier form, the hash to store instead."""

    right: bool
    renewed: str | None = None


class Passwords:
    """Hashes and checks. Making one takes the time of one hash, and so belongs into the start of the program.

    `source` names where the work comes from: sources take turns, so that none can keep the others waiting.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobodys = self._hasher.hash("nobody's password")
        self._line = Line(HASHING, each=EACH, most=MAX_COUNT)

    def require_room(self, source: str) -> None:
        """RateLimited where one more hash for this source could not wait."""
        self._line.require_room(source)

    async def hash(self, password: str, source: str) -> str:
        return await self._line.do(source, lambda: self._hasher.hash(prepared(password)))

    async def check(self, stored: str | None, password: str, source: str) -> Checked:
        """Where there is no stored hash, somebody's is checked all the same: the time says nothing of the account."""
        return await self._line.do(source, lambda: self._check(stored, password))

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
