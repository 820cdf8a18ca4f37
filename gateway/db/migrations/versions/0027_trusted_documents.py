"""The documents of shipped clients."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0027"
down_revision: Final = "0026"


def upgrade() -> None:
    op.create_table(
        "trusted_document",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("application", sa.Text(), nullable=False),
        sa.Column("cost", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trusted_document")),
        sa.CheckConstraint("length(id) BETWEEN 1 AND 128", name=op.f("ck_trusted_document_id")),
    )


def downgrade() -> None:
    op.drop_table("trusted_document")
