"""Statements that erase a person's data, in every table that holds some (D52).

Rows that refer to the person by a key alone stay, above all the audit trail. From then on the key leads to a pseudonym.
Nothing here decides about permissions.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from gateway.db.models import (
    Assignment,
    Client,
    ClientInvitation,
    ClientMember,
    ClientMemberInvitation,
    ClientSession,
    Collaboration,
    Firm,
    FirmMember,
    FirmSignUp,
    IntegrationToken,
    KnownDevice,
    LinkedIdentity,
    Mail,
    PasswordLink,
    PlatformMember,
    StaffInvitation,
    User,
)
from gateway.db.queries.by_state import closed_sessions
from gateway.text.keys import sort_key

NAMELESS: Final = "Erased person"
INVITATIONS: Final = (StaffInvitation, ClientMemberInvitation, ClientInvitation, FirmSignUp)


def pseudonym(user_id: UUID) -> str:
    """An address that belongs to no mailbox and contains only the key."""
    return f"{user_id.hex}@erased.invalid"


def organisations_of(user_id: UUID) -> Iterator[sa.Select[UUID]]:
    """Locks the organisations of the person, in one order, so that their memberships and owners do not change meanwhile."""
    for organisation, member, home in _HOMES:
        places = sa.select(home).where(member.user_id == user_id, member.state != "removed")
        held = sa.select(organisation.id).where(organisation.id.in_(places)).order_by(organisation.id)
        yield held.with_for_update(key_share=True)


def places_of(user_id: UUID) -> dict[str, sa.Select[UUID]]:
    """The current memberships of the person, by their types."""
    seats = sa.select(FirmMember.id).where(FirmMember.user_id == user_id, FirmMember.state != "removed")
    posts = sa.select(ClientMember.id).where(ClientMember.user_id == user_id, ClientMember.state == "active")
    return {"FirmMember": seats, "ClientMember": posts}


def erased(user_id: UUID, key: str, now: datetime) -> Iterator[sa.Executable]:
    """The statements that erase the person of this address, in this order. The first one ends all sessions and sign-ins."""
    alias = pseudonym(user_id)
    blank: dict[str, Any] = {"email": alias, "email_key": alias, "phone": None, "locale": "en"}
    blank |= {"name": NAMELESS, "name_key": sort_key(NAMELESS)}
    blank |= {"password_hash": None, "last_seen_at": None, "erased_at": now}
    blank["session_version"] = User.session_version + 1
    yield sa.update(User).where(User.id == user_id).values(blank)
    yield sa.delete(LinkedIdentity).where(LinkedIdentity.user_id == user_id)
    yield sa.delete(KnownDevice).where(KnownDevice.user_id == user_id)
    yield sa.delete(PasswordLink).where(PasswordLink.user_id == user_id)
    living = sa.and_(IntegrationToken.created_by == user_id, IntegrationToken.revoked_at.is_(None))
    yield sa.update(IntegrationToken).where(living).values(revoked_at=now)
    yield from _offers(user_id, key, alias)
    yield from _places(user_id, now)
    yield from _contacts(user_id, key, alias)


def _offers(user_id: UUID, key: str, alias: str) -> Iterator[sa.Executable]:
    """Voids the open invitations to the address, and replaces the address and names in all of them."""
    for table in INVITATIONS:
        theirs = sa.or_(table.email_key == key, table.accepted_by == user_id)
        state = sa.case((table.state == "open", "void"), else_=table.state)
        yield sa.update(table).where(theirs).values(email=alias, email_key=alias, state=state)
    named = sa.update(FirmSignUp).where(FirmSignUp.email_key == alias)
    yield named.values(name=NAMELESS, phone=None)


def _places(user_id: UUID, now: datetime) -> Iterator[sa.Executable]:
    """Ends every membership of the person, with its assignments and sessions."""
    seats = sa.select(FirmMember.id).where(FirmMember.user_id == user_id)
    current = sa.and_(Assignment.member_id.in_(seats), Assignment.ended_at.is_(None))
    yield sa.update(Assignment).where(current).values(ended_at=now)
    yield closed_sessions("revoked", now).where(ClientSession.member_id.in_(seats))
    for _, member, _ in _HOMES:
        yield sa.update(member).where(member.user_id == user_id).values(state="removed")
    yield sa.delete(PlatformMember).where(PlatformMember.user_id == user_id)


def _contacts(user_id: UUID, key: str, alias: str) -> Iterator[sa.Executable]:
    """Replaces the address in contact columns, invitations and mails, also where another person typed it."""
    contact = sa.update(Firm).where(Firm.contact_email_key == key)
    blank = {"contact_email": alias, "contact_email_key": alias, "contact_name": NAMELESS, "contact_phone": None}
    yield contact.values(blank)
    company = sa.update(Client).where(Client.contact_email_key == key)
    yield company.values(contact_email=None, contact_email_key=None)
    invited = sa.update(Collaboration).where(Collaboration.invited_email_key == key)
    # Invitations before their copies: every statement that changes them uses this order.
    for rows in (Collaboration.copy_of.is_(None), Collaboration.copy_of.is_not(None)):
        yield invited.where(rows).values(invited_email=None, invited_email_key=None)
    # A mail server that refuses an address repeats it in its error message, so `problem` is cleared, too.
    theirs = sa.or_(Mail.user_id == user_id, Mail.address_key == key)
    state = sa.case((Mail.state == "waiting", "dropped"), else_=Mail.state)
    address = sa.case((Mail.address.is_not(None), alias))
    yield sa.update(Mail).where(theirs).values(address=address, address_key=address, state=state, problem=None)


_HOMES: Final[tuple[tuple[Any, Any, Any], ...]] = (
    (Client, ClientMember, ClientMember.client_id),
    (Firm, FirmMember, FirmMember.firm_id),
)
