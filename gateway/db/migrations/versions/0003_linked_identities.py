"""People of another issuer: who its subjects are here."""

from typing import Final

from alembic import op
from sqlalchemy import Column, DateTime, ForeignKeyConstraint, PrimaryKeyConstraint, Text, UniqueConstraint, Uuid

revision: Final = "0003"
down_revision: Final = "0002"


def upgrade() -> None:
    op.create_table(
        "linked_identity",
        Column("issuer", Text, nullable=False),
        Column("subject", Text, nullable=False),
        Column("user_id", Uuid, nullable=False),
        Column("linked_at", DateTime(timezone=True), nullable=False),
        PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_linked_identity")),
        UniqueConstraint("user_id", "issuer", name=op.f("uq_linked_identity_user_id_issuer")),
        ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_linked_identity_user_id")),
    )
