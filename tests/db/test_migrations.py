from collections.abc import Awaitable, Callable

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.db import migrate
from gateway.db.bounds import MAX_MINOR, MAX_PENDING
from gateway.db.engine import make_engine
from gateway.text.keys import fold

Copy = Callable[[], Awaitable[str]]


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


async def upgraded(copy: Copy, revision: str, statements: str) -> AsyncEngine:
    """An engine on a database that was at `revision` when the statements were executed, and then was migrated."""
    url = await copy()
    engine = make_engine(url)
    async with engine.begin() as connection:
        for statement in ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"):
            await connection.execute(text(statement))
    await migrate.upgrade(url, revision)
    async with engine.begin() as connection:
        for statement in statements.split(";"):
            await connection.execute(text(statement))
    await migrate.upgrade(url)
    return engine


PLAN = (
    "INSERT INTO plan (id, tier, sections, fee_amount, fee_currency) VALUES (gen_random_uuid(), 'basic', 0, 0, 'EUR')"
)
CLIENT = """INSERT INTO client (id, name, name_key, spelled_key, country, state, plan_id)
SELECT gen_random_uuid(), 'C', 'c', 'c', 'DE', 'verified', id FROM plan"""
FIRM = """
INSERT INTO firm (id, name, name_key, spelled_key, country, business_kind, contact_name, contact_email, contact_email_key,
  account_state, trial_ends_at, subscription_paid, programme_state)
SELECT gen_random_uuid(), 'F', 'f', 'f', 'DE', 'advisory', 'A', 'a@f.example', 'a@f.example', 'active', now(), true, 'approved'"""
PERSON = """INSERT INTO user_account (id, email, email_key, name) VALUES (gen_random_uuid(), 'Ä@x.example', 'ä@x.example', 'Ärne')"""
KEYED = PERSON.replace("name)", "name, name_key)").replace("'Ärne')", "'Ärne', 'arne')")


OUTCOMES = """INSERT INTO kept_outcome (caller, key, field, fingerprint, outcome, kept_until) VALUES
  ('c', 'one', 'a', 'body', '{"fields": {}}', now()), ('c', 'one', 'b', 'body', '{"fields": {}}', now()),
  ('c', 'two', 'a', 'older', '{"fields": {}}', now()), ('c', 'two', 'b', 'newer', '{"fields": {}}', now() + interval '1 hour'),
  ('d', 'one', 'a', 'other', '{"fields": {}}', now())"""


async def test_keys_of_before_are_of_the_newest_body_that_they_came_with(copy):
    engine = await upgraded(copy, "0006", OUTCOMES)
    async with engine.connect() as connection:
        kept = await connection.execute(text("SELECT caller, key, fingerprint FROM kept_request ORDER BY 1, 2"))
        rows = [tuple(row) for row in kept]
        outcomes = await connection.scalar(text("SELECT count(*) FROM kept_outcome"))
    await engine.dispose()

    assert rows == [(b"c", "one", b"body"), (b"c", "two", b"newer"), (b"d", "one", b"other")]
    assert outcomes == 5


INVITED = """
INSERT INTO collaboration (id, firm_id, client_id, origin, state, firm_name, client_name, client_name_key, client_spelled_key,
  created_at)
SELECT gen_random_uuid(), firm.id, client.id, 'firm_invitation', each, 'F', 'Typed', 'typed', 'typed', '2026-01-01+00'
FROM firm, client, unnest(ARRAY['invited', 'declined']) AS each;
INSERT INTO notice (id, kind, at, collaboration_id, data)
SELECT gen_random_uuid(), 'COLLABORATION_REQUESTED', now(), id, '{}' FROM collaboration
"""


async def test_an_invitation_of_before_becomes_one_with_a_copy(copy):
    engine = await upgraded(copy, "0017", f"{PLAN};{FIRM};{CLIENT};{INVITED}")
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


PENDING = """
INSERT INTO kpi_snapshot (client_id, kind, count, as_of) SELECT id, 'MISSING_RECEIPTS', 1000000000, now() FROM client;
INSERT INTO kpi_snapshot (client_id, kind, amount, currency, as_of)
SELECT id, 'WALLET_BALANCE', -99999999999999999, 'EUR', now() FROM client;
INSERT INTO pending_activity (id, client_id, reference, section, kind, title, due_at)
SELECT gen_random_uuid(), id, each, 'JOURNAL', 'JOURNAL_PENDING', 'Post', CASE each WHEN 'a' THEN now() END
FROM client, unnest(ARRAY['a', 'b']) AS each
"""


async def test_pending_work_of_before_is_kept_within_the_bounds(copy):
    engine = await upgraded(copy, "0014", f"{PLAN};{CLIENT};{PERSON};{PENDING}")
    async with engine.connect() as connection:
        assert await migrate.drift(connection) == []
        keys = (await connection.execute(text("SELECT name_key FROM user_account"))).scalars().all()
        kpis = (await connection.execute(text("SELECT max(count), min(amount) FROM kpi_snapshot"))).one()
        never = "SELECT count(*), count(*) FILTER (WHERE due_at = 'infinity') FROM pending_activity"
        tasks = (await connection.execute(text(never))).one()
    await engine.dispose()

    assert keys == [fold("Ärne")]
    assert kpis == (MAX_PENDING, -MAX_MINOR)
    assert tasks == (2, 1)


CONTENT = """
INSERT INTO conversation (id, firm_id, client_id, opened_by, opened_at)
SELECT gen_random_uuid(), f.id, c.id, u.id, now() FROM firm f, client c, user_account u;
INSERT INTO message (id, conversation_id, side, author_id, body, sent_at)
SELECT gen_random_uuid(), id, 'client', opened_by, 'Hello', now() FROM conversation;
INSERT INTO invoice (id, billing_mode, client_id, client_name, net, tax, total, currency, state, ordered_at, issued_at, number)
SELECT gen_random_uuid(), 'client', id, 'C', 1, 0, 1, 'EUR', 'open', now(), now(), '00001' FROM client;
INSERT INTO invoice_line (id, invoice_id, position, description, quantity, unit_amount, amount)
SELECT gen_random_uuid(), id, 1, 'Plan', 1, 1, 1 FROM invoice
"""


async def test_messages_and_lines_of_before_get_their_client(copy):
    engine = await upgraded(copy, "0021", f"{PLAN};{FIRM};{CLIENT};{CLIENT};{KEYED};{CONTENT}")
    async with engine.connect() as connection:
        messages, lines = [
            await connection.scalar(
                text(
                    f"SELECT count(*) FROM {child} c JOIN {parent} p ON p.id = c.{parent}_id AND p.client_id = c.client_id"
                )
            )
            for child, parent in (("message", "conversation"), ("invoice_line", "invoice"))
        ]
        with pytest.raises(DBAPIError, match="an issued invoice does not change"):
            await connection.execute(text("UPDATE invoice_line SET amount = 2"))
    await engine.dispose()

    assert (messages, lines) == (2, 2)
