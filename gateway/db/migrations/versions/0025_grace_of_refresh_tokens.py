"""Which refresh token each one has replaced: the last one before may be used twice for a short time (D72)."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0025"
down_revision: Final = "0024"


def upgrade() -> None:
    op.add_column("refresh_token", sa.Column("previous_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("refresh_token", "previous_id")
