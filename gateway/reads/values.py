"""The kinds of values that leaves show, each for Python and for SQL.

A value of columns converts what they hold: `shown` in Python, `json` as JSON text in SQL, where NULL is null. Both
give the same text (tests/reads). A value of the policy comes from the rules that hold for the row.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter
from string import ascii_lowercase, ascii_uppercase
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import array

from gateway.db import invitation_codes
from gateway.db.enums import chosen
from gateway.db.ids import made_at as made_from
from gateway.reads import formats

Reader = Callable[[Any], Any]
"""Returns a value of a visible row."""
SPELLING: Final = (f"{ascii_lowercase}:", f"{ascii_uppercase}_")
"""Words are ASCII. PostgreSQL's `upper` depends on the locale of the database."""
FOREVER: Final[Any] = sa.literal_column("'9999-01-01+00'::timestamptz")


class Value:
    """What a leaf shows of a row."""

    def needed(self) -> tuple[Any, ...]:
        """The expressions over mapped columns that the row must be loaded with."""
        return ()

    def reader(self) -> Reader:
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


def text(column: Any) -> Value:
    """Any text, or a list of texts."""
    return Shown((column,), None, lambda c: _text(sa.func.to_json(c)))


def number(column: Any) -> Value:
    return Shown((column,), None, _text)


def truth(column: Any) -> Value:
    return Shown((column,), None, _text)


def word(column: Any) -> Value:
    """A stored word, as an enum value."""
    return Shown((column,), formats.word, lambda c: _quoted(sa.func.translate(c, *SPELLING)))


def translated(words: Mapping[str, str], column: Any) -> Value:
    """A stored word under another name."""
    json = {stored: f'"{shown}"' for stored, shown in words.items()}
    return Shown((column,), lambda value: value and words[value], lambda c: sa.case(json, value=c))


def moment(column: Any) -> Value:
    """A point in time; infinity is null."""
    return Shown((column,), formats.moment, _moment)


def made_at(key: Any) -> Value:
    """When the row was made, to the millisecond, from its key."""
    return Shown((key,), lambda value: made_from(value).isoformat(), lambda c: _moment(_made(c)))


def percent(column: Any) -> Value:
    """Basis points as a percentage."""
    return Shown((column,), formats.percent, lambda c: _quoted(_text(c.op("*")(sa.literal_column("0.01")))))


def known(column: Any) -> Value:
    """Whether the column has a value."""
    return Shown((column,), lambda value: value is not None, lambda c: _text(c.is_not(None)))


def money(minor: Any, currency: Any) -> Value:
    """An amount in minor units with its currency; null if one of the two is."""
    return Shown((minor, currency), formats.money, _money)


def code(column: Any) -> Value:
    """An invitation code, in groups of four characters."""
    return Shown((column,), lambda value: value and invitation_codes.shown(value), _grouped)


def bits(words: tuple[str, ...], column: Any) -> Value:
    """The words of a set that is stored as bits, as enum values."""

    def shown(value: int) -> list[Any]:
        return [formats.word(word) for word in chosen(words, value)]

    return Shown((column,), shown, lambda c: _listed(words, c))


def itself(known: Value | None) -> Value:
    """The row, to show a part of it; null if `known` is null."""
    return _Itself(known)


@dataclass(frozen=True, slots=True)
class _Itself(Value):
    known: Value | None

    def needed(self) -> tuple[Any, ...]:
        return () if self.known is None else self.known.needed()

    def reader(self) -> Reader:
        if self.known is None:
            return lambda row: row
        read = self.known.reader()
        return lambda row: None if read(row) is None else row


# ---- values of the policy


def first(rule: str) -> Value:
    """The first word of a rule that holds for the row."""
    return _First(rule)


def words(rule: str) -> Value:
    """All words of a rule that hold for the row."""
    return _Words(rule)


def holds(rule: str, word: str) -> Value:
    """Whether a rule holds for the row with this word."""
    return _Holds(rule, word)


def visible() -> Value:
    """The names of the visible fields of the row."""
    return _Visible()


def by_word(rule: str, **columns: Any) -> Value:
    """The column that the first word of a rule names."""
    return _ByWord(rule, columns)


def where(rule: str, value: Value) -> Value:
    """A value of the row if a rule holds for it with some word; else null."""
    return _If(rule, value, None)


def unless(rule: str, word: str, value: Value) -> Value:
    """A value of the row; the given word if a rule of its type holds for it with some word."""
    return _If(rule, word, value)


def each(rule: str, words: type[Enum]) -> Value:
    """Of each word, whether the rule holds for the row with it: objects with `code` and `ok`."""
    return _Each(rule, tuple(str(word.value) for word in words))


@dataclass(frozen=True, slots=True)
class _First(Value):
    rule: str

    def reader(self) -> Reader:
        rule = self.rule
        return lambda row: row.situation.first(rule)


@dataclass(frozen=True, slots=True)
class _Words(Value):
    rule: str

    def reader(self) -> Reader:
        rule = self.rule
        return lambda row: row.situation.words(rule)


@dataclass(frozen=True, slots=True)
class _Holds(Value):
    rule: str
    word: str

    def reader(self) -> Reader:
        rule, word = self.rule, self.word
        return lambda row: word in row.situation.words(rule)


class _Visible(Value):
    def reader(self) -> Reader:
        return lambda row: row.situation.visible()


@dataclass(frozen=True, slots=True)
class _ByWord(Value):
    rule: str
    by_word: Mapping[str, Any]

    def needed(self) -> tuple[Any, ...]:
        return tuple(self.by_word.values())

    def reader(self) -> Reader:
        rule, names = self.rule, {word: name_of(column) for word, column in self.by_word.items()}
        return lambda row: getattr(row.row, names[row.situation.first(rule)])


@dataclass(frozen=True, slots=True)
class _If(Value):
    rule: str
    then: Value | str | None
    otherwise: Value | str | None

    def needed(self) -> tuple[Any, ...]:
        return tuple(c for value in (self.then, self.otherwise) if isinstance(value, Value) for c in value.needed())

    def reader(self) -> Reader:
        rule, then, otherwise = self.rule, _reader(self.then), _reader(self.otherwise)

        def read(row: Any) -> Any:
            situation = row.situation
            return (then if rule in situation.plan.decisions and situation.words(rule) else otherwise)(row)

        return read


def _reader(value: Value | str | None) -> Reader:
    return value.reader() if isinstance(value, Value) else lambda row: value


class Answer(NamedTuple):
    code: str
    ok: bool


@dataclass(frozen=True, slots=True)
class _Each(Value):
    rule: str
    words: tuple[str, ...]

    def reader(self) -> Reader:
        rule, words = self.rule, self.words

        def read(row: Any) -> list[Answer]:
            held = row.situation.words(rule)
            return [Answer(word, word in held) for word in words]

        return read


# ---- JSON text in SQL


def _text(value: Any) -> sa.ColumnElement[str]:
    return sa.cast(value, sa.Text)


def _quoted(value: Any) -> sa.ColumnElement[str]:
    """A text that needs no escape."""
    return sa.literal_column("'\"'").op("||")(value).op("||")(sa.literal_column("'\"'"))


def _moment(value: Any) -> sa.ColumnElement[str]:
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


def _money(minor: Any, currency: Any) -> sa.ColumnElement[str]:
    units: dict[str, Any] = {
        code: sa.literal_column(f"{10**-digits:.{digits}f}") for code, digits in formats.DIGITS.items()
    }
    unit = sa.case(units, value=currency, else_=sa.literal_column("0.01"))
    amount = _quoted(_text(sa.cast(minor, sa.Numeric).op("*")(unit)))
    begin, between, end = map(_piece, ('{"amount":', ',"currency":', "}"))
    shown: sa.ColumnElement[str] = begin.op("||")(amount).op("||")(between).op("||")(_quoted(currency)).op("||")(end)
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
