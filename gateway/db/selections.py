"""Rows in one state, as statements: what to write or to look for once the policy has decided. Nothing here decides who may."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from gateway.db.models import Assignment, Collaboration, Firm, FirmMember, FirmProfile, StaffInvitation, User


def members_with(firm_id: UUID, email_keys: list[str]) -> sa.Select[UUID]:
    """People of a firm by their addresses, suspended ones too."""
    living = sa.and_(FirmMember.firm_id == firm_id, FirmMember.state != "removed")
    of_it = sa.select(FirmMember.id).join(User, User.id == FirmMember.user_id).where(living)
    return of_it.where(User.email_key == sa.any_(sa.bindparam("keys", email_keys, type_=sa.ARRAY(sa.Text))))


def open_invitations(firm_id: UUID) -> sa.Select[UUID, str, int]:
    """The open invitations of a firm, locked: none of them is sent again or taken back meanwhile."""
    columns = (StaffInvitation.id, StaffInvitation.email_key, StaffInvitation.sendings)
    of_it = sa.select(*columns).where(StaffInvitation.firm_id == firm_id, StaffInvitation.state == "open")
    return of_it.order_by(StaffInvitation.id).with_for_update(key_share=True)


def open_invitation(token_hash: bytes, now: datetime) -> sa.Select[UUID, UUID, str, str, str, str, UUID]:
    """The open invitation of a token, the firm's name, and the person of its address, if there is one."""
    invitation = StaffInvitation
    known = sa.select(User.id).where(User.email_key == invitation.email_key).scalar_subquery()
    columns = (invitation.id, invitation.firm_id, invitation.email, invitation.email_key, invitation.role)
    return (
        sa.select(*columns, Firm.name.label("firm_name"), known.label("user_id"))
        .join(Firm, Firm.id == invitation.firm_id)
        .where(invitation.token_hash == token_hash, invitation.state == "open", invitation.expires_at > now)
    )


def assignments_of_staff(member_id: UUID) -> sa.Update:
    """The assignments of somebody who has become STAFF, and so works for no client (H22)."""
    is_staff = sa.exists().where(FirmMember.id == member_id, FirmMember.role == "staff")
    return sa.update(Assignment).where(Assignment.member_id == member_id, Assignment.ended_at.is_(None), is_staff)


def published_profile(firm_id: UUID) -> sa.Update:
    return sa.update(FirmProfile).where(FirmProfile.firm_id == firm_id, FirmProfile.state == "published")


def waiting_for_verification(client_id: UUID) -> sa.Update:
    """The collaborations that a client has accepted, and that begin when it is verified (M5)."""
    accepted: Any = sa.and_(Collaboration.state == "pending", Collaboration.origin == "firm_invitation")
    return sa.update(Collaboration).where(Collaboration.client_id == client_id, accepted)
