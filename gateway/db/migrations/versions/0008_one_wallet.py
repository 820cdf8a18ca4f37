"""The balance of a wallet is the newest reported WALLET_BALANCE (D62): the table of its own goes."""

from typing import Final

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, PrimaryKeyConstraint, Text, Uuid

revision: Final = "0008"
down_revision: Final = "0007"


def upgrade() -> None:
    # A balance that was never reported is kept as a report, so that no client loses what it could read.
    op.execute(
        "INSERT INTO kpi_snapshot (client_id, kind, amount, currency, as_of)"
        " SELECT client_id, 'WALLET_BALANCE', balance, currency, now() FROM wallet ON CONFLICT DO NOTHING"
    )
    op.drop_table("wallet")


def downgrade() -> None:
    op.create_table(
        "wallet",
        Column("client_id", Uuid, nullable=False),
        Column("balance", BigInteger, nullable=False),
        Column("currency", Text, nullable=False),
        ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_wallet_client_id")),
        PrimaryKeyConstraint("client_id", name=op.f("pk_wallet")),
    )
    op.execute(
        "INSERT INTO wallet (client_id, balance, currency)"
        " SELECT client_id, amount, currency FROM kpi_snapshot WHERE kind = 'WALLET_BALANCE'"
    )
