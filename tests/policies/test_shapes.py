"""Every shape of a rule either compiles to what Polar means by it, proved on rows in PostgreSQL, or is refused by name. Never wrong."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.orm import DeclarativeBase, Mapped, configure_mappers, mapped_column, relationship

from gateway.policy import Policy, PolicyError, UnsupportedShape, describe

NOW = datetime(2026, 3, 2, tzinfo=UTC)
WORDS = ("RED", "GREEN", "BLUE")


class Base(DeclarativeBase):
    metadata = sa.MetaData()


def closed(column: str, *words: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", info={"column": column, "words": words})


class Region(Base):
    __tablename__ = "shape_region"
    __table_args__ = (closed("mood", "calm", "wild"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[int]
    mood: Mapped[str]
    colours: Mapped[int] = mapped_column(info={"words": WORDS})


class Shop(Base):
    __tablename__ = "shape_shop"
    __table_args__ = (closed("kind", "inn", "bar", "den"), closed("mark", "x", "y"))
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    mark: Mapped[str | None]
    size: Mapped[int]
    rank: Mapped[int | None]
    other: Mapped[int | None]
    is_open: Mapped[bool]
    due: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    until: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    colours: Mapped[int] = mapped_column(info={"words": WORDS})
    region_id: Mapped[int | None] = mapped_column(sa.ForeignKey("shape_region.id"))
    code: Mapped[int]

    region = relationship("Region", primaryjoin="foreign(Shop.region_id) == remote(Region.id)", viewonly=True)
    twin = relationship("Region", primaryjoin="foreign(Shop.code) == remote(Region.code)", viewonly=True, overlaps="region")
    calm = relationship(
        "Region", primaryjoin="and_(foreign(Shop.region_id) == remote(Region.id), Region.mood == 'calm')", viewonly=True
    )
    visits = relationship("Visit", primaryjoin="Shop.id == foreign(remote(Visit.shop_id))", viewonly=True, uselist=True)
    stays = relationship("Stay", primaryjoin="Shop.id == foreign(remote(Stay.shop_id))", viewonly=True, uselist=True)


class Visit(Base):
    """One current visit of a guest to a shop; any number of past ones."""

    __tablename__ = "shape_visit"
    __table_args__ = (
        closed("state", "now", "soon", "past"),
        sa.Index("shape_visit_one", "shop_id", "guest", unique=True, postgresql_where=sa.text("state IN ('now', 'soon')")),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int]
    guest: Mapped[int]
    state: Mapped[str]
    mood: Mapped[str | None]
    score: Mapped[int]

    shop = relationship("Shop", primaryjoin="foreign(Visit.shop_id) == remote(Shop.id)", viewonly=True)


class Stay(Base):
    __tablename__ = "shape_stay"
    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int]
    guest: Mapped[int]


configure_mappers()
ROWS = describe(Base.registry.mappers)
REGIONS = [
    {"id": 1, "code": 7, "mood": "calm", "colours": 1},
    {"id": 2, "code": 8, "mood": "wild", "colours": 6},
    {"id": 3, "code": 7, "mood": "wild", "colours": 0},
]
SHOPS = [
    {
        "id": number + 1,
        "name": ("it's", 'a "b" \\', "; DROP TABLE shape_shop; --", "%s :v_id $1", "# no comment", "ö")[number % 6],
        "kind": ("inn", "bar", "den")[number % 3],
        "mark": (None, "x", "y")[number // 2 % 3],
        "size": number % 5,
        "rank": (None, 3, 5, 9)[number % 4],
        "other": (None, 5, None, 9, 3)[number % 5],
        "is_open": number % 2 == 0,
        "due": (None, NOW - timedelta(1), NOW, NOW + timedelta(1))[number // 3 % 4],
        "until": NOW + timedelta(number % 3 - 1),
        "colours": number % 8,
        "region_id": (None, 1, 2)[number % 3],
        "code": 7,
    }
    for number in range(24)
]
VISITS = [
    {"id": 1, "shop_id": 1, "guest": 4, "state": "now", "mood": "x", "score": 5},
    {"id": 2, "shop_id": 1, "guest": 5, "state": "now", "mood": None, "score": 2},
    {"id": 3, "shop_id": 2, "guest": 4, "state": "past", "mood": "x", "score": 5},
    {"id": 4, "shop_id": 2, "guest": 4, "state": "past", "mood": "y", "score": 0},
    {"id": 5, "shop_id": 3, "guest": 4, "state": "soon", "mood": None, "score": 1},
    {"id": 6, "shop_id": 3, "guest": 5, "state": "past", "mood": "y", "score": 9},
    {"id": 7, "shop_id": 4, "guest": 6, "state": "now", "mood": "x", "score": 3},
    {"id": 8, "shop_id": 5, "guest": 4, "state": "now", "mood": "y", "score": 4},
    {"id": 9, "shop_id": 5, "guest": 4, "state": "past", "mood": "x", "score": 4},
]
STAYS = [{"id": 1, "shop_id": 1, "guest": 4}, {"id": 2, "shop_id": 1, "guest": 4}, {"id": 3, "shop_id": 2, "guest": 5}]


@dataclass(frozen=True)
class Guest:
    id: int
    size: int
    now: datetime
    role: str = "plain"


@dataclass(frozen=True)
class Stranger:
    role: str = "none"


VOCABULARY = """viewer("Guest", "in", ["plain", "chief"], ["id", "size", "now"]);
viewer("Stranger", "out", ["none"], []);
facts("Shop", "yes", [false, true]);
carriers([]);
"""
READ = 'read(f: ShopFacts) if f.yes;\ngrounds("Shop", "id", ["X1"]);\n'


def load(rules: str, vocabulary: str = VOCABULARY) -> Policy:
    """A policy with all its plans: what cannot be compiled must say so here, not when somebody asks."""
    policy = Policy.of({"shapes.polar": rules, "vocabulary.polar": vocabulary}, ROWS)
    assert policy.plans()
    return policy


@pytest.fixture(scope="module")
async def tables(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with engine.connect() as connection, connection.begin() as transaction:
        await connection.run_sync(Base.metadata.create_all)
        for table, rows in ((Region, REGIONS), (Shop, SHOPS), (Visit, VISITS), (Stay, STAYS)):
            await connection.execute(sa.insert(table), rows)
        yield connection
        await transaction.rollback()


async def answers(connection: AsyncConnection, policy: Policy, viewer: Any) -> list[int]:
    plan = policy.plan(viewer, "Shop")
    async with connection.begin_nested():
        rows = (await connection.execute(plan.select(Shop.id), plan.bind(viewer))).all()
    return sorted(row[0] for row in rows)


def visits(shop: dict[str, Any]) -> list[dict[str, Any]]:
    return [visit for visit in VISITS if visit["shop_id"] == shop["id"]]


def region(shop: dict[str, Any]) -> dict[str, Any]:
    return next((row for row in REGIONS if row["id"] == shop["region_id"]), {})


Predicate = Callable[[dict[str, Any]], bool]
GUEST = Guest(id=4, size=3, now=NOW)

RIGHT: dict[str, Predicate] = {
    # constants and parameters
    's.kind = "inn"': lambda s: s["kind"] == "inn",
    '"inn" = s.kind': lambda s: s["kind"] == "inn",
    's.kind != "inn"': lambda s: s["kind"] != "inn",
    "s.is_open": lambda s: s["is_open"],
    "s.is_open = false": lambda s: not s["is_open"],
    "s.is_open != true": lambda s: not s["is_open"],
    "s.size = 3": lambda s: s["size"] == 3,
    "s.size = v.size": lambda s: s["size"] == 3,
    "v.size = s.size": lambda s: s["size"] == 3,
    "s.size != v.size": lambda s: s["size"] != 3,
    # flipped and plain comparisons
    "3 < s.size": lambda s: s["size"] > 3,
    "3 >= s.size": lambda s: s["size"] <= 3,
    "s.size <= 1": lambda s: s["size"] <= 1,
    "v.size > s.size": lambda s: s["size"] < 3,
    "s.size > -1 and s.size < 2": lambda s: s["size"] < 2,
    "s.until > v.now": lambda s: s["until"] > NOW,
    # columns that may be empty
    "s.rank = nil": lambda s: s["rank"] is None,
    "nil = s.rank": lambda s: s["rank"] is None,
    "s.rank != nil": lambda s: s["rank"] is not None,
    "s.rank = 5": lambda s: s["rank"] == 5,
    "s.rank != 5": lambda s: s["rank"] != 5,
    "s.rank = v.size": lambda s: s["rank"] == 3,
    "s.rank != v.size": lambda s: s["rank"] != 3,
    "s.rank = s.size": lambda s: s["rank"] == s["size"],
    "s.rank != nil and s.rank < 5": lambda s: s["rank"] is not None and s["rank"] < 5,
    "s.rank != nil and 5 <= s.rank": lambda s: s["rank"] is not None and s["rank"] >= 5,
    "s.due != nil and s.due < v.now": lambda s: s["due"] is not None and s["due"] < NOW,
    's.mark in ["x", nil]': lambda s: s["mark"] in {"x", None},
    's.mark != "x" and s.mark != nil': lambda s: s["mark"] == "y",
    "s.rank = nil or s.rank = 9": lambda s: s["rank"] in {None, 9},
    "s.size = 1 or s.rank = 5 or s.is_open": lambda s: s["size"] == 1 or s["rank"] == 5 or s["is_open"],
    # lists of constants
    's.kind in ["inn", "den"]': lambda s: s["kind"] in {"inn", "den"},
    's.kind in ["inn", "den"] and s.size in [0, 1]': lambda s: s["kind"] in {"inn", "den"} and s["size"] in {0, 1},
    's.kind in ["inn"] and s.kind in ["inn", "bar"]': lambda s: s["kind"] == "inn",
    's.kind = "inn" and s.kind != "inn"': lambda s: False,
    "s.size in [v.size, 0]": lambda s: s["size"] in {0, 3},
    # text is text, whatever stands in it
    's.name = "it\'s"': lambda s: s["name"] == "it's",
    r's.name = "a \"b\" \\"': lambda s: s["name"] == 'a "b" \\',
    's.name = "; DROP TABLE shape_shop; --"': lambda s: s["name"].startswith("; DROP"),
    's.name = "\' OR true --"': lambda s: False,
    's.name = "%s :v_id $1"': lambda s: s["name"].startswith("%s"),
    's.name = "# no comment"': lambda s: s["name"].startswith("#"),
    's.name = "ö"  # a comment; with "quotes" and cut': lambda s: s["name"] == "ö",
    's.name = "not cut new print"': lambda s: False,
    # ways to one row
    's.region.mood = "calm"': lambda s: region(s).get("mood") == "calm",
    "r = s.region and r.code = 8": lambda s: region(s).get("code") == 8,
    "s.region.code = s.size": lambda s: region(s).get("code") == s["size"],
    "s.region.code > s.size": lambda s: bool(region(s)) and region(s)["code"] > s["size"],
    "s.region_id = v.size": lambda s: False,
    # ways to many rows
    "_ in s.visits": lambda s: bool(visits(s)),
    "x in s.visits": lambda s: bool(visits(s)),
    "x in s.visits and x.guest = v.id": lambda s: any(x["guest"] == 4 for x in visits(s)),
    'x in s.visits and x.guest = v.id and x.state in ["now", "soon"]': lambda s: any(
        x["guest"] == 4 and x["state"] != "past" for x in visits(s)
    ),
    "x in s.visits and x.mood = nil": lambda s: any(x["mood"] is None for x in visits(s)),
    'x in s.visits and x.mood != "x"': lambda s: any(x["mood"] != "x" for x in visits(s)),
    "x in s.visits and x.score > s.size": lambda s: any(x["score"] > s["size"] for x in visits(s)),
    "x in s.visits and x.mood = s.kind": lambda s: False,
    'x in s.visits and x.mood = "x" and y in s.visits and y.mood = "y"': lambda s: (
        any(x["mood"] == "x" for x in visits(s)) and any(x["mood"] == "y" for x in visits(s))
    ),
    "x in s.visits and y in s.visits and x.id != y.id": lambda s: len(visits(s)) > 1,
    "x in s.visits and y in s.visits and x.id != y.id and x.score = y.score": lambda s: s["id"] == 5,
    "x in s.visits and y in s.stays and x.guest = y.guest": lambda s: s["id"] == 1,
    'x in s.visits and y in x.shop.visits and y.guest != v.id and y.state = "now"': lambda s: any(
        y["guest"] != 4 and y["state"] == "now" for y in visits(s)
    ),
    'x in s.visits and x.shop.region.mood = "wild"': lambda s: bool(visits(s)) and region(s).get("mood") == "wild",
    '(x in s.visits and x.guest = 6) or s.name = "ö"': lambda s: s["id"] == 4 or s["name"] == "ö",
    # helpers
    "big(s)": lambda s: s["size"] > 3,
    "visit(v, s, x) and x.score >= 4": lambda s: any(x["guest"] == 4 and x["score"] >= 4 for x in visits(s)),
    "word(w) and s.kind = w": lambda s: s["kind"] in {"inn", "bar"},
    # what is always and never true
    "1 = 1": lambda s: True,
    "v.id = v.id": lambda s: True,
}
HELPERS = """
big(s) if s.size > 3;
visit(v, s, x) if x in s.visits and x.guest = v.id;
word("inn"); word("bar");
"""


@pytest.mark.parametrize("body", RIGHT)
async def test_what_compiles_means_what_polar_means(tables: AsyncConnection, body: str):
    policy = load(f'fact(v: Guest, "yes", s: Shop, true) if s.id = 0 or ({body.split("  #")[0]});  #{body}\n{HELPERS}{READ}')

    assert await answers(tables, policy, GUEST) == [shop["id"] for shop in SHOPS if RIGHT[body](shop)]
    assert await answers(tables, policy, Stranger()) == []
