"""Why an action is not offered (D63): from what the viewer may know, and never of one that is offered."""

from typing import Any, Final

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.graph.conftest import CALLERS, Ask, run

OF: Final = """query ($id: ID!) { node(id: $id) { ... on %s {
  viewerActions unavailableActions { action reason requires { fact value } } } } }"""
TYPES: Final = {
    "Client": [f"C{number}" for number in range(1, 9)],
    "Collaboration": [f"F-C{number}" for number in (1, 2, 3, 4, 5, 7, 8)],
    "Firm": ["F", "G", "H"],
    "FirmMember": ["F/ada", "F/ben"],
    "Invoice": ["C3#5", "C4#2"],
}
KNOWN: Final = [
    ("ben", "Client", "C2", "ENTER_CLIENT_ACCOUNT", {"LEVEL": "FULL"}),
    ("ben", "Client", "C1", "HAND_BACK_ACCESS", {"ROLE": "ADMIN"}),
    ("ben", "Client", "C1", "ASSIGN_MANAGERS", {"ROLE": "ADMIN"}),
    ("ada", "Client", "C5", "HAND_BACK_ACCESS", {"LEVEL": "LIMITED"}),
    ("ben", "Firm", "F", "INVITE_STAFF", {"ROLE": "ADMIN"}),
    ("emil", "Client", "C1", "INVITE_MEMBER", {"ROLE": "OWNER"}),
]


async def offered(ask: Ask, who: str, type_name: str, handle: str) -> Any:
    return (await ask(who, OF % type_name, id=ask.id(type_name, handle))).data["node"]


@pytest.mark.parametrize(("who", "type_name", "handle", "action", "requires"), KNOWN)
async def test_it_names_what_would_make_it_possible(
    ask: Ask, who: str, type_name: str, handle: str, action: str, requires: dict[str, str]
) -> None:
    node = await offered(ask, who, type_name, handle)
    [found] = [each for each in node["unavailableActions"] if each["action"] == action]

    assert {each["fact"]: each["value"] for each in found["requires"]} == requires
    assert found["reason"] == next(iter(requires))


@pytest.mark.parametrize("who", CALLERS)
async def test_an_action_is_offered_or_unavailable_and_not_both(ask: Ask, who: str) -> None:
    for type_name, handles in TYPES.items():
        for handle in handles:
            node = await offered(ask, who, type_name, handle)
            if node is not None:
                unavailable = [each["action"] for each in node["unavailableActions"]]
                assert len(unavailable) == len(set(unavailable))
                assert set(unavailable).isdisjoint(node["viewerActions"])
                assert all(each["requires"] for each in node["unavailableActions"])


async def test_what_it_requires_makes_it_possible(ask: Ask, world: AsyncConnection) -> None:
    before = await offered(ask, "ben", "Client", "C2")
    sql = "UPDATE access_grant SET level = 'full' WHERE client_id = (SELECT id FROM client WHERE id = :id)"
    await run(world, sql, id=ask.gateway.seal.open_id(ask.id("Client", "C2"))[1])
    after = await offered(ask, "ben", "Client", "C2")

    assert "ENTER_CLIENT_ACCOUNT" in {each["action"] for each in before["unavailableActions"]}
    assert "ENTER_CLIENT_ACCOUNT" in after["viewerActions"]
