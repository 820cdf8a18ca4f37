"""Each row of a client carries the client, so that the tables can be distributed by client."""

import pytest
import sqlalchemy as sa

from gateway.db.models import Base, Collaboration, Conversation, Invoice, Message, Order
from tests.support.client_joins import NULLABLE, WITHOUT_CLIENT, broken_joins, client_owned

BY_CLIENT = {name: table for name, table in client_owned().items() if name not in NULLABLE}


@pytest.mark.parametrize("name", WITHOUT_CLIENT)
def test_an_exception_is_needed(name):
    table = client_owned(WITHOUT_CLIENT.keys() - {name})[name]

    assert lacks_client(table) != []


def test_a_client_may_be_missing_only_where_it_is_listed():
    assert all(lacks_client(Base.metadata.tables[name]) for name in NULLABLE)
    assert {"invoice_line", "message", "assignment", "kpi_snapshot"} <= BY_CLIENT.keys()


@pytest.mark.parametrize("name", sorted(BY_CLIENT))
def test_a_row_has_a_client(name):
    assert lacks_client(BY_CLIENT[name]) == []


@pytest.mark.parametrize("name", sorted(client_owned()))
def test_keys_and_an_index_hold_the_client(name):
    assert lacks_in_keys(client_owned()[name]) == []


def lacks_client(table: sa.Table) -> list[str]:
    client = table.c.get("client_id")
    if client is None:
        return [f"{table.name} has no column client_id"]
    return [f"{table.name}.client_id may be null"] if client.nullable else []


def lacks_in_keys(table: sa.Table) -> list[str]:
    """The unique keys without the client, the keys to other tables of clients without it, and the missing index.

    Primary keys are left out: see `docs/operations.md`.
    """
    constraints = [each for each in table.constraints if isinstance(each, sa.UniqueConstraint)]
    unique = [*constraints, *(index for index in table.indexes if index.unique)]
    found = [f"{each.name} does not hold client_id" for each in unique if "client_id" not in each.columns]
    for key in table.foreign_key_constraints:
        parent = key.referred_table.name
        if parent in client_owned() and "client_id" not in key.columns and "copy_of" not in key.columns:
            found.append(f"{key.name} does not hold client_id")
    whole = [index for index in table.indexes if index.dialect_options["postgresql"]["where"] is None]
    begins = [next(iter(each.columns)).name for each in (*constraints, *whole, table.primary_key)]
    if "client_id" not in begins:
        found.append(f"{table.name} has no index that begins with client_id")
    return found


def example(*columns: sa.schema.SchemaItem) -> sa.Table:
    return sa.Table("receipt", sa.MetaData(), sa.Column("id", sa.Uuid, primary_key=True), *columns)


@pytest.mark.parametrize(
    ("table", "found"),
    [
        (example(), "receipt has no column client_id"),
        (example(sa.Column("client_id", sa.Uuid)), "receipt.client_id may be null"),
        (example(sa.Column("client_id", sa.Uuid, nullable=False)), "receipt has no index that begins with client_id"),
        (
            example(
                sa.Column("client_id", sa.Uuid, nullable=False),
                sa.Column("number", sa.Text),
                sa.UniqueConstraint("number", name="uq_receipt_number"),
                sa.Index(None, "client_id"),
            ),
            "uq_receipt_number does not hold client_id",
        ),
        (
            example(
                sa.Column("client_id", sa.Uuid, nullable=False),
                sa.Index("ix_receipt_of_client", "client_id", postgresql_where=sa.text("id IS NULL")),
            ),
            "receipt has no index that begins with client_id",
        ),
    ],
)
def test_a_table_that_lacks_something_is_named(table, found):
    assert found in lacks_client(table) + lacks_in_keys(table)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (sa.select(Invoice.id).join(Order, Order.id == Invoice.order_id), ["invoice and purchase_order"]),
        (
            sa.select(Invoice.id).join(
                Order, sa.and_(Order.id == Invoice.order_id, Order.client_id == Invoice.client_id)
            ),
            [],
        ),
        (
            sa.select(Message.id).where(Message.conversation_id.in_(sa.select(Conversation.id))),
            ["conversation and message"],
        ),
        (
            sa.update(Message).where(sa.exists().where(Conversation.id == Message.conversation_id)).values(body=""),
            ["conversation and message"],
        ),
        (
            sa.select(Message.id).where(
                sa.tuple_(Message.conversation_id, Message.client_id).in_(
                    sa.select(Conversation.id, Conversation.client_id)
                )
            ),
            [],
        ),
        (sa.select(Invoice.id, Collaboration.id), ["collaboration and invoice"]),
        (sa.select(Invoice.id, Collaboration.id).where(Invoice.client_id == Collaboration.client_id), []),
    ],
)
def test_a_join_without_the_client_is_found(statement, found):
    assert broken_joins(statement) == found
