"""A small run of the large world."""

import pytest
from sqlalchemy import text

from gateway.db import migrate
from gateway.db.engine import make_engine
from gateway.db.enums import BILLING_MODES, LEVELS
from gateway.db.models import Base
from gateway.db.seeds.large import AlreadySeeded, seed_large
from gateway.db.seeds.people import LARGE_PEOPLE

SIZES = {"firms": 6, "clients": 400, "invoices": 2_000, "staff": 40}


@pytest.fixture(scope="module")
async def large_url(copy):
    url = await copy()
    await seed_large(url, **SIZES, seed=7)
    return url


@pytest.fixture(scope="module")
async def large(large_url):
    engine = make_engine(large_url)
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()


async def test_it_stands_beside_the_demo_world_in_the_sizes_asked_for(large):
    counts = {}
    for table, demo in (("firm", 3), ("client", 8), ("invoice", 20), ("firm_member", 7)):
        counts[table] = await large.scalar(text(f"SELECT count(*) FROM {table}")) - demo

    assert counts == {"firm": 6, "client": 400, "invoice": 2_000, "firm_member": 40}
    assert await large.scalar(text("SELECT count(*) FROM kpi_snapshot")) == 400 * 5 + 6 * 9


async def test_it_leaves_the_schema_as_it_was(large):
    assert await migrate.drift(large) == []
    assert await large.scalar(text("SELECT count(*) FROM pg_trigger WHERE tgenabled <> 'O'")) == 0


async def test_what_the_triggers_would_refuse_is_not_there(large):
    overlaps = await large.scalar(
        text(
            """
            SELECT count(*) FROM billing_mode_period AS one JOIN billing_mode_period AS other
            ON one.client_id = other.client_id AND one.id < other.id
                AND one.from_at < other.to_at AND other.from_at < one.to_at
                AND (one.collaboration_id = other.collaboration_id OR (one.mode = 'partner' AND other.mode = 'partner'))
            """
        )
    )
    strays = await large.scalar(
        text(
            """
            SELECT count(*) FROM collaboration JOIN (
                SELECT collaboration_id, client_id FROM access_grant UNION ALL
                SELECT collaboration_id, client_id FROM billing_mode_period
            ) AS child ON collaboration_id = id WHERE collaboration.client_id <> child.client_id
            """
        )
    )
    notes = await large.scalar(
        text(
            """
            SELECT count(*) FROM invoice AS note JOIN invoice AS original ON original.id = note.credits_id
            WHERE (note.client_id, note.holder_id) <> (original.client_id, original.holder_id)
            """
        )
    )

    assert (overlaps, strays, notes) == (0, 0, 0)


async def test_each_invoice_lies_with_whom_its_moment_says(large):
    wrong = await large.scalar(
        text(
            """
            SELECT count(*) FROM invoice LEFT JOIN billing_mode_period AS period
                ON period.client_id = invoice.client_id AND mode = 'partner'
                AND from_at <= ordered_at AND ordered_at < to_at
            LEFT JOIN collaboration ON collaboration.id = period.collaboration_id
            WHERE kind = 'invoice' AND invoice.firm_id IS DISTINCT FROM collaboration.firm_id
            """
        )
    )

    assert wrong == 0


async def test_lines_add_up(large):
    wrong = text(
        """
        SELECT count(*) FROM invoice
        WHERE net <> (SELECT sum(amount) FROM invoice_line WHERE invoice_id = invoice.id)
        """
    )

    assert await large.scalar(wrong) == 0


async def test_there_is_some_of_everything(large):
    states = await large.execute(text("SELECT DISTINCT state FROM collaboration"))
    levels = await large.execute(text("SELECT DISTINCT level FROM access_grant"))
    modes = await large.execute(text("SELECT DISTINCT billing_mode FROM invoice"))
    corners = await large.execute(
        text(
            """
            SELECT
                (SELECT count(*) FROM access_grant WHERE revoked_at IS NULL AND expires_at < '2026-03-02'),
                (SELECT count(*) FROM access_grant WHERE expires_at BETWEEN '2026-03-02' AND '2099-01-01'),
                (SELECT count(*) FROM access_grant WHERE version = 2),
                (SELECT count(*) FROM client AS c WHERE NOT EXISTS (SELECT FROM collaboration WHERE client_id = c.id)),
                (SELECT count(*) FROM client AS c WHERE NOT EXISTS (SELECT FROM assignment WHERE client_id = c.id)),
                (SELECT count(*) FROM collaboration AS a JOIN collaboration AS b USING (client_id, firm_id)
                    WHERE a.state = 'ended' AND b.state = 'active'),
                (SELECT count(*) FROM invoice WHERE kind = 'credit_note')
            """
        )
    )

    assert {"active", "pending", "ended"} <= set(states.scalars())
    assert set(levels.scalars()) == set(LEVELS)
    assert set(modes.scalars()) == set(BILLING_MODES)
    assert all(corners.one())


async def test_two_people_of_the_big_firm_can_sign_in(large):
    people = await large.execute(
        text(
            """
            SELECT email, role, (SELECT count(*) FROM assignment WHERE member_id = firm_member.id) >= 20,
                (SELECT count(*) FROM collaboration WHERE collaboration.firm_id = firm_member.firm_id
                    AND state IN ('pending', 'active'))
            FROM firm_member JOIN user_account ON user_account.id = user_id WHERE email LIKE '%@big.example' ORDER BY 1
            """
        )
    )

    assert people.all() == [
        (LARGE_PEOPLE[0].email, "admin", False, 80),
        (LARGE_PEOPLE[1].email, "bookkeeper", True, 80),
    ]


async def test_a_second_run_is_refused_and_changes_nothing(large_url, large):
    before = await _digest(large)

    with pytest.raises(AlreadySeeded, match="already contains the large world"):
        await seed_large(large_url, **SIZES, seed=8)

    assert await _digest(large) == before


async def test_the_same_seed_gives_the_same_world(copy, large):
    again = make_engine(await copy())
    await seed_large(again.url.render_as_string(hide_password=False), **SIZES, seed=7)
    async with again.connect() as connection:
        assert await _digest(connection) == await _digest(large)
    await again.dispose()


async def test_a_run_that_fails_leaves_nothing_behind(copy):
    engine = make_engine(await copy())
    async with engine.connect() as connection:
        before = await _digest(connection)
        await connection.rollback()
        with pytest.raises(ZeroDivisionError):
            await seed_large(engine.url.render_as_string(hide_password=False), **SIZES, progress=_Failing())

        assert await _digest(connection) == before
        assert await migrate.drift(connection) == []
    await engine.dispose()


class _Failing:
    """A progress bar that breaks at the end."""

    def track(self, rows, total, description):
        yield from rows
        if description == "invoice":
            raise ZeroDivisionError


async def _digest(connection):
    """One hash for each table. Salted passwords and what the clock stamps are left out."""
    digests = {}
    for table in Base.metadata.sorted_tables:
        rows = f"SELECT (to_jsonb(t) - 'password_hash' - 'created_at')::text AS line FROM {table} AS t"
        every_row = text(f"SELECT md5(string_agg(line, '' ORDER BY line)) FROM ({rows}) AS lines")
        digests[table.name] = await connection.scalar(every_row)
    return digests
