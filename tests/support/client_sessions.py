"""Entering clients' accounts, and looking at what came of it."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.seeds.demo import key
from tests.graph.conftest import Answer, Ask

PRODUCT: Final = "https://product.example"
SESSION: Final = "id sessionState client { id name } firmName memberName openedAt expiresAt closedAt viewerActions"
ENTER: Final = f"""mutation ($client: ID!) {{ enterClientAccount(input: {{client: $client}}) {{
  url session {{ {SESSION} }}
}} }}"""
LEAVE: Final = f"""mutation ($session: ID!) {{ leaveClientAccount(input: {{id: $session}}) {{
  session {{ {SESSION} }}
}} }}"""
MINE: Final = f"{{ viewer {{ clientSession {{ {SESSION} }} }} }}"
OF_CLIENT: Final = f"""query ($id: ID!) {{ client(id: $id) {{ sessions(first: 20) {{
  totalCount nodes {{ {SESSION} }} pageInfo {{ hasNextPage }}
}} }} }}"""
NODE: Final = f"query ($id: ID!) {{ node(id: $id) {{ ... on ClientSession {{ {SESSION} }} }} }}"
TRAIL: Final = """{ auditLog(first: 20) { nodes {
  action outcome code actorName actingSide onBehalfOf { name }
} } }"""


async def enters(ask: Ask, who: str, client: str) -> Answer:
    return await ask(who, ENTER, client=ask.id("Client", client))


async def entered(ask: Ask, who: str = "ada", client: str = "C1") -> dict[str, Any]:
    """The payload: the session and the address to go to."""
    answer = await enters(ask, who, client)
    assert answer.errors == []
    payload: dict[str, Any] = answer.data["enterClientAccount"]
    return payload


async def leaves(ask: Ask, who: str, session: str) -> Answer:
    return await ask(who, LEAVE, session=session)


async def mine(ask: Ask, who: str) -> Any:
    return (await ask.data(who, MINE))["viewer"]["clientSession"]


async def told(ask: Ask, who: str, session: str) -> Any:
    """A session as somebody sees it; None where it is not there."""
    return (await ask(who, NODE, id=session)).data["node"]


async def ends(world: AsyncConnection, who: str = "ada") -> list[str | None]:
    """How the sessions of somebody of F ended; None, at the end, of the one that was not closed."""
    found = "SELECT ended_as FROM client_session WHERE member_id = :id ORDER BY ended_as"
    return list((await world.execute(text(found), {"id": key(f"F/{who}")})).scalars())


def token(payload: dict[str, Any]) -> str:
    """What the address carries."""
    address, _, carried = payload["url"].partition("#")
    assert address == f"{PRODUCT}/enter"
    return str(carried)


def key_of(ask: Ask, id: str) -> UUID:
    return ask.gateway.seal.open_id(id)[1]
