"""The mutation that `test_add_a_mutation.py` adds, over HTTP. Run in a copy of the project, not by itself."""

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.graph.conftest import Ask

CHANGE = "mutation ($name: String!) { changeName(input: {name: $name}) { member { name viewerActions } } }"
MEMBERS = "query ($id: ID!) { client(id: $id) { members(first: 50) { nodes { name } } } }"
AUDITED = "{ auditLog(action: CHANGE_NAME, first: 5) { nodes { action outcome } } }"


async def names(ask: Ask) -> list[str]:
    found = await ask.data("cora", MEMBERS, id=ask.id("Client", "C1"))
    return [node["name"] for node in found["client"]["members"]["nodes"]]


async def test_a_member_changes_the_name_and_the_owner_reads_it(ask: Ask, world: AsyncConnection) -> None:
    changed = await ask.data("emil", CHANGE, name="  Ämil Rask-Holm ")

    assert changed["changeName"]["member"]["name"] == "Ämil Rask-Holm"
    assert "CHANGE_NAME" in changed["changeName"]["member"]["viewerActions"]
    assert await names(ask) == ["Ämil Rask-Holm", "Cora Aagaard"]  # by the new name
    assert (await ask.data("pia", AUDITED))["auditLog"]["nodes"] == [{"action": "CHANGE_NAME", "outcome": "DONE"}]


@pytest.mark.parametrize(
    ("who", "code", "why"),
    [
        ("cora", "CONFLICT", "verified with the company"),
        ("ada", "FORBIDDEN", "You do not have permission"),
        ("shop-sync", "FORBIDDEN", "You do not have permission"),
        ("anonymous", "UNAUTHENTICATED", "Sign in"),
    ],
)
async def test_others_are_refused(ask: Ask, world: AsyncConnection, who: str, code: str, why: str) -> None:
    answer = await ask(who, CHANGE, name="Another")

    assert answer.codes == [code]
    assert why in answer.errors[0]["message"]
    assert await names(ask) == ["Cora Aagaard", "Emil Rask"]
