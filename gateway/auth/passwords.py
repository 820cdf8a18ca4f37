"""Hashes and verifies passwords with argon2id.

Hashing runs in two threads of its own, so that it blocks neither the event loop nor the shared threads. Passwords are
hashed and compared in their prepared form (RFC 8265).
"""

from dataclasses import dataclass
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.auth.fair_queue import Line
from gateway.text.passwords import prepared

HASHING: Final = 2  # at a time and per process: two times 64 MiB with the library's parameters
EACH: Final = 8  # waiting jobs of one source
MAX_COUNT: Final = 32  # waiting jobs of all sources; the last one waits about two seconds on a small machine


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a password is right, and the hash to store instead if the stored one has older parameters or an older form."""

    right: bool
    renewed: str | None = None


class Passwords:
    """Hashes and checks passwords. Create it at start-up: the constructor takes as long as one hash.

    `source` names the origin of the work: sources take turns, so that no source can block the others.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._dummy_hash = self._hasher.hash("not a password")
        self._line = Line(HASHING, each=EACH, most=MAX_COUNT)

    def require_room(self, source: str) -> None:
        """Raises RateLimited if the queue cannot take one more job of this source."""
        self._line.require_room(source)

    async def hash(self, password: str, source: str) -> str:
        return await self._line.do(source, lambda: self._hasher.hash(prepared(password)))

    async def check(self, stored: str | None, password: str, source: str) -> Checked:
        """Checks a password. If there is no stored hash, a dummy hash is checked, so that the time does not reveal the account."""
        return await self._line.do(source, lambda: self._check(stored, password))

    def _check(self, stored: str | None, password: str) -> Checked:
        hashed, fit = self._dummy_hash if stored is None else stored, prepared(password)
        as_prepared = self._verify(hashed, fit)
        # Older hashes are of the password as it was typed, so that form is compared as well. The cost depends only on the
        # password, not on whether there is an account.
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
