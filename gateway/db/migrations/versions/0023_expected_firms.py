"""The planner expects large firms: a plan for all firms alike must not read the whole of a large one for a few rows."""

from typing import Final

from alembic import op

revision: Final = "0023"
down_revision: Final = "0022"

FIRMS: Final = 40
"""As if there were so many firms of one size, each with 2.5 % of all collaborations: `python -m benchmarks.plans`."""


def upgrade() -> None:
    op.execute(f"ALTER TABLE collaboration ALTER COLUMN firm_id SET (n_distinct = {FIRMS})")
    op.execute("ANALYZE collaboration (firm_id)")


def downgrade() -> None:
    op.execute("ALTER TABLE collaboration ALTER COLUMN firm_id RESET (n_distinct)")
    op.execute("ANALYZE collaboration (firm_id)")
