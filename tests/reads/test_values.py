"""Each kind of value is the same JSON in Python and in SQL, also for hostile stored values."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

import orjson
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.db.enums import KPI_KINDS
from gateway.db.ids import uuid7
from gateway.reads import values
from gateway.reads.values import Shown, Value

DRAWN: Final = 400
HOSTILE: Final = [
    "",
    " ",
    '"',
    "\\",
    '\\"},{"id":"',
    "\x01\x02\x03\x04\x05\x06\x0e\x1f\x7f",
    "\b\f\n\r\t\v",
    "\u2028\u2029\u00a0\ufeff",
    "é e\u0301 ß İ ı",
    "👩‍👩‍👧 \U0010ffff",
    "null",
    "</script>",
    "'; --",
    "%s {0} $1",
]
TIMES: Final = [
    datetime(1, 1, 2, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(2024, 2, 29, 12, 0, 0, 1, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 0, 0, 500000, tzinfo=UTC),  # the clock goes forward in Europe
    datetime(9998, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime.max.replace(tzinfo=UTC),  # infinity
]
NUMBERS: Final = [0, 1, -1, 5, 99, 100, -100, 101, 2**31 - 1, 2**53 + 1, -(2**63), 2**63 - 1]
CURRENCIES: Final = ["EUR", "JPY", "KRW", "BHD", "KWD", "SEK"]
OFFERS: Final = {"open": "OFFERED", "void": "VOID"}


def text(dice: Random) -> str:
    return "".join(dice.choice(HOSTILE) or chr(dice.randrange(1, 0xD800)) for _ in range(dice.randrange(5)))


def moment(dice: Random) -> datetime:
    return datetime(2000, 1, 1, tzinfo=UTC) + timedelta(
        microseconds=dice.randrange(10**15) * dice.choice((1, 10**6)) % 10**15
    )


C: Final[Any] = sa.column("a")
D: Final[Any] = sa.column("b")
KINDS: Final[dict[str, tuple[Value, list[Any], list[Any], Callable[[Random], Any]]]] = {
    "text": (values.text(C), [sa.Text()], [*HOSTILE, None], text),
    "texts": (values.text(C), [ARRAY(sa.Text())], [], lambda dice: [text(dice) for _ in range(dice.randrange(3))]),
    "number": (values.number(C), [sa.BigInteger()], [*NUMBERS, None], lambda dice: dice.randrange(-(2**40), 2**40)),
    "truth": (values.truth(C), [sa.Boolean()], [True, False, None], lambda dice: dice.random() < 0.5),
    "word": (
        values.word(C),
        [sa.Text()],
        [None],
        lambda dice: dice.choice(("active", "client_added_firm", "FULL")),
    ),
    "translated": (values.translated(OFFERS, C), [sa.Text()], [None], lambda dice: dice.choice(tuple(OFFERS))),
    "moment": (values.moment(C), [sa.DateTime(timezone=True)], [*TIMES, None], moment),
    "made_at": (values.made_at(C), [sa.Uuid()], [UUID(int=0)], lambda dice: uuid7(moment(dice))),
    "percent": (values.percent(C), [sa.Integer()], [0, 1, 99, 100, 10000], lambda dice: dice.randrange(10001)),
    "known": (values.known(C), [sa.Uuid()], [None], lambda dice: UUID(int=dice.getrandbits(128))),
    "code": (values.code(C), [sa.Text()], [None], lambda dice: "".join(dice.choices("ABC123", k=12))),
    "bits": (values.bits(KPI_KINDS, C), [sa.Integer()], [0, 511], lambda dice: dice.randrange(512)),
    "money": (
        values.money(C, D),
        [sa.BigInteger(), sa.Text()],
        [*((number, code) for number in NUMBERS for code in CURRENCIES), (None, "EUR"), (1, None)],
        lambda dice: (dice.randrange(-(10**9), 10**9), dice.choice(CURRENCIES)),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_python_and_sql_show_the_same_text(engine: AsyncEngine, kind: str) -> None:
    value, types, special, draw = KINDS[kind]
    assert isinstance(value, Shown)
    dice = Random(kind)  # noqa: S311
    drawn = [*special, *(draw(dice) for _ in range(DRAWN))]
    stored = [each if len(types) > 1 else (each,) for each in drawn]
    columns = [sa.bindparam(name, type_=type_) for name, type_ in zip("ab", types, strict=False)]
    statement = sa.select(value.json(*columns))

    async with engine.connect() as connection:
        for each in stored:
            shown = value.shown(*each) if value.shown else each[0]
            written = await connection.scalar(statement, dict(zip("ab", each, strict=False)))
            expected = orjson.dumps(shown._asdict() if hasattr(shown, "_asdict") else shown).decode()
            assert (written or "null") == expected, each


def test_every_kind_of_value_is_compared() -> None:
    kinds = {
        name
        for name, make in vars(values).items()
        if callable(make) and not name.startswith("_") and getattr(make, "__annotations__", {}).get("return") is Value
    }
    of_the_row = {"first", "words", "holds", "visible", "by_word", "where", "unless", "each", "itself"}

    assert kinds - of_the_row == KINDS.keys() - {"texts"}
