"""A company begins: being verified, on the first plan, with somebody who owns it (P19, P34, M5)."""

from typing import Final
from uuid import UUID

import sqlalchemy as sa

from gateway.db.client_invitations import first_plan
from gateway.db.ids import uuid7
from gateway.db.models import Client, ClientMember
from gateway.db.text import fold
from gateway.resolvers.changes import Change
from gateway.resolvers.newcomers import label, require_room

LONGEST_NUMBER: Final = 50
LONGEST_PLACE: Final = 300


async def begun(
    change: Change,
    owner: UUID,
    *,
    name: str,
    country: str,
    contact_email: str | None = None,
    number: str | None = None,
    place: str | None = None,
) -> tuple[UUID, UUID]:
    """The keys of the company and of its owner's place. BadInput for a name, number or address that is none.

    Conflict for an owner who belongs to as many organisations as one may.
    """
    now = change.context.viewer.now
    company, seat = uuid7(now), uuid7(now)
    called = label(name, "companyName")
    row = {
        "id": company,
        "name": called,
        "name_key": fold(called),
        "country": country,
        "state": "verifying",
        "company_number": None if number is None else label(number, "companyNumber", LONGEST_NUMBER),
        "address": None if place is None else label(place, "address", LONGEST_PLACE),
        "contact_email": contact_email,
        "plan_id": first_plan(),
        "created_at": now,
    }
    await change.connection.execute(sa.insert(Client).values(row))
    await require_room(change.connection, owner)
    owns = {"id": seat, "client_id": company, "user_id": owner, "role": "owner", "state": "active", "created_at": now}
    await change.connection.execute(sa.insert(ClientMember).values(owns))
    return company, seat
