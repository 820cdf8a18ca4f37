"""An Idempotency-Key belongs to one request: whole, of one caller, for a day."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.engine import make_engine
from gateway.db.seeds.demo import key
from gateway.idempotency import ANOTHER_BODY
from gateway.policy import Policy
from gateway.settings import Settings
from tests.conftest import Copy
from tests.graph.conftest import NOW, Answer, Ask, asker, run

REPLAYED: Final = "idempotency-replayed"
LOCALE: Final = "mutation ($locale: Locale!) { setLocale(input: {locale: $locale}) { user { locale } } }"
TWO: Final = """mutation { first: setLocale(input: {locale: SV}) { user { locale } }
  second: setLocale(input: {locale: ES}) { user { locale } } }"""
TOKEN: Final = """mutation { a: createToken(input: {name: "A", scopes: [CLIENTS_READ]}) { secret }
  b: createToken(input: {name: "B", scopes: [CLIENTS_READ]}) { secret } }"""


async def keyed(ask: Ask, who: str, query: str, at: str = "once", **variables: Any) -> Answer:
    return await ask.sent({"query": query, "variables": variables}, {**ask.headers(who), "Idempotency-Key": at})


async def locale(connection: AsyncConnection, who: str) -> Any:
    return await connection.scalar(text("SELECT locale FROM user_account WHERE id = :id"), {"id": key(who)})


async def outcomes(connection: AsyncConnection) -> list[str]:
    return list(await connection.scalars(text("SELECT field FROM kept_outcome ORDER BY field")))


OTHERS: Final = {
    "another mutation": ('mutation { createToken(input: {name: "x", scopes: [CLIENTS_READ]}) { secret } }', {}),
    "the same one under an alias": (LOCALE.replace("setLocale(", "again: setLocale(", 1), {"locale": "SV"}),
    "other variables": (LOCALE, {"locale": "DE"}),
    "several mutations": (TWO, {}),
}


@pytest.mark.parametrize("other", OTHERS)
async def test_another_body_with_the_same_key_is_refused_as_a_whole(
    ask: Ask, world: AsyncConnection, other: str
) -> None:
    query, variables = OTHERS[other]
    await keyed(ask, "ada", LOCALE, locale="SV")
    tokens = await world.scalar(text("SELECT count(*) FROM integration_token"))
    answer = await keyed(ask, "ada", query, **variables)

    assert (answer.status, answer.codes, answer.data) == (409, ["CONFLICT"], None)
    assert answer.errors[0]["message"] == ANOTHER_BODY
    assert "path" not in answer.errors[0]
    assert (await locale(world, "ada"), await outcomes(world)) == ("sv", ["setLocale"])
    assert await world.scalar(text("SELECT count(*) FROM integration_token")) == tokens


async def test_a_replay_says_so_and_nothing_else_does(ask: Ask, world: AsyncConnection) -> None:
    first = await keyed(ask, "ada", TWO)
    await keyed(ask, "ada", LOCALE, "later", locale="DE")
    again = await keyed(ask, "ada", TWO)
    without = await ask("ada", LOCALE, locale="DE")

    assert (first.errors, again.errors) == ([], [])
    assert again.response.headers[REPLAYED] == "true"
    assert [REPLAYED in answer.response.headers for answer in (first, without)] == [False, False]
    # The outcome is kept; the person is read as it is now.
    assert again.data == {name: {"user": {"locale": "DE"}} for name in ("first", "second")}
    assert await locale(world, "ada") == "de"


async def test_what_was_left_undone_is_done_and_the_rest_is_not_done_again(ask: Ask, world: AsyncConnection) -> None:
    """As after a process that died between two mutations of one request."""
    await keyed(ask, "ada", TOKEN)
    await run(world, "DELETE FROM kept_outcome WHERE field = 'b'")
    await run(world, "DELETE FROM integration_token WHERE name = 'B'")
    again = await keyed(ask, "ada", TOKEN)
    names = list(await world.scalars(text("SELECT name FROM integration_token WHERE name IN ('A', 'B') ORDER BY name")))

    assert again.data["a"] == {"secret": None}
    assert again.data["b"]["secret"].startswith("gwt_")
    assert (names, REPLAYED in again.response.headers) == (["A", "B"], False)


async def test_a_key_is_of_one_caller_and_of_one_organisation(ask: Ask, world: AsyncConnection) -> None:
    bodies = {"ada": "SV", "ben": "DE", "hedda@F": "ES", "hedda@C3": "DA"}
    answers = {who: await keyed(ask, who, LOCALE, locale=wanted) for who, wanted in bodies.items()}

    assert [answer.errors for answer in answers.values()] == [[]] * 4


async def test_a_request_that_is_no_good_does_not_use_its_key(ask: Ask, world: AsyncConnection) -> None:
    for query, variables in (("mutation {", {}), ("mutation { nope }", {}), (LOCALE, {"locale": "TLH"}), (LOCALE, {})):
        assert (await keyed(ask, "ada", query, **variables)).data is None

    assert (await keyed(ask, "ada", LOCALE, locale="SV")).errors == []


async def test_a_key_is_free_after_a_day(ask: Ask, world: AsyncConnection) -> None:
    await keyed(ask, "ada", LOCALE, locale="SV")
    await run(world, "UPDATE kept_request SET kept_until = :now", now=NOW + timedelta(seconds=1))
    too_early = await keyed(ask, "ada", TWO)
    await run(world, "UPDATE kept_request SET kept_until = :now", now=NOW)
    answer = await keyed(ask, "ada", TWO)

    assert (too_early.codes, answer.errors) == (["CONFLICT"], [])
    assert await outcomes(world) == ["first", "second"]


# ---- at once, on a database of its own


@pytest.fixture(scope="module")
async def busy(copy: Copy, policy: Policy, settings: Settings) -> AsyncIterator[Ask]:
    engine = make_engine(await copy(), pool_timeout=60)
    async with asker(settings, policy, engine) as ask:
        yield ask
    await engine.dispose()


async def test_of_two_bodies_with_one_key_at_once_one_is_done(busy: Ask) -> None:
    for turn in range(10):
        bodies = [(LOCALE, {"locale": "SV"}), (TOKEN, {})]
        answers = await asyncio.gather(
            *(keyed(busy, "ada", query, f"turn-{turn}", **given) for query, given in bodies[:: 1 if turn % 2 else -1])
        )

        assert sorted(answer.status for answer in answers) == [200, 409]
        assert [answer.errors for answer in answers if answer.status == 200] == [[]]


async def test_of_the_same_request_many_times_at_once_each_mutation_is_done_once(busy: Ask) -> None:
    async with busy.gateway.engine.connect() as connection:
        counted = text("SELECT count(*) FROM integration_token WHERE name IN ('A', 'B')")
        before = await connection.scalar(counted)
        answers = await asyncio.gather(*(keyed(busy, "gus", TOKEN, "many") for _ in range(6)))
        after = await connection.scalar(counted)

    secrets = [answer.data[name]["secret"] for answer in answers for name in "ab" if answer.data[name]["secret"]]
    assert [answer.errors for answer in answers] == [[]] * 6
    assert (after - before, len(secrets)) == (2, 2)
    assert sum(REPLAYED in answer.response.headers for answer in answers) >= 4
