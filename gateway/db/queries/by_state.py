"""Statements that select or update rows in one state, for use after the policy's decision."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from gateway.db.models import Assignment, ClientSession, Collaboration, FirmMember, FirmProfile


def assignments_of_staff(member_id: UUID) -> sa.Update:
    """The assignments of a member who has become STAFF and therefore works for no client (H22)."""
    is_staff = sa.exists().where(FirmMember.id == member_id, FirmMember.role == "staff")
    return sa.update(Assignment).where(Assignment.member_id == member_id, Assignment.ended_at.is_(None), is_staff)


def assignments_between(firm_id: UUID, client_id: UUID | None) -> sa.Update:
    """The current assignments of a firm's members to a client."""
    people = sa.select(FirmMember.id).where(FirmMember.firm_id == firm_id)
    client = sa.literal(client_id, sa.Uuid())
    held = (Assignment.client_id == client, Assignment.ended_at.is_(None), Assignment.member_id.in_(people))
    return sa.update(Assignment).where(*held)


def published_profile(firm_id: UUID) -> sa.Update:
    return sa.update(FirmProfile).where(FirmProfile.firm_id == firm_id, FirmProfile.state == "published")


def waiting_for_verification(client_id: UUID) -> sa.Update:
    """The collaborations that a client has accepted and that begin with its verification (M5)."""
    accepted: Any = sa.and_(Collaboration.state == "pending", Collaboration.origin == "firm_invitation")
    return sa.update(Collaboration).where(Collaboration.client_id == client_id, accepted)


def pending_collaborations(client_id: UUID) -> sa.Select[UUID]:
    """A client's pending collaborations: unanswered requests, and those that begin with the client's verification."""
    pending = sa.select(Collaboration.id).where(Collaboration.client_id == client_id, Collaboration.state == "pending")
    return pending.order_by(Collaboration.id)


def running_collaboration(firm_id: UUID, client_id: UUID) -> sa.Select[UUID]:
    """The active collaboration of a firm and a client."""
    pair = Collaboration.firm_id == firm_id, Collaboration.client_id == client_id
    return sa.select(Collaboration.id).where(*pair, Collaboration.state == "active")


def waiting_request(firm_id: UUID, client_id: UUID) -> sa.Select[UUID]:
    """The pending collaboration of a firm and a client."""
    pair = Collaboration.firm_id == firm_id, Collaboration.client_id == client_id
    return sa.select(Collaboration.id).where(*pair, Collaboration.state == "pending")


def closed_sessions(ended_as: str, at: datetime) -> sa.Update:
    """Closes the open sessions. A session whose time was over by then is recorded as expired instead of `ended_as`."""
    session, moment = ClientSession, sa.cast(at, ClientSession.expires_at.type)
    how = sa.case((session.expires_at <= moment, "expired"), else_=ended_as)
    ended = {"closed_at": sa.func.least(moment, session.expires_at), "ended_as": how}
    return sa.update(session).where(session.closed_at.is_(None)).values(ended)
