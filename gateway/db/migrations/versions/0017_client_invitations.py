"""Invitations of companies, as their firm lists them (D66)."""

from typing import Final

from alembic import op

revision: Final = "0017"
down_revision: Final = "0016"

# Invitations of before 0006 have no offer of their own. Nothing was ever sent with these tokens.
OFFERS: Final = """
INSERT INTO client_invitation
    (id, email, email_key, state, token_hash, expires_at, collaboration_id, invited_by, invited_at)
SELECT c.id, c.invited_email, lower(btrim(c.invited_email)), CASE c.state WHEN 'invited' THEN 'open' ELSE 'void' END,
       sha256(convert_to(gen_random_uuid()::text, 'UTF8')), c.created_at + interval '30 days', c.id, c.requested_by,
       c.created_at
FROM collaboration c
WHERE c.origin = 'firm_invitation' AND c.invited_email IS NOT NULL AND c.requested_by IS NOT NULL
    AND NOT EXISTS (SELECT FROM client_invitation i WHERE i.collaboration_id = c.id)
"""
# The time of the last mail, not of the first: each is good for thirty days.
SENT_AGAIN: Final = """
UPDATE client_invitation SET invited_at = expires_at - interval '30 days'
WHERE sendings > 1 AND expires_at - interval '30 days' > invited_at
"""


def upgrade() -> None:
    op.execute(OFFERS)
    op.execute(SENT_AGAIN)


def downgrade() -> None:
    """The rows stay: they are true of the older tables as well."""
