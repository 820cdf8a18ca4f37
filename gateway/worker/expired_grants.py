"""Records the consequences of expired grants. The access itself ends at the time of the expiry, without this module.

The billing period is closed with the time of the expiry, not of its discovery, and both sides are notified (D46, I4, I30).
"""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.auth.viewers import PLATFORM_ID, PLATFORM_NAME
from gateway.db.enums import ACCESS_EXPIRED
from gateway.db.ids import uuid7
from gateway.db.models import AccessGrant, AuditEntry, BillingModePeriod, Client, ClientSession, Collaboration, Notice
from gateway.db.queries.by_state import closed_sessions
from gateway.db.queries.jobs import to_address
from gateway.db.queries.same_client import in_collaboration

# The notice of an expiry has the key of the grant, so that there is only one, written by the first transaction.
_NOTICED: Final = sa.exists().where(Notice.id == AccessGrant.id)
_EXPIRED: Final = (
    sa.select(AccessGrant.id, AccessGrant.collaboration_id, AccessGrant.client_id, AccessGrant.expires_at)
    .join(Collaboration, in_collaboration(AccessGrant))
    .where(
        AccessGrant.expires_at <= sa.bindparam("now"),
        AccessGrant.revoked_at.is_(None),
        Collaboration.state == "active",
        ~_NOTICED,
    )
)
_NEXT: Final = _EXPIRED.order_by(AccessGrant.expires_at).limit(1)
_STILL: Final = _EXPIRED.add_columns(Collaboration.firm_id).where(
    AccessGrant.id == sa.bindparam("grant", type_=sa.Uuid())
)
_OF: Final = BillingModePeriod.collaboration_id == sa.bindparam("of", type_=sa.Uuid())
_ENDED: Final = sa.bindparam("ended", type_=BillingModePeriod.to_at.type)
_AT: Final = sa.func.greatest(_ENDED, BillingModePeriod.from_at + timedelta(microseconds=1))
_CLOSED: Final = (
    sa.update(BillingModePeriod).where(_OF, BillingModePeriod.to_at == sa.text("'infinity'")).values(to_at=_AT)
)
# A change of this client may have closed the period already, with the same timestamp and without a mail. A period with
# another timestamp was closed by a change that has sent its own mail.
_PAID: Final = sa.select(sa.exists().where(_OF, BillingModePeriod.to_at == _AT, BillingModePeriod.mode == "partner"))


async def expire_next(engine: AsyncEngine, now: datetime) -> UUID | None:
    """Records the consequences of one expired grant, in its own transaction. Returns its key, or None if there is none."""
    async with engine.begin() as connection:
        found = (await connection.execute(_NEXT, {"now": now})).one_or_none()
        if found is None:
            return None
        # Locks the client first, as mutations do. The next statement sees what other transactions have changed meanwhile.
        await lock(connection, Client, found.client_id)
        await lock(connection, Collaboration, found.collaboration_id)
        grant = (await connection.execute(_STILL, {"now": now, "grant": found.id})).one_or_none()
        if grant is not None:
            await _expire(connection, grant, now)
        return UUID(str(found.id))


async def lock(connection: AsyncConnection, table: Any, key: UUID | None) -> None:
    await connection.execute(sa.select(table.id).where(table.id == key).with_for_update(key_share=True))


async def _expire(connection: AsyncConnection, grant: Any, now: datetime) -> None:
    of = grant.collaboration_id
    await connection.execute(_CLOSED, {"of": of, "ended": grant.expires_at})
    await connection.execute(closed_sessions("revoked", grant.expires_at).where(ClientSession.collaboration_id == of))
    common = {"at": now, "collaboration_id": of, "data": {}}
    notices = [{"id": grant.id, "kind": "ACCESS_CHANGED"} | common]
    if await connection.scalar(_PAID, {"of": of, "ended": grant.expires_at}):
        # Only a firm that paid is notified that it does not pay any more (D15).
        notices.append({"id": uuid7(now), "kind": "BILLING_MODE_CHANGED"} | common)
    await connection.execute(sa.insert(Notice), notices)
    await connection.execute(to_address([notice["id"] for notice in notices]))
    await recorded(connection, ACCESS_EXPIRED, of, grant, now)


async def recorded(connection: AsyncConnection, action: str, of: UUID, pair: Any, now: datetime) -> None:
    """Writes an audit entry of the platform for a collaboration. `pair` has the ids of its client and firm."""
    entry = {"actor_name": PLATFORM_NAME, "acting_side": "platform", "acting_id": PLATFORM_ID, "outcome": "done"}
    entry |= {"subject_type": "Collaboration", "subject_id": of, "collaboration_id": of}
    entry |= {"client_id": pair.client_id, "firm_id": pair.firm_id, "at": now, "action": action}
    await connection.execute(sa.insert(AuditEntry).values(id=uuid7(now), **entry))
