"""Who pays for each client, remembered at the time and read again after every later step (D59)."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.models import AccessGrant, BillingModePeriod, Client, Collaboration, Order

Payer = tuple[UUID, datetime, UUID | None]

TICK: Final = timedelta(minutes=1)
"""The clock goes on by so much before each step: nothing happens half a tick after one."""

_CLIENTS: Final = sa.bindparam("clients", type_=ARRAY(sa.Uuid()))
_MOMENTS: Final = sa.bindparam("moments", type_=ARRAY(sa.DateTime(timezone=True)))
_ASKED: Final = (
    sa.func.unnest(_CLIENTS, _MOMENTS)
    .table_valued(sa.column("client", sa.Uuid()), sa.column("at", sa.DateTime(timezone=True)))
    .render_derived(name="asked")
)


def _paid(client: Any, at: Any) -> Any:
    return payers(client, at).lateral("paid")


def payers(client: Any, at: Any) -> sa.Select[Any]:
    """The collaboration and the firm that paid, in SQL: written apart from the policy (D47, D59)."""
    grant, period, tie = AccessGrant, BillingModePeriod, Collaboration
    of_it = (grant.collaboration_id == tie.id, grant.client_id == tie.client_id, grant.level == "full")
    held = _lasted(at, grant.granted_at, grant.expires_at, grant.revoked_at)
    full = sa.select(grant.id).where(*of_it, held).correlate_except(grant).exists()
    return (
        sa.select(tie.id, tie.firm_id)
        .join_from(period, tie, sa.and_(tie.id == period.collaboration_id, tie.client_id == period.client_id))
        .where(period.client_id == client, period.mode == "partner", full)
        .where(_lasted(at, tie.started_at, tie.ended_at), _lasted(at, period.from_at, period.to_at))
    )


def _lasted(at: Any, since: Any, *ends: Any) -> sa.ColumnElement[bool]:
    return sa.and_(since <= at, *(sa.or_(end.is_(None), end > at) for end in ends))


class Books:
    """The payers of the past, each as it was found then."""

    def __init__(self) -> None:
        self.known: dict[tuple[UUID, datetime], UUID | None] = {}

    async def look(self, connection: AsyncConnection, now: datetime) -> list[str]:
        """What is otherwise now than it was found; and from now on this moment is known, too."""
        clients = (await connection.scalars(sa.select(Client.id).order_by(Client.id))).all()
        asked = [*self.known, *((client, now) for client in clients)]
        found = {(client, at): payer for client, at, payer in await _found(connection, asked)}
        changed = [
            f"the payer of {client} at {at} was {payer} and is {found[client, at]}"
            for (client, at), payer in self.known.items()
            if found[client, at] != payer
        ]
        self.known = found
        return changed + await _stamped_otherwise(connection)


async def _found(connection: AsyncConnection, asked: list[tuple[UUID, datetime]]) -> list[Payer]:
    clients, moments = zip(*asked, strict=True)
    paid = _paid(_ASKED.c.client, _ASKED.c.at)
    statement = sa.select(_ASKED.c.client, _ASKED.c.at, paid.c.firm_id).select_from(_ASKED.outerjoin(paid, sa.true()))
    rows = await connection.execute(statement, {"clients": list(clients), "moments": list(moments)})
    return [(client, at, payer) for client, at, payer in rows]


async def _stamped_otherwise(connection: AsyncConnection) -> list[str]:
    """Orders that would be stamped otherwise now: with a collaboration, it is that one's mode (D47)."""
    paid = _paid(Order.client_id, Order.placed_at)
    its_own = sa.or_(Order.collaboration_id.is_(None), Order.collaboration_id == paid.c.id)
    statement = (
        sa.select(Order.id, Order.firm_id, paid.c.firm_id)
        .select_from(sa.outerjoin(Order, paid, its_own))
        .where(Order.firm_id.is_distinct_from(paid.c.firm_id))
    )
    return [
        f"order {id} was stamped {then}, now it would be {now}" for id, then, now in await connection.execute(statement)
    ]
