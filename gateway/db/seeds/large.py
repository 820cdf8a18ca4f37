"""Inserts a large world for benchmarks, in one transaction."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from random import Random
from typing import Any, Final

from argon2 import PasswordHasher
from rich.progress import Progress
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.engine import make_engine
from gateway.db.models import User
from gateway.db.seeds.batches import batches
from gateway.db.seeds.crowd import gather_clients, gather_firms, gather_staff, pair_up
from gateway.db.seeds.ledger import INVOICE, LINE, Ledger
from gateway.db.seeds.people import DEMO_PASSWORD, LARGE_PEOPLE

BULK: Final = (
    "user_account",
    "client",
    "client_member",
    "kpi_snapshot",
    "pending_activity",
    "collaboration",
    "access_grant",
    "billing_mode_period",
    "assignment",
    "invoice",
    "invoice_line",
)


class AlreadySeeded(RuntimeError):
    """The database already contains the large world; the message is one sentence for the person at the terminal."""


async def seed_large(
    url: str,
    *,
    firms: int = 200,
    clients: int = 100_000,
    invoices: int = 1_000_000,
    staff: int = 2_000,
    seed: int = 1,
    even: bool = False,
    progress: Progress | None = None,
) -> None:
    """Insert the world that follows from `seed`, in addition to the existing rows. Meanwhile its tables are locked.

    The firm of `LARGE_PEOPLE`, who can sign in with the demo password, has a fifth of the clients, or as many as any other if
    the world is `even`. Foreign keys and indexes are dropped meanwhile, which reduces the time to a third. Raises
    `AlreadySeeded`.
    """
    random = Random(seed)  # noqa: S311 - the data is not secret
    shown = progress or Progress(disable=True)
    engine = make_engine(url, pool_size=1, statement_seconds=0, application_name="partner-gateway-seed")
    try:
        async with engine.begin() as connection:
            await connection.execute(text("LOCK TABLE plan IN SHARE ROW EXCLUSIVE MODE"))  # one seeding at a time
            if await connection.scalar(select(User.id).where(User.email_key == LARGE_PEOPLE[0].email)):
                raise AlreadySeeded("This database already contains the large world.")
            offices = gather_firms(random, firms)
            companies = gather_clients(random, clients)
            pairs = pair_up(random, firms, companies, even=even)
            async with _bare(connection, shown):
                for table, columns, rows, expected in batches(
                    random,
                    firms=offices,
                    clients=companies,
                    pairs=pairs,
                    staff=gather_staff(random, staff, offices, pairs),
                    password_hash=PasswordHasher().hash(DEMO_PASSWORD),
                ):
                    await _copy(connection, table, columns, shown.track(rows, expected, description=table))
                ledger = Ledger(random, invoices, offices, companies, pairs)
                for piece in shown.track(ledger.rounds(), -(-invoices // clients), description="invoice"):
                    await _copy(connection, "invoice", INVOICE, piece)
                    await _copy(connection, "invoice_line", LINE, ledger.lines)
        async with engine.connect() as connection:
            alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await alone.execute(text("VACUUM (ANALYZE)"))
    finally:
        await engine.dispose()


@asynccontextmanager
async def _bare(connection: AsyncConnection, progress: Progress) -> AsyncIterator[None]:
    """Drop the foreign keys and indexes of the large tables and disable their triggers, and restore them afterwards.

    PostgreSQL checks the foreign keys when they are restored.
    """
    await connection.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
    named = {"tables": list(BULK)}
    keys = (await connection.execute(FOREIGN_KEYS, named)).all()
    indexes = (await connection.execute(INDEXES, named)).all()
    for table, name, _ in keys:
        await connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
    for name, _ in indexes:
        await connection.execute(text(f"DROP INDEX {name}"))
    for table in BULK:
        await connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    yield
    again = [definition for _, definition in indexes]
    again += [f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}" for table, name, definition in keys]
    again += [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in BULK]
    for statement in progress.track(again, description="indexes and keys"):
        await connection.exec_driver_sql(statement)


FOREIGN_KEYS: Final = text(
    """
    SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype = 'f' AND conrelid = ANY (CAST(:tables AS text[])::regclass[])
    """
)
INDEXES: Final = text(
    """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = ANY (CAST(:tables AS text[])::regclass[])
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
    """
)


async def _copy(connection: AsyncConnection, table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    driver: Any = (await connection.get_raw_connection()).driver_connection
    await driver.copy_records_to_table(table, columns=columns.split(), records=rows)
