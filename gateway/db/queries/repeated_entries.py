"""Audit entries with a count: equal attempts within an hour increment the count of one entry."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from gateway.db.ids import uuid7
from gateway.db.models import AuditEntry, ClientMember, FirmMember

PERIOD: Final = timedelta(hours=1)
MAX_COUNT: Final = 2**31 - 1  # the largest value of the column
_SAME: Final = (
    "actor_id",
    "token_id",
    "acting_id",
    "action",
    "code",
    "subject_id",
    "client_id",
    "firm_id",
    "collaboration_id",
    "on_behalf_of_id",
)
"""The columns in which all attempts of one entry are equal."""


def counted(entries: Sequence[Mapping[str, Any]], now: datetime, *, actor_name: Any = None) -> sa.Insert:
    """One statement that writes each of these entries, or adds its `count` to the entry of equal attempts in this hour."""
    rows: dict[bytes, dict[str, Any]] = {}
    for entry in entries:
        row = {"id": uuid7(now), "at": now, "last_at": now, "count": 1, **entry}
        row["repeats"] = _key(row, now)
        if actor_name is not None:
            row["actor_name"] = actor_name
        known = rows.setdefault(row["repeats"], row)
        if known is not row:
            known["count"] += row["count"]
    write = insert(AuditEntry).values([rows[key] for key in sorted(rows)])
    more = sa.cast(AuditEntry.count, sa.BigInteger) + write.excluded.count
    return write.on_conflict_do_update(
        index_elements=["repeats"],
        index_where=AuditEntry.repeats.is_not(None),
        set_={
            "count": sa.func.least(more, MAX_COUNT),
            "last_at": sa.func.greatest(AuditEntry.last_at, write.excluded.last_at),
        },
    )


def _key(row: Mapping[str, Any], now: datetime) -> bytes:
    hour = int(now.timestamp()) // int(PERIOD.total_seconds())
    return sha256(repr([str(row.get(name)) for name in _SAME] + [hour]).encode()).digest()


def places_of(user_id: UUID) -> sa.CompoundSelect[Any]:
    """The organisations of a person, as the sides of audit entries: (acting_side, acting_id)."""
    firms = sa.select(sa.literal("firm").label("side"), FirmMember.firm_id.label("organisation_id"))
    clients = sa.select(sa.literal("client"), ClientMember.client_id)
    return sa.union_all(
        firms.where(FirmMember.user_id == user_id, FirmMember.state.in_(("active", "suspended"))),
        clients.where(ClientMember.user_id == user_id, ClientMember.state == "active"),
    )
