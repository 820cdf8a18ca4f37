"""Sessions have a version, devices are known, sign-ins are delayed, audit entries count, links of tasks are optional."""

from functools import partial
from typing import Any, Final

from alembic import op
from sqlalchemy import (
    Column,
    DateTime,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    UniqueConstraint,
    Uuid,
    text,
)

revision: Final = "0010"
down_revision: Final = "0009"

MOMENT: Final = DateTime(timezone=True)
named: Final = op.f  # the names are whole already
needed: Final = partial(Column[Any], nullable=False)

# Of an entry that counts attempts, the count and the last moment may grow. Nothing else of any entry ever changes.
ONLY_COUNTS_GROW: Final = (
    "DROP TRIGGER append_only ON audit_entry",
    """
    CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_guard()
    """,
    """
    CREATE TRIGGER only_counts_grow BEFORE UPDATE ON audit_entry
    FOR EACH ROW WHEN (
        OLD.repeats IS NULL OR NEW.count < OLD.count OR NEW.last_at < OLD.last_at OR NEW.last_at IS NULL
        OR to_jsonb(OLD) - 'count' - 'last_at' <> to_jsonb(NEW) - 'count' - 'last_at'
    )
    EXECUTE FUNCTION audit_entry_guard()
    """,
)


def upgrade() -> None:
    op.add_column("user_account", needed("session_version", Integer, server_default="1"))
    op.add_column("sign_in_throttle", Column("blocked_until", MOMENT))
    op.alter_column("pending_activity", "deep_link", nullable=True)
    op.create_table(
        "known_device",
        needed("id", Uuid),
        needed("user_id", Uuid),
        needed("token_hash", LargeBinary),
        needed("expires_at", MOMENT),
        PrimaryKeyConstraint("id", name=named("pk_known_device")),
        UniqueConstraint("token_hash", name=named("uq_known_device_token_hash")),
        ForeignKeyConstraint(["user_id"], ["user_account.id"], name=named("fk_known_device_user_id")),
    )
    op.create_index(named("ix_known_device_user_id"), "known_device", ["user_id"])
    op.add_column("audit_entry", needed("count", Integer, server_default="1"))
    op.add_column("audit_entry", Column("last_at", MOMENT))
    op.add_column("audit_entry", Column("repeats", LargeBinary))
    counting = text("repeats IS NOT NULL")
    op.create_index(named("uq_audit_entry_repeats"), "audit_entry", ["repeats"], unique=True, postgresql_where=counting)
    for statement in ONLY_COUNTS_GROW:
        op.execute(statement)
