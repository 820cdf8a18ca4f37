import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

from gateway.db import migrate
from gateway.db.engine import make_engine


def test_there_is_one_head():
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))

    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


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
        ("ALTER TABLE pgqueuer DROP COLUMN slot", "queue: ALTER TABLE pgqueuer ADD COLUMN slot"),
        ("DROP INDEX pgqueuer_unique_dedupe_key", "queue: CREATE UNIQUE INDEX"),
        ("DROP TRIGGER tg_pgqueuer_changed ON pgqueuer", "queue: CREATE TRIGGER tg_pgqueuer_changed"),
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


OUTCOMES = """INSERT INTO kept_outcome (caller, key, field, fingerprint, outcome, kept_until) VALUES
  ('c', 'one', 'a', 'body', '{"fields": {}}', now()), ('c', 'one', 'b', 'body', '{"fields": {}}', now()),
  ('c', 'two', 'a', 'older', '{"fields": {}}', now()), ('c', 'two', 'b', 'newer', '{"fields": {}}', now() + interval '1 hour'),
  ('d', 'one', 'a', 'other', '{"fields": {}}', now())"""


async def test_keys_of_before_are_of_the_newest_body_that_they_came_with(copy):
    url = await copy()
    engine = make_engine(url)
    async with engine.begin() as connection:
        for statement in ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"):
            await connection.execute(text(statement))
    await migrate.upgrade(url, "0006")
    async with engine.begin() as connection:
        await connection.execute(text(OUTCOMES))
    await migrate.upgrade(url)
    async with engine.connect() as connection:
        kept = await connection.execute(text("SELECT caller, key, fingerprint FROM kept_request ORDER BY 1, 2"))
        rows = [tuple(row) for row in kept]
        outcomes = await connection.scalar(text("SELECT count(*) FROM kept_outcome"))
    await engine.dispose()

    assert rows == [(b"c", "one", b"body"), (b"c", "two", b"newer"), (b"d", "one", b"other")]
    assert outcomes == 5


INVITED = """
INSERT INTO plan (id, tier, sections, fee_amount, fee_currency) VALUES (gen_random_uuid(), 'basic', 0, 0, 'EUR');
INSERT INTO firm (id, name, name_key, spelled_key, country, business_kind, contact_name, contact_email, contact_email_key,
  account_state, trial_ends_at, subscription_paid, programme_state)
SELECT gen_random_uuid(), 'F', 'f', 'f', 'DE', 'advisory', 'A', 'a@f.example', 'a@f.example', 'active', now(), true, 'approved';
INSERT INTO client (id, name, name_key, spelled_key, country, state, plan_id)
SELECT gen_random_uuid(), 'C', 'c', 'c', 'DE', 'verified', id FROM plan;
INSERT INTO collaboration (id, firm_id, client_id, origin, state, firm_name, client_name, client_name_key, client_spelled_key,
  created_at)
SELECT gen_random_uuid(), firm.id, client.id, 'firm_invitation', each, 'F', 'Typed', 'typed', 'typed', '2026-01-01+00'
FROM firm, client, unnest(ARRAY['invited', 'declined']) AS each;
INSERT INTO notice (id, kind, at, collaboration_id, data)
SELECT gen_random_uuid(), 'COLLABORATION_REQUESTED', now(), id, '{}' FROM collaboration
"""


async def test_an_invitation_of_before_becomes_one_with_a_copy(copy):
    url = await copy()
    engine = make_engine(url)
    async with engine.begin() as connection:
        for statement in ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"):
            await connection.execute(text(statement))
    await migrate.upgrade(url, "0017")
    async with engine.begin() as connection:
        for statement in INVITED.split(";"):
            await connection.execute(text(statement))
    await migrate.upgrade(url)
    async with engine.connect() as connection:
        kept = await connection.execute(
            text(
                "SELECT k.state, k.copy_of IS NULL, k.client_id IS NULL, k.client_name, count(n.id) FROM collaboration k"
                " LEFT JOIN notice n ON n.collaboration_id = k.id GROUP BY k.id ORDER BY 1, 2"
            )
        )
        rows = [tuple(row) for row in kept]
        copied = await connection.scalar(
            text(
                "SELECT to_timestamp(('x0000' || left(replace(id::text, '-', ''), 12))::bit(64)::bigint / 1000.0)::date::text"
                " FROM collaboration WHERE copy_of IS NOT NULL"
            )
        )
    await engine.dispose()

    assert rows == [
        ("declined", True, False, "Typed", 1),
        ("invited", False, False, "Typed", 1),
        ("invited", True, True, "Typed", 0),
    ]
    assert copied == "2026-01-01"  # its key is as old, by which lists are in order
