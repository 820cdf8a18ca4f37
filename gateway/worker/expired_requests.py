"""Ends unanswered invitations and requests after thirty days, and notifies the requesting side by mail (M5, M6)."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.db.enums import COLLABORATION_EXPIRED
from gateway.db.ids import uuid7
from gateway.db.models import Client, ClientInvitation, Collaboration, Notice
from gateway.db.queries import invitation_copies
from gateway.db.queries.by_state import assignments_between
from gateway.db.queries.client_invitations import voided
from gateway.db.queries.jobs import to_address
from gateway.worker.expired_grants import lock, recorded

TTL: Final = timedelta(days=30)

_NOW: Final[sa.BindParameter[datetime]] = sa.bindparam("now", type_=Collaboration.created_at.type)
_ENDS_AT: Final = Collaboration.created_at + TTL
# An invitation is valid for as long as its last mail.
_INVITED: Final = sa.and_(
    Collaboration.state == "invited", sa.func.coalesce(ClientInvitation.expires_at, _ENDS_AT) <= _NOW
)
# An invitation that a client has accepted waits for the platform without a time limit.
_REQUESTED: Final = sa.and_(
    Collaboration.state == "pending",
    Collaboration.origin.in_(["client_added_firm", "marketplace"]),
    _ENDS_AT <= _NOW,
)
_UNANSWERED: Final = (
    sa.select(
        Collaboration.id,
        Collaboration.client_id,
        Collaboration.firm_id,
        ClientInvitation.id.label("invitation_id"),
    )
    .outerjoin(ClientInvitation, ClientInvitation.collaboration_id == Collaboration.id)
    .where(Collaboration.copy_of.is_(None), sa.or_(_INVITED, _REQUESTED))
)
_NEXT: Final = _UNANSWERED.order_by(Collaboration.id).limit(1)
_STILL: Final = _UNANSWERED.where(Collaboration.id == sa.bindparam("key", type_=sa.Uuid()))


async def lapse_next(engine: AsyncEngine, now: datetime) -> UUID | None:
    """Ends one unanswered collaboration, in its own transaction. Returns its key, or None if there is none."""
    async with engine.begin() as connection:
        found = (await connection.execute(_NEXT, {"now": now})).one_or_none()
        if found is None:
            return None
        # Locks the client first, as mutations do. The next statement sees what other transactions have changed meanwhile.
        await lock(connection, Client, found.client_id)
        await lock(connection, Collaboration, found.id)
        over = (await connection.execute(_STILL, {"now": now, "key": found.id})).one_or_none()
        if over is not None:
            ended = {"state": "expired", "ended_by": "platform", "version": Collaboration.version + 1}
            await connection.execute(sa.update(Collaboration).where(Collaboration.id == over.id).values(ended))
            await connection.execute(voided(over.id))
            charges = assignments_between(over.firm_id, over.client_id)
            await connection.execute(charges.values(ended_at=now))
            await _notify(connection, over, now)
            copies = (await connection.execute(invitation_copies.ended(over.id, "expired", "platform"))).all()
            for each in (over, *copies):
                await recorded(connection, COLLABORATION_EXPIRED, each.id, each, now)
        return UUID(str(found.id))


async def _notify(connection: AsyncConnection, over: Any, now: datetime) -> None:
    """Writes the notice. A firm is notified about its invitation, regardless of who was invited (D42); a client about its request."""
    about: dict[str, Any] = {"collaboration_id": over.id}
    if over.invitation_id is not None:
        about = {"subject_type": "ClientInvitation", "subject_id": over.invitation_id}
    key = uuid7(now)
    row = {"id": key, "kind": "COLLABORATION_EXPIRED", "at": now, "data": {}, **about}
    await connection.execute(sa.insert(Notice).values(row))
    await connection.execute(to_address([key]))
