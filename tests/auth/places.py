"""People, machines and the places that they may have; what the tests of who asks share."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, insert, text, update

from gateway.auth.access_tokens import NOT_GOOD, TokenIssuer, ephemeral_keys
from gateway.auth.memberships import NOT_MINE
from gateway.auth.proofs import OF_PERSON, USER
from gateway.db.enums import bits
from gateway.db.models import PlatformMember, User
from gateway.db.models.accounts import SCOPES
from gateway.errors import BadInput, Forbidden, Refused, Unauthenticated
from tests.support import make

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TOKENS = TokenIssuer(ephemeral_keys(), issuer="gateway", audience="portal", lifetime=timedelta(minutes=15))


def seal_id(type_name: str, key: UUID) -> str:
    return f"sealed:{type_name}:{key}"


def open_id(text: str) -> tuple[str, UUID]:
    try:
        seal, type_name, key = text.split(":")
        opened = type_name, UUID(key)
    except ValueError:
        raise BadInput("This is no id of ours.") from None
    if seal != "sealed":
        raise BadInput("This is no id of ours.")
    return opened


class World:
    """The people and places of one test."""

    def __init__(self, connection) -> None:
        self.connection = connection

    async def user(self) -> UUID:
        return await make.user(self.connection)

    async def firm(self, name: str = "Workshop", **given) -> UUID:
        return await make.firm(self.connection, name=name, **given)

    async def client(self, name: str = "Bakery") -> UUID:
        return await make.client(self.connection, name=name)

    async def staff(
        self, firm: UUID, user: UUID, role: str = "bookkeeper", state: str = "active", since: datetime = NOW
    ) -> UUID:
        known = {"role": role, "state": state, "created_at": since}
        return await make.member(self.connection, firm_id=firm, user_id=user, **known)

    async def choose(self, user: UUID, organisation: UUID | None) -> None:
        await self.connection.execute(update(User).where(User.id == user).values(default_organisation_id=organisation))

    async def proof(self, user: UUID) -> str:
        """What a compiled statement reads."""
        read: str = await self.connection.scalar(text("SELECT " + OF_PERSON % {USER: f"'{user}'"}))
        return read

    async def employee(self, client: UUID, user: UUID, role: str = "owner", state: str = "active") -> UUID:
        return await make.client_member(self.connection, client_id=client, user_id=user, role=role, state=state)

    async def platform(self, user: UUID, role: str = "admin") -> None:
        await self.connection.execute(insert(PlatformMember).values(user_id=user, role=role))

    async def machine(self, scopes=("billing:write",), role="admin", **given) -> tuple[UUID, str]:
        """A token whose maker has `role` on the platform, and the header that shows it."""
        creator = await self.user()
        if role:
            await self.platform(creator, role)
        return await self.token(creator, scopes, **given)

    async def token(self, creator: UUID, scopes=("clients:read",), **given) -> tuple[UUID, str]:
        raw = f"gwt_{uuid4().hex}"
        wanted = bits(SCOPES, list(scopes))
        return await make.token(self.connection, raw, created_by=creator, scopes=wanted, **given), f"Bearer {raw}"


@contextmanager
def statements_of(engine):
    """The statements sent meanwhile."""
    statements = []

    def note(*told) -> None:
        statements.append(told[2])

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine.sync_engine, "before_cursor_execute", note)


async def refusal(coroutine) -> Refused:
    with pytest.raises(Refused) as refused:
        await coroutine
    return refused.value


def is_not_mine(refused: Refused) -> bool:
    return (
        type(refused) is Forbidden
        and refused.message == NOT_MINE
        and refused.extensions
        == {
            "code": "FORBIDDEN",
            "rule": "NOT_MINE",
        }
    )


def is_not_good(refused: Refused) -> bool:
    said = refused.message, refused.extensions
    return type(refused) is Unauthenticated and said == (NOT_GOOD, {"code": "UNAUTHENTICATED"})
