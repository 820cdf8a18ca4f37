"""An organisation's tokens are listed and counted along an index."""

from typing import Final

from alembic import op

revision: Final = "0004"
down_revision: Final = "0003"

INDEXES: Final = {
    "ix_integration_token_of_firm": ["firm_id", "id"],
    "ix_integration_token_of_client": ["client_id", "id"],
}


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.create_index(name, "integration_token", columns)
