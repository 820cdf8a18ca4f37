"""The last request for access, and until when the same again changes nothing (D64)."""

from typing import Final

from alembic import op
from sqlalchemy import Column, DateTime, Text

revision: Final = "0009"
down_revision: Final = "0008"


def upgrade() -> None:
    op.add_column("collaboration", Column("last_requested_level", Text))
    op.add_column("collaboration", Column("request_repeats_at", DateTime(timezone=True)))
    op.create_check_constraint(
        op.f("ck_collaboration_last_requested_level"),
        "collaboration",
        "last_requested_level IN ('limited', 'full')",
    )


def downgrade() -> None:
    op.drop_column("collaboration", "request_repeats_at")
    op.drop_column("collaboration", "last_requested_level")
