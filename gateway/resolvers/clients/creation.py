"""Creation of a company: it awaits verification, has the first plan, and has an owner (P19, P34, M5)."""

from uuid import UUID

import sqlalchemy as sa

from gateway.db.ids import uuid7
from gateway.db.models import Client, ClientMember
from gateway.db.queries.client_invitations import first_plan
from gateway.resolvers.core.transaction import MutationContext
from gateway.resolvers.memberships.recipients import require_room
from gateway.text.addresses import address_key
from gateway.text.keys import sort_key, spelled_key


async def begun(
    change: MutationContext,
    owner: UUID,
    *,
    name: str,
    country: str,
    contact_email: str | None = None,
    number: str | None = None,
    place: str | None = None,
) -> tuple[UUID, UUID]:
    """Creates a company and its owner's membership. Returns the keys of both. The form has checked them.

    Raises Conflict for an owner who belongs to the maximum number of organisations.
    """
    now = change.context.viewer.now
    company, seat = uuid7(now), uuid7(now)
    row = {
        "id": company,
        "name": name,
        "name_key": sort_key(name),
        "spelled_key": spelled_key(name),
        "country": country,
        "state": "verifying",
        **registered(number, place),
        "contact_email": contact_email,
        "contact_email_key": contact_email and address_key(contact_email),
        "plan_id": first_plan(),
        "created_at": now,
        "verification_requested_at": now,
    }
    await change.connection.execute(sa.insert(Client).values(row))
    await require_room(change.connection, owner)
    owns = {"id": seat, "client_id": company, "user_id": owner, "role": "owner", "state": "active", "created_at": now}
    await change.connection.execute(sa.insert(ClientMember).values(owns))
    return company, seat


def registered(number: str | None, place: str | None) -> dict[str, str]:
    """Returns the columns of those register data that are given."""
    columns = {} if number is None else {"company_number": number}
    return columns if place is None else columns | {"address": place}
