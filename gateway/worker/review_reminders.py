"""The morning mail to platform members about reviews that began to wait since the last one (H15, H20, P34)."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.auth.viewers import PlatformViewer
from gateway.db.ids import uuid7
from gateway.db.models import Notice, PlatformMember
from gateway.db.queries.jobs import to_address
from gateway.mail.review_queue import has_new
from gateway.policy import Policy

SETTLED: Final = timedelta(minutes=5)
"""The maximum time between the start of a request, which is the timestamp of its changes, and its commit."""

_PEOPLE: Final = sa.select(PlatformMember.user_id).order_by(PlatformMember.user_id)
_ONE: Final = PlatformMember.user_id == sa.bindparam("person", type_=sa.Uuid())
# A second worker waits for the lock, and then reads what the first one has written.
_LOCKED: Final = sa.select(PlatformMember.role, PlatformMember.told_until).where(_ONE).with_for_update()
_NOTIFIED: Final = sa.update(PlatformMember).where(_ONE).values(told_until=sa.bindparam("until"))


async def platform_people(engine: AsyncEngine) -> list[UUID]:
    """Returns the ids of all platform members, in any role."""
    async with engine.connect() as connection:
        return list((await connection.execute(_PEOPLE)).scalars().all())


async def remind(engine: AsyncEngine, policy: Policy, person: UUID, now: datetime) -> bool:
    """Writes a notice, in its own transaction, if something new is waiting for this user. Returns whether it did.

    The numbers in the mail are counted when it is sent.
    """
    until = now - SETTLED
    async with engine.begin() as connection:
        member = (await connection.execute(_LOCKED, {"person": person})).one_or_none()
        if member is None:
            return False
        viewer = PlatformViewer(person, member.role, now)
        if not await has_new(connection, policy, viewer, member.told_until, until):
            return False
        key, of = uuid7(now), {"subject_type": "User", "subject_id": person}
        row = {"id": key, "kind": "REVIEWS_WAITING", "at": now, "data": {}, **of}
        await connection.execute(sa.insert(Notice).values(row))
        await connection.execute(to_address([key]))
        await connection.execute(_NOTIFIED, {"person": person, "until": until})
        return True
