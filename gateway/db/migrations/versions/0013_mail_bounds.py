"""Bounds of mails: how many may still be caused, and which organisation caused a notice."""

from typing import Final

from alembic import op
from sqlalchemy import Column, DateTime, LargeBinary, PrimaryKeyConstraint, Uuid

revision: Final = "0013"
down_revision: Final = "0012"


def upgrade() -> None:
    op.create_table(
        "mail_allowance",
        Column("key", LargeBinary, nullable=False),
        Column("full_at", DateTime(timezone=True), nullable=False),
        PrimaryKeyConstraint("key", name=op.f("pk_mail_allowance")),
    )
    op.add_column("notice", Column("sender_id", Uuid))
