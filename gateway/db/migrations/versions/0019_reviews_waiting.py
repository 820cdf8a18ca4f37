"""Since when something waits for a decision of the platform, and until when each of its people was told of it by mail."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0019"
down_revision: Final = "0018"

MOMENT: Final = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("firm_profile", sa.Column("submitted_at", MOMENT))
    op.execute("UPDATE firm_profile SET submitted_at = now() WHERE state = 'in_review'")
    op.add_column(
        "client", sa.Column("verification_requested_at", MOMENT, server_default=sa.text("now()"), nullable=False)
    )
    op.execute("UPDATE client SET verification_requested_at = created_at WHERE state = 'verifying'")
    op.add_column("platform_member", sa.Column("told_until", MOMENT))


def downgrade() -> None:
    op.drop_column("platform_member", "told_until")
    op.drop_column("client", "verification_requested_at")
    op.drop_column("firm_profile", "submitted_at")
