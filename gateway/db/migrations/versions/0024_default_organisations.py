"""The organisation for which a person acts by default (D71), and since when a person belongs to the platform."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0024"
down_revision: Final = "0023"


def upgrade() -> None:
    op.add_column("user_account", sa.Column("default_organisation_id", sa.Uuid(), nullable=True))
    op.add_column(
        "platform_member",
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
    )
    op.execute(
        "UPDATE platform_member SET created_at = u.created_at FROM user_account u WHERE u.id = platform_member.user_id"
    )


def downgrade() -> None:
    op.drop_column("platform_member", "created_at")
    op.drop_column("user_account", "default_organisation_id")
