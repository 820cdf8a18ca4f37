"""A type: `Receipt`, visible at LIMITED, with a list of its client, a node, and a kind of pending work of its own."""

from typing import Final

import pytest

from tests.recipes.working_copy import Step, WorkingCopy, files

MODEL: Final = '''"""Receipts of clients (V11)."""

from uuid import UUID

from sqlalchemy import Index

from gateway.db.models.base import Base, Key, Mapped, edge, references


class Receipt(Base):
    """A receipt."""

    __tablename__ = "receipt"
    __table_args__ = (Index("ix_receipt_of_client", "client_id", "id"),)

    id: Mapped[Key]
    client_id: Mapped[UUID] = references("client.id")
    shop: Mapped[str]

    client = edge("Client", by="Receipt.client_id", to="Client.id")
'''
MIGRATION: Final = '''"""Receipts, and the kind of pending work about them."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from gateway.db.enums import KPI_KINDS

revision: Final = "9001"
down_revision: Final = "{head}"

named: Final = op.f


def upgrade() -> None:
    op.create_table(
        "receipt",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("client_id", sa.Uuid, nullable=False),
        sa.Column("shop", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name=named("pk_receipt")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=named("fk_receipt_client_id")),
    )
    op.create_index("ix_receipt_of_client", "receipt", ["client_id", "id"])
    kinds = ", ".join(f"'{kind}'" for kind in KPI_KINDS)
    for table in ("kpi_snapshot", "pending_activity"):
        op.drop_constraint(named(f"ck_{table}_kind"), table)
        op.create_check_constraint(named(f"ck_{table}_kind"), table, f"kind IN ({kinds})")
'''
RULES: Final = """\
# Receipts: for the client's administrators, and for a firm at LIMITED or FULL (V11, V13).
fact(v: FirmViewer,   name, r: Receipt, value) if name in ["assigned", "level", "sections"] and tie(v, name, r.client, value);
fact(v: ClientViewer, "is_own_org", r: Receipt, true) if r.client_id = v.client_id;

read(f: ReceiptFacts) if can_open(f, "RECEIPTS");
read(f: ReceiptFacts) if is_client_admin(f);
see(f: ReceiptFacts, field) if read(f) and field in ["id", "shop"];

grounds("Receipt", field, ["V11", "V13"]) if field in ["id", "shop"];
"""
TYPES: Final = '''"""Object types of receipts."""

import strawberry

from gateway.db import models
from gateway.reads import values
from gateway.schema.core.fields import leaf
from gateway.schema.core.node import Node


@strawberry.type(description="A receipt.")
class Receipt(Node, row=models.Receipt):
    shop: str | None = leaf("Where it was bought.", values.text(models.Receipt.shop))
'''
RECEIPTS: Final = """    receipts: Connection[Receipt] | None = newest_of(
        "The receipts, newest first.", models.Receipt.client_id, models.Receipt.id
    )
"""
FACTS: Final = """
facts("Receipt", "is_own_org", [false, true]);
facts("Receipt", "assigned",   [false, true]);
facts("Receipt", "level",      ["none", "limited", "full"]);
facts("Receipt", "sections",   "set");
"""
MATRIX: Final = """
[Receipt]
title = "Receipts"
table = "table F"
columns = [
  { name = "Firm admin, LIMITED or FULL", kind = "FirmViewer", role = "admin", facts = { level = ["limited", "full"] } },
  { name = "Firm admin, NONE", kind = "FirmViewer", role = "admin", facts = { level = "none" } },
  { name = "Assigned bookkeeper", kind = "FirmViewer", role = "bookkeeper", facts = { assigned = true, level = ["limited", "full"] } },
  { name = "Client owner", kind = "ClientViewer", role = "owner", facts = { is_own_org = true } },
  { name = "Client admin", kind = "ClientViewer", role = "admin", facts = { is_own_org = true } },
]
impossible = []
"""
KIND: Final = '"RECEIPTS_TO_CHECK"'
LAST: Final = '"BILLS_TO_PAY"'
STEPS: Final = (
    # The table and its columns
    Step("gateway/db/models/receipts.py", MODEL),
    Step(
        "gateway/db/models/__init__.py",
        "\nfrom gateway.db.models.receipts import Receipt",
        "import KeptOutcome, KeptRequest, Mail, MailAllowance, Notice",
    ),
    Step("gateway/db/models/__init__.py", '    "Receipt",\n', '    "Plan",\n    "PlatformMember",\n'),
    Step("gateway/db/migrations/versions/9001_receipts.py", MIGRATION),
    # The type, and its list
    Step("gateway/global_ids.py", '    "Receipt",\n', '    "Platform",\n'),
    Step("gateway/schema/receipts/__init__.py", '"""Receipts."""\n'),
    Step("gateway/schema/receipts/types.py", TYPES),
    Step("gateway/resolvers/receipts/__init__.py", '"""Receipts."""\n'),
    Step(
        "gateway/schema/clients/types.py",
        "from gateway.schema.receipts.types import Receipt\n",
        "from gateway.schema.kpis.types import COUNTED, KpiSnapshot, PendingActivity\n",
    ),
    Step(
        "gateway/schema/clients/types.py",
        RECEIPTS,
        '    address: str | None = leaf("The company\'s address.", values.text(models.Client.address))\n',
    ),
    # The rules
    Step("policies/receipts.polar", RULES),
    Step(
        "policies/vocabulary.polar",
        FACTS,
        "# The vocabulary of the rules. Nothing here decides anything. A word that is not declared here cannot be used in a rule.\n",
    ),
    Step(
        "policies/clients.polar",
        '\nfield_section("receipts",      "RECEIPTS");',
        'field_section("wallet",        "WALLET");',
    ),
    Step("policies/clients.polar", '"receipts", ', "see(f: ClientFacts, field) if is_client_admin(f) and field in ["),
    Step(
        "policies/clients.polar",
        '\ngrounds("Client", "receipts",        ["V11", "V13", "D44"]);',
        'grounds("Client", "wallet",          ["P48", "V9", "V13", "D24", "D44"]);',
    ),
    Step(
        "policies/matrix.toml",
        MATRIX,
        "the matrix is not printed if a situation is missing or a column covers different answers.\n",
    ),
    # The kind of pending work
    Step("gateway/db/enums.py", f"    {KIND},\n", f"    {LAST},\n"),
    Step(
        "gateway/schema/kpis/enums.py",
        '    RECEIPTS_TO_CHECK = word("RECEIPTS_TO_CHECK", description="Receipts to check.")\n',
        '    BILLS_TO_PAY = word("BILLS_TO_PAY", description="Bills to pay.")\n',
    ),
    Step(
        "policies/kpis.polar", f'\nneeds({KIND}, "RECEIPTS");', 'needs("BILLS_TO_PAY",              "SUPPLIER_BILLS");'
    ),
    Step("policies/vocabulary.polar", f", {KIND}", f'"INBOX_DOCUMENTS", {LAST}', everywhere=True),
    Step("policies/matrix.toml", f", {KIND}", '"EXPENSES_READY_FOR_EXPORT", "PAYROLL_BASIS_PENDING"', everywhere=True),
)


@pytest.fixture(scope="module")
def copy_of_project(tmp_path_factory: pytest.TempPathFactory) -> WorkingCopy:
    copy = WorkingCopy(tmp_path_factory.mktemp("type"))
    for step in STEPS:
        copy.take(step)
    return copy


def test_it_takes_six_new_files_and_nine_edited_ones() -> None:
    new, edited = files(STEPS)

    assert len(new) <= 6
    assert len(edited) <= 9


def test_the_policy_is_complete_and_has_a_matrix(copy_of_project: WorkingCopy) -> None:
    for command in (["policy", "check"], ["policy", "matrix", "--file", "matrix.md"]):
        code, said = copy_of_project.gateway(*command)

        assert code == 0, said


def test_the_type_is_decided_and_read(copy_of_project: WorkingCopy, server_url: str) -> None:
    code, said = copy_of_project.test("receipts", server_url)

    assert code == 0, said
