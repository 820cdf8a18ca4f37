"""Changing something: one transaction; who asks still stands there, the row is locked, and then Polar judges its facts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.auth.standing import still_stands
from gateway.auth.viewers import Anonymous, ClientToken, ClientViewer, FirmToken, FirmViewer, PlatformViewer, Viewer
from gateway.context import Context
from gateway.errors import Conflict, Forbidden, NotFound, Unauthenticated
from gateway.loaders import Seen, readable, seen
from gateway.policy import Plan

MOVED_ON = "This has changed meanwhile. Read it again."
NOT_YOURS = "This is not yours to do."
NOBODY = UUID(int=0)


def acting_row(viewer: Viewer) -> tuple[str, UUID] | None:
    """The row that stands for whom the viewer acts for. The platform has none: its people stand in for it."""
    match viewer:
        case FirmViewer() | FirmToken():
            return "Firm", viewer.firm_id
        case ClientViewer() | ClientToken():
            return "Client", viewer.client_id
        case PlatformViewer():
            return "User", viewer.user_id
        case _:
            return None


@dataclass(frozen=True, slots=True)
class Change:
    """An open transaction of one viewer."""

    context: Context
    connection: AsyncConnection

    @classmethod
    @asynccontextmanager
    async def begin(cls, context: Context) -> AsyncIterator[Self]:
        """Committed at the end, undone by any refusal. Unauthenticated for nobody, Conflict for who lost the place meanwhile."""
        if isinstance(context.viewer, Anonymous):
            raise Unauthenticated("Sign in first.")
        async with context.engine.begin() as connection:
            if not await still_stands(connection, context.viewer):
                raise Conflict(MOVED_ON)
            yield cls(context, connection)

    def subject(self) -> tuple[str, UUID]:
        """What stands for the acting organisation, or Forbidden where there is none."""
        found = acting_row(self.context.viewer)
        if found is None:
            raise Forbidden(NOT_YOURS)
        return found

    async def judged(self, type_name: str, key: UUID, action: str) -> Seen:
        """The row, locked, with `action` allowed on it by the facts as they are now.

        NotFound for what may not be seen, Forbidden where the role never may: neither takes a lock. Conflict where it may, but
        not as things stand.
        """
        plan = self.context.plan(type_name)
        if await self._seen(plan, key) is None:
            raise NotFound
        if not plan.can_ever("may", action):
            raise Forbidden(NOT_YOURS)
        table = plan.row.table
        await self.connection.execute(sa.select(table.c.id).where(table.c.id == key).with_for_update(key_share=True))
        # A statement of its own: it sees what was committed while the lock was waited for.
        row = await self._seen(plan, key)
        if row is None:
            raise NotFound
        if action not in row.situation.words("may"):
            raise Conflict(MOVED_ON)
        return row

    async def named(self, type_name: str, id: str, action: str) -> Seen:
        """As `judged`, of a global id; one of another type is looked up like any other."""
        known, key = self.context.seal.open_id(id)
        return await self.judged(type_name, key if known == type_name else NOBODY, action)

    async def _seen(self, plan: Plan, key: UUID) -> Seen | None:
        facts = readable(plan).where(plan.row.table.c.id == sa.bindparam("key", type_=sa.Uuid()))
        rows = (await self.connection.execute(facts, {**plan.bind(self.context.viewer), "key": key})).all()
        return seen(plan, rows)[0] if rows else None
