"""Builders: each makes one complete and valid row, takes what the test is about by name, and gives the row's key."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db import models
from gateway.db.enums import KPI_KINDS, SECTIONS
from gateway.db.ids import uuid7
from gateway.db.seeds.keys import DEMO_NOW
from gateway.text.addresses import address_key
from gateway.text.keys import sort_key, spelled_key

FOREVER = datetime.max  # noqa: DTZ901 - how asyncpg spells `infinity`
EVERY_SECTION = (1 << len(SECTIONS)) - 1
EVERY_KPI = (1 << len(KPI_KINDS)) - 1


def new_key(at: datetime = DEMO_NOW) -> UUID:
    return uuid7(at)


async def user(connection: AsyncConnection, **given: Any) -> UUID:
    key = new_key()
    email = given.get("email", f"{key.hex}@people.example")
    row = {"id": key, "email": email, "email_key": address_key(email), "name": "Somebody"}
    return await _made(connection, models.User, row | given)


async def firm(connection: AsyncConnection, **given: Any) -> UUID:
    name = given.get("name", "Some Firm")
    row = {
        "id": new_key(),
        "name": name,
        "name_key": sort_key(name),
        "spelled_key": spelled_key(name),
        "country": "DE",
        "business_kind": "advisory",
        "contact_name": "Somebody",
        "contact_email": "somebody@firm.example",
        "account_state": "active",
        "trial_ends_at": DEMO_NOW,
        "subscription_paid": True,
        "programme_state": "approved",
    }
    return await _made(connection, models.Firm, row | given)


async def member(connection: AsyncConnection, *, firm_id: UUID, **given: Any) -> UUID:
    """A person's place in a firm: an active bookkeeper, a new person where no `user_id` is given."""
    user_id = given.get("user_id") or await user(connection)
    row = {"id": new_key(), "firm_id": firm_id, "user_id": user_id, "role": "bookkeeper", "state": "active"}
    return await _made(connection, models.FirmMember, row | given)


async def profile(connection: AsyncConnection, *, firm_id: UUID, **given: Any) -> UUID:
    name = given.get("display_name", "Some Firm")
    row = {
        "id": new_key(),
        "firm_id": firm_id,
        "revision": 1,
        "state": "published",
        "display_name": name,
        "name_key": sort_key(name),
        "spelled_key": spelled_key(name),
        "description": "We keep books.",
        "specialties": ["payroll"],
        "location": "Somewhere",
        "languages": ["de"],
    }
    return await _made(connection, models.FirmProfile, row | given)


async def plan(connection: AsyncConnection, **given: Any) -> UUID:
    row = {"id": new_key(), "tier": "pro", "sections": EVERY_SECTION, "fee_amount": 129_00, "fee_currency": "EUR"}
    return await _made(connection, models.Plan, row | given)


async def client(connection: AsyncConnection, **given: Any) -> UUID:
    """A verified client, on a plan with everything where no `plan_id` is given."""
    name = given.get("name", "Some Client")
    row = {
        "id": new_key(),
        "name": name,
        "name_key": sort_key(name),
        "spelled_key": spelled_key(name),
        "country": "DE",
        "state": "verified",
        "company_number": "DE-1",
        "address": "Some Street 1",
        "contact_email": "somebody@client.example",
        "plan_id": given.get("plan_id") or await plan(connection),
    }
    return await _made(connection, models.Client, row | given)


async def client_member(connection: AsyncConnection, *, client_id: UUID, **given: Any) -> UUID:
    """A person's place in a client: the owner, a new person where no `user_id` is given."""
    user_id = given.get("user_id") or await user(connection)
    row = {"id": new_key(), "client_id": client_id, "user_id": user_id, "role": "owner", "state": "active"}
    return await _made(connection, models.ClientMember, row | given)


async def kpi(connection: AsyncConnection, *, client_id: UUID, **given: Any) -> None:
    row = {"client_id": client_id, "kind": "MISSING_RECEIPTS", "as_of": DEMO_NOW}
    figure = {"amount": 100_00, "currency": "EUR"} if given.get("kind") == "WALLET_BALANCE" else {"count": 3}
    await _made(connection, models.KpiSnapshot, row | figure | given)


async def activity(connection: AsyncConnection, *, client_id: UUID, **given: Any) -> UUID:
    key = new_key()
    row = {
        "id": key,
        "client_id": client_id,
        "reference": key.hex,
        "section": "RECEIPTS",
        "kind": "MISSING_RECEIPTS",
        "title": "Find the receipt",
        "deep_link": "https://product.example/receipts/1",
    }
    return await _made(connection, models.PendingActivity, row | given)


async def collaboration(
    connection: AsyncConnection, *, firm_id: UUID, client_id: UUID | None = None, **given: Any
) -> UUID:
    """An active collaboration; with `state="ended"` it ended at the demo's clock."""
    state = given.get("state", "active")
    firm_name = await connection.scalar(select(models.Firm.name).where(models.Firm.id == firm_id))
    client_name = await connection.scalar(select(models.Client.name).where(models.Client.id == client_id))
    name = given.get("client_name", client_name or "Typed By The Firm")
    row = {
        "id": new_key(),
        "firm_id": firm_id,
        "client_id": client_id,
        "origin": "client_added_firm",
        "state": state,
        "firm_name": firm_name,
        "client_name": name,
        "client_name_key": sort_key(name),
        "client_spelled_key": spelled_key(name),
        "started_at": DEMO_NOW if state in {"active", "ended"} else None,
    }
    end = {"ended_at": DEMO_NOW, "ended_by": "client"} if state == "ended" else {}
    return await _made(connection, models.Collaboration, row | end | given)


async def offered_terms(connection: AsyncConnection, *, collaboration_id: UUID, **given: Any) -> UUID:
    """LIMITED with nothing shared, for the time after the client's verification."""
    tie = {"collaboration_id": collaboration_id, "client_id": await _client_of(connection, collaboration_id)}
    await connection.execute(insert(models.OfferedTerms).values(tie | {"level": "limited", "shared_kpis": 0} | given))
    return collaboration_id


async def invited(
    connection: AsyncConnection, *client_ids: UUID, firm_id: UUID, key: UUID | None = None, **given: Any
) -> list[UUID]:
    """A firm's invitation that is not answered yet, and its copy for each of these companies, in this order."""
    row = {"firm_id": firm_id, "origin": "firm_invitation", "state": "invited", "client_name": "As Typed"} | given
    invitation = await collaboration(connection, **row, id=key or new_key())
    copies = [await collaboration(connection, **row, client_id=each, copy_of=invitation) for each in client_ids]
    return [invitation, *copies]


async def grant(connection: AsyncConnection, *, collaboration_id: UUID, **given: Any) -> UUID:
    """Full access, everything shared, as the first version."""
    row = {
        "id": new_key(),
        "collaboration_id": collaboration_id,
        "client_id": await _client_of(connection, collaboration_id),
        "version": 1,
        "level": "full",
        "shared_kpis": EVERY_KPI,
        "granted_at": DEMO_NOW,
    }
    return await _made(connection, models.AccessGrant, row | given)


async def period(connection: AsyncConnection, *, collaboration_id: UUID, **given: Any) -> UUID:
    """An open period of mode CLIENT."""
    row = {
        "id": new_key(),
        "collaboration_id": collaboration_id,
        "client_id": await _client_of(connection, collaboration_id),
        "mode": "client",
        "from_at": DEMO_NOW,
    }
    return await _made(connection, models.BillingModePeriod, row | given)


async def assignment(connection: AsyncConnection, *, member_id: UUID, client_id: UUID, **given: Any) -> UUID:
    row = {"id": new_key(), "member_id": member_id, "client_id": client_id, "assigned_at": DEMO_NOW}
    return await _made(connection, models.Assignment, row | given)


async def conversation(connection: AsyncConnection, *, firm_id: UUID, client_id: UUID, **given: Any) -> UUID:
    """A conversation that nobody has blocked, opened by a new person where no `opened_by` is given."""
    by = given.get("opened_by") or await user(connection)
    row = {"id": new_key(), "firm_id": firm_id, "client_id": client_id, "opened_by": by, "opened_at": DEMO_NOW}
    return await _made(connection, models.Conversation, row | given)


async def invoice(connection: AsyncConnection, *, client_id: UUID, **given: Any) -> UUID:
    """An open invoice with one line, to the client; with a `firm_id`, to that firm (mode PARTNER)."""
    key = given.get("id") or new_key(given.get("ordered_at", DEMO_NOW))
    firm_id = given.get("firm_id")
    is_draft = given.get("state") == "draft"
    row = {
        "id": key,
        "number": None if is_draft else key.hex,
        "billing_mode": "partner" if firm_id else "client",
        "client_id": client_id,
        "client_name": await connection.scalar(select(models.Client.name).where(models.Client.id == client_id)),
        "firm_name": await connection.scalar(select(models.Firm.name).where(models.Firm.id == firm_id)),
        "net": 100_00,
        "tax": 19_00,
        "total": 119_00,
        "currency": "EUR",
        "state": "open",
        "ordered_at": DEMO_NOW,
        "issued_at": None if is_draft else DEMO_NOW,
    }
    await _made(connection, models.Invoice, row | given)
    await line(connection, invoice_id=key)
    return key


async def line(connection: AsyncConnection, *, invoice_id: UUID, **given: Any) -> UUID:
    client = select(models.Invoice.client_id).where(models.Invoice.id == invoice_id)
    row = {
        "id": new_key(),
        "client_id": await connection.scalar(client),
        "invoice_id": invoice_id,
        "position": 1,
        "description": "Plan",
        "quantity": 1,
        "unit_amount": 100_00,
        "amount": 100_00,
    }
    return await _made(connection, models.InvoiceLine, row | given)


async def token(connection: AsyncConnection, raw: str, *, created_by: UUID, **given: Any) -> UUID:
    """An integration token without a scope, by the text that its bearer shows."""
    row = {
        "id": new_key(),
        "name": "Some machine",
        "token_hash": sha256(raw.encode()).digest(),
        "scopes": 0,
        "created_by": created_by,
    }
    return await _made(connection, models.IntegrationToken, row | given)


async def invitation(connection: AsyncConnection, raw: str, **given: Any) -> UUID:
    """An open invitation of staff as a bookkeeper, by the token of its letter."""
    return await _offered(connection, models.StaffInvitation, raw, **{"role": "bookkeeper", **given})


async def member_invitation(connection: AsyncConnection, raw: str, **given: Any) -> UUID:
    """An open invitation into a client company as a member, by the token of its letter."""
    return await _offered(connection, models.ClientMemberInvitation, raw, **{"role": "member", **given})


async def client_invitation(connection: AsyncConnection, raw: str, **given: Any) -> UUID:
    """An open invitation of a company, by the token of its mail."""
    return await _offered(connection, models.ClientInvitation, raw, **given)


async def _offered(connection: AsyncConnection, table: type[models.Base], raw: str, **given: Any) -> UUID:
    key = new_key()
    email = given.get("email", f"{key.hex}@people.example")
    row = {
        "id": key,
        "email": email,
        "email_key": address_key(email),
        "token_hash": sha256(raw.encode()).digest(),
        "invited_at": DEMO_NOW,
        "expires_at": DEMO_NOW + timedelta(days=14),
    }
    made: UUID = await _made(connection, table, row | given)
    return made


async def audit(connection: AsyncConnection, **given: Any) -> UUID:
    row = {
        "id": new_key(),
        "at": DEMO_NOW,
        "actor_name": "Somebody",
        "acting_side": "platform",
        "action": "look",
        "subject_type": "Client",
        "subject_id": new_key(),
    }
    return await _made(connection, models.AuditEntry, row | given)


async def _client_of(connection: AsyncConnection, collaboration_id: UUID) -> UUID | None:
    table = models.Collaboration
    return await connection.scalar(select(table.client_id).where(table.id == collaboration_id))


async def _made(connection: AsyncConnection, table: type[models.Base], row: dict[str, Any]) -> Any:
    for column in ("contact_email", "invited_email"):
        if row.get(column) is not None:
            row.setdefault(f"{column}_key", address_key(row[column]))
    await connection.execute(insert(table).values(row))
    return row.get("id")
