"""The kinds of values of columns that leaves show: what the columns hold, converted in Python and in SQL.

Both give the same text (tests/reads).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import array

from gateway.db import invitation_codes
from gateway.db.enums import chosen
from gateway.db.ids import made_at as made_from
from gateway.reads import formats
from gateway.reads.sql import written

if TYPE_CHECKING:
    from gateway.reads.place import Place

Reader = Callable[[Any], Any]
"""Returns a value of a visible row."""
FOREVER: Final[Any] = sa.literal_column("'9999-01-01+00'::timestamptz")


class Value:
    """What a leaf shows of a row."""

    def needed(self) -> tuple[Any, ...]:
        """The expressions over mapped columns that the row must be loaded with."""
        return ()

    def reader(self) -> Reader:
        raise NotImplementedError

    def written(self, place: "Place") -> str:
        """SQL of the JSON text at a place of a compiled statement; NULL where the value is null."""
        raise NotImplementedError

    def parts(self, place: "Place") -> tuple[str, Mapping[str, str]]:
        """Of an object: the condition that it is there, and SQL of the JSON text of each of its fields."""
        raise NotImplementedError


def name_of(column: Any) -> str:
    """The name of a column in a loaded row: its label, or its own name."""
    return str(column.name if isinstance(column, sa.Label) else column.key)


@dataclass(frozen=True, slots=True)
class Shown(Value):
    """A value of columns."""

    columns: tuple[Any, ...]
    shown: Callable[..., Any] | None  # None: as it is stored
    json: Callable[..., sa.ColumnElement[str]]

    def needed(self) -> tuple[Any, ...]:
        return self.columns

    def reader(self) -> Reader:
        get: Any = attrgetter(*(f"row.{name_of(column)}" for column in self.columns))
        shown = self.shown
        if shown is None:
            return get  # type: ignore[no-any-return]
        if len(self.columns) == 1:
            return lambda row: shown(get(row))
        return lambda row: shown(*get(row))

    def written(self, place: "Place") -> str:
        return written(self.json(*map(place.own, self.columns)))


def text(column: Any) -> Value:
    """Any text, or a list of texts."""
    return Shown((column,), None, lambda c: _text(sa.func.to_json(c)))


def number(column: Any) -> Value:
    return Shown((column,), None, _text)


def truth(column: Any) -> Value:
    return Shown((column,), None, _text)


def word(column: Any) -> Value:
    """A stored word, as an enum value."""
    return Shown((column,), lambda value: value and value.upper(), lambda c: _quoted(upper(c)))


def translated(words: Mapping[str, str], column: Any) -> Value:
    """A stored word under another name."""
    json = {stored: f'"{shown}"' for stored, shown in words.items()}
    return Shown((column,), lambda value: value and words[value], lambda c: sa.case(json, value=c))


def moment(column: Any) -> Value:
    """A point in time; infinity is null."""
    return Shown((column,), formats.moment, shown_moment)


def made_at(key: Any) -> Value:
    """When the row was made, to the millisecond, from its key."""
    return Shown((key,), lambda value: made_from(value).isoformat(), lambda c: shown_moment(_made(c)))


def percent(column: Any) -> Value:
    """Basis points as a percentage."""
    return Shown((column,), formats.percent, lambda c: _quoted(_text(c.op("*")(sa.literal_column("0.01")))))


def known(column: Any) -> Value:
    """Whether the column has a value."""
    return Shown((column,), lambda value: value is not None, lambda c: _text(c.is_not(None)))


def money(minor: Any, currency: Any) -> Value:
    """An amount in minor units with its currency; null if one of the two is."""
    return _Money((minor, currency), formats.money, _money)


def code(column: Any) -> Value:
    """An invitation code, in groups of four characters."""
    return Shown((column,), lambda value: value and invitation_codes.shown(value), _grouped)


def bits(words: tuple[str, ...], column: Any) -> Value:
    """The words of a set that is stored as bits, as enum values."""

    def shown(value: int) -> list[Any]:
        return [formats.word(word) for word in chosen(words, value)]

    return Shown((column,), shown, lambda c: _listed(words, c))


def itself(known: Value | None) -> "Itself":
    """The row, to show a part of it; null if `known` is null."""
    return Itself(known)


class _Money(Shown):
    __slots__ = ()

    def parts(self, place: "Place") -> tuple[str, Mapping[str, str]]:
        minor, currency = map(place.own, self.columns)
        exists = written(sa.and_(minor.is_not(None), currency.is_not(None)))
        return exists, {"amount": written(_amount(minor, currency)), "currency": written(_quoted(currency))}


@dataclass(frozen=True, slots=True)
class Itself(Value):
    known: Value | None

    def needed(self) -> tuple[Any, ...]:
        return () if self.known is None else self.known.needed()

    def reader(self) -> Reader:
        if self.known is None:
            return lambda row: row
        read = self.known.reader()
        return lambda row: None if read(row) is None else row

    def exists(self, place: "Place") -> str | None:
        """The condition that the part is there; None if it always is."""
        return None if self.known is None else f"({self.known.written(place)}) IS NOT NULL"


# ---- JSON text in SQL


def _text(value: Any) -> sa.ColumnElement[str]:
    return sa.cast(value, sa.Text)


def upper(word: Any) -> sa.ColumnElement[str]:
    """A word in upper case. Words are ASCII; without a collation, the result would depend on the locale of the database."""
    found: sa.ColumnElement[str] = sa.func.upper(sa.collate(word, "C"))
    return found


def _quoted(value: Any) -> sa.ColumnElement[str]:
    """A text that needs no escape."""
    return sa.literal_column("'\"'").op("||")(value).op("||")(sa.literal_column("'\"'"))


def shown_moment(value: Any) -> sa.ColumnElement[str]:
    """JSON text of a point in time; NULL for infinity."""
    utc = sa.func.timezone("UTC", value)
    parts = ('\'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"\'', '\'YYYY-MM-DD"T"HH24:MI:SS"+00:00"\'')
    fine, whole = (sa.func.to_char(utc, sa.literal_column(part)) for part in parts)
    shown = sa.case((value == sa.func.date_trunc("second", value), whole), else_=fine)
    return sa.case((value < FOREVER, _quoted(shown)))


def _made(key: Any) -> sa.ColumnElement[Any]:
    digits = sa.func.replace(_text(key), "-", "")
    milliseconds = sa.cast(sa.cast(sa.func.concat("x", sa.func.substr(digits, 1, 12)), _Bits()), sa.BigInteger)
    since = milliseconds.op("*")(sa.literal_column("interval '1 millisecond'"))
    return sa.literal_column("timestamptz 'epoch'", sa.DateTime(timezone=True)).op("+")(since)


class _Bits(sa.types.UserDefinedType[Any]):
    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "bit(48)"


def _amount(minor: Any, currency: Any) -> sa.ColumnElement[str]:
    units: dict[str, Any] = {
        code: sa.literal_column(f"{10**-digits:.{digits}f}") for code, digits in formats.DIGITS.items()
    }
    unit = sa.case(units, value=currency, else_=sa.literal_column("0.01"))
    return _quoted(_text(sa.cast(minor, sa.Numeric).op("*")(unit)))


def _money(minor: Any, currency: Any) -> sa.ColumnElement[str]:
    begin, between, end = map(_piece, ('{"amount":', ',"currency":', "}"))
    shown: sa.ColumnElement[str] = (
        begin.op("||")(_amount(minor, currency)).op("||")(between).op("||")(_quoted(currency)).op("||")(end)
    )
    return shown


def _piece(text: str) -> Any:
    return sa.literal_column(f"'{text}'")


def _grouped(code: Any) -> sa.ColumnElement[str]:
    return _quoted(sa.func.regexp_replace(code, "(.{4})(?=.)", r"\1-", "g"))


def _listed(words: tuple[str, ...], column: Any) -> sa.ColumnElement[str]:
    held = [
        sa.case((column.op("&")(sa.literal_column(str(1 << index))) != 0, formats.word(word)))
        for index, word in enumerate(words)
    ]
    return _text(sa.func.to_json(sa.func.array_remove(array(held), None)))
