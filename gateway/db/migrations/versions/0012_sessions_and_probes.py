"""Links of tasks are optional; all sessions of a person have a version."""

from functools import partial
from typing import Any, Final

from alembic import op
from sqlalchemy import Column, Integer

revision: Final = "0012"
down_revision: Final = "0006"

needed: Final = partial(Column[Any], nullable=False)


def upgrade() -> None:
    op.add_column("user_account", needed("session_version", Integer, server_default="1"))
    op.alter_column("pending_activity", "deep_link", nullable=True)
