"""Firms, their members and assignments, and their public profiles."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import mapped_column
from sqlalchemy.types import Text

from gateway.db.bounds import MAX_LANGUAGES, MAX_SPECIALTIES
from gateway.db.enums import (
    ACCOUNT_STATES,
    BUSINESS_KINDS,
    COUNTRIES,
    FIRM_MEMBER_STATES,
    FIRM_ROLES,
    PROFILE_STATES,
    PROGRAMME_STATES,
)
from gateway.db.models.base import (
    Base,
    Key,
    Mapped,
    Moment,
    bounded,
    edge,
    edges,
    key_text,
    one_of,
    references,
    searched,
)


class Firm(Base):
    """An accounting firm, agency or external CFO (H2, H5, H14)."""

    __tablename__ = "firm"
    __table_args__ = (
        one_of("country", COUNTRIES),
        one_of("business_kind", BUSINESS_KINDS),
        one_of("account_state", ACCOUNT_STATES),
        one_of("programme_state", PROGRAMME_STATES),
        CheckConstraint("cashback_rate BETWEEN 0 AND 10000", name="cashback_rate"),
        CheckConstraint("subscription_paid OR subscription_paid_until IS NULL", name="subscription_paid_until"),
        Index("ix_firm_by_name", "name_key", "id"),
        searched("ix_firm_name_search", "name_key"),
        searched("ix_firm_spelled_search", "spelled_key"),
        *bounded("name_key", "spelled_key"),
        Index("ix_firm_of_contact", "contact_email_key"),
    )

    id: Mapped[Key]
    name: Mapped[str]
    name_key: Mapped[str] = key_text()
    spelled_key: Mapped[str] = key_text()
    country: Mapped[str]
    business_kind: Mapped[str]
    contact_name: Mapped[str]
    contact_email: Mapped[str]
    contact_email_key: Mapped[str]
    contact_phone: Mapped[str | None]
    payroll_program: Mapped[str | None]
    account_state: Mapped[str]
    trial_ends_at: Mapped[Moment]
    subscription_paid: Mapped[bool]
    subscription_paid_until: Mapped[Moment | None]
    programme_state: Mapped[str]  # D46: unless it is APPROVED, the firm has no level of access
    # The steps of the application (M2).
    submitted_at: Mapped[Moment | None]
    webinar_watched_at: Mapped[Moment | None]
    agreed_at: Mapped[Moment | None]
    decided_at: Mapped[Moment | None]
    decided_by: Mapped[UUID | None] = references("user_account.id", nullable=True)
    decision_reason: Mapped[str | None]
    reseller_tier: Mapped[str | None]
    cashback_rate: Mapped[int] = mapped_column(server_default="0")  # basis points
    own_client_id: Mapped[UUID | None] = references("client.id", nullable=True)  # D21
    invitation_code: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[Moment] = mapped_column(server_default=text("now()"))

    members = edges("FirmMember", by="Firm.id", to="FirmMember.firm_id")
    profiles = edges("FirmProfile", by="Firm.id", to="FirmProfile.firm_id")
    collaborations = edges("Collaboration", by="Firm.id", to="Collaboration.firm_id")


class FirmMember(Base):
    """One person's membership in one firm (H22–H29)."""

    __tablename__ = "firm_member"
    __table_args__ = (
        one_of("role", FIRM_ROLES),
        one_of("state", FIRM_MEMBER_STATES),
        Index("uq_firm_member_living", "firm_id", "user_id", unique=True, postgresql_where=text("state <> 'removed'")),
        Index(None, "user_id"),
    )

    id: Mapped[Key]
    firm_id: Mapped[UUID] = references("firm.id")
    user_id: Mapped[UUID] = references("user_account.id")
    role: Mapped[str]
    state: Mapped[str]
    is_owner: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[Moment] = mapped_column(server_default=text("now()"))

    firm = edge("Firm", by="FirmMember.firm_id", to="Firm.id")
    user = edge("User", by="FirmMember.user_id", to="User.id")
    assignments = edges("Assignment", by="FirmMember.id", to="Assignment.member_id")


class FirmProfile(Base):
    """One revision of a firm's public profile. At most one revision is published (H16–H21)."""

    __tablename__ = "firm_profile"
    __table_args__ = (
        one_of("state", PROFILE_STATES),
        CheckConstraint(f"cardinality(specialties) <= {MAX_SPECIALTIES}", name="specialties"),
        CheckConstraint(f"cardinality(languages) <= {MAX_LANGUAGES}", name="languages"),
        Index("uq_firm_profile_published", "firm_id", unique=True, postgresql_where=text("state = 'published'")),
        Index("uq_firm_profile_revision", "firm_id", "revision", unique=True),
        Index("ix_firm_profile_by_name", "name_key", "id", postgresql_where=text("state = 'published'")),
        searched("ix_firm_profile_name_search", "name_key"),
        searched("ix_firm_profile_spelled_search", "spelled_key"),
        *bounded("name_key", "spelled_key"),
    )

    id: Mapped[Key]
    firm_id: Mapped[UUID] = references("firm.id")
    revision: Mapped[int]
    state: Mapped[str]
    display_name: Mapped[str]
    name_key: Mapped[str] = key_text()
    spelled_key: Mapped[str] = key_text()
    description: Mapped[str]
    specialties: Mapped[list[str]] = mapped_column(ARRAY(Text))
    location: Mapped[str]
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text))
    website: Mapped[str | None]
    submitted_by: Mapped[UUID | None] = references("user_account.id", nullable=True)
    submitted_at: Mapped[Moment | None]  # the last submission; from then on the revision waits for a reviewer
    reviewed_by: Mapped[UUID | None] = references("user_account.id", nullable=True)
    comment: Mapped[str | None]  # the reviewer's, with a request for changes

    firm = edge("Firm", by="FirmProfile.firm_id", to="Firm.id")


class Assignment(Base):
    """A person of a firm in charge of a client (P17, H49, H53)."""

    __tablename__ = "assignment"
    __table_args__ = (
        Index(
            "uq_assignment_current",
            "member_id",
            "client_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_assignment_of_client", "client_id", "ended_at", "member_id"),
    )

    id: Mapped[Key]
    member_id: Mapped[UUID] = references("firm_member.id")
    client_id: Mapped[UUID] = references("client.id")
    assigned_by: Mapped[UUID | None] = references("user_account.id", nullable=True)
    assigned_at: Mapped[Moment] = mapped_column(server_default=text("now()"))
    ended_at: Mapped[Moment | None]

    member = edge("FirmMember", by="Assignment.member_id", to="FirmMember.id")
    client = edge("Client", by="Assignment.client_id", to="Client.id")


class InvitationCodeGuess(Base):
    """The number of wrong invitation codes that a company has entered within an hour."""

    __tablename__ = "invitation_code_guess"

    client_id: Mapped[UUID] = references("client.id", primary_key=True)
    guesses: Mapped[int]
    window_ends_at: Mapped[Moment]
