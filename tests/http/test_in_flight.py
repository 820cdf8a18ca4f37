"""How many requests of one caller are answered at once."""

import asyncio

import pytest

from gateway.errors import RateLimited
from gateway.http.in_flight import InFlight
from gateway.http.network import UNKNOWN
from tests.http.stub import Stub, codes

GOOD = {"authorization": "Bearer good"}


async def begun(stub, count):
    """Once so many requests are being answered."""
    async with asyncio.timeout(60):
        while len(stub.opened) < count:  # noqa: ASYNC110
            await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("setting", "headers"), [("in_flight_person", GOOD), ("in_flight_address", {})], ids=["person", "address"]
)
async def test_a_caller_with_too_many_requests_is_refused_and_others_are_not(setting, headers):
    stub = Stub(**{setting: 2})
    stub.gate = asyncio.Event()
    asking = [asyncio.create_task(stub.ask("{ hello }", headers=headers)) for _ in range(2)]
    await begun(stub, 2)
    refused = await stub.ask("{ hello }", headers=headers)
    other = asyncio.create_task(stub.ask("{ hello }", headers={} if headers else GOOD))
    await begun(stub, 3)
    stub.gate.set()
    answers = await asyncio.gather(*asking, other)
    after = await stub.ask("{ hello }", headers=headers)

    assert (refused.status_code, codes(refused), refused.headers["retry-after"]) == (429, ["RATE_LIMITED"], "1")
    assert "data" not in refused.json()
    assert [answer.status_code for answer in (*answers, after)] == [200] * 4
    assert not stub.app._in_flight.counts


@pytest.mark.parametrize("query", ["{", "{ nope }", '{ fails(how: "bug") }', "{ hello }"])
async def test_every_way_out_gives_the_place_back(query):
    stub = Stub(in_flight_person=1, in_flight_address=1)
    for headers in (GOOD, {}, {"authorization": "Bearer stale"}) * 2:
        answer = await stub.ask(query, headers=headers)

        assert answer.status_code != 429
    assert not stub.app._in_flight.counts


async def test_a_request_is_in_flight_until_its_answer_was_read():
    stub = Stub(in_flight_address=1)
    taken, reading = asyncio.Event(), asyncio.Event()
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"query={hello}", "headers": []}

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        if message["type"] == "http.response.body" and not message["more_body"]:
            taken.set()  # uvicorn waits here for the client
            await reading.wait()

    first = asyncio.create_task(stub.app(scope, receive, send))
    await taken.wait()
    assert stub.app._in_flight.counts == {("address", UNKNOWN): 1}
    reading.set()
    await first

    assert not stub.app._in_flight.counts


def test_a_place_is_taken_once_by_a_request():
    every = InFlight({"person": 1, "organisation": 1, "address": 1})
    with every.request({"client": ("10.0.0.1", 1)}) as flight:
        flight.enter("person", "ada")
        flight.enter("person", "ada")
        with every.request({"client": None}) as other:
            with pytest.raises(RateLimited):
                other.enter("person", "ada")
            other.enter("organisation", "ada")
        assert every.counts == {("person", "ada"): 1}
    assert not every.counts
