"""Reservation of a request's idempotency key: for one caller and one body, for 24 hours."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Self

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.auth.viewers import Anonymous, Machine, Viewer
from gateway.db.models import KeptOutcome, KeptRequest
from gateway.errors import Conflict
from gateway.messages import text

KEPT_FOR: Final = timedelta(hours=24)
ANOTHER_BODY: Final = text("conflict", "ANOTHER_BODY")


@dataclass(frozen=True, slots=True)
class Reservation:
    """An idempotency key of one caller, acting for one organisation. `fingerprint` is a hash of the body."""

    caller: bytes
    key: str
    fingerprint: bytes
    now: datetime

    @classmethod
    def of(cls, viewer: Viewer, key: str | None, fingerprint: bytes) -> Self | None:
        """Returns None without a key, and for an anonymous caller: anonymous callers cannot be distinguished."""
        if key is None or isinstance(viewer, Anonymous):
            return None
        who = viewer.token_id if isinstance(viewer, Machine) else viewer.user_id
        return cls(sha256(f"{who}/{viewer.acting_id}".encode()).digest(), key, fingerprint, viewer.now)

    async def reserve(self, connection: AsyncConnection) -> None:
        """Stores the key for this body. Raises Conflict if it was stored for another body less than 24 hours ago.

        Of two simultaneous requests with one key, the second waits until the transaction of the first ends.
        """
        mine = {"caller": self.caller, "key": self.key}
        new = insert(KeptRequest).values(**mine, fingerprint=self.fingerprint, kept_until=self.now + KEPT_FOR)
        row = new.on_conflict_do_nothing().returning(KeptRequest.key)
        if (await connection.execute(row)).one_or_none() is not None:
            return
        over = sa.delete(KeptRequest).filter_by(**mine).where(KeptRequest.kept_until <= self.now)
        if (await connection.execute(over.returning(KeptRequest.key))).one_or_none() is not None:
            await connection.execute(sa.delete(KeptOutcome).filter_by(**mine))
            await connection.execute(row)
        known = await connection.scalar(sa.select(KeptRequest.fingerprint).filter_by(**mine))
        if known != self.fingerprint:
            raise Conflict(ANOTHER_BODY)
