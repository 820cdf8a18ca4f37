"""The declarative base, and the column types and constraints that the tables share."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from gateway.db.enums import Words
from gateway.db.ids import uuid7
from gateway.text.keys import MAX_KEY_LENGTH

Key = Annotated[UUID, mapped_column(Uuid, primary_key=True, default=lambda: uuid7(datetime.now(UTC)))]
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Minor = Annotated[int, mapped_column(BigInteger)]  # money in minor units (D38)
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of all tables. `type_annotation_map` keeps text unlimited: lengths are checked on input."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {str: Text, int: Integer}  # noqa: RUF012 (SQLAlchemy's own declaration)


def one_of(column: str, words: Words) -> CheckConstraint:
    """A constraint that limits a column to `words` in the database, too."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column, info={"column": column, "words": words})


def key_text(**options: Any) -> Any:
    """A column for a key from `gateway.text.keys`, compared by bytes, so that the database's locale has no effect."""
    return mapped_column(Text(collation="C"), **options)


def bounded(*columns: str) -> tuple[CheckConstraint, ...]:
    """Constraints that keep the keys short enough for a cursor."""
    return tuple(CheckConstraint(f"octet_length({each}) <= {MAX_KEY_LENGTH}", name=f"{each}_bound") for each in columns)


def searched(name: str, column: str, **options: Any) -> Index:
    """A trigram index of a key, for searching any part of it."""
    return Index(name, column, postgresql_using="gin", postgresql_ops={column: "gin_trgm_ops"}, **options)


def keyed(column: str, key: str) -> CheckConstraint:
    """A constraint: an optional address and its key are either both present or both null."""
    return CheckConstraint(f"({column} IS NULL) = ({key} IS NULL)", name=key)


def set_of(words: Words, **options: Any) -> Any:
    """A column for a set stored as bits. The policy engine and the graph read its words from `info`."""
    return mapped_column(Integer, info={"words": words}, **options)


def forever(**options: Any) -> Any:
    """A column for a time that is `infinity`, never NULL, while it is not set: comparisons stay simple and use indexes."""
    return mapped_column(DateTime(timezone=True), server_default=text("'infinity'"), **options)


def references(column: str, **options: Any) -> Any:
    """A foreign key without a cascade: rows are not deleted."""
    return mapped_column(Uuid, ForeignKey(column), **options)


def of_client(table: str) -> UniqueConstraint:
    """A constraint of a client-owned table: the key of `inside` in its child tables."""
    return UniqueConstraint("client_id", "id", name=f"uq_{table}_of_client")


def inside(parent: str, column: str) -> ForeignKeyConstraint:
    """A foreign key to a row of a client-owned table, which must belong to the same client."""
    return ForeignKeyConstraint(["client_id", column], [f"{parent}.client_id", f"{parent}.id"])


def edge(target: str, *, by: str, to: str, same_client: bool = False) -> Any:
    """A relation to one row that policies and loaders join along. The ORM never loads through it.

    `same_client`: both rows belong to clients, and the join also compares their `client_id`.
    """
    on = _joined(f"foreign({by}) == remote({to})", f"foreign({_client(by)}) == remote({_client(to)})", same_client)
    return relationship(target, primaryjoin=on, viewonly=True, lazy="raise")


def edges(target: str, *, by: str, to: str, same_client: bool = False) -> Any:
    """Like `edge`, to many rows."""
    on = _joined(f"{by} == foreign(remote({to}))", f"{_client(by)} == foreign(remote({_client(to)}))", same_client)
    return relationship(target, primaryjoin=on, viewonly=True, lazy="raise", uselist=True)


def _joined(keys: str, clients: str, same_client: bool) -> str:
    return f"and_({keys}, {clients})" if same_client else keys


def _client(column: str) -> str:
    return column.partition(".")[0] + ".client_id"


__all__ = [
    "Base",
    "Key",
    "Mapped",
    "Minor",
    "Moment",
    "bounded",
    "edge",
    "edges",
    "forever",
    "inside",
    "key_text",
    "keyed",
    "of_client",
    "one_of",
    "references",
    "searched",
    "set_of",
]
