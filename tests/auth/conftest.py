"""Who asks, and the world in which they may be somebody."""

from datetime import datetime
from uuid import UUID

import pytest
from starlette.datastructures import Headers

from gateway.auth.memberships import Identity, identify
from tests.auth.places import NOW, TOKENS, World, open_id


@pytest.fixture
def world(connection) -> World:
    return World(connection)


@pytest.fixture
def ask(connection):
    async def ask(
        user: UUID | None = None, acting_as: str | None = None, authorization: str | None = None, at: datetime = NOW
    ) -> Identity:
        if user is not None:
            authorization = f"Bearer {TOKENS.issue(user, NOW).text}"
        sent = {"authorization": authorization, "x-acting-as": acting_as}
        headers = Headers({name: value for name, value in sent.items() if value is not None})
        return await identify(connection, headers, at, tokens=TOKENS, open_id=open_id)

    return ask
