"""Until when a firm's subscription is paid (H13), invitation codes (P15), and no stored TRIAL_ENDED (D61)."""

import secrets
from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0016"
down_revision: Final = "0015"

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def upgrade() -> None:
    op.add_column("firm", sa.Column("subscription_paid_until", sa.DateTime(timezone=True)))
    op.create_check_constraint(
        op.f("ck_firm_subscription_paid_until"), "firm", "subscription_paid OR subscription_paid_until IS NULL"
    )
    op.add_column("firm", sa.Column("invitation_code", sa.Text))
    op.create_unique_constraint(op.f("uq_firm_invitation_code"), "firm", ["invitation_code"])
    _give_codes()
    op.create_table(
        "invitation_code_guess",
        sa.Column("client_id", sa.Uuid, nullable=False),
        sa.Column("guesses", sa.Integer, nullable=False),
        sa.Column("window_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_invitation_code_guess_client_id")),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_invitation_code_guess")),
    )
    op.execute("UPDATE firm SET account_state = 'trial' WHERE account_state = 'trial_ended'")
    _restrict_account_states("'trial', 'active', 'closed'")


def downgrade() -> None:
    _restrict_account_states("'trial', 'trial_ended', 'active', 'closed'")
    op.execute("UPDATE firm SET account_state = 'trial_ended' WHERE account_state = 'trial' AND trial_ends_at <= now()")
    op.drop_table("invitation_code_guess")
    op.drop_column("firm", "invitation_code")
    op.drop_column("firm", "subscription_paid_until")


def _restrict_account_states(states: str) -> None:
    op.drop_constraint(op.f("ck_firm_account_state"), "firm")
    op.create_check_constraint(op.f("ck_firm_account_state"), "firm", f"account_state IN ({states})")


def _give_codes() -> None:
    """Each firm that was ever approved gets one."""
    connection, firm = op.get_bind(), sa.table("firm", sa.column("id"), sa.column("invitation_code"))
    approved = connection.execute(sa.text("SELECT id FROM firm WHERE programme_state IN ('approved', 'suspended')"))
    coded = [{"firm": row.id, "code": _code()} for row in approved]
    if coded:
        give = sa.update(firm).where(firm.c.id == sa.bindparam("firm"))
        connection.execute(give.values(invitation_code=sa.bindparam("code")), coded)


def _code() -> str:
    """As the gateway makes them: eleven random characters and the check character of Luhn's formula modulo 32."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(11))
    total = 0
    for place, character in enumerate(reversed(drawn)):
        value = ALPHABET.index(character) * (2 if place % 2 == 0 else 1)
        total += value // 32 + value % 32
    return drawn + ALPHABET[-total % 32]
