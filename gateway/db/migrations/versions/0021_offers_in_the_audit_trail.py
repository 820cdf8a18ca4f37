"""Audit entries say whether they are about terms that were only offered, before the client's verification (D60)."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0021"
down_revision: Final = "0020"

# Until now the moments of the entry and of the beginning were compared, which is not the order in which the two committed.
MARK: Final = """UPDATE audit_entry e SET is_offer = true FROM collaboration k
  WHERE k.id = e.collaboration_id AND e.action IN ('GRANT_ACCESS', 'CHANGE_ACCESS', 'REMOVE_ACCESS', 'SET_KPI_SHARING')
    AND (k.started_at > e.at OR k.state = 'pending')"""


def upgrade() -> None:
    false = sa.text("false")
    op.add_column("audit_entry", sa.Column("is_offer", sa.Boolean, server_default=false, nullable=False))
    # A trigger refuses every change of an entry but a count that grows.
    op.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
    op.execute(MARK)
    op.execute("ALTER TABLE audit_entry ENABLE TRIGGER USER")


def downgrade() -> None:
    op.drop_column("audit_entry", "is_offer")
