import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

from gateway.db import migrate
from gateway.db.engine import make_engine


def test_there_is_one_head():
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))

    assert ScriptDirectory.from_config(config).get_heads() == ["0018"]


async def test_the_migrated_database_is_what_the_models_say(connection):
    assert await migrate.drift(connection) == []
    assert await connection.scalar(text("SELECT to_regnamespace('drift')")) is None


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("ALTER TABLE client DROP COLUMN address", "missing: column client.address text DEFAULT none"),
        ("ALTER TABLE client ADD hue text", "unknown: column client.hue text DEFAULT none"),
        ("ALTER TABLE client ALTER name DROP NOT NULL", "unknown: column client.name text DEFAULT none"),
        ("ALTER TABLE invoice DROP CONSTRAINT ck_invoice_total", "missing: constraint invoice.ck_invoice_total"),
        ("DROP INDEX uq_collaboration_living", "missing: CREATE UNIQUE INDEX uq_collaboration_living"),
        ("ALTER TABLE plan ALTER tier SET DEFAULT 'pro'", "unknown: column plan.tier text NOT NULL DEFAULT 'pro'"),
    ],
)
async def test_drift_is_found(connection, change, found):
    await connection.execute(text(change))

    assert any(line.startswith(found) for line in await migrate.drift(connection))


async def test_an_index_with_another_predicate_is_drift(connection):
    await connection.execute(text("DROP INDEX uq_assignment_current"))
    await connection.execute(text("CREATE UNIQUE INDEX uq_assignment_current ON assignment (member_id, client_id)"))

    assert [line.split()[0] for line in await migrate.drift(connection)] == ["missing:", "unknown:"]


async def test_a_database_is_current_only_at_the_head(connection):
    assert await migrate.is_current(connection)

    await connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))

    assert not await migrate.is_current(connection)


async def test_upgrading_twice_changes_nothing(copy):
    url = await copy()

    await migrate.upgrade(url)

    engine = make_engine(url)
    async with engine.connect() as connection:
        assert await migrate.is_current(connection)
        assert await connection.scalar(text("SELECT count(*) FROM client")) == 8
    await engine.dispose()
