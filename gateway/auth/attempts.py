"""What is left in the audit trail of attempts to come in. No entry holds an address or a password (L18, L21)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.ids import uuid7
from gateway.db.models import AuditEntry
from gateway.db.queries.repeated_entries import counted, places_of

UNKNOWN: Final = "Nobody"  # in the audit trail, where no person has the address
NO_ONE: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A password or a token is shown: for what, in which request, from which network and with which device's token."""

    action: str
    now: datetime
    request_id: str | None = None
    network: str = ""
    device_token: str | None = None

    def entry(self, user_id: UUID | None, code: str | None = None) -> Insert:
        """An entry of its own. The platform reads it: it is of no organisation."""
        return insert(AuditEntry).values(id=uuid7(self.now), at=self.now, **self._common(user_id, code))

    async def count(self, connection: AsyncConnection, user_id: UUID | None, code: str) -> None:
        """An entry for each organisation of the person, whose administrators read it; one that counts repeated attempts.

        As many statements for an address that no person has (L18).
        """
        places = (await connection.execute(places_of(user_id or NO_ONE))).all()
        common = self._common(user_id, code)
        entries: list[dict[str, Any]] = [
            {**common, "acting_side": side, "acting_id": key, f"{side}_id": key} for side, key in places
        ]
        # The columns are the same in each row of one statement.
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
