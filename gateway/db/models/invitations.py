"""Invitations: somebody is asked by mail to take a place."""

from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import mapped_column

from gateway.db.models.base import Base, Key, Mapped, Moment, edge, one_of, references
from gateway.db.words import FIRM_ROLES, INVITATION_STATES


class StaffInvitation(Base):
    """A place in a firm, offered to an address (H26–H29, P16). Its token is bound to the address and works once."""

    __tablename__ = "staff_invitation"
    __table_args__ = (
        one_of("role", FIRM_ROLES),
        one_of("state", INVITATION_STATES),
        Index("uq_staff_invitation_open", "firm_id", "email_key", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_staff_invitation_of_firm", "firm_id", "id"),
    )

    id: Mapped[Key]
    firm_id: Mapped[UUID] = references("firm.id")
    email: Mapped[str]
    email_key: Mapped[str]
    role: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="open")
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    sendings: Mapped[int] = mapped_column(server_default="1")  # each has a token of its own; the last one works
    invited_by: Mapped[UUID] = references("user_account.id")
    invited_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    accepted_by: Mapped[UUID | None] = references("user_account.id", nullable=True)

    firm = edge("Firm", by="StaffInvitation.firm_id", to="Firm.id")
