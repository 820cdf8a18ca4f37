"""No sum of what the tables may hold leaves the number that carries it, and what was there before stays within the bounds."""

import re
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy.exc import IntegrityError

from gateway.db import migrate
from gateway.db.bounds import MAX_LINES, MAX_MINOR, MAX_PENDING
from gateway.db.enums import KPI_KINDS
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
    "resolvers/kpis/sections.py": 1,  # bits of a set of the vocabulary, which is not stored
    "resolvers/kpis/reports.py": 1,  # items of one report whose client is missing
    "schema/core/fields.py": 1,  # kinds of a client
    "schema/profiles.py": 1,  # the cases of a rule
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
