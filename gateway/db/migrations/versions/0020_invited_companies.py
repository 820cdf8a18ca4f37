"""A copy of a firm's invitation for each company that may answer it (D30, D42)."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0020"
down_revision: Final = "0019"

named: Final = op.f  # the names are whole already

# The company of an invitation that is not answered yet gets a copy, as old as the invitation.
COPIES: Final = (
    """
    CREATE TEMPORARY TABLE invited_company ON COMMIT DROP AS
    SELECT id AS invitation, client_id,
        (lpad(to_hex(floor(extract(epoch FROM created_at) * 1000)::bigint), 12, '0') || '7'
         || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid AS copy
    FROM collaboration WHERE state = 'invited' AND client_id IS NOT NULL
    """,
    "UPDATE collaboration c SET client_id = NULL FROM invited_company i WHERE c.id = i.invitation",
    """
    INSERT INTO collaboration
        (id, copy_of, client_id, firm_id, origin, state, requested_by, requested_level, request_message, invited_email,
         invited_email_key, invited_country, firm_name, client_name, client_name_key, client_spelled_key, created_at)
    SELECT i.copy, i.invitation, i.client_id, firm_id, origin, state, requested_by, requested_level, request_message,
        invited_email, invited_email_key, invited_country, firm_name, client_name, client_name_key, client_spelled_key,
        created_at
    FROM collaboration c JOIN invited_company i ON i.invitation = c.id
    """,
    """
    UPDATE notice n SET collaboration_id = i.copy FROM invited_company i
    WHERE n.collaboration_id = i.invitation AND n.kind = 'COLLABORATION_REQUESTED'
    """,
    "DROP TABLE invited_company",
)
# Invitations before their copies, as in every change of them: an answer at the same time must not be a deadlock.
RENAMED: Final = """
    CREATE OR REPLACE FUNCTION firm_renamed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
    BEGIN
        UPDATE collaboration SET firm_name = NEW.name
        WHERE firm_id = NEW.id AND copy_of IS NULL AND state IN ('invited', 'pending', 'active');
        UPDATE collaboration SET firm_name = NEW.name
        WHERE firm_id = NEW.id AND copy_of IS NOT NULL AND state = 'invited';
        RETURN NULL;
    END $$
"""


def upgrade() -> None:
    op.add_column("collaboration", sa.Column("copy_of", sa.Uuid))
    op.create_foreign_key(named("fk_collaboration_copy_of"), "collaboration", "collaboration", ["copy_of"], ["id"])
    for statement in COPIES:
        op.execute(statement)
    for name, rule in (
        ("invited", "state <> 'invited' OR (client_id IS NULL) = (copy_of IS NULL)"),
        ("copy", "copy_of IS NULL OR state NOT IN ('pending', 'active', 'ended')"),
    ):
        op.create_check_constraint(named(f"ck_collaboration_{name}"), "collaboration", rule)
    op.create_index(
        "uq_collaboration_copy",
        "collaboration",
        ["copy_of", "client_id"],
        unique=True,
        postgresql_where=sa.text("copy_of IS NOT NULL"),
    )
    op.execute(RENAMED)
