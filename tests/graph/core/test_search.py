"""What is found by part of a name: with and without accents, with umlauts spelled out, with a keyboard's apostrophe (D29)."""

from typing import Final

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.seeds.demo import key
from gateway.text.keys import sort_key, spelled_key
from tests.graph.conftest import Ask, run

NAME: Final = "L’Atelier Århus & Möwe"
FOUND: Final = ("l'atelier", "L’ATELIER", "århus", "arhus", "aarhus", "möwe", "mowe", "moewe", "S & M")
LISTS: Final = {
    "clients": ("ada", "nodes { name }"),
    "firms": ("pia", "nodes { name }"),
    "publicDirectory": ("anonymous", "nodes { name: displayName }"),
    "marketplace": ("cora", "nodes { name: displayName }"),
}


@pytest.mark.parametrize("field", LISTS)
async def test_a_name_is_found_however_it_is_typed(ask: Ask, world: AsyncConnection, field: str) -> None:
    keys = {"name": NAME, "key": sort_key(NAME), "spelled": spelled_key(NAME)}
    for table, column, id in (
        ("client", "name", "C1"),
        ("firm", "name", "F"),
        ("firm_profile", "display_name", "F profile 1"),
    ):
        update = f"UPDATE {table} SET {column} = :name, name_key = :key, spelled_key = :spelled WHERE id = :id"
        await run(world, update, id=key(id), **keys)
    who, shown = LISTS[field]
    query = f"query ($search: String) {{ found: {field}(first: 20, search: $search) {{ totalCount {shown} }} }}"

    for search in FOUND:
        found = (await ask.data(who, query, search=search))["found"]
        assert (found["totalCount"], found["nodes"]) == (1, [{"name": NAME}]), search
    for search in ("aeroehus", "moawe", "ärhus!"):
        assert (await ask.data(who, query, search=search))["found"] == {"totalCount": 0, "nodes": []}, search


@pytest.mark.parametrize("field", LISTS)
async def test_a_search_that_grows_beyond_every_name_is_refused(ask: Ask, field: str) -> None:
    who, shown = LISTS[field]
    answer = await ask(who, f'{{ {field}(first: 1, search: "{"ﷺ" * 40}") {{ {shown} }} }}')

    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.errors[0]["message"].startswith("`search` must have at most 100 characters")
