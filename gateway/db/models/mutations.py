"""What a change leaves behind beside the change itself: its outcome, for who asks again, and whom to tell by mail."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import mapped_column

from gateway.db.enums import MAIL_STATES, SIDES
from gateway.db.models.base import Base, Key, Mapped, Moment, keyed, one_of, references


class KeptRequest(Base):
    """An Idempotency-Key that a caller used, and a hash of the body that it came with."""

    __tablename__ = "kept_request"
    __table_args__ = (Index("ix_kept_request_until", "kept_until"),)

    caller: Mapped[bytes] = mapped_column(primary_key=True)  # a hash of who asks and for whom they act
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes]
    kept_until: Mapped[Moment]


class KeptOutcome(Base):
    """What came of a mutation of such a request: ids or the refusal, never a value or a secret.

    `fingerprint` and `kept_until` are those of the request, for replicas of a release that has no such table.
    """

    __tablename__ = "kept_outcome"
    __table_args__ = (Index("ix_kept_outcome_until", "kept_until"),)

    caller: Mapped[bytes] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)  # the response key: a document may hold several mutations
    fingerprint: Mapped[bytes]
    outcome: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    kept_until: Mapped[Moment]


class Notice(Base):
    """Something happened that somebody is to be told of. Written with its cause; whom to tell is found out when it is sent."""

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_waiting", "id", postgresql_where=text("addressed_at IS NULL")),)

    id: Mapped[Key]
    kind: Mapped[str]
    at: Mapped[Moment]
    collaboration_id: Mapped[UUID | None] = references("collaboration.id", nullable=True)
    subject_type: Mapped[str | None]
    subject_id: Mapped[UUID | None]
    actor_id: Mapped[UUID | None] = references("user_account.id", nullable=True)
    sender_id: Mapped[
        UUID | None
    ]  # the firm or company whose mails are bounded; none for the platform and anonymous callers
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))  # words and ids; no content
    addressed_at: Mapped[Moment | None]


class Mail(Base):
    """One letter to one person. `id` makes its Message-ID, so that a letter sent twice is known to be the same."""

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
    side: Mapped[str | None]  # for which the person is told, and as which member of it
    member_id: Mapped[UUID | None]
    address: Mapped[str | None]  # of somebody who is nobody here yet
    address_key: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="waiting")
    attempts: Mapped[int] = mapped_column(server_default="0")
    due_at: Mapped[Moment] = mapped_column(server_default=text("now()"))
    sent_at: Mapped[Moment | None]
    problem: Mapped[str | None]  # what the mail server said


class MailAllowance(Base):
    """How many mails one sender may still cause to one recipient: `key` is a hash of the two."""

    __tablename__ = "mail_allowance"

    key: Mapped[bytes] = mapped_column(primary_key=True)
    full_at: Mapped[Moment]  # when nothing is taken any more; see `mail_allowances`
