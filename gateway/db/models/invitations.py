"""Invitations and sign-ups, which are sent to an address.

Each has a token, which is bound to the address and works once (L18).
"""

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import mapped_column

from gateway.db.enums import BUSINESS_KINDS, CLIENT_ROLES, COUNTRIES, FIRM_ROLES, INVITATION_STATES, LOCALES, PLAN_TIERS
from gateway.db.models.base import Base, Key, Mapped, Moment, edge, one_of, references, set_of


class Offer:
    """The columns that all invitations and sign-ups have."""

    id: Mapped[Key]
    email: Mapped[str]
    email_key: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="open")
    token_hash: Mapped[bytes]
    sendings: Mapped[int] = mapped_column(server_default="1")  # each mail has its own token; only the last token works
    expires_at: Mapped[Moment]
    accepted_by: Mapped[UUID | None] = references("user_account.id", nullable=True)


class StaffInvitation(Offer, Base):
    """An invitation to become a member of a firm (H26–H29, P16)."""

    __tablename__ = "staff_invitation"
    __table_args__ = (
        one_of("role", FIRM_ROLES),
        one_of("state", INVITATION_STATES),
        Index("uq_staff_invitation_open", "firm_id", "email_key", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_staff_invitation_of_firm", "firm_id", "id"),
        UniqueConstraint("token_hash"),
    )

    firm_id: Mapped[UUID] = references("firm.id")
    role: Mapped[str]
    invited_by: Mapped[UUID] = references("user_account.id")
    invited_at: Mapped[Moment]

    firm = edge("Firm", by="StaffInvitation.firm_id", to="Firm.id")


class ClientMemberInvitation(Offer, Base):
    """An invitation to become a member of a client's company (D52)."""

    __tablename__ = "client_member_invitation"
    __table_args__ = (
        one_of("role", CLIENT_ROLES),
        one_of("state", INVITATION_STATES),
        Index(
            "uq_client_member_invitation_open",
            "client_id",
            "email_key",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_client_member_invitation_of_client", "client_id", "id"),
        UniqueConstraint("token_hash", "client_id"),
    )

    client_id: Mapped[UUID] = references("client.id")
    role: Mapped[str]
    invited_by: Mapped[UUID] = references("user_account.id")
    invited_at: Mapped[Moment]

    client = edge("Client", by="ClientMemberInvitation.client_id", to="Client.id")


class ClientInvitation(Offer, Base):
    """The part of a firm's invitation that is not in its collaboration: the address and the discount offer (P5, P14, M5).

    Each invitation has one, whether the company is already on the platform or not (D30).
    """

    __tablename__ = "client_invitation"
    __table_args__ = (
        one_of("state", INVITATION_STATES),
        UniqueConstraint("collaboration_id"),
        UniqueConstraint("token_hash"),
        CheckConstraint("discount_percent BETWEEN 1 AND 100", name="discount_percent"),
        CheckConstraint("(discount_percent IS NULL) = (discount_plans IS NULL)", name="discount"),
    )

    collaboration_id: Mapped[UUID] = references("collaboration.id")
    invited_by: Mapped[UUID] = references("user_account.id")
    invited_at: Mapped[Moment]
    discount_percent: Mapped[int | None]
    discount_plans: Mapped[int | None] = set_of(PLAN_TIERS, nullable=True)

    collaboration = edge("Collaboration", by="ClientInvitation.collaboration_id", to="Collaboration.id")


class FirmSignUp(Offer, Base):
    """A sign-up of a firm. The firm is created when the link in the mail is opened (V18, V23–V33)."""

    __tablename__ = "firm_sign_up"
    __table_args__ = (
        one_of("state", INVITATION_STATES),
        one_of("locale", LOCALES),
        one_of("country", COUNTRIES),
        one_of("business_kind", BUSINESS_KINDS),
        Index("ix_firm_sign_up_of_address", "email_key", "signed_up_at"),
        UniqueConstraint("token_hash"),
    )

    name: Mapped[str]
    phone: Mapped[str | None]
    locale: Mapped[str]
    firm_name: Mapped[str]
    country: Mapped[str]
    business_kind: Mapped[str]
    payroll_program: Mapped[str | None]
    signed_up_at: Mapped[Moment]
    firm_id: Mapped[UUID | None] = references("firm.id", nullable=True)
