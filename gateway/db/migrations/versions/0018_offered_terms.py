"""Terms that are offered before a client's verification (D60), and why a company was rejected (D67)."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0018"
down_revision: Final = "0017"

# Until now what was offered was a grant that opened nothing, with a period in which nothing could be billed.
OFFERS: Final = """
INSERT INTO offered_terms (collaboration_id, client_id, level, shared_kpis, mode, expires_at, offered_by)
SELECT k.id, k.client_id, g.level, g.shared_kpis, CASE g.level WHEN 'full' THEN coalesce(p.mode, 'client') END,
       g.expires_at, g.granted_by
FROM collaboration k
JOIN access_grant g ON g.collaboration_id = k.id AND g.revoked_at IS NULL
LEFT JOIN billing_mode_period p ON p.collaboration_id = k.id AND p.to_at = 'infinity'
WHERE k.state = 'pending' AND k.origin = 'firm_invitation'
"""
NO_PERIODS: Final = """
DELETE FROM billing_mode_period p USING collaboration k
WHERE k.id = p.collaboration_id AND k.state = 'pending' AND k.started_at IS NULL
"""
NO_GRANTS: Final = """
DELETE FROM access_grant g USING collaboration k
WHERE k.id = g.collaboration_id AND k.state = 'pending' AND k.started_at IS NULL
"""
BACK: Final = """
INSERT INTO access_grant
    (id, collaboration_id, client_id, version, level, shared_kpis, granted_by, granted_at, expires_at)
SELECT gen_random_uuid(), o.collaboration_id, o.client_id, 1, o.level, o.shared_kpis, o.offered_by, now(), o.expires_at
FROM offered_terms o
"""
PERIODS_BACK: Final = """
INSERT INTO billing_mode_period (id, collaboration_id, client_id, mode, from_at, changed_by)
SELECT gen_random_uuid(), o.collaboration_id, o.client_id, o.mode, now(), o.offered_by
FROM offered_terms o WHERE o.mode IS NOT NULL
"""


def upgrade() -> None:
    op.create_table(
        "offered_terms",
        sa.Column("collaboration_id", sa.Uuid, nullable=False),
        sa.Column("client_id", sa.Uuid, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("shared_kpis", sa.Integer, nullable=False),
        sa.Column("mode", sa.Text),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("'infinity'")),
        sa.Column("offered_by", sa.Uuid),
        sa.CheckConstraint("level IN ('limited', 'full')", name=op.f("ck_offered_terms_level")),
        sa.CheckConstraint("mode IN ('client', 'partner')", name=op.f("ck_offered_terms_mode")),
        sa.CheckConstraint("(level = 'full') = (mode IS NOT NULL)", name=op.f("ck_offered_terms_mode_at_full")),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_offered_terms_{column}"))
            for column, target in (
                ("collaboration_id", "collaboration.id"),
                ("client_id", "client.id"),
                ("offered_by", "user_account.id"),
            )
        ),
        sa.PrimaryKeyConstraint("collaboration_id", name=op.f("pk_offered_terms")),
    )
    op.create_index(
        "uq_offered_terms_payer", "offered_terms", ["client_id"], unique=True, postgresql_where="mode = 'partner'"
    )
    op.execute(OFFERS)
    op.execute(NO_PERIODS)
    op.execute(NO_GRANTS)
    op.add_column("client", sa.Column("verification_reason", sa.Text))
    op.create_check_constraint(
        op.f("ck_client_verification_reason"), "client", "verification_reason IS NULL OR state = 'rejected'"
    )


def downgrade() -> None:
    op.drop_column("client", "verification_reason")
    op.execute(BACK)
    op.execute(PERIODS_BACK)
    op.drop_table("offered_terms")
