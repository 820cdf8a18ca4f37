"""An Idempotency-Key belongs to a whole request: one row holds the fingerprint of its body, for all its outcomes."""

from typing import Final

from alembic import op
from sqlalchemy import Column, DateTime, LargeBinary, PrimaryKeyConstraint, Text

revision: Final = "0008"
down_revision: Final = "0006"

KEPT: Final = ["caller", "key"]
# One key may have come with several bodies, each for a mutation of its own: the newest one has it.
BACKFILL: Final = """
  INSERT INTO kept_request (caller, key, fingerprint, kept_until)
  SELECT DISTINCT ON (caller, key) caller, key, fingerprint, kept_until FROM kept_outcome
  ORDER BY caller, key, kept_until DESC, field
"""
OTHERS: Final = """
  DELETE FROM kept_outcome AS outcome USING kept_request AS request
  WHERE (outcome.caller, outcome.key) = (request.caller, request.key) AND outcome.fingerprint <> request.fingerprint
"""


def upgrade() -> None:
    op.create_table(
        "kept_request",
        Column("caller", LargeBinary, nullable=False),
        Column("key", Text, nullable=False),
        Column("fingerprint", LargeBinary, nullable=False),
        Column("kept_until", DateTime(timezone=True), nullable=False),
        PrimaryKeyConstraint(*KEPT, name=op.f("pk_kept_request")),
    )
    op.create_index("ix_kept_request_until", "kept_request", ["kept_until"])
    op.execute(BACKFILL)
    op.execute(OTHERS)
    op.drop_index("ix_kept_outcome_until", "kept_outcome")
    op.drop_column("kept_outcome", "fingerprint")
    op.drop_column("kept_outcome", "kept_until")
    op.create_foreign_key(
        op.f("fk_kept_outcome_caller_key"), "kept_outcome", "kept_request", KEPT, KEPT, ondelete="CASCADE"
    )
