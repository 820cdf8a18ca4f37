"""Each row of a client carries the client, also in its keys, so that the tables can be distributed by client."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0022"
down_revision: Final = "0021"

named: Final = op.f  # the names are whole already

CHILDREN: Final = {"invoice_line": ("invoice", "invoice_id"), "message": ("conversation", "conversation_id")}
"""The tables that had no client: parent, and the column that refers to it."""
FILLED: Final = (
    "ALTER TABLE invoice_line DISABLE TRIGGER USER",  # issued invoices do not change
    "UPDATE invoice_line l SET client_id = i.client_id FROM invoice i WHERE i.id = l.invoice_id",
    "ALTER TABLE invoice_line ENABLE TRIGGER USER",
    "UPDATE message m SET client_id = c.client_id FROM conversation c WHERE c.id = m.conversation_id",
)
PARENTS: Final = {
    "client_session": "ix_client_session_of_client",
    "collaboration": "ix_collaboration_of_client",
    "conversation": "ix_conversation_of_client",
    "invoice": "ix_invoice_about_client",
    "purchase_order": "ix_purchase_order_of_client",
}
"""Tables whose index of client and id becomes a key, and that index."""
INSIDE: Final = (
    ("access_grant", "collaboration", "collaboration_id"),
    ("billing_mode_period", "collaboration", "collaboration_id"),
    ("client_session", "collaboration", "collaboration_id"),
    ("invoice", "collaboration", "collaboration_id"),
    ("invoice", "purchase_order", "order_id"),
    ("invoice", "invoice", "credits_id"),
    ("offered_terms", "collaboration", "collaboration_id"),
    ("purchase_order", "collaboration", "collaboration_id"),
)
"""Foreign keys that refer to a row of the same client."""
UNIQUE: Final = {
    "uq_access_grant_current": ("access_grant", ["collaboration_id", "client_id"], "revoked_at IS NULL"),
    "uq_access_grant_version": ("access_grant", ["client_id", "collaboration_id", "version"], None),
    "uq_billing_mode_period_open": ("billing_mode_period", ["collaboration_id", "client_id"], "to_at = 'infinity'"),
    "uq_client_session_open": ("client_session", ["member_id", "client_id"], "closed_at IS NULL"),
    "uq_invoice_number": ("invoice", ["holder_id", "number", "client_id"], None),
    "uq_invoice_of_order": ("invoice", ["order_id", "client_id"], "kind = 'invoice'"),
    "uq_invoice_line_position": ("invoice_line", ["client_id", "invoice_id", "position"], None),
}


def upgrade() -> None:
    for table in CHILDREN:
        op.add_column(table, sa.Column("client_id", sa.Uuid))
    for statement in FILLED:
        op.execute(statement)
    for table in CHILDREN:
        op.alter_column(table, "client_id", nullable=False)
        op.create_foreign_key(named(f"fk_{table}_client_id"), table, "client", ["client_id"], ["id"])
    for table, index in PARENTS.items():
        op.create_unique_constraint(named(f"uq_{table}_of_client"), table, ["client_id", "id"])
        op.drop_index(index, table)
    for table, parent, column in (*INSIDE, *((table, *of) for table, of in CHILDREN.items())):
        op.drop_constraint(named(f"fk_{table}_{column}"), table)
        key = named(f"fk_{table}_client_id_{column}")
        op.create_foreign_key(key, table, parent, ["client_id", column], ["client_id", "id"])
    for name, (table, columns, where) in UNIQUE.items():
        op.drop_index(name, table)
        op.create_index(name, table, columns, unique=True, postgresql_where=None if where is None else sa.text(where))
    op.drop_constraint(named("uq_client_member_invitation_token_hash"), "client_member_invitation")
    key = named("uq_client_member_invitation_token_hash_client_id")
    op.create_unique_constraint(key, "client_member_invitation", ["token_hash", "client_id"])
    op.drop_index("ix_assignment_of_client", "assignment")
    op.create_index("ix_assignment_of_client", "assignment", ["client_id", "ended_at", "member_id"])
    op.create_index("ix_offered_terms_of_client", "offered_terms", ["client_id", "collaboration_id"])
    op.create_index("ix_message_of_client", "message", ["client_id", "id"])
    # The foreign keys do what the triggers did.
    for table in ("access_grant", "billing_mode_period"):
        op.execute(f"DROP TRIGGER same_client ON {table}")
    op.execute("DROP FUNCTION same_client_guard()")
