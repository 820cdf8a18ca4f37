"""What changes leave behind: kept outcomes, notices and mails, refusals in the audit trail; orders; invitations of staff."""

from functools import partial
from typing import Any, Final

from alembic import op
from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

revision: Final = "0005"
down_revision: Final = "0004"

MOMENT: Final = DateTime(timezone=True)
named: Final = op.f  # the names are whole already
needed: Final = partial(Column[Any], nullable=False)


def _one_of(table: str, column: str, *words: str) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=named(f"ck_{table}_{column}"))


def _refers(table: str, column: str, target: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint([column], [f"{target}.id"], name=named(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "kept_outcome",
        needed("caller", LargeBinary),
        needed("key", Text),
        needed("field", Text),
        needed("fingerprint", LargeBinary),
        Column("outcome", JSONB),
        needed("kept_until", MOMENT),
        PrimaryKeyConstraint("caller", "key", "field", name=named("pk_kept_outcome")),
    )
    op.create_index("ix_kept_outcome_until", "kept_outcome", ["kept_until"])
    op.create_table(
        "notice",
        needed("id", Uuid),
        needed("kind", Text),
        needed("at", MOMENT),
        Column("collaboration_id", Uuid),
        Column("subject_type", Text),
        Column("subject_id", Uuid),
        Column("actor_id", Uuid),
        needed("data", JSONB, server_default=text("'{}'")),
        Column("addressed_at", MOMENT),
        PrimaryKeyConstraint("id", name=named("pk_notice")),
        _refers("notice", "collaboration_id", "collaboration"),
        _refers("notice", "actor_id", "user_account"),
    )
    op.create_index("ix_notice_waiting", "notice", ["id"], postgresql_where=text("addressed_at IS NULL"))
    op.create_table(
        "mail",
        needed("id", Uuid),
        needed("notice_id", Uuid),
        Column("user_id", Uuid),
        Column("side", Text),
        Column("member_id", Uuid),
        Column("address", Text),
        needed("state", Text, server_default="waiting"),
        needed("attempts", Integer, server_default="0"),
        needed("due_at", MOMENT, server_default=text("now()")),
        Column("sent_at", MOMENT),
        Column("problem", Text),
        PrimaryKeyConstraint("id", name=named("pk_mail")),
        _refers("mail", "notice_id", "notice"),
        _refers("mail", "user_id", "user_account"),
        _one_of("mail", "state", "waiting", "sent", "parked", "dropped"),
        _one_of("mail", "side", "firm", "client", "platform"),
        CheckConstraint("(user_id IS NULL) <> (address IS NULL)", name=named("ck_mail_recipient")),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name=named("ck_mail_sent")),
    )
    op.create_index("uq_mail_of_notice_to_member", "mail", ["notice_id", "member_id"], unique=True)
    op.create_index("uq_mail_of_notice_to_address", "mail", ["notice_id", "address"], unique=True)
    op.create_index("ix_mail_waiting", "mail", ["due_at"], postgresql_where=text("state = 'waiting'"))

    op.add_column("audit_entry", needed("outcome", Text, server_default="done"))
    for column in (Column("code", Text), Column("request_id", Text), Column("token_id", Uuid)):
        op.add_column("audit_entry", column)
    op.create_check_constraint(named("ck_audit_entry_outcome"), "audit_entry", "outcome IN ('done', 'refused')")
    op.create_check_constraint(
        named("ck_audit_entry_code"), "audit_entry", "(outcome = 'refused') = (code IS NOT NULL)"
    )
    op.create_foreign_key(named("fk_audit_entry_token_id"), "audit_entry", "integration_token", ["token_id"], ["id"])
    for name in ("acting_side", "subject_type", "subject_id"):
        op.alter_column("audit_entry", name, nullable=True)

    op.create_index("ix_audit_entry_of_firm", "audit_entry", ["firm_id", "id"])

    for name in ("submitted_at", "webinar_watched_at", "agreed_at", "decided_at"):
        op.add_column("firm", Column(name, MOMENT))
    for table, name in (("firm", "decided_by"), ("firm_profile", "submitted_by"), ("firm_profile", "reviewed_by")):
        op.add_column(table, Column(name, Uuid))
        op.create_foreign_key(named(f"fk_{table}_{name}"), table, "user_account", [name], ["id"])
    op.add_column("firm", Column("decision_reason", Text))
    op.add_column("firm_profile", Column("comment", Text))

    op.create_table(
        "purchase_order",
        needed("id", Uuid),
        needed("client_id", Uuid),
        Column("collaboration_id", Uuid),
        Column("firm_id", Uuid),
        needed("kind", Text),
        needed("placed_by", Text),
        needed("placed_at", MOMENT),
        needed("billing_mode", Text),
        PrimaryKeyConstraint("id", name=named("pk_purchase_order")),
        _refers("purchase_order", "client_id", "client"),
        _refers("purchase_order", "collaboration_id", "collaboration"),
        _refers("purchase_order", "firm_id", "firm"),
        _one_of("purchase_order", "kind", "order", "renewal"),
        _one_of("purchase_order", "placed_by", "partner", "client"),
        _one_of("purchase_order", "billing_mode", "client", "partner"),
        CheckConstraint("billing_mode = 'client' OR firm_id IS NOT NULL", name=named("ck_purchase_order_holder")),
    )
    op.create_index("ix_purchase_order_of_client", "purchase_order", ["client_id", "id"])
    op.create_table(
        "invoice_series",
        needed("holder_id", Uuid),
        needed("last", Integer),
        PrimaryKeyConstraint("holder_id", name=named("pk_invoice_series")),
    )
    op.add_column("invoice", Column("order_id", Uuid))
    op.create_foreign_key(named("fk_invoice_order_id"), "invoice", "purchase_order", ["order_id"], ["id"])
    op.create_index(
        "uq_invoice_of_order", "invoice", ["order_id"], unique=True, postgresql_where=text("kind = 'invoice'")
    )

    op.create_table(
        "staff_invitation",
        needed("id", Uuid),
        needed("firm_id", Uuid),
        needed("email", Text),
        needed("email_key", Text),
        needed("role", Text),
        needed("state", Text, server_default="open"),
        needed("token_hash", LargeBinary),
        needed("sendings", Integer, server_default="1"),
        needed("invited_by", Uuid),
        needed("invited_at", MOMENT),
        needed("expires_at", MOMENT),
        Column("accepted_by", Uuid),
        PrimaryKeyConstraint("id", name=named("pk_staff_invitation")),
        UniqueConstraint("token_hash", name=named("uq_staff_invitation_token_hash")),
        _refers("staff_invitation", "firm_id", "firm"),
        _refers("staff_invitation", "invited_by", "user_account"),
        _refers("staff_invitation", "accepted_by", "user_account"),
        _one_of("staff_invitation", "role", "admin", "bookkeeper", "staff"),
        _one_of("staff_invitation", "state", "open", "accepted", "void"),
    )
    op.create_index(
        "uq_staff_invitation_open",
        "staff_invitation",
        ["firm_id", "email_key"],
        unique=True,
        postgresql_where=text("state = 'open'"),
    )
    op.create_index("ix_staff_invitation_of_firm", "staff_invitation", ["firm_id", "id"])
