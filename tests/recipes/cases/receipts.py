"""The type that `test_add_a_type.py` adds, over HTTP. Run in a copy of the project, not by itself."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.seeds.demo import key
from tests.graph.conftest import Ask, run

LIST = "query ($id: ID!) { client(id: $id) { visibleFields receipts(first: 5) { totalCount nodes { id shop } } } }"
NODE = "query ($id: ID!) { node(id: $id) { ... on Receipt { shop } } }"
KPIS = "query ($id: ID!) { client(id: $id) { kpis { kind count } } }"
MADE = "INSERT INTO receipt (id, client_id, shop) VALUES (:id, :client, 'Kiosk')"
REPORTED = "INSERT INTO kpi_snapshot (client_id, kind, count, as_of) VALUES (:client, 'RECEIPTS_TO_CHECK', 3, now())"
SHARED = "UPDATE access_grant SET shared_kpis = -1 WHERE client_id = :client AND revoked_at IS NULL"


@pytest.fixture
async def receipts(world: AsyncConnection) -> dict[str, Any]:
    """One receipt of each client."""
    keys = {client: key(f"receipt of {client}") for client in ("C1", "C2", "C3", "C4")}
    for client, receipt in keys.items():
        await run(world, MADE, id=receipt, client=key(client))
        await run(world, REPORTED, client=key(client))
        await run(world, SHARED, client=key(client))
    return keys


@pytest.mark.parametrize(
    ("who", "client", "visible"),
    [
        ("ada", "C1", True),  # FULL
        ("ada", "C2", True),  # LIMITED
        ("ada", "C4", False),  # another firm's
        ("cora", "C1", True),
        ("nora", "C1", False),
    ],
)
async def test_the_list_the_node_and_the_kpi_are_visible_together(
    ask: Ask, receipts: dict[str, Any], who: str, client: str, visible: bool
) -> None:
    listed = (await ask(who, LIST, id=ask.id("Client", client))).data["client"]
    node = (await ask(who, NODE, id=ask.id("Receipt", receipts[client]))).data["node"]
    kpis = (await ask(who, KPIS, id=ask.id("Client", client))).data["client"]
    found = bool(listed and listed["receipts"] and listed["receipts"]["nodes"])

    assert found == visible
    assert bool(node) == visible
    assert any(kpi["kind"] == "RECEIPTS_TO_CHECK" for kpi in (kpis and kpis["kpis"]) or []) == visible


async def test_a_firm_without_a_level_sees_none(ask: Ask, world: AsyncConnection, receipts: dict[str, Any]) -> None:
    await run(world, "UPDATE access_grant SET revoked_at = now() WHERE client_id = :id", id=key("C1"))
    answer = await ask("ada", LIST, id=ask.id("Client", "C1"))

    assert answer.data["client"]["receipts"] is None
    assert ("Client", "receipts", "LEVEL") in [denial[:3] for denial in answer.denials]
