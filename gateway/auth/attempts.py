"""Audit entries for attempts to authenticate. No entry contains an e-mail address or a password (L18, L21)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.ids import uuid7
from gateway.db.models import AuditEntry
from gateway.db.queries.repeated_entries import counted, places_of

UNKNOWN: Final = "Nobody"  # the actor's name in the audit trail if no user has the address
NO_ONE: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One use of a password or a token: the action, the request, the network and the token of the device."""

    action: str
    now: datetime
    request_id: str | None = None
    network: str = ""
    device_token: str | None = None

    def entry(self, user_id: UUID | None, code: str | None = None) -> Insert:
        """Returns the insert of one entry. It belongs to no organisation, so only the platform can read it."""
        return insert(AuditEntry).values(id=uuid7(self.now), at=self.now, **self._common(user_id, code))

    async def count(self, connection: AsyncConnection, user_id: UUID | None, code: str) -> None:
        """Writes an entry for each organisation of the user, which its administrators can read. Repeated attempts are counted
        in one entry.

        The number of statements is the same for an address that no user has (L18).
        """
        places = (await connection.execute(places_of(user_id or NO_ONE))).all()
        common = self._common(user_id, code)
        entries: list[dict[str, Any]] = [
            {**common, "acting_side": side, "acting_id": key, f"{side}_id": key} for side, key in places
        ]
        # All rows of one INSERT statement must have the same columns.
        rows = [
            {"acting_side": None, "acting_id": None, "firm_id": None, "client_id": None, **each} for each in entries
        ]
        await connection.execute(counted(rows or [common], self.now))

    def _common(self, user_id: UUID | None, code: str | None) -> dict[str, Any]:
        return {
            "actor_id": user_id,
            "actor_name": None if user_id else UNKNOWN,
            "action": self.action,
            "outcome": "refused" if code else "done",
            "code": code,
            "request_id": self.request_id,
        }
