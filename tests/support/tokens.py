"""Asking about integration tokens, and as a machine that shows one."""

from typing import Any, Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.auth.access_tokens import NOT_GOOD
from gateway.db.models import IntegrationToken
from tests.graph.conftest import Answer, Ask

OF_FIRMS: Final = ("CLIENTS_READ", "PAYROLL_READ")
OF_COMPANIES: Final = ("CLIENTS_READ", "KPIS_WRITE", "PAYROLL_READ")
PLATFORMS: Final = ("KPIS_WRITE", "BILLING_WRITE")
"""The scopes of a firm's tokens, of a client company's and of the platform's (D26)."""

CREATE: Final = """mutation ($input: CreateTokenInput!) { createToken(input: $input) {
  secret token { id name scopes createdBy createdAt expiresAt lastUsedAt revokedAt viewerActions }
} }"""
REVOKE: Final = """mutation ($id: ID!) { revokeToken(input: {id: $id}) {
  token { id name revokedAt viewerActions }
} }"""
LIST: Final = """{ integrationTokens(first: 200) { totalCount nodes {
  id name scopes createdBy createdAt expiresAt lastUsedAt revokedAt viewerActions
} } }"""
NAMES: Final = "{ clients(first: 20) { totalCount nodes { id name } } }"


class Made(NamedTuple):
    """A token that was just made."""

    secret: str
    id: str
    told: dict[str, Any]


async def made(ask: Ask, who: str, *scopes: str, **more: Any) -> Made:
    given = {"name": "Till", "scopes": scopes or ["CLIENTS_READ"], **more}
    data = (await ask.data(who, CREATE, input=given))["createToken"]
    return Made(data["secret"], data["token"]["id"], data["token"])


async def shown(ask: Ask, secret: str, document: str, /, **variables: Any) -> Answer:
    """The answer to whoever shows this token."""
    return await ask.sent({"query": document, "variables": variables}, {"Authorization": f"Bearer {secret}"})


async def kept(world: AsyncConnection) -> list[tuple[Any, ...]]:
    """All that the table holds."""
    return [tuple(row) for row in await world.execute(select(IntegrationToken.__table__).order_by(IntegrationToken.id))]


def is_unauthenticated(answer: Answer) -> bool:
    return (answer.status, answer.codes, answer.data) == (401, ["UNAUTHENTICATED"], None) and NOT_GOOD in answer.text
