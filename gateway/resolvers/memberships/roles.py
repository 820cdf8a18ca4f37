"""Changes and ends memberships in the viewer's organisation, and transfers its ownership (M4, D52)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from gateway.context import Info
from gateway.db.models import ClientMember, FirmMember
from gateway.db.queries.memberships import Side
from gateway.resolvers.core.idempotency import Node
from gateway.resolvers.core.transaction import MutationContext, run_mutation
from gateway.schema.clients.inputs import TransferOwnershipInput


@dataclass(frozen=True, slots=True)
class Place:
    """A person's membership in the viewer's organisation, locked and authorised."""

    change: MutationContext
    side: Side
    id: UUID

    async def write(self, **values: str) -> None:
        member = self.side.member
        await self.change.connection.execute(sa.update(member).where(member.id == self.id).values(values))


async def placed(info: Info, side: Side, id: str, action: str, write: Callable[[Place], Awaitable[None]]) -> Any:
    """Changes a membership by `write`. The payload omits the viewer's own: the viewer's rights have changed with it."""
    type_name, home = side.member.__name__, side.organisation.__name__

    async def work(change: MutationContext) -> dict[str, Any]:
        row = await change.authorize_id(type_name, id, action)
        await write(Place(change, side, row.id))
        if row.id == getattr(info.context.viewer, "member_id", None):
            return {"member": None, side.name: None}
        return {"member": Node(type_name, row.id), side.name: Node(home, side.of(row.row))}

    return await run_mutation(info, work, colleagues=[id])


async def transfer_ownership(info: Info, input: TransferOwnershipInput) -> Any:
    """Transfers the firm or the company, by the type of the id. The former owner becomes an administrator (D52, X-H5)."""

    async def work(change: MutationContext) -> dict[str, Any]:
        known, _ = change.context.seal.open_id(input.id)
        type_name = known if known in _HANDED else "FirmMember"
        successor = (await change.authorize_id(type_name, input.id, "TRANSFER_OWNERSHIP")).id
        owner = getattr(change.context.viewer, "member_id", None)
        await change.connection.execute(_HANDED[type_name](successor, owner))
        return {"owner": Node(type_name, successor)}

    return await run_mutation(info, work, colleagues=[input.id])


def _firm(successor: UUID, owner: UUID | None) -> sa.Update:
    both = sa.update(FirmMember).where(FirmMember.id.in_([successor, owner]))
    return both.values(is_owner=FirmMember.id == successor)


def _company(successor: UUID, owner: UUID | None) -> sa.Update:
    both = sa.update(ClientMember).where(ClientMember.id.in_([successor, owner]))
    return both.values(role=sa.case((ClientMember.id == successor, "owner"), else_="admin"))


_HANDED: Final = {"FirmMember": _firm, "ClientMember": _company}
