"""Clients, their plans and members, and their pending work."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import mapped_column

from gateway.db.bounds import MAX_MINOR, MAX_PENDING
from gateway.db.enums import (
    CLIENT_MEMBER_STATES,
    CLIENT_ROLES,
    CLIENT_STATES,
    COUNTRIES,
    KPI_KINDS,
    PLAN_TIERS,
    SECTIONS,
)
from gateway.db.models.base import (
    Base,
    Key,
    Mapped,
    Minor,
    Moment,
    bounded,
    edge,
    edges,
    forever,
    key_text,
    keyed,
    one_of,
    references,
    searched,
    set_of,
)


class Plan(Base):
    """A client's subscription: the sections of the product that it includes, and its list price (H56, P9)."""

    __tablename__ = "plan"
    __table_args__ = (one_of("tier", PLAN_TIERS),)

    id: Mapped[Key]
    tier: Mapped[str]
    sections: Mapped[int] = set_of(SECTIONS)
    fee_amount: Mapped[Minor]
    fee_currency: Mapped[str]


class Client(Base):
    """A company that uses the product (P2, P4)."""

    __tablename__ = "client"
    __table_args__ = (
        one_of("state", CLIENT_STATES),
        one_of("country", COUNTRIES),
        CheckConstraint("verification_reason IS NULL OR state = 'rejected'", name="verification_reason"),
        Index("ix_client_by_name", "name_key", "id"),
        searched("ix_client_name_search", "name_key"),
        searched("ix_client_spelled_search", "spelled_key"),
        *bounded("name_key", "spelled_key"),
        keyed("contact_email", "contact_email_key"),
        Index("ix_client_of_contact", "contact_email_key"),
    )

    id: Mapped[Key]
    name: Mapped[str]
    name_key: Mapped[str] = key_text()
    spelled_key: Mapped[str] = key_text()
    country: Mapped[str]
    state: Mapped[str]
    verification_reason: Mapped[str | None]  # why the client is rejected; null in any other state (D67)
    company_number: Mapped[str | None]
    address: Mapped[str | None]
    contact_email: Mapped[str | None]
    contact_email_key: Mapped[str | None]
    plan_id: Mapped[UUID] = references("plan.id")
    created_at: Mapped[Moment] = mapped_column(server_default=text("now()"))
    # From then on the client waits for verification by the platform: its creation, or its last request.
    verification_requested_at: Mapped[Moment] = mapped_column(server_default=text("now()"))

    plan = edge("Plan", by="Client.plan_id", to="Plan.id")
    collaborations = edges("Collaboration", by="Client.id", to="Collaboration.client_id")
    assignments = edges("Assignment", by="Client.id", to="Assignment.client_id")
    members = edges("ClientMember", by="Client.id", to="ClientMember.client_id")


class ClientMember(Base):
    """One person's membership in one client company (V8)."""

    __tablename__ = "client_member"
    __table_args__ = (
        one_of("role", CLIENT_ROLES),
        one_of("state", CLIENT_MEMBER_STATES),
        Index(
            "uq_client_member_living", "client_id", "user_id", unique=True, postgresql_where=text("state <> 'removed'")
        ),
        Index("ix_client_member_of_client", "client_id", "id"),
        Index(None, "user_id"),
    )

    id: Mapped[Key]
    client_id: Mapped[UUID] = references("client.id")
    user_id: Mapped[UUID] = references("user_account.id")
    role: Mapped[str]
    state: Mapped[str]
    created_at: Mapped[Moment] = mapped_column(server_default=text("now()"))

    client = edge("Client", by="ClientMember.client_id", to="Client.id")
    user = edge("User", by="ClientMember.user_id", to="User.id")


class KpiSnapshot(Base):
    """The pending work of one kind of one client: a count or an amount (H44, P48–P50)."""

    __tablename__ = "kpi_snapshot"
    __table_args__ = (
        one_of("kind", KPI_KINDS),
        CheckConstraint("(count IS NULL) <> (amount IS NULL)", name="count_or_amount"),
        CheckConstraint("(amount IS NULL) = (currency IS NULL)", name="currency"),
        CheckConstraint(f"count BETWEEN 0 AND {MAX_PENDING}", name="count"),
        CheckConstraint(f"abs(amount) <= {MAX_MINOR}", name="amount"),
        Index("ix_kpi_snapshot_pending", "client_id", "kind", postgresql_where=text("count > 0")),
    )

    client_id: Mapped[UUID] = references("client.id", primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int | None]
    amount: Mapped[Minor | None]
    currency: Mapped[str | None]
    as_of: Mapped[Moment]

    client = edge("Client", by="KpiSnapshot.client_id", to="Client.id")


class PendingActivity(Base):
    """One pending task in one section of a client's account (H61, H62, M13)."""

    __tablename__ = "pending_activity"
    __table_args__ = (
        one_of("section", SECTIONS),
        one_of("kind", KPI_KINDS),
        UniqueConstraint("client_id", "reference"),
        Index("ix_pending_activity_open", "client_id", "due_at", "id", postgresql_where=text("done_at IS NULL")),
    )

    id: Mapped[Key]
    client_id: Mapped[UUID] = references("client.id")
    reference: Mapped[str]  # the product's own key
    section: Mapped[str]
    kind: Mapped[str]
    title: Mapped[str]
    due_at: Mapped[datetime] = forever()
    deep_link: Mapped[str | None]  # null if no product is configured
    as_of: Mapped[Moment | None]  # when the product last reported it
    done_at: Mapped[Moment | None]

    client = edge("Client", by="PendingActivity.client_id", to="Client.id")
