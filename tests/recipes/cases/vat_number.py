"""The field that `test_add_a_field.py` adds, over HTTP. Run in a copy of the project, not by itself."""

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.graph.conftest import Ask, run

CLIENTS = "{ clients(first: 50) { nodes { companyNumber vatNumber visibleFields } } }"


@pytest.mark.parametrize("who", ["ada", "ben", "cora", "hedda@F"])
async def test_it_is_visible_as_the_company_number(ask: Ask, world: AsyncConnection, who: str) -> None:
    await run(world, "UPDATE client SET vat_number = 'VAT ' || company_number")
    nodes = (await ask(who, CLIENTS)).data["clients"]["nodes"]

    assert nodes
    for node in nodes:
        assert ("companyNumber" in node["visibleFields"]) == ("vatNumber" in node["visibleFields"])
        assert node["vatNumber"] == (node["companyNumber"] and f"VAT {node['companyNumber']}")


async def test_it_is_visible_to_some_and_hidden_from_others(ask: Ask, world: AsyncConnection) -> None:
    await run(world, "UPDATE client SET vat_number = 'VAT ' || company_number")
    seen = {bool(node["vatNumber"]) for node in (await ask("ada", CLIENTS)).data["clients"]["nodes"]}

    assert seen == {True, False}
