"""An Idempotency-Key belongs to a whole request: one row holds the fingerprint of its body, for all its outcomes."""

from typing import Final

from alembic import op
from sqlalchemy import Column, DateTime, LargeBinary, PrimaryKeyConstraint, Text

revision: Final = "0012"
down_revision: Final = "0011"

# One key may have come with several bodies, each for a mutation of its own: the newest one has it. Outcomes keep their own.
BACKFILL: Final = """
  INSERT INTO kept_request (caller, key, fingerprint, kept_until)
  SELECT DISTINCT ON (caller, key) caller, key, fingerprint, kept_until FROM kept_outcome
  ORDER BY caller, key, kept_until DESC, field
"""


def upgrade() -> None:
    op.create_table(
        "kept_request",
        Column("caller", LargeBinary, nullable=False),
        Column("key", Text, nullable=False),
        Column("fingerprint", LargeBinary, nullable=False),
        Column("kept_until", DateTime(timezone=True), nullable=False),
        PrimaryKeyConstraint("caller", "key", name=op.f("pk_kept_request")),
    )
    op.create_index("ix_kept_request_until", "kept_request", ["kept_until"])
    op.execute(BACKFILL)
