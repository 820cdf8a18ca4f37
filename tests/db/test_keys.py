"""The migration that computes the keys of names and addresses, over rows that were there before it."""

from collections.abc import AsyncIterator
from typing import Final

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db import migrate
from gateway.db.engine import make_engine

NAME: Final = "gateway_test_keys"
LONG: Final = "ﷺ" * 40
BEFORE: Final = f"""
INSERT INTO plan VALUES (gen_random_uuid(), 'pro', 0, 1, 'EUR');
INSERT INTO client (id, name, name_key, country, state, contact_email, plan_id)
    SELECT gen_random_uuid(), each.*, 'CH', 'verified', 'a@b.example', plan.id FROM plan, (VALUES
        ('Zürcher L’Atelier', 'zurcher l’atelier'), ('{LONG}', repeat('x', 1200))) AS each;
UPDATE client SET contact_email = NULL WHERE name = '{LONG}';
INSERT INTO firm (id, name, name_key, country, business_kind, contact_name, contact_email, account_state, trial_ends_at,
    subscription_paid, programme_state)
    VALUES (gen_random_uuid(), 'Gänse', 'ganse', 'DE', 'agency', 'Å', ' ÅSE@Bücher.example', 'active', now(), true, 'approved');
INSERT INTO firm_profile (id, firm_id, revision, state, display_name, name_key, description, specialties, location, languages)
    SELECT gen_random_uuid(), id, 1, 'published', 'Björk', 'bjork', '', '{{}}', '', '{{}}' FROM firm;
INSERT INTO collaboration (id, firm_id, client_id, origin, state, started_at, invited_email, firm_name, client_name,
    client_name_key)
    SELECT gen_random_uuid(), firm.id, client.id, 'firm_invitation', 'active', now(), 'X@BÜCHER.example', firm.name,
    client.name, client.name_key FROM firm, client;
UPDATE collaboration SET state = 'ended', ended_at = now(), client_name = 'Århus', invited_email = NULL
    WHERE client_name = '{LONG}';
INSERT INTO user_account (id, email, email_key, name) VALUES
    ('00000000-0000-0000-0000-000000000001', 'x@xn--bcher-kva.example', 'x@xn--bcher-kva.example', 'First'),
    ('00000000-0000-0000-0000-000000000002', 'X@bücher.example', 'x@bücher.example', 'Second'),
    ('00000000-0000-0000-0000-000000000003', 'y@bücher.example', 'y@bücher.example', 'Third');
INSERT INTO firm_sign_up (id, email, email_key, token_hash, expires_at, name, locale, firm_name, country, business_kind,
    signed_up_at) VALUES
    (gen_random_uuid(), 'a@b.example', 'a@b.example', '1', now(), 'A', 'en', '{LONG}', 'DE', 'agency', now()),
    (gen_random_uuid(), 'a@ö.example', 'a@ö.example', '2', now(), 'A', 'en', 'Short', 'DE', 'agency', now());
"""


@pytest.fixture(scope="module")
async def migrated(server_url: str) -> AsyncIterator[AsyncConnection]:
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    revisions = ScriptDirectory.from_config(config).walk_revisions()
    (before,) = [each.down_revision for each in revisions if each.path.endswith("_keys.py")]
    server = make_engine(server_url, pool_size=1).execution_options(isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        await connection.execute(text(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)"))
        await connection.execute(text(f"CREATE DATABASE {NAME} TEMPLATE template0"))
    url = make_url(server_url).set(database=NAME).render_as_string(hide_password=False)
    await migrate.upgrade(url, str(before))
    engine = make_engine(url)
    async with engine.begin() as connection:
        for statement in BEFORE.split(";\n")[:-1]:
            await connection.exec_driver_sql(statement)
    await migrate.upgrade(url)

    async with engine.connect() as connection:
        yield connection

    await engine.dispose()
    async with server.connect() as connection:
        await connection.execute(text(f"DROP DATABASE {NAME} WITH (FORCE)"))
    await server.dispose()


async def rows(connection: AsyncConnection, query: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await connection.execute(text(query))]


async def test_names_have_both_keys_and_a_key_that_was_too_long_is_cut(migrated: AsyncConnection) -> None:
    keys = "SELECT name_key, spelled_key FROM {} ORDER BY 1"
    short, long = await rows(migrated, keys.format("client"))

    assert short == ("zurcher l'atelier", "zuercher l'atelier")
    assert str(long[0]).startswith("صلى الله عليه وسلم")
    assert 470 < len(str(long[0]).encode()) <= 480
    assert long[0] == long[1]
    assert await rows(migrated, keys.format("firm")) == [("ganse", "gaense")]
    assert await rows(migrated, keys.format("firm_profile")) == [("bjork", "bjoerk")]


async def test_a_collaboration_has_the_keys_of_its_own_name(migrated: AsyncConnection) -> None:
    keys = "SELECT state, client_name, client_name_key, client_spelled_key, invited_email_key FROM collaboration ORDER BY 1"

    assert await rows(migrated, keys) == [
        ("active", "Zürcher L’Atelier", "zurcher l'atelier", "zuercher l'atelier", "x@xn--bcher-kva.example"),
        ("ended", "Århus", "arhus", "aarhus", None),
    ]


async def test_addresses_have_one_key_and_two_accounts_of_one_address_stay(migrated: AsyncConnection) -> None:
    assert await rows(migrated, "SELECT contact_email_key FROM firm") == [("åse@xn--bcher-kva.example",)]
    contacts = await rows(migrated, "SELECT contact_email, contact_email_key FROM client ORDER BY 1")
    assert contacts == [("a@b.example", "a@b.example"), (None, None)]
    assert await rows(migrated, "SELECT name, email_key FROM user_account ORDER BY id") == [
        ("First", "x@xn--bcher-kva.example"),
        ("Second", "x@bücher.example"),
        ("Third", "y@xn--bcher-kva.example"),
    ]


async def test_a_sign_up_under_a_name_that_is_refused_now_is_void(migrated: AsyncConnection) -> None:
    found = await rows(migrated, "SELECT email_key, state FROM firm_sign_up ORDER BY firm_name")

    assert found == [("a@xn--nda.example", "open"), ("a@b.example", "void")]


async def test_a_new_name_reaches_its_collaborations_with_both_keys(migrated: AsyncConnection) -> None:
    await migrated.execute(
        text("UPDATE client SET name = 'Ö', name_key = 'o', spelled_key = 'oe' WHERE name_key LIKE 'zurcher%'")
    )
    keys = "SELECT client_name, client_name_key, client_spelled_key FROM collaboration WHERE state = 'active'"

    assert await rows(migrated, keys) == [("Ö", "o", "oe")]
    await migrated.rollback()
