"""Billing modes that a firm's suspension has paused (D59)."""

from typing import Final

from alembic import op
from sqlalchemy import Boolean, Column, text

revision: Final = "0007"
down_revision: Final = "0006"

# A firm that is suspended now has been since the platform decided so; a grant may have expired before.
REMEMBER: Final = """
    UPDATE collaboration AS k SET partner_paused = true FROM firm AS f
    WHERE f.id = k.firm_id AND f.programme_state = 'suspended'
      AND EXISTS (SELECT FROM billing_mode_period AS p
                  WHERE p.collaboration_id = k.id AND p.mode = 'partner' AND p.to_at = 'infinity')
      AND EXISTS (SELECT FROM access_grant AS g WHERE g.collaboration_id = k.id AND g.level = 'full'
                  AND g.revoked_at IS NULL AND g.expires_at > now())
"""
CLOSE: Final = """
    UPDATE billing_mode_period AS p
    SET to_at = greatest(p.from_at + interval '1 microsecond', least(coalesce(f.decided_at, now()), g.expires_at))
    FROM collaboration AS k JOIN firm AS f ON f.id = k.firm_id AND f.programme_state = 'suspended'
    LEFT JOIN access_grant AS g ON g.collaboration_id = k.id AND g.revoked_at IS NULL
    WHERE k.id = p.collaboration_id AND p.to_at = 'infinity'
"""


def upgrade() -> None:
    op.create_index("ix_billing_mode_period_of_client", "billing_mode_period", ["client_id", "from_at"])
    op.add_column("collaboration", Column("partner_paused", Boolean, nullable=False, server_default=text("false")))
    op.execute(REMEMBER)
    op.execute(CLOSE)
