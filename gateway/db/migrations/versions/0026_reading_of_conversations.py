"""When something was last written in a conversation, by which lists are ordered, and what each person has read of it."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0026"
down_revision: Final = "0025"

BEGUN: Final = """
    CREATE FUNCTION conversation_begun() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
    BEGIN
        NEW.last_at := coalesce(NEW.last_at, NEW.opened_at);
        RETURN NEW;
    END $$
"""
WRITTEN: Final = """
    CREATE FUNCTION message_written() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
    BEGIN
        UPDATE conversation SET last_at = NEW.sent_at WHERE id = NEW.conversation_id AND last_at < NEW.sent_at;
        RETURN NULL;
    END $$
"""


def upgrade() -> None:
    op.add_column("conversation", sa.Column("last_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE conversation c SET last_at = greatest(c.opened_at,"
        " (SELECT max(m.sent_at) FROM message m WHERE m.conversation_id = c.id))"
    )
    op.alter_column("conversation", "last_at", nullable=False)
    op.execute(BEGUN)
    op.execute("CREATE TRIGGER begun BEFORE INSERT ON conversation FOR EACH ROW EXECUTE FUNCTION conversation_begun()")
    op.execute(WRITTEN)
    op.execute("CREATE TRIGGER written AFTER INSERT ON message FOR EACH ROW EXECUTE FUNCTION message_written()")
    op.drop_index("ix_conversation_of_firm", "conversation")
    op.create_index("ix_conversation_of_firm", "conversation", ["firm_id", "last_at", "id"])
    op.create_index("ix_conversation_of_client", "conversation", ["client_id", "last_at", "id"])
    op.create_table(
        "conversation_read",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "conversation_id", "user_id", name="pk_conversation_read"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_conversation_read_user_id"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="fk_conversation_read_client_id"),
        sa.ForeignKeyConstraint(
            ["client_id", "conversation_id"],
            ["conversation.client_id", "conversation.id"],
            name="fk_conversation_read_client_id_conversation_id",
        ),
    )


def downgrade() -> None:
    op.drop_table("conversation_read")
    op.drop_index("ix_conversation_of_client", "conversation")
    op.drop_index("ix_conversation_of_firm", "conversation")
    op.create_index("ix_conversation_of_firm", "conversation", ["firm_id", "id"])
    op.execute("DROP TRIGGER written ON message")
    op.execute("DROP FUNCTION message_written()")
    op.execute("DROP TRIGGER begun ON conversation")
    op.execute("DROP FUNCTION conversation_begun()")
    op.drop_column("conversation", "last_at")
