"""The audit trail. It is append-only: a trigger refuses everything except INSERT and an increasing count."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import mapped_column

from gateway.db.enums import OUTCOMES, SIDES
from gateway.db.models.base import Base, Key, Mapped, Moment, edge, one_of, references


class AuditEntry(Base):
    """One action. It holds no value of a field that could be hidden from a reader (L21)."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        one_of("acting_side", SIDES),
        one_of("outcome", OUTCOMES),
        CheckConstraint("(outcome = 'refused') = (code IS NOT NULL)", name="code"),
        Index("ix_audit_entry_of_collaboration", "collaboration_id", "id"),
        Index("ix_audit_entry_of_client", "client_id", "id"),
        Index("ix_audit_entry_of_firm", "firm_id", "id"),
        Index("uq_audit_entry_repeats", "repeats", unique=True, postgresql_where=text("repeats IS NOT NULL")),
    )

    id: Mapped[Key]
    at: Mapped[Moment]
    actor_id: Mapped[UUID | None] = references("user_account.id", nullable=True)
    actor_name: Mapped[str | None]  # of a machine or of no known person; a person's name is read from the person
    acting_side: Mapped[str | None]  # null for a sign-in: the person does not act for a side yet
    acting_id: Mapped[UUID | None]
    on_behalf_of_id: Mapped[UUID | None] = mapped_column()
    action: Mapped[str]
    outcome: Mapped[str] = mapped_column(server_default="done")
    code: Mapped[str | None]  # the error code of a refusal
    subject_type: Mapped[str | None]
    subject_id: Mapped[UUID | None]
    request_id: Mapped[str | None]
    token_id: Mapped[UUID | None] = references("integration_token.id", nullable=True)
    client_id: Mapped[UUID | None] = references("client.id", nullable=True)
    firm_id: Mapped[UUID | None] = references("firm.id", nullable=True)
    collaboration_id: Mapped[UUID | None] = references("collaboration.id", nullable=True)
    is_offer: Mapped[bool] = mapped_column(server_default="false")  # of terms before the client's verification
    count: Mapped[int] = mapped_column(server_default="1")  # number of attempts from `at` to `last_at`
    last_at: Mapped[Moment | None]
    repeats: Mapped[bytes | None]  # equal for attempts that belong to one entry

    collaboration = edge("Collaboration", by="AuditEntry.collaboration_id", to="Collaboration.id")
