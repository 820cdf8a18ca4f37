"""The small world of product.md, section 5, with the additions of D51: the data of the demo and the tests."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from argon2 import PasswordHasher
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.enums import KPI_KINDS, SECTIONS, bits
from gateway.db.invitation_codes import with_check
from gateway.db.models import Base, User
from gateway.db.models.accounts import SCOPES
from gateway.db.seeds.acts import acts
from gateway.db.seeds.bills import BILLS, Bill
from gateway.db.seeds.companies import CLIENTS, CURRENCIES, FIRMS, KPIS, PLANS, TAXES, WORK
from gateway.db.seeds.keys import DAYS_AGO, DEMO_NOW, key
from gateway.db.seeds.partnerships import BY_HANDLE, CHARGES, GRANTS, MODES, OFFERED, PARTNERSHIPS
from gateway.db.seeds.people import CLIENT_PLACES, DEMO_PASSWORD, FIRM_PLACES, MACHINES, OWNERS, PEOPLE, PLATFORM_PLACES
from gateway.db.seeds.talks import TALKS
from gateway.text.addresses import address_key
from gateway.text.keys import sort_key, spelled_key

__all__ = ["DEMO_NOW", "DEMO_PASSWORD", "MACHINES", "PEOPLE", "key", "seed_demo", "world"]

Row = dict[str, Any]

PLATFORM: Final = UUID(int=0)  # D49
CODES: Final = {"F": with_check("F7KQ2M9XTAB"), "G": with_check("G4RW8ZC5NDP")}
"""The invitation codes of the approved firms."""
LOCK: Final = 0x64656D6F


async def seed_demo(connection: AsyncConnection, now: datetime = DEMO_NOW) -> None:
    """Insert the demo world as of `now`, unless the database already contains it."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    if await connection.scalar(select(User.id).where(User.id == key("ada"))):
        return
    rows = world(now)
    for table in Base.metadata.sorted_tables:
        for _, alike in groupby(rows.get(table.name, []), key=tuple):
            await connection.execute(insert(table), list(alike))


def world(now: datetime = DEMO_NOW) -> dict[str, list[Row]]:
    """All rows of the demo world by table name. Timestamps depend on `now`, keys do not."""
    return {
        "user_account": _users(now),
        "platform_member": [{"user_id": key(person), "role": role} for person, role in PLATFORM_PLACES.items()],
        "integration_token": list(_tokens()),
        "plan": list(_plans()),
        "firm": list(_firms(now)),
        "firm_member": list(_firm_members(now)),
        "firm_profile": list(_profiles(now)),
        "client": list(_clients(now)),
        "client_member": list(_client_members(now)),
        "kpi_snapshot": list(_kpis(now)),
        "pending_activity": list(_activities(now)),
        "collaboration": list(_collaborations(now)),
        "access_grant": list(_grants(now)),
        "offered_terms": list(_offered_terms()),
        "billing_mode_period": list(_periods(now)),
        "assignment": list(_assignments(now)),
        "conversation": list(_conversations(now)),
        "message": list(_messages(now)),
        "invoice": list(_invoices(now)),
        "invoice_line": list(_lines()),
        "audit_entry": list(_audit(now)),
    }


def _users(now: datetime) -> list[Row]:
    password_hash = PasswordHasher().hash(DEMO_PASSWORD)  # the hash is slow by design: one hash for all
    return [
        {
            "id": key(person.handle),
            "email": person.email,
            "email_key": address_key(person.email),
            "name": person.name,
            "locale": person.locale,
            "password_hash": password_hash,
            "created_at": _ago(now, 500),
        }
        for person in PEOPLE
    ]


def _tokens() -> Iterator[Row]:
    for machine in MACHINES:
        owner = machine.organisation
        yield {
            "id": key(machine.handle),
            "name": machine.name,
            "token_hash": sha256(machine.token.encode()).digest(),
            "scopes": bits(SCOPES, [machine.scope]),
            "firm_id": key(owner) if owner in FIRMS else None,
            "client_id": key(owner) if owner and owner not in FIRMS else None,
            "created_by": key(machine.maker),
        }


def _plans() -> Iterator[Row]:
    for tier, (sections, fee) in PLANS.items():
        yield {
            "id": key(f"plan {tier}"),
            "tier": tier,
            "sections": bits(SECTIONS, list(sections)),
            "fee_amount": fee,
            "fee_currency": "EUR",
        }


def _firms(now: datetime) -> Iterator[Row]:
    for handle, firm in FIRMS.items():
        contact = next(person for person in PEOPLE if person.handle == firm.admin)
        yield {
            "id": key(handle),
            "name": firm.name,
            "name_key": sort_key(firm.name),
            "spelled_key": spelled_key(firm.name),
            "country": firm.country,
            "business_kind": firm.business_kind,
            "contact_name": contact.name,
            "contact_email": contact.email,
            "contact_email_key": address_key(contact.email),
            "account_state": "active",
            "trial_ends_at": _ago(now, 486),
            "subscription_paid": True,
            "programme_state": firm.programme_state,
            "invitation_code": CODES.get(handle),
            "reseller_tier": "silver" if firm.cashback_rate else None,
            "cashback_rate": firm.cashback_rate,
            "created_at": _ago(now, 500),
        }


def _firm_members(now: datetime) -> Iterator[Row]:
    for place in FIRM_PLACES:
        yield {
            "id": key(f"{place.organisation}/{place.person}"),
            "firm_id": key(place.organisation),
            "user_id": key(place.person),
            "role": place.role,
            "state": "active",
            "is_owner": place.owner,
            "created_at": _ago(now, 500),
        }


def _profiles(now: datetime) -> Iterator[Row]:
    """One profile revision of each firm, and a second one of F, which is not published yet (D11)."""
    for handle, firm in FIRMS.items():
        row = {
            "firm_id": key(handle),
            "display_name": firm.name,
            "name_key": sort_key(firm.name),
            "spelled_key": spelled_key(firm.name),
            "specialties": list(firm.specialties),
            "location": firm.location,
            "languages": list(firm.languages),
            "website": f"https://{firm.domain}",
        }
        yield row | {
            "id": key(f"{handle} profile 1"),
            "revision": 1,
            "state": firm.profile_state,
            "description": firm.description,
            "submitted_at": _ago(now, 2 if firm.profile_state == "in_review" else 400),
        }
        if handle == "F":
            yield row | {
                "id": key("F profile 2"),
                "revision": 2,
                "state": "draft",
                "description": f"{firm.description} From summer on also in Gotland.",
                "submitted_at": None,
            }


def _clients(now: datetime) -> Iterator[Row]:
    emails = {person.handle: person.email for person in PEOPLE}
    for handle, client in CLIENTS.items():
        yield {
            "id": key(handle),
            "name": client.name,
            "name_key": sort_key(client.name),
            "spelled_key": spelled_key(client.name),
            "country": client.country,
            "state": client.state,
            "company_number": client.company_number,
            "address": client.address,
            "contact_email": emails[OWNERS[handle]],
            "contact_email_key": address_key(emails[OWNERS[handle]]),
            "plan_id": key(f"plan {client.plan}"),
            "created_at": _ago(now, 13 if client.state == "verifying" else 470),
            "verification_requested_at": _ago(now, 13 if client.state == "verifying" else 470),
        }


def _client_members(now: datetime) -> Iterator[Row]:
    for place in CLIENT_PLACES:
        yield {
            "id": key(f"{place.organisation}/{place.person}"),
            "client_id": key(place.organisation),
            "user_id": key(place.person),
            "role": place.role,
            "state": "active",
            "created_at": _ago(now, 13 if place.organisation == "C8" else 470),
        }


def _kpis(now: datetime) -> Iterator[Row]:
    for handle, figures in KPIS.items():
        for kind, figure in zip(WORK, figures, strict=True):
            is_amount = kind == "WALLET_BALANCE"
            yield {
                "client_id": key(handle),
                "kind": kind,
                "count": None if is_amount else figure,
                "amount": figure if is_amount else None,
                "currency": _currency(handle) if is_amount else None,
                "as_of": now - timedelta(hours=3),
            }


def _activities(now: datetime) -> Iterator[Row]:
    """Open tasks in the number of the KPI of their kind, one for each wallet, and one done task for each client."""
    for handle, figures in KPIS.items():
        for (kind, work), figure in zip(WORK.items(), figures, strict=True):
            for number in range(1, 2 if kind == "WALLET_BALANCE" else figure + 1):
                yield _activity(handle, kind, number, work.title, now + timedelta(days=number))
        done = _activity(handle, "MISSING_RECEIPTS", 0, "Find the receipt of last month", _ago(now, 20))
        yield done | {"done_at": _ago(now, 25)}


def _activity(client: str, kind: str, number: int, title: str, due_at: datetime) -> Row:
    section = WORK[kind].section
    return {
        "id": key(f"{client} {section} {number}", 2 + number),
        "client_id": key(client),
        "reference": f"{section.lower()}-{number}",
        "section": section,
        "kind": kind,
        "title": f"{title} no. {number}" if number else title,
        "due_at": due_at,
        "deep_link": f"https://product.example/{section.lower().replace('_', '-')}/{number}",
    }


def _collaborations(now: datetime) -> Iterator[Row]:
    for one in PARTNERSHIPS:
        is_invitation = one.origin == "firm_invitation"
        asked_by = FIRMS[one.firm].admin if is_invitation else OWNERS[one.client]
        owner = next(person for person in PEOPLE if person.handle == OWNERS[one.client])
        row = {
            "id": key(one.handle),
            "firm_id": key(one.firm),
            "client_id": key(one.client),
            "origin": one.origin,
            "state": one.state,
            "requested_by": key(asked_by),
            "requested_level": one.requested_level,
            "request_message": one.message,
            "invited_email": owner.email if is_invitation else None,
            "invited_email_key": address_key(owner.email) if is_invitation else None,
            "invited_country": CLIENTS[one.client].country if is_invitation else None,
            "firm_name": FIRMS[one.firm].name,
            "client_name": CLIENTS[one.client].name,
            "client_name_key": sort_key(CLIENTS[one.client].name),
            "client_spelled_key": spelled_key(CLIENTS[one.client].name),
            "created_at": _ago(now, one.asked),
            "started_at": None if one.began is None else _ago(now, one.began),
        }
        if one.ended is not None:
            ended_at = _ago(now, one.ended)
            row |= {"ended_at": ended_at, "ended_by": "client", "end_reason": "We move the books nearer to us."}
        yield row


def _grants(now: datetime) -> Iterator[Row]:
    for grant in GRANTS:
        client = BY_HANDLE[grant.partnership].client
        yield {
            "id": key(f"{grant.partnership} grant {grant.version}", grant.since),
            "collaboration_id": key(grant.partnership),
            "client_id": key(client),
            "version": grant.version,
            "level": grant.level,
            "shared_kpis": bits(KPI_KINDS, list(grant.shared)),
            "granted_by": key(OWNERS[client]),
            "granted_at": _ago(now, grant.since),
            "revoked_at": None if grant.until is None else _ago(now, grant.until),
        }


def _offered_terms() -> Iterator[Row]:
    client = BY_HANDLE[OFFERED.partnership].client
    yield {
        "collaboration_id": key(OFFERED.partnership),
        "client_id": key(client),
        "level": OFFERED.level,
        "shared_kpis": bits(KPI_KINDS, list(OFFERED.shared)),
        "offered_by": key(OWNERS[client]),
    }


def _periods(now: datetime) -> Iterator[Row]:
    for mode in MODES:
        client = BY_HANDLE[mode.partnership].client
        row = {
            "id": key(f"{mode.partnership} {mode.mode} {mode.since}", mode.since),
            "collaboration_id": key(mode.partnership),
            "client_id": key(client),
            "mode": mode.mode,
            "from_at": _ago(now, mode.since),
            "changed_by": key(OWNERS[client]),
        }
        yield row if mode.until is None else row | {"to_at": _ago(now, mode.until)}


def _assignments(now: datetime) -> Iterator[Row]:
    for charge in CHARGES:
        yield {
            "id": key(f"{charge.person} for {charge.client}", charge.since),
            "member_id": key(f"F/{charge.person}"),
            "client_id": key(charge.client),
            "assigned_by": key("ada"),
            "assigned_at": _ago(now, charge.since),
            "ended_at": None if charge.until is None else _ago(now, charge.until),
        }


def _conversations(now: datetime) -> Iterator[Row]:
    for talk in TALKS:
        yield {
            "id": key(talk.handle, talk.days),
            "firm_id": key(talk.firm),
            "client_id": key(talk.client),
            "opened_by": key(OWNERS[talk.client]),
            "opened_at": _ago(now, talk.days),
        }


def _messages(now: datetime) -> Iterator[Row]:
    for talk in TALKS:
        people = {"firm": FIRMS[talk.firm].admin, "client": OWNERS[talk.client]}
        for number, line in enumerate(talk.lines, start=1):
            yield {
                "id": key(f"{talk.handle} {number}", line.days),
                "client_id": key(talk.client),
                "conversation_id": key(talk.handle, talk.days),
                "side": line.side,
                "author_id": key(people[line.side]),
                "body": line.text,
                "sent_at": _ago(now, line.days),
            }


def _invoices(now: datetime) -> Iterator[Row]:
    numbers: Counter[str] = Counter()  # one series for each holder (D18)
    for bill in BILLS:
        is_draft = bill.state == "draft"
        if not is_draft:
            numbers[bill.payer or bill.client] += 1
        ordered_at = _ago(now, DAYS_AGO[bill.handle])
        tax = abs(bill.net) * TAXES[CLIENTS[bill.client].country] // 1000
        tax = -tax if bill.credits else tax  # a credit note reverses the invoice to the cent
        is_settled = bill.state in {"paid", "credited"}
        due_days = 30 if is_settled else bill.due_days
        yield {
            "id": key(bill.handle),
            "kind": "credit_note" if bill.credits else "invoice",
            "credits_id": key(bill.credits) if bill.credits else None,
            "number": None if is_draft else f"{numbers[bill.payer or bill.client]:05}",
            "billing_mode": "partner" if bill.payer else "client",
            "client_id": key(bill.client),
            "firm_id": key(bill.payer) if bill.payer else None,
            "collaboration_id": key(bill.partnership) if bill.partnership else None,
            "client_name": CLIENTS[bill.client].name,
            "firm_name": FIRMS[bill.payer].name if bill.payer else None,
            "net": bill.net,
            "tax": tax,
            "total": bill.net + tax,
            "currency": _currency(bill.client),
            "state": bill.state,
            "ordered_at": ordered_at,
            "issued_at": None if is_draft else ordered_at,
            "due_at": None if due_days is None else ordered_at + timedelta(days=due_days),
            "paid_at": ordered_at + timedelta(days=9) if is_settled else None,
        }


def _lines() -> Iterator[Row]:
    for bill in BILLS:
        for position, (description, amount) in enumerate(zip(bill.lines, _shares(bill), strict=True), start=1):
            yield {
                "id": key(f"{bill.handle} line {position}", DAYS_AGO[bill.handle]),
                "client_id": key(bill.client),
                "invoice_id": key(bill.handle),
                "position": position,
                "description": description,
                "quantity": 1,
                "unit_amount": amount,
                "amount": amount,
            }


def _shares(bill: Bill) -> list[int]:
    extra = [bill.net // 5] * (len(bill.lines) - 1)
    return [bill.net - sum(extra), *extra]


def _audit(now: datetime) -> Iterator[Row]:
    for number, act in enumerate(acts(), start=1):
        acting = {"firm": act.firm, "client": act.client, "platform": None}[act.side]
        yield {
            "id": key(f"audit {number}", act.days),
            "at": _ago(now, act.days),
            "actor_id": key(act.actor) if act.actor else None,
            "actor_name": None if act.actor else "Billing run",
            "acting_side": act.side,
            "acting_id": key(acting) if acting else PLATFORM,
            "action": act.action,
            "subject_type": act.subject_type,
            "subject_id": key(act.subject),
            "client_id": key(act.client) if act.client else None,
            "firm_id": key(act.firm) if act.firm else None,
            "collaboration_id": key(act.partnership) if act.partnership else None,
        }


def _currency(client: str) -> str:
    return CURRENCIES[CLIENTS[client].country]


def _ago(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)
