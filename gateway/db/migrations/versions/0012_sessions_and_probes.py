"""Links of tasks are optional."""

from typing import Final

from alembic import op

revision: Final = "0012"
down_revision: Final = "0006"


def upgrade() -> None:
    op.alter_column("pending_activity", "deep_link", nullable=True)
