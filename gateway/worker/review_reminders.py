"""The morning mail of the platform's people: that something new waits for their decisions, once for all that came since the last
one (H15, H20, P34)."""

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
"""A change has the moment at which its request began, and is there for others when it is committed: never as much later."""

_PEOPLE: Final = sa.select(PlatformMember.user_id).order_by(PlatformMember.user_id)
_ONE: Final = PlatformMember.user_id == sa.bindparam("person", type_=sa.Uuid())
# Of two workers the second waits, and reads what the first has written.
_HELD: Final = sa.select(PlatformMember.role, PlatformMember.told_until).where(_ONE).with_for_update()
_TOLD: Final = sa.update(PlatformMember).where(_ONE).values(told_until=sa.bindparam("until"))


async def platform_people(engine: AsyncEngine) -> list[UUID]:
    """The users who run the platform, in any role."""
    async with engine.connect() as connection:
        return list((await connection.execute(_PEOPLE)).scalars().all())


async def remind(engine: AsyncEngine, policy: Policy, person: UUID, now: datetime) -> bool:
    """Notice, in a transaction of its own, that something new waits for this user; False where nothing does.

    What the mail says is counted when it is sent.
    """
    until = now - SETTLED
    async with engine.begin() as connection:
        held = (await connection.execute(_HELD, {"person": person})).one_or_none()
        if held is None:
            return False
        viewer = PlatformViewer(person, held.role, now)
        if not await has_new(connection, policy, viewer, held.told_until, until):
            return False
        key, of = uuid7(now), {"subject_type": "User", "subject_id": person}
        row = {"id": key, "kind": "REVIEWS_WAITING", "at": now, "data": {}, **of}
        await connection.execute(sa.insert(Notice).values(row))
        await connection.execute(to_address([key]))
        await connection.execute(_TOLD, {"person": person, "until": until})
        return True
