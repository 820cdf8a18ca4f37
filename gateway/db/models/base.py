"""The declarative base and the few column shapes that all tables share."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, Integer, MetaData, Text, Uuid, text
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
    """All tables. `type_annotation_map` keeps text unlimited: lengths are judged where callers speak."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {str: Text, int: Integer}  # noqa: RUF012 (SQLAlchemy's own declaration)


def one_of(column: str, words: Words) -> CheckConstraint:
    """What is closed is closed in the database too."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column, info={"column": column, "words": words})


def key_text(**options: Any) -> Any:
    """A key made by `gateway.text.keys`. It is compared by its bytes, which no locale of a database changes."""
    return mapped_column(Text(collation="C"), **options)


def bounded(*columns: str) -> tuple[CheckConstraint, ...]:
    """No key is longer than a cursor can hold."""
    return tuple(CheckConstraint(f"octet_length({each}) <= {MAX_KEY_LENGTH}", name=f"{each}_bound") for each in columns)


def searched(name: str, column: str, **options: Any) -> Index:
    """Trigrams of a key, by which any part of it is found."""
    return Index(name, column, postgresql_using="gin", postgresql_ops={column: "gin_trgm_ops"}, **options)


def keyed(column: str, key: str) -> CheckConstraint:
    """An address that may be missing has its key exactly where it is there."""
    return CheckConstraint(f"({column} IS NULL) = ({key} IS NULL)", name=key)


def set_of(words: Words, **options: Any) -> Any:
    """A set as bits; the engine and the graph find the vocabulary in `info`."""
    return mapped_column(Integer, info={"words": words}, **options)


def forever(**options: Any) -> Any:
    """A moment that has not come yet is `infinity`, never NULL: comparisons stay plain and indexes stay usable."""
    return mapped_column(DateTime(timezone=True), server_default=text("'infinity'"), **options)


def references(column: str, **options: Any) -> Any:
    """A foreign key that is never cascaded: nothing is deleted."""
    return mapped_column(Uuid, ForeignKey(column), **options)


def edge(target: str, *, by: str, to: str) -> Any:
    """A relation for policies and loaders to join along; nobody loads through it."""
    return relationship(target, primaryjoin=f"foreign({by}) == remote({to})", viewonly=True, lazy="raise")


def edges(target: str, *, by: str, to: str) -> Any:
    """As `edge`, to many rows."""
    return relationship(target, primaryjoin=f"{by} == foreign(remote({to}))", viewonly=True, lazy="raise", uselist=True)


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
    "key_text",
    "keyed",
    "one_of",
    "references",
    "searched",
    "set_of",
]
