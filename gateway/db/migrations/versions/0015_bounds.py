"""Bounds of what is stored, and the order of nested lists: people by name, tasks by due date.

Pending work beyond the new bounds is clamped: a snapshot is replaced by the next report. An invoice, a line or a profile
beyond them is refused, and the migration with it: none could be made through the gateway.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

from gateway.text.keys import fold

revision: Final = "0015"
down_revision: Final = "0014"

named: Final = op.f  # the names are whole already
SLICE: Final = 10_000
LONGEST_KEY: Final = 480  # bytes


def upgrade() -> None:
    _names()
    _tasks()
    _pending_work()
    _invoices()
    for column in ("specialties", "languages"):
        op.create_check_constraint(named(f"ck_firm_profile_{column}"), "firm_profile", f"cardinality({column}) <= 20")


def _names() -> None:
    op.add_column("user_account", sa.Column("name_key", sa.Text(collation="C")))
    person = sa.table("user_account", sa.column("id", sa.Uuid), sa.column("name"), sa.column("name_key"))
    connection, last = op.get_bind(), None
    keyed = person.update().where(person.c.id == sa.bindparam("key")).values(name_key=sa.bindparam("folded"))
    while True:
        following = sa.select(person.c.id, person.c.name).order_by(person.c.id).limit(SLICE)
        rows = connection.execute(following if last is None else following.where(person.c.id > last)).all()
        if not rows:
            break
        connection.execute(
            keyed,
            [{"key": row.id, "folded": fold(row.name).encode()[:LONGEST_KEY].decode(errors="ignore")} for row in rows],
        )
        last = rows[-1].id
    op.alter_column("user_account", "name_key", nullable=False)
    op.create_check_constraint(
        named("ck_user_account_name_key_bound"), "user_account", f"octet_length(name_key) <= {LONGEST_KEY}"
    )


def _key(name: str) -> str:
    return fold(name).encode()[:LONGEST_KEY].decode(errors="ignore")


def _tasks() -> None:
    op.execute("UPDATE pending_activity SET due_at = 'infinity' WHERE due_at IS NULL")
    op.alter_column("pending_activity", "due_at", nullable=False, server_default=sa.text("'infinity'"))
    op.drop_index("ix_pending_activity_open", "pending_activity")
    op.create_index(
        "ix_pending_activity_open",
        "pending_activity",
        ["client_id", "due_at", "id"],
        postgresql_where=sa.text("done_at IS NULL"),
    )


def _pending_work() -> None:
    op.execute("UPDATE kpi_snapshot SET count = 100000000 WHERE count > 100000000")
    op.execute(
        "UPDATE kpi_snapshot SET amount = least(greatest(amount, -1000000000000000), 1000000000000000)"
        " WHERE abs(amount) > 1000000000000000"
    )
    op.drop_constraint(named("ck_kpi_snapshot_count"), "kpi_snapshot")
    op.create_check_constraint(named("ck_kpi_snapshot_count"), "kpi_snapshot", "count BETWEEN 0 AND 100000000")
    op.create_check_constraint(named("ck_kpi_snapshot_amount"), "kpi_snapshot", "abs(amount) <= 1000000000000000")


def _invoices() -> None:
    within = "<= 1000000000000000"
    op.create_check_constraint(named("ck_invoice_amounts"), "invoice", f"abs(net) {within} AND abs(tax) {within}")
    for name, rule in (
        ("position", "position BETWEEN 1 AND 100"),
        ("quantity", "quantity BETWEEN 1 AND 1000000"),
        ("amounts", f"abs(unit_amount) {within} AND abs(amount) {within}"),
    ):
        op.create_check_constraint(named(f"ck_invoice_line_{name}"), "invoice_line", rule)
    op.create_index(
        "ix_invoice_of_collaboration",
        "invoice",
        ["collaboration_id", "id"],
        postgresql_where=sa.text("collaboration_id IS NOT NULL"),
    )
