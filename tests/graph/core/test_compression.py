"""Compressed responses over the demo world: the same JSON, for callers with a bearer token alone, and never with a token in it."""

from typing import Any, Final

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.http import endpoint
from gateway.policy import Policy
from gateway.settings import Settings
from tests.graph.conftest import Ask, asker

LONG: Final = "{ clients(first: 50) { nodes { id name country verificationState visibleFields viewerActions } } }"
SHORT: Final = "{ viewer { menus } }"
CODINGS: Final = ("zstd", "br", "gzip")


async def sent(ask: Ask, who: str, query: str, coding: str, **variables: Any) -> Any:
    headers = {**ask.headers(who), "Accept-Encoding": coding}
    return await ask.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("who", ["ada", "firm-sync"])
async def test_a_long_response_is_compressed_and_the_same(ask: Ask, who: str, coding: str) -> None:
    plain = await sent(ask, who, LONG, "identity")
    packed = await sent(ask, who, LONG, coding)

    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == coding
    assert packed.headers["vary"] == "Accept-Encoding"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) // 2
    assert packed.json() == plain.json()


@pytest.mark.parametrize("coding", CODINGS)
async def test_a_very_long_response_is_compressed_in_another_thread(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, coding: str
) -> None:
    monkeypatch.setattr(endpoint, "MAX_AT_ONCE", 10)
    packed = await sent(ask, "ada", LONG, coding)

    assert packed.headers["content-encoding"] == coding
    assert packed.json() == (await sent(ask, "ada", LONG, "identity")).json()


async def test_a_short_response_is_not(ask: Ask) -> None:
    assert "content-encoding" not in (await sent(ask, "ada", SHORT, "gzip")).headers


async def test_that_of_a_caller_without_a_bearer_token_is_not(ask: Ask) -> None:
    names = "{ __schema { types { name description fields { name description } } } }"

    assert "content-encoding" in (await sent(ask, "ada", names, "gzip")).headers
    assert "content-encoding" not in (await sent(ask, "anonymous", names, "gzip")).headers


async def test_that_of_a_mutation_which_may_return_a_token_is_not(ask: Ask, world: AsyncConnection) -> None:
    many = " ".join(f"a{number}: client {{ id name visibleFields }}" for number in range(10))
    rename = f"mutation ($input: RenameCompanyInput!) {{ renameCompany(input: $input) {{ {many} }} }}"
    answer = await sent(ask, "cora", rename, "gzip", input={"name": "Renamed"})

    assert len(answer.content) > 1024
    assert "content-encoding" not in answer.headers


async def test_it_can_be_switched_off(settings: Settings, policy: Policy, engine: AsyncEngine) -> None:
    async with asker(settings.model_copy(update={"compress_above_bytes": 0}), policy, engine) as ask:
        assert "content-encoding" not in (await sent(ask, "ada", LONG, "gzip")).headers
