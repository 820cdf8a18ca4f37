"""Ways in: sign-ups of firms, links that set passwords, invitations of clients and their people; conversations; sessions."""

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

revision: Final = "0006"
down_revision: Final = "0005"

MOMENT: Final = DateTime(timezone=True)
named: Final = op.f  # the names are whole already
needed: Final = partial(Column[Any], nullable=False)

COUNTRIES: Final = ("DE", "DK", "CH", "ES", "SE")
LOCALES: Final = ("en", "de", "da", "es", "sv")


def _one_of(table: str, column: str, *words: str) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=named(f"ck_{table}_{column}"))


def _refers(table: str, column: str, target: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint([column], [f"{target}.id"], name=named(f"fk_{table}_{column}"))


def _offer(table: str) -> tuple[Any, ...]:
    """What all offers to an address have: its token's hash, and until when it works."""
    return (
        needed("id", Uuid),
        needed("email", Text),
        needed("email_key", Text),
        needed("state", Text, server_default="open"),
        needed("token_hash", LargeBinary),
        needed("sendings", Integer, server_default="1"),
        needed("expires_at", MOMENT),
        Column("accepted_by", Uuid),
        PrimaryKeyConstraint("id", name=named(f"pk_{table}")),
        UniqueConstraint("token_hash", name=named(f"uq_{table}_token_hash")),
        _refers(table, "accepted_by", "user_account"),
        _one_of(table, "state", "open", "accepted", "void"),
    )


def upgrade() -> None:
    _people()
    _clients()
    _conversations()
    _sessions()


def _people() -> None:
    for name in ("erased_at", "tokens_from"):
        op.add_column("user_account", Column(name, MOMENT))
    op.create_table(
        "firm_sign_up",
        *_offer("firm_sign_up"),
        needed("name", Text),
        Column("phone", Text),
        needed("locale", Text),
        needed("firm_name", Text),
        needed("country", Text),
        needed("business_kind", Text),
        Column("payroll_program", Text),
        needed("signed_up_at", MOMENT),
        Column("firm_id", Uuid),
        _one_of("firm_sign_up", "locale", *LOCALES),
        _one_of("firm_sign_up", "country", *COUNTRIES),
        _one_of("firm_sign_up", "business_kind", "agency", "advisory", "external_cfo"),
        _refers("firm_sign_up", "firm_id", "firm"),
    )
    op.create_index("ix_firm_sign_up_of_address", "firm_sign_up", ["email_key", "signed_up_at"])
    op.create_table(
        "password_link",
        needed("id", Uuid),
        needed("user_id", Uuid),
        needed("token_hash", LargeBinary),
        needed("asked_at", MOMENT),
        needed("expires_at", MOMENT),
        Column("used_at", MOMENT),
        PrimaryKeyConstraint("id", name=named("pk_password_link")),
        UniqueConstraint("token_hash", name=named("uq_password_link_token_hash")),
        _refers("password_link", "user_id", "user_account"),
    )
    op.create_index("ix_password_link_of_user", "password_link", ["user_id", "asked_at"])
    # Who acted is told from the person, so that an erased one has no name here either; machines and nobody keep theirs.
    op.alter_column("audit_entry", "actor_name", nullable=True)
    op.execute("ALTER TABLE audit_entry DISABLE TRIGGER append_only")
    op.execute("UPDATE audit_entry SET actor_name = NULL WHERE actor_id IS NOT NULL")
    op.execute("ALTER TABLE audit_entry ENABLE TRIGGER append_only")


def _clients() -> None:
    op.create_table(
        "client_invitation",
        *_offer("client_invitation"),
        needed("collaboration_id", Uuid),
        needed("invited_by", Uuid),
        needed("invited_at", MOMENT),
        Column("discount_percent", Integer),
        Column("discount_plans", Integer),
        UniqueConstraint("collaboration_id", name=named("uq_client_invitation_collaboration_id")),
        _refers("client_invitation", "collaboration_id", "collaboration"),
        _refers("client_invitation", "invited_by", "user_account"),
        CheckConstraint("discount_percent BETWEEN 1 AND 100", name=named("ck_client_invitation_discount_percent")),
        CheckConstraint(
            "(discount_percent IS NULL) = (discount_plans IS NULL)", name=named("ck_client_invitation_discount")
        ),
    )
    op.create_table(
        "client_member_invitation",
        *_offer("client_member_invitation"),
        needed("client_id", Uuid),
        needed("role", Text),
        needed("invited_by", Uuid),
        needed("invited_at", MOMENT),
        _refers("client_member_invitation", "client_id", "client"),
        _refers("client_member_invitation", "invited_by", "user_account"),
        _one_of("client_member_invitation", "role", "owner", "admin", "member"),
    )
    op.create_index(
        "uq_client_member_invitation_open",
        "client_member_invitation",
        ["client_id", "email_key"],
        unique=True,
        postgresql_where=text("state = 'open'"),
    )
    op.create_index("ix_client_member_invitation_of_client", "client_member_invitation", ["client_id", "id"])
    op.add_column("pending_activity", Column("as_of", MOMENT))


def _conversations() -> None:
    op.create_table(
        "conversation",
        needed("id", Uuid),
        needed("firm_id", Uuid),
        needed("client_id", Uuid),
        needed("opened_by", Uuid),
        needed("opened_at", MOMENT),
        Column("blocked_at", MOMENT),
        PrimaryKeyConstraint("id", name=named("pk_conversation")),
        UniqueConstraint("firm_id", "client_id", name=named("uq_conversation_firm_id_client_id")),
        _refers("conversation", "firm_id", "firm"),
        _refers("conversation", "client_id", "client"),
        _refers("conversation", "opened_by", "user_account"),
    )
    op.create_index("ix_conversation_of_firm", "conversation", ["firm_id", "id"])
    op.create_index("ix_conversation_of_client", "conversation", ["client_id", "id"])
    op.create_table(
        "message",
        needed("id", Uuid),
        needed("conversation_id", Uuid),
        needed("side", Text),
        needed("author_id", Uuid),
        needed("body", Text),
        needed("sent_at", MOMENT),
        PrimaryKeyConstraint("id", name=named("pk_message")),
        _refers("message", "conversation_id", "conversation"),
        _refers("message", "author_id", "user_account"),
        _one_of("message", "side", "firm", "client", "platform"),
    )
    op.create_index("ix_message_of_conversation", "message", ["conversation_id", "id"])


def _sessions() -> None:
    op.create_table(
        "client_session",
        needed("id", Uuid),
        needed("member_id", Uuid),
        needed("firm_id", Uuid),
        needed("client_id", Uuid),
        needed("collaboration_id", Uuid),
        needed("opened_at", MOMENT),
        needed("expires_at", MOMENT),
        Column("redeemed_at", MOMENT),
        Column("closed_at", MOMENT),
        Column("ended_as", Text),
        PrimaryKeyConstraint("id", name=named("pk_client_session")),
        _one_of("client_session", "ended_as", "left", "expired", "revoked"),
        CheckConstraint("(closed_at IS NULL) = (ended_as IS NULL)", name=named("ck_client_session_ended")),
        _refers("client_session", "member_id", "firm_member"),
        _refers("client_session", "firm_id", "firm"),
        _refers("client_session", "client_id", "client"),
        _refers("client_session", "collaboration_id", "collaboration"),
    )
    # One at a time: who enters another account has left the first (P29).
    op.create_index(
        "uq_client_session_open",
        "client_session",
        ["member_id"],
        unique=True,
        postgresql_where=text("closed_at IS NULL"),
    )
    op.create_index(
        "ix_client_session_of_collaboration",
        "client_session",
        ["collaboration_id"],
        postgresql_where=text("closed_at IS NULL"),
    )
    op.create_index("ix_client_session_of_client", "client_session", ["client_id", "id"])
    op.create_index("ix_client_session_of_firm", "client_session", ["firm_id", "id"])
