"""No sum of what the tables may hold leaves the number that carries it, and what was there before stays within the bounds."""

import re
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from gateway.db import migrate
from gateway.db.bounds import MAX_LINES, MAX_MINOR, MAX_PENDING
from gateway.db.engine import make_engine
from gateway.db.enums import KPI_KINDS
from gateway.text.keys import fold
from tests.support import make

INT: Final = 2**31 - 1  # of GraphQL
BIGINT: Final = 2**63 - 1


def test_the_sum_of_all_kinds_is_an_int():
    assert MAX_PENDING * len(KPI_KINDS) <= INT


def test_sums_of_money_are_bigints():
    assert 9_000 * MAX_MINOR <= BIGINT
    assert MAX_LINES * MAX_MINOR + MAX_MINOR <= BIGINT


SUMS: Final = {
    "resolvers/invoices/mutations.py": 1,  # lines of an invoice
    "resolvers/collaborations/access.py": 1,  # grants that end: one or none
    "resolvers/kpis/queries.py": 1,  # kinds of a client
    "resolvers/kpis/reports.py": 1,  # items of one report whose client is missing
}
"""Sums of what is stored, and how many there are in a module."""


def test_every_sum_of_stored_numbers_is_known():
    package = Path(migrate.__file__).parents[1]
    found = {}
    for path in sorted((package / part for part in ("resolvers", "loaders", "schema", "mail")), key=str):
        for module in path.rglob("*.py"):
            sums = re.findall(r"(?<![\w])(?:sum|func\.sum)\(", module.read_text())
            if sums:
                found[str(module.relative_to(package))] = len(sums)

    assert found == SUMS


@pytest.mark.parametrize("sign", [1, -1])
async def test_amounts_are_taken_up_to_the_bound(connection, sign):
    client = await make.client(connection)
    await make.kpi(connection, client_id=client, kind="WALLET_BALANCE", amount=sign * MAX_MINOR)
    with pytest.raises(IntegrityError, match="ck_kpi_snapshot_amount"):
        await make.kpi(
            connection, client_id=await make.client(connection), kind="WALLET_BALANCE", amount=sign * (MAX_MINOR + 1)
        )


async def test_counts_are_taken_up_to_the_bound(connection):
    client = await make.client(connection)
    await make.kpi(connection, client_id=client, count=MAX_PENDING)
    with pytest.raises(IntegrityError, match="ck_kpi_snapshot_count"):
        await make.kpi(connection, client_id=client, kind="JOURNAL_PENDING", count=MAX_PENDING + 1)


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"net": MAX_MINOR + 1, "tax": 0, "total": MAX_MINOR + 1}, "ck_invoice_amounts"),
        ({"net": -MAX_MINOR - 1, "tax": 0, "total": -MAX_MINOR - 1}, "ck_invoice_amounts"),
        ({"net": 0, "tax": MAX_MINOR + 1, "total": MAX_MINOR + 1}, "ck_invoice_amounts"),
    ],
)
async def test_an_invoice_holds_no_more_than_the_bound(connection, given, refused):
    client = await make.client(connection)
    await make.invoice(connection, client_id=client, net=MAX_MINOR, tax=MAX_MINOR, total=2 * MAX_MINOR)
    with pytest.raises(IntegrityError, match=refused):
        await make.invoice(connection, client_id=client, **given)


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"quantity": 0}, "ck_invoice_line_quantity"),
        ({"quantity": 1_000_001}, "ck_invoice_line_quantity"),
        ({"unit_amount": MAX_MINOR + 1}, "ck_invoice_line_amounts"),
        ({"amount": -MAX_MINOR - 1}, "ck_invoice_line_amounts"),
    ],
)
async def test_a_line_holds_no_more_than_the_bound(connection, given, refused):
    invoice = await make.invoice(connection, client_id=await make.client(connection), state="draft")
    with pytest.raises(IntegrityError, match=refused):
        await make.line(connection, invoice_id=invoice, position=2, **given)


BEFORE: Final = (
    "ALTER TABLE kpi_snapshot DROP CONSTRAINT ck_kpi_snapshot_count, DROP CONSTRAINT ck_kpi_snapshot_amount",
    "ALTER TABLE kpi_snapshot ADD CONSTRAINT ck_kpi_snapshot_count CHECK (count >= 0)",
    "ALTER TABLE invoice DROP CONSTRAINT ck_invoice_amounts",
    "ALTER TABLE invoice_line DROP CONSTRAINT ck_invoice_line_position, DROP CONSTRAINT ck_invoice_line_quantity",
    "ALTER TABLE invoice_line DROP CONSTRAINT ck_invoice_line_amounts",
    "ALTER TABLE firm_profile DROP CONSTRAINT ck_firm_profile_specialties, DROP CONSTRAINT ck_firm_profile_languages",
    "DROP INDEX ix_invoice_of_collaboration, ix_pending_activity_open",
    "CREATE INDEX ix_pending_activity_open ON pending_activity (client_id, id) WHERE done_at IS NULL",
    "ALTER TABLE pending_activity ALTER due_at DROP NOT NULL, ALTER due_at DROP DEFAULT",
    "ALTER TABLE user_account DROP COLUMN name_key",
    "ALTER TABLE firm DROP COLUMN subscription_paid_until, DROP COLUMN invitation_code",
    "DROP TABLE invitation_code_guess",
    "DROP TABLE offered_terms",
    "ALTER TABLE firm_profile DROP COLUMN submitted_at",
    "ALTER TABLE client DROP COLUMN verification_requested_at, DROP COLUMN verification_reason",
    "ALTER TABLE platform_member DROP COLUMN told_until",
    "ALTER TABLE collaboration DROP COLUMN copy_of",
    "ALTER TABLE audit_entry DROP COLUMN is_offer",
)


async def test_the_migration_keeps_what_was_there_within_the_bounds(copy):
    """The bounds are taken off a full database again, rows beyond them written, and then it is migrated once more."""
    url = await copy()
    engine = make_engine(url)
    async with engine.begin() as connection:
        for statement in BEFORE:
            await connection.execute(text(statement))
        for count in (
            "count = 1000000000 WHERE kind = 'MISSING_RECEIPTS'",
            "amount = -99999999999999999 WHERE amount > 0",
        ):
            assert (await connection.execute(text(f"UPDATE kpi_snapshot SET {count}"))).rowcount > 0
        await connection.execute(text("UPDATE pending_activity SET due_at = NULL WHERE kind = 'JOURNAL_PENDING'"))
        await connection.execute(text("UPDATE alembic_version SET version_num = :one"), {"one": before_bounds()})
    await migrate.upgrade(url)
    async with engine.connect() as connection:
        assert await migrate.drift(connection) == []
        names = (await connection.execute(text("SELECT name, name_key FROM user_account"))).all()
        kpis = await connection.execute(text("SELECT max(count), min(amount) FROM kpi_snapshot"))
        never = "SELECT count(*), count(*) FILTER (WHERE due_at = 'infinity') FROM pending_activity WHERE kind = :kind"
        tasks = (await connection.execute(text(never), {"kind": "JOURNAL_PENDING"})).one()

        assert {row.name: row.name_key for row in names} == {name: fold(name) for name, _ in names}
        assert kpis.one() == (MAX_PENDING, -MAX_MINOR)
        assert tasks[0] == tasks[1] > 0
    await engine.dispose()


def before_bounds() -> str:
    (path,) = (Path(migrate.__file__).parent / "migrations" / "versions").glob("*[0-9]_bounds.py")
    return re.search(r'^down_revision: Final = "(\w+)"', path.read_text(), re.MULTILINE)[1]
