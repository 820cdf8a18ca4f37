"""Collaborations of firms and clients, their access grants and their billing modes."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Uuid, text
from sqlalchemy.orm import mapped_column

from gateway.db.enums import BILLING_MODES, COLLABORATION_STATES, COUNTRIES, KPI_KINDS, LEVELS, ORIGINS, SIDES
from gateway.db.models.base import (
    Base,
    Key,
    Mapped,
    Moment,
    bounded,
    edge,
    edges,
    forever,
    inside,
    key_text,
    keyed,
    of_client,
    one_of,
    references,
    searched,
    set_of,
)

CURRENT: Final = text("state IN ('pending', 'active')")


class Collaboration(Base):
    """A firm and a client, from the first request to the end (M6). It is never reopened: a new collaboration is a new row."""

    __tablename__ = "collaboration"
    __table_args__ = (
        one_of("origin", ORIGINS),
        one_of("state", COLLABORATION_STATES),
        one_of("ended_by", SIDES),
        one_of("requested_level", LEVELS),
        one_of("last_requested_level", LEVELS),
        one_of("invited_country", COUNTRIES),
        CheckConstraint("client_id IS NOT NULL OR state NOT IN ('pending', 'active', 'ended')", name="client_known"),
        CheckConstraint("state <> 'invited' OR (client_id IS NULL) = (copy_of IS NULL)", name="invited"),
        CheckConstraint("copy_of IS NULL OR state NOT IN ('pending', 'active', 'ended')", name="copy"),
        CheckConstraint("(state = 'ended') = (ended_at < 'infinity')", name="ended_at"),
        CheckConstraint("state NOT IN ('active', 'ended') OR started_at IS NOT NULL", name="started_at"),
        Index(
            "uq_collaboration_living",
            "firm_id",
            "client_id",
            unique=True,
            postgresql_where=text("state IN ('invited', 'pending', 'active')"),
        ),
        # The same pair with the client first, and only the states that give access to a client. The policy joins along
        # these two indexes.
        Index(
            "uq_collaboration_current",
            "client_id",
            "firm_id",
            unique=True,
            postgresql_where=text("state IN ('pending', 'active')"),
        ),
        Index(
            "ix_collaboration_by_client_name",
            "firm_id",
            "client_name_key",
            "client_id",
            postgresql_where=text("state IN ('pending', 'active')"),
        ),
        # The tabs of pending collaborations, and searches by parts of names, over the same rows.
        Index(
            "ix_collaboration_pending",
            "firm_id",
            "origin",
            "client_name_key",
            "client_id",
            postgresql_where=text("state = 'pending'"),
        ),
        searched("ix_collaboration_name_search", "client_name_key", postgresql_where=CURRENT),
        searched("ix_collaboration_spelled_search", "client_spelled_key", postgresql_where=CURRENT),
        *bounded("client_name_key", "client_spelled_key"),
        keyed("invited_email", "invited_email_key"),
        Index(
            "ix_collaboration_of_invited",
            "invited_email_key",
            postgresql_where=text("invited_email_key IS NOT NULL"),
        ),
        Index(
            "uq_collaboration_copy", "copy_of", "client_id", unique=True, postgresql_where=text("copy_of IS NOT NULL")
        ),
        Index("ix_collaboration_of_firm", "firm_id", "id"),
        of_client("collaboration"),
    )

    id: Mapped[Key]
    firm_id: Mapped[UUID] = references("firm.id")
    client_id: Mapped[UUID | None] = references("client.id", nullable=True)
    # A firm's invitation has no client until a company accepts it (D42). Each company that may accept has a copy of the row,
    # which the firm never reads. On acceptance the company moves from the copy to the firm's own row.
    copy_of: Mapped[UUID | None] = references("collaboration.id", nullable=True)
    origin: Mapped[str]
    state: Mapped[str]
    requested_by: Mapped[UUID | None] = references("user_account.id", nullable=True)
    requested_level: Mapped[str | None]
    # The last request, until a grant answers it, and the time until which an equal request changes nothing (D64).
    last_requested_level: Mapped[str | None]
    request_repeats_at: Mapped[Moment | None]
    request_message: Mapped[str | None]
    # The firm's input in an invitation stays as typed until the client accepts (D42). From then on triggers update the
    # names. After the end they no longer change.
    invited_email: Mapped[str | None]
    invited_email_key: Mapped[str | None]
    invited_country: Mapped[str | None]
    firm_name: Mapped[str]
    client_name: Mapped[str]
    client_name_key: Mapped[str] = key_text()
    client_spelled_key: Mapped[str] = key_text()
    created_at: Mapped[Moment] = mapped_column(server_default=text("now()"))
    started_at: Mapped[Moment | None]
    ended_at: Mapped[datetime] = forever()
    ended_by: Mapped[str | None]
    end_reason: Mapped[str | None]
    # The client has chosen PARTNER, and the firm's suspension has ended that period. A new period begins with the firm's
    # reinstatement (D59).
    partner_paused: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(server_default="1")

    firm = edge("Firm", by="Collaboration.firm_id", to="Firm.id")
    client = edge("Client", by="Collaboration.client_id", to="Client.id")
    grants = edges("AccessGrant", by="Collaboration.id", to="AccessGrant.collaboration_id", same_client=True)
    invitations = edges("ClientInvitation", by="Collaboration.id", to="ClientInvitation.collaboration_id")
    periods = edges(
        "BillingModePeriod", by="Collaboration.id", to="BillingModePeriod.collaboration_id", same_client=True
    )
    offered = edges("OfferedTerms", by="Collaboration.id", to="OfferedTerms.collaboration_id", same_client=True)


class OfferedTerms(Base):
    """The terms that a client offers on acceptance. They take effect with its verification (M5, D60); the row exists until then."""

    __tablename__ = "offered_terms"
    __table_args__ = (
        one_of("level", LEVELS),
        one_of("mode", BILLING_MODES),
        CheckConstraint("(level = 'full') = (mode IS NOT NULL)", name="mode_at_full"),
        # At most one firm pays for a client, in an offer as in a billing mode period (D16).
        Index("uq_offered_terms_payer", "client_id", unique=True, postgresql_where=text("mode = 'partner'")),
        Index("ix_offered_terms_of_client", "client_id", "collaboration_id"),
        inside("collaboration", "collaboration_id"),
    )

    collaboration_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    client_id: Mapped[UUID] = references("client.id")
    level: Mapped[str]
    shared_kpis: Mapped[int] = set_of(KPI_KINDS)
    mode: Mapped[str | None]
    expires_at: Mapped[datetime] = forever()
    offered_by: Mapped[UUID | None] = references("user_account.id", nullable=True)


class AccessGrant(Base):
    """A client's grant of access to a firm. A change is a new version (P7, P8, V6, H38, H59)."""

    __tablename__ = "access_grant"
    __table_args__ = (
        one_of("level", LEVELS),
        Index(
            "uq_access_grant_current",
            "collaboration_id",
            "client_id",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
        Index("uq_access_grant_version", "client_id", "collaboration_id", "version", unique=True),
        inside("collaboration", "collaboration_id"),
    )

    id: Mapped[Key]
    collaboration_id: Mapped[UUID] = mapped_column(Uuid)
    client_id: Mapped[UUID] = references("client.id")
    version: Mapped[int]
    level: Mapped[str]
    shared_kpis: Mapped[int] = set_of(KPI_KINDS)
    granted_by: Mapped[UUID | None] = references("user_account.id", nullable=True)
    granted_at: Mapped[Moment]
    revoked_at: Mapped[Moment | None]
    expires_at: Mapped[datetime] = forever()


class BillingModePeriod(Base):
    """The period of one billing mode. The open period ends at `infinity` (I3, I24, D16). A trigger refuses overlaps."""

    __tablename__ = "billing_mode_period"
    __table_args__ = (
        one_of("mode", BILLING_MODES),
        CheckConstraint("from_at < to_at", name="order"),
        Index(
            "uq_billing_mode_period_open",
            "collaboration_id",
            "client_id",
            unique=True,
            postgresql_where=text("to_at = 'infinity'"),
        ),
        Index(
            "uq_billing_mode_period_payer",
            "client_id",
            unique=True,
            postgresql_where=text("mode = 'partner' AND to_at = 'infinity'"),
        ),
        Index("ix_billing_mode_period_of_collaboration", "collaboration_id", "from_at"),
        # The trigger against overlaps reads a client's periods at every write, and a suspension writes thousands of rows.
        Index("ix_billing_mode_period_of_client", "client_id", "from_at"),
        inside("collaboration", "collaboration_id"),
    )

    id: Mapped[Key]
    collaboration_id: Mapped[UUID] = mapped_column(Uuid)
    client_id: Mapped[UUID] = references("client.id")
    mode: Mapped[str]
    from_at: Mapped[Moment]
    to_at: Mapped[datetime] = forever()
    changed_by: Mapped[UUID | None] = references("user_account.id", nullable=True)

    collaboration = edge(
        "Collaboration", by="BillingModePeriod.collaboration_id", to="Collaboration.id", same_client=True
    )
