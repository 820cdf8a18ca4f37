"""Runs the migrations, which are part of the package, and compares the database with the models."""

from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.engine import make_engine
from gateway.db.models import Base

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x6D696772617465  # "migrate": replicas that start at the same time migrate one after the other


async def upgrade(url: str, revision: str = "head") -> None:
    """Migrate the database to `revision`, in one transaction.

    Raises ValueError, and changes nothing, if a column of the models is missing afterwards at the newest revision: a release
    with a forgotten migration does not begin to serve.
    """
    engine = make_engine(url, pool_size=1, statement_seconds=0, application_name="partner-gateway-migrate")
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            await connection.run_sync(_upgrade, revision)
            if revision == "head" and (missing := await missing_columns(connection)):
                raise ValueError(f"No migration adds {', '.join(missing)}.")
    finally:
        await engine.dispose()


async def is_current(connection: AsyncConnection) -> bool:
    """Whether the database is at the newest revision of this package."""
    return await connection.run_sync(_versions) == set(ScriptDirectory.from_config(_config()).get_heads())


async def is_behind(connection: AsyncConnection) -> bool:
    """Whether the database lacks migrations of this package.

    A database that is ahead of this package has everything that it needs: during a rolling update the old replicas
    continue to serve after the new one has migrated.
    """
    versions = await connection.run_sync(_versions)
    return not versions or not versions.isdisjoint(_older())


async def missing_columns(connection: AsyncConnection) -> list[str]:
    """The columns of the models that the database does not have, as `table.column`."""
    rows = await connection.execute(
        text("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()")
    )
    there = {(table, column) for table, column in rows}
    wanted = [(table.name, column.name) for table in Base.metadata.sorted_tables for column in table.columns]
    return [f"{table}.{column}" for table, column in wanted if (table, column) not in there]


async def drift(connection: AsyncConnection) -> list[str]:
    """The differences between the database and the models: one line each, sorted; empty if they agree.

    Creates the tables of the models in a separate schema, which is rolled back, and compares the two catalogues: columns,
    defaults, constraints and indexes with their predicates. Alembic's own comparison covers only some of these. The
    queue's tables have no models: its library names what they lack.
    """
    queue = [f"queue: {line}" for line in await _lacking(connection)]
    async with connection.begin_nested() as attempt:
        there = await _catalogue(connection)
        await connection.execute(text("CREATE SCHEMA drift"))
        await connection.execute(text("SELECT set_config('search_path', 'drift, ' || current_schema(), true)"))
        await connection.run_sync(lambda sync: Base.metadata.create_all(sync, checkfirst=False))
        wanted = await _catalogue(connection)
        await attempt.rollback()
    missing = [f"missing: {line}" for line in wanted - there]
    return sorted(queue + missing + [f"unknown: {line}" for line in there - wanted])


async def _lacking(connection: AsyncConnection) -> list[str]:
    """The statements and notes of the queue's library for an upgrade of its tables."""
    raw: Any = (await connection.get_raw_connection()).driver_connection
    plan = await Queries(AsyncpgDriver(raw)).plan_upgrade()
    return [*plan.statements, *plan.notes]


def _upgrade(connection: Connection, revision: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


@cache
def _older() -> frozenset[str]:
    script = ScriptDirectory.from_config(_config())
    return frozenset(each.revision for each in script.walk_revisions()) - frozenset(script.get_heads())


def _versions(connection: Connection) -> set[str]:
    return set(MigrationContext.configure(connection).get_current_heads())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


async def _catalogue(connection: AsyncConnection) -> set[str]:
    """One line for each column, constraint and index of the current schema, without the schema's name."""
    rows = await connection.execute(
        text(
            """
            SELECT replace(line, quote_ident(current_schema()) || '.', '') FROM (
                SELECT 'column ' || relation.relname || '.' || attname || ' ' || format_type(atttypid, atttypmod)
                    || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END
                    || coalesce(' COLLATE ' || collname, '')
                    || CASE attgenerated WHEN '' THEN ' DEFAULT ' ELSE ' GENERATED ' END
                    || coalesce(pg_get_expr(adbin, adrelid), 'none') AS line
                FROM pg_attribute
                JOIN pg_class relation ON relation.oid = attrelid AND relkind = 'r'
                LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
                LEFT JOIN pg_collation ON pg_collation.oid = attcollation AND collname <> 'default'
                WHERE relnamespace = to_regnamespace(quote_ident(current_schema())) AND attnum > 0 AND NOT attisdropped
                UNION ALL
                SELECT 'constraint ' || conrelid::regclass || '.' || conname || ' ' || pg_get_constraintdef(oid)
                FROM pg_constraint
                WHERE connamespace = to_regnamespace(quote_ident(current_schema())) AND contype <> 'n'
                UNION ALL
                SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema()
            ) AS lines WHERE line NOT LIKE '%alembic_version%' AND line NOT LIKE '%pgqueuer%'
            """
        )
    )
    return set(rows.scalars())
