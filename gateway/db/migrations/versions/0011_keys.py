"""Keys of names and addresses: bounded, a second one for searching, and one for every address, all computed in Python.

The functions of `gateway.text` compute the keys of the rows that are there. If they change, a later migration computes
them again.
"""

from collections.abc import Callable, Iterator
from logging import getLogger
from typing import Final
from uuid import UUID

from alembic import op
from sqlalchemy import Column, Row, Text, text
from sqlalchemy.exc import IntegrityError

from gateway.text.addresses import address_key
from gateway.text.keys import fold, fold_spelled

revision: Final = "0011"
down_revision: Final = "0010"

named: Final = op.f  # the names are whole already
LONGEST_KEY: Final = 480  # bytes
AT_ONCE: Final = 5_000  # rows

# Each table with names: the name, its first key, and its second one.
NAMES: Final = (
    ("firm", "name", "name_key", "spelled_key"),
    ("firm_profile", "display_name", "name_key", "spelled_key"),
    ("client", "name", "name_key", "spelled_key"),
    ("collaboration", "client_name", "client_name_key", "client_spelled_key"),
)
# Each table with an address that had no key.
ADDRESSES: Final = (
    ("firm", "contact_email", "contact_email_key"),
    ("client", "contact_email", "contact_email_key"),
    ("collaboration", "invited_email", "invited_email_key"),
    ("mail", "address", "address_key"),
)
# Each table with an address that had one.
KEYED: Final = ("user_account", "staff_invitation", "client_member_invitation", "client_invitation", "firm_sign_up")

RENAMED: Final = (
    """
    CREATE OR REPLACE FUNCTION client_renamed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
    BEGIN
        UPDATE collaboration
        SET client_name = NEW.name, client_name_key = NEW.name_key, client_spelled_key = NEW.spelled_key
        WHERE client_id = NEW.id AND state IN ('pending', 'active');
        RETURN NULL;
    END $$
    """,
    "DROP TRIGGER renamed ON client",
    """
    CREATE TRIGGER renamed AFTER UPDATE OF name, name_key, spelled_key ON client
    FOR EACH ROW WHEN ((OLD.name, OLD.name_key, OLD.spelled_key) IS DISTINCT FROM (NEW.name, NEW.name_key, NEW.spelled_key))
    EXECUTE FUNCTION client_renamed()
    """,
)

log: Final = getLogger("alembic.runtime.migration")


def upgrade() -> None:
    for table, *_, spelled in NAMES:
        op.add_column(table, Column(spelled, Text(collation="C")))
    for table, _, key in ADDRESSES:
        op.add_column(table, Column(key, Text))
    _fill_names()
    for table, address, key in ADDRESSES:
        _fill(table, address, {key: address_key})
    for table in KEYED:
        _renew(table)
    _void_sign_ups()
    _constrain()
    for statement in RENAMED:
        op.execute(statement)


def _fill_names() -> None:
    op.execute("ALTER TABLE client DISABLE TRIGGER renamed")  # each collaboration gets its own keys
    for table, name, key, spelled in NAMES:
        _fill(table, name, {key: _bounded(fold), spelled: _bounded(fold_spelled)})
    op.execute("ALTER TABLE client ENABLE TRIGGER renamed")


def _bounded(make: Callable[[str], str]) -> Callable[[str], str]:
    """A key that is too long is cut: the name stays as it is, and is sorted by its beginning."""
    return lambda name: make(name).encode()[:LONGEST_KEY].decode(errors="ignore")


def _fill(table: str, source: str, keys: dict[str, Callable[[str], str]]) -> None:
    """Write the keys of every row that has a `source`."""
    assigned = ", ".join(f"{key} = new.{key}" for key in keys)
    arrays = ", ".join(f"CAST(:{key} AS text[])" for key in keys)
    write = text(
        f"UPDATE {table} SET {assigned} FROM unnest(CAST(:ids AS uuid[]), {arrays}) AS new (id, {', '.join(keys)})"  # noqa: S608
        f" WHERE {table}.id = new.id"
    )
    for rows in _batches(table, source):
        made = {key: [make(row[1]) for row in rows] for key, make in keys.items()}
        op.get_bind().execute(write, {"ids": [row.id for row in rows], **made})


def _batches(table: str, column: str) -> Iterator[list[Row[UUID, str]]]:
    """The ids and `column` of all rows that have it, in the order of their ids."""
    read = text(f"SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL AND id > :last ORDER BY id LIMIT :many")  # noqa: S608
    last = UUID(int=0)
    while rows := list(op.get_bind().execute(read, {"last": last, "many": AT_ONCE})):
        yield rows
        last = rows[-1].id


def _renew(table: str) -> None:
    """The keys that are different now. Two spellings of one address may have an account, or an open invitation, each: the
    later one keeps its key, by which it is not found any more, and is logged."""
    connection, write = op.get_bind(), text(f"UPDATE {table} SET email_key = :key WHERE id = :id")  # noqa: S608
    for rows in _batches(table, "email_key"):
        for row in rows:
            if (key := address_key(row.email_key)) == row.email_key:
                continue
            try:
                with connection.begin_nested():
                    connection.execute(write, {"id": row.id, "key": key})
            except IntegrityError:
                log.warning("Another row of %s has the address of row %s.", table, row.id)


def _void_sign_ups() -> None:
    """A firm that was signed up for under a name that is refused now is not founded: its link is for 24 hours only."""
    void = text("UPDATE firm_sign_up SET state = 'void' WHERE state = 'open' AND id = :id")
    for rows in _batches("firm_sign_up", "firm_name"):
        for row in rows:
            if any(len(make(row.firm_name).encode()) > LONGEST_KEY for make in (fold, fold_spelled)):
                op.get_bind().execute(void, {"id": row.id})


def _constrain() -> None:
    for table, _, *keys in NAMES:
        op.alter_column(table, keys[-1], nullable=False)
        for key in keys:
            op.create_check_constraint(named(f"ck_{table}_{key}_bound"), table, f"octet_length({key}) <= {LONGEST_KEY}")
        op.create_index(
            f"ix_{table}_spelled_search",
            table,
            [keys[-1]],
            postgresql_using="gin",
            postgresql_ops={keys[-1]: "gin_trgm_ops"},
            postgresql_where=text("state IN ('pending', 'active')") if table == "collaboration" else None,
        )
    op.alter_column("firm", "contact_email_key", nullable=False)
    for table, address, key in ADDRESSES[1:]:
        op.create_check_constraint(named(f"ck_{table}_{key}"), table, f"({address} IS NULL) = ({key} IS NULL)")
    op.create_index("ix_firm_of_contact", "firm", ["contact_email_key"])
    op.create_index("ix_client_of_contact", "client", ["contact_email_key"])
    for index, table, key in (
        ("ix_collaboration_of_invited", "collaboration", "invited_email_key"),
        ("ix_mail_to_address", "mail", "address_key"),
    ):
        op.create_index(index, table, [key], postgresql_where=text(f"{key} IS NOT NULL"))
