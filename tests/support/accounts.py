"""What tests of sign-ups, passwords and erasures share."""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.auth.invitation_tokens import offered_token
from gateway.db.seeds.people import PEOPLE
from tests.graph.conftest import Answer, Ask

EMAILS: Final = {person.handle: person.email for person in PEOPLE}
PASSWORD: Final = "a long enough one"
SIGN_IN: Final = """mutation ($email: EmailAddress!, $password: String!) {
  signIn(input: {email: $email, password: $password}) { refreshToken accessToken }
}"""
REFRESH: Final = "mutation ($token: String!) { refresh(input: {refreshToken: $token}) { refreshToken accessToken } }"


async def rows(world: AsyncConnection, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await world.execute(text(statement), values)]


async def kept(world: AsyncConnection, tables: Iterable[str]) -> list[list[tuple[Any, ...]]]:
    """All that these tables hold."""
    return [await rows(world, f"SELECT t::text FROM {table} t ORDER BY 1") for table in tables]


def token_of(ask: Ask, kind: str, offer: UUID | str) -> str:
    """What the letter of an offer carries."""
    return offered_token(ask.gateway.sign_in_service.secret, kind, UUID(str(offer)))


async def letters(ask: Ask, world: AsyncConnection, kind: str) -> set[str]:
    """The tokens of the letters of one kind."""
    told = await rows(world, "SELECT data->>'offer' FROM notice WHERE kind = :kind", kind=kind)
    return {token_of(ask, kind, offer) for (offer,) in told}


async def signed_in(ask: Ask, email: str, password: str) -> Answer:
    return await ask("anonymous", SIGN_IN, email=email, password=password)


def refused(answer: Answer, code: str, message: str | None = None) -> bool:
    (error,) = answer.errors
    told = error["extensions"]["code"], message or error["message"]
    return told == (code, error["message"]) and set(answer.data.values()) == {None}
