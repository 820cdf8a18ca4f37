"""Statements on members of organisations, of firms and of companies alike. Nothing here decides about permissions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import sqlalchemy as sa

from gateway.db.models import Client, ClientMember, ClientMemberInvitation, Firm, FirmMember, StaffInvitation, User


@dataclass(frozen=True, slots=True)
class Side:
    """The tables of one side: its organisations, their members and the invitations of members."""

    name: Literal["firm", "client"]
    organisation: Any
    member: Any
    invitation: Any

    @property
    def home(self) -> str:
        """The column with the organisation's id in the tables of members and invitations."""
        return f"{self.name}_id"

    def of(self, table: Any) -> Any:
        return getattr(table, self.home)


FIRM: Final = Side("firm", Firm, FirmMember, StaffInvitation)
CLIENT: Final = Side("client", Client, ClientMember, ClientMemberInvitation)


def members_with(side: Side, organisation_id: UUID, email_keys: list[str]) -> sa.Select[UUID]:
    """The members of an organisation with these addresses, including suspended ones."""
    member = side.member
    living = sa.and_(side.of(member) == organisation_id, member.state != "removed")
    of_it = sa.select(member.id).join(User, User.id == member.user_id).where(living)
    return of_it.where(User.email_key == sa.any_(sa.bindparam("keys", email_keys, type_=sa.ARRAY(sa.Text))))


def open_invitations(side: Side, organisation_id: UUID) -> sa.Select[UUID, str, int]:
    """Locks the open invitations of an organisation, so that none of them is resent or revoked meanwhile."""
    invitation = side.invitation
    columns = (invitation.id, invitation.email_key, invitation.sendings)
    of_it = sa.select(*columns).where(side.of(invitation) == organisation_id, invitation.state == "open")
    return of_it.order_by(invitation.id).with_for_update(key_share=True)


def open_invitation(
    side: Side, token_hash: bytes, now: datetime
) -> sa.Select[UUID, UUID, str, str, str, str, UUID | None]:
    """The open invitation of a token, the organisation's name, and the person of its address, if there is one."""
    invitation, organisation = side.invitation, side.organisation
    known = sa.select(User.id).where(User.email_key == invitation.email_key).scalar_subquery()
    columns = (invitation.id, organisation.id, invitation.email, invitation.email_key, invitation.role)
    labels = ("id", "organisation_id", "email", "email_key", "role")
    return (
        sa.select(
            *(column.label(name) for column, name in zip(columns, labels, strict=True)),
            organisation.name.label("organisation_name"),
            known.label("user_id"),
        )
        .join(organisation, organisation.id == side.of(invitation))
        .where(invitation.token_hash == token_hash, invitation.state == "open", invitation.expires_at > now)
    )


def held_places(user_id: UUID) -> sa.Select[int]:
    """The number of organisations, of both sides, that a person belongs to."""
    firms, clients = (
        sa.select(sa.func.count()).where(member.user_id == user_id, member.state != "removed").scalar_subquery()
        for member in (FirmMember, ClientMember)
    )
    return sa.select(firms + clients)
