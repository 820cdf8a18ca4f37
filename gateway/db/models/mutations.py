"""What a mutation stores besides its own change: its outcome for repeated requests, and the notices and mails it causes."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import mapped_column

from gateway.db.enums import MAIL_STATES, SIDES
from gateway.db.models.base import Base, Key, Mapped, Moment, keyed, one_of, references


class KeptRequest(Base):
    """An idempotency key that a caller used, and a hash of the request body."""

    __tablename__ = "kept_request"
    __table_args__ = (Index("ix_kept_request_until", "kept_until"),)

    caller: Mapped[bytes] = mapped_column(primary_key=True)  # a hash of the caller and the acting organisation
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes]
    kept_until: Mapped[Moment]


class KeptOutcome(Base):
    """The outcome of one mutation of such a request: ids or the refusal, never a value or a secret.

    `fingerprint` and `kept_until` repeat those of the request, for replicas of a release without the table `kept_request`.
    """

    __tablename__ = "kept_outcome"
    __table_args__ = (Index("ix_kept_outcome_until", "kept_until"),)

    caller: Mapped[bytes] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)  # the response key: a document can have several mutations
    fingerprint: Mapped[bytes]
    outcome: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    kept_until: Mapped[Moment]


class Notice(Base):
    """An event that causes mails. It is written in the transaction of its cause; the worker determines the recipients later."""

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_waiting", "id", postgresql_where=text("addressed_at IS NULL")),)

    id: Mapped[Key]
    kind: Mapped[str]
    at: Mapped[Moment]
    collaboration_id: Mapped[UUID | None] = references("collaboration.id", nullable=True)
    subject_type: Mapped[str | None]
    subject_id: Mapped[UUID | None]
    actor_id: Mapped[UUID | None] = references("user_account.id", nullable=True)
    # The firm or company whose mails are limited; null for the platform and anonymous callers.
    sender_id: Mapped[UUID | None]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))  # words and ids, no content
    addressed_at: Mapped[Moment | None]


class Mail(Base):
    """One mail to one recipient. Its Message-ID is derived from `id`, so that a mail sent twice is recognised as the same."""

    __tablename__ = "mail"
    __table_args__ = (
        one_of("state", MAIL_STATES),
        one_of("side", SIDES),
        CheckConstraint("(user_id IS NULL) <> (address IS NULL)", name="recipient"),
        keyed("address", "address_key"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent"),
        Index("uq_mail_of_notice_to_member", "notice_id", "member_id", unique=True),
        Index("uq_mail_of_notice_to_address", "notice_id", "address", unique=True),
        Index("ix_mail_to_address", "address_key", postgresql_where=text("address_key IS NOT NULL")),
        Index("ix_mail_waiting", "due_at", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[Key]
    notice_id: Mapped[UUID] = references("notice.id")
    user_id: Mapped[UUID | None] = references("user_account.id", nullable=True)
    side: Mapped[str | None]  # the side of the recipient's membership `member_id`
    member_id: Mapped[UUID | None]
    address: Mapped[str | None]  # of a recipient without an account
    address_key: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="waiting")
    attempts: Mapped[int] = mapped_column(server_default="0")
    due_at: Mapped[Moment] = mapped_column(server_default=text("now()"))
    sent_at: Mapped[Moment | None]
    problem: Mapped[str | None]  # the error of the mail server


class MailAllowance(Base):
    """The number of mails that one sender may still cause to one recipient. `key` is a hash of the two."""

    __tablename__ = "mail_allowance"

    key: Mapped[bytes] = mapped_column(primary_key=True)
    full_at: Mapped[Moment]  # when the full allowance is available again; see `gateway.db.queries.mail_allowances`
