"""As it is written first: strawberry by its defaults, SQLAlchemy's objects, Oso asked in every field.

`python -m benchmarks.peers.naive`. It is no caricature: children come by data loaders and eager relations, never a
statement for each parent, and what its rules ask is loaded before they ask.
"""

import asyncio
import enum
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import strawberry
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from oso import ForbiddenError, Oso
from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import joinedload, selectinload
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.permission import BasePermission

from benchmarks.peers.server import address_of, alive, believed, key_of, listen
from gateway.db import models
from gateway.db.engine import make_engine
from gateway.db.enums import KPI_KINDS, SECTIONS, bits
from gateway.settings import Settings

RULES: Final = Path(__file__).with_suffix(".polar")


@dataclass(frozen=True)
class Member:
    """Who asks."""

    id: UUID
    firm_id: UUID
    role: str
    approved: bool
    clients: frozenset[UUID]

    def is_in_charge_of(self, client_id: UUID) -> bool:
        return client_id in self.clients


class Words:
    """Sets that are stored as bits."""

    @staticmethod
    def has_section(plan: models.Plan, section: str) -> bool:
        return bool(plan.sections & bits(SECTIONS, [section]))

    @staticmethod
    def shares(grant: models.AccessGrant, kind: str) -> bool:
        return bool(grant.shared_kpis & bits(KPI_KINDS, [kind]))


class RequestContext:
    """What one request has: its person, a session on which its loaders take turns, and Oso."""

    def __init__(self, oso: Oso, session: AsyncSession, member: Member) -> None:
        self.oso, self.session, self.member = oso, session, member
        self.turn = asyncio.Lock()
        self.collaboration_of = self._loader(self._collaborations)
        self.kpis_of = self._loader(self._kpis)
        self.invoices_of = self._loader(self._invoices)

    async def all(self, statement: Select[Any]) -> Sequence[Any]:
        async with self.turn:
            return (await self.session.scalars(statement)).unique().all()

    def reads(self, row: Any) -> bool:
        return bool(self.oso.is_allowed(self.member, "read", row))

    def sees(self, row: Any, field: str) -> bool:
        try:
            self.oso.authorize_field(self.member, "read", row, field)
        except ForbiddenError:
            return False
        return True

    def clients(self) -> Select[Any]:
        """This firm's living clients, with what the rules will ask of them."""
        return (
            select(models.Client)
            .options(*self._of_client())
            .join(models.Client.collaborations)
            .where(
                models.Collaboration.firm_id == self.member.firm_id,
                models.Collaboration.state.in_(["pending", "active"]),
            )
        )

    def _of_client(self) -> list[Any]:
        ours = models.Collaboration.firm_id == self.member.firm_id
        return [selectinload(models.Client.collaborations.and_(ours)).options(self._grants())]

    def _grants(self) -> Any:
        grant = models.AccessGrant
        now = datetime.now(UTC)
        return selectinload(models.Collaboration.grants.and_(grant.revoked_at.is_(None), grant.expires_at > now))

    def _loader(self, load: Callable[[list[UUID]], Awaitable[list[Any]]]) -> DataLoader[UUID, Any]:
        return DataLoader(load)

    async def _collaborations(self, keys: list[UUID]) -> list[Any]:
        row, period = models.Collaboration, models.BillingModePeriod
        living = row.state.in_(["pending", "active"])
        current = selectinload(row.periods.and_(period.to_at == text("'infinity'")))
        statement = select(row).where(row.client_id.in_(keys), row.firm_id == self.member.firm_id, living)
        found = {one.client_id: one for one in await self.all(statement.options(self._grants(), current))}
        return [one if (one := found.get(key)) and self.reads(one) else None for key in keys]

    async def _kpis(self, keys: list[UUID]) -> list[list[Any]]:
        row = models.KpiSnapshot
        client = joinedload(row.client)
        options = [client.joinedload(models.Client.plan), *(client.options(option) for option in self._of_client())]
        found = defaultdict(list)
        for one in await self.all(select(row).where(row.client_id.in_(keys)).order_by(row.kind).options(*options)):
            if self.reads(one):
                found[one.client_id].append(one)
        return [found[key] for key in keys]

    async def _invoices(self, keys: list[UUID]) -> list[list[Any]]:
        row = models.Invoice
        statement = select(row).where(row.client_id.in_(keys), row.firm_id == self.member.firm_id)
        found = defaultdict(list)
        for one in await self.all(statement.order_by(row.id.desc())):
            if self.reads(one):
                found[one.client_id].append(one)
        return [found[key] for key in keys]


Info = strawberry.Info[dict[str, RequestContext], None]


class Allowed(BasePermission):
    message = "You do not have permission to read this field."

    def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:
        return bool(info.context["asked"].sees(source, info.python_name))


def field(resolver: Any = None) -> Any:
    return strawberry.field(resolver=resolver, permission_classes=[Allowed])


def money(minor: int, currency: str) -> "Money":
    return Money(amount=f"{minor / 100:.2f}", currency=currency)


@strawberry.type
class Money:
    amount: str
    currency: str


@strawberry.type
class Kpi:
    kind: str | None = field()
    count: int | None = field()

    @field
    def amount(root: models.KpiSnapshot) -> Money | None:  # noqa: N805
        return None if root.amount is None else money(root.amount, root.currency or "")


@strawberry.type
class Invoice:
    id: strawberry.ID = field()
    number: str | None = field()
    issued_at: datetime | None = field()
    due_at: datetime | None = field()

    @field
    def invoice_state(root: models.Invoice) -> str | None:  # noqa: N805
        late = root.state == "open" and root.due_at is not None and root.due_at < datetime.now(UTC)
        return "OVERDUE" if late else root.state.upper()

    @field
    def total(root: models.Invoice) -> Money | None:  # noqa: N805
        return money(root.total, root.currency)


@strawberry.type
class Invoices:
    nodes: list[Invoice]


@strawberry.type
class Collaboration:
    @field
    def collaboration_state(root: models.Collaboration) -> str | None:  # noqa: N805
        return root.state.upper()

    @field
    def level(root: Any) -> str | None:  # noqa: N805
        return root.grants[0].level.upper() if root.state == "active" and root.grants else "NONE"

    @field
    def billing_mode(root: Any) -> str | None:  # noqa: N805
        is_full = root.state == "active" and root.grants and root.grants[0].level == "full"
        return root.periods[0].mode.upper() if is_full and root.periods else None


@strawberry.type
class Client:
    id: strawberry.ID = field()
    name: str = field()

    @field
    async def collaboration(root: models.Client, info: Info) -> Collaboration | None:  # noqa: N805
        found: Collaboration | None = await info.context["asked"].collaboration_of.load(root.id)
        return found

    @field
    async def kpis(root: models.Client, info: Info) -> list[Kpi] | None:  # noqa: N805
        found: list[Kpi] = await info.context["asked"].kpis_of.load(root.id)
        return found

    @field
    async def invoices(root: models.Client, info: Info, first: int) -> Invoices | None:  # noqa: N805
        return Invoices(nodes=(await info.context["asked"].invoices_of.load(root.id))[:first])


@strawberry.type
class Clients:
    nodes: list[Client]


@strawberry.enum
class ClientTab(enum.Enum):
    MINE = "MINE"
    ALL = "ALL"


@strawberry.type
class Query:
    @strawberry.field
    async def clients(self, info: Info, first: int, tab: ClientTab = ClientTab.MINE) -> Clients:
        asked = info.context["asked"]
        row = models.Client
        statement = asked.clients().where(models.Collaboration.state == "active")
        if tab is ClientTab.MINE:
            statement = statement.where(row.id.in_(asked.member.clients))
        rows = await asked.all(statement.order_by(row.name_key, row.id).limit(first))
        return Clients(nodes=[one for one in rows if asked.reads(one)])

    @strawberry.field
    async def client(self, info: Info, id: strawberry.ID) -> Client | None:
        asked = info.context["asked"]
        rows = await asked.all(asked.clients().where(models.Client.id == UUID(id)))
        return next((one for one in rows if asked.reads(one)), None)


class Endpoint(GraphQL[dict[str, RequestContext], None]):
    """strawberry's own endpoint, with a session for each request."""

    def __init__(self, oso: Oso, sessions: async_sessionmaker[AsyncSession], key: Ed25519PublicKey) -> None:
        super().__init__(strawberry.Schema(query=Query), graphql_ide=None)
        self.oso, self.sessions, self.key = oso, sessions, key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        user_id = believed(request.headers["authorization"], self.key)
        async with self.sessions() as session:
            member = await _member(session, user_id)
            response = await self.run(request, {"asked": RequestContext(self.oso, session, member)})
        await response(scope, receive, send)


async def _member(session: AsyncSession, user_id: UUID) -> Member:
    row, charge = models.FirmMember, models.Assignment
    found = (await session.execute(select(row, models.Firm).join(row.firm).where(row.user_id == user_id))).one()
    mine = select(charge.client_id).where(charge.member_id == found[0].id, charge.ended_at.is_(None))
    clients = frozenset(await session.scalars(mine))
    return Member(found[0].id, found[0].firm_id, found[0].role, found[1].programme_state == "approved", clients)


def make_oso() -> Oso:
    oso = Oso()
    for known in (Member, models.Client, models.Collaboration, models.KpiSnapshot, models.Invoice):
        oso.register_class(known)
    oso.register_constant(Words, "Words")
    oso.load_files([str(RULES)])
    return oso


def main() -> None:
    settings = Settings()
    # A session keeps its connection to the end, and requests are long here: neither waiting is a fault.
    engine = make_engine(address_of(settings), pool_timeout=600, statement_seconds=0)
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    endpoint = Endpoint(make_oso(), sessions, key_of(settings))
    listen(Starlette(routes=[Route("/graphql", endpoint), alive()]), settings)


if __name__ == "__main__":
    main()
