"""Assignments of a firm's members to its clients (P17, H49–H54, X-P8)."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from gateway.context import Info
from gateway.db.ids import uuid7
from gateway.db.models import Assignment, ClientSession, Collaboration
from gateway.errors import Conflict, Forbidden
from gateway.reads.declarations import KEYS
from gateway.resolvers.client_sessions.mutations import end_lost
from gateway.resolvers.core.audit_trail import About
from gateway.resolvers.core.idempotency import Node
from gateway.resolvers.core.refusals import MOVED_ON, NOT_YOURS
from gateway.resolvers.core.transaction import MutationContext, run_mutation
from gateway.schema.clients.inputs import AssignManagersInput, UnassignManagerInput


async def assign_managers(info: Info, input: AssignManagersInput) -> Any:
    """Assigns each of the members to each of the clients, or none of them. Assignments in force stay unchanged."""

    async def work(change: MutationContext) -> dict[str, Any]:
        client_ids = list(dict.fromkeys(change.key_of("Client", id) for id in input.clients))
        member_ids = [change.key_of("FirmMember", id) for id in input.members]
        clients = await change.authorize_all("Client", client_ids, "ASSIGN_MANAGERS")
        members = await change.authorize_all("FirmMember", member_ids, "ASSIGN_MANAGERS")
        now = info.context.viewer.now
        common = {"assigned_by": info.context.identity.user_id, "assigned_at": now}
        rows = [
            {"id": uuid7(now), "client_id": client.id, "member_id": member.id, **common}
            for client in clients
            for member in members
        ]
        assigned = insert(Assignment).on_conflict_do_nothing(
            index_elements=["member_id", "client_id"], index_where=Assignment.ended_at.is_(None)
        )
        await change.connection.execute(assigned, rows)
        await _note_clients(change, client_ids)
        return {"clients": [Node("Client", key) for key in client_ids]}

    return await run_mutation(info, work, colleagues=input.members)


async def unassign_manager(info: Info, input: UnassignManagerInput) -> Any:
    """Ends an assignment: an admin ends any of the firm, a bookkeeper only their own. Raises Conflict where there is none."""

    async def work(change: MutationContext) -> dict[str, Any]:
        client_id, member_id = change.key_of("Client", input.client), change.key_of("FirmMember", input.member)
        mine = member_id == getattr(info.context.viewer, "member_id", None)
        client = await change.authorize("Client", client_id, "UNASSIGN_MANAGER")
        if not mine and "OTHER" not in client.situation.words("unassigns"):
            raise Forbidden(NOT_YOURS)
        await change.find_visible("FirmMember", member_id)
        held = (Assignment.client_id == client_id, Assignment.member_id == member_id, Assignment.ended_at.is_(None))
        ended = sa.update(Assignment).where(*held).values(ended_at=info.context.viewer.now)
        if (await change.connection.execute(ended.returning(Assignment.id))).first() is None:
            raise Conflict(MOVED_ON)
        await end_lost(change, ClientSession.client_id == client_id, ClientSession.member_id == member_id)
        await _note_clients(change, [client_id])
        return {"client": Node("Client", client_id)}

    return await run_mutation(info, work)


async def _note_clients(change: MutationContext, client_ids: list[UUID]) -> None:
    """Notes an audit entry for each client, about the firm's current collaboration with it."""
    _, firm_id = change.subject()
    current = sa.and_(Collaboration.firm_id == firm_id, Collaboration.state.in_(["pending", "active"]))
    ties = sa.select(Collaboration.id, Collaboration.client_id).where(Collaboration.client_id == sa.any_(KEYS), current)
    rows = await change.connection.execute(ties, {"keys": client_ids})
    of_client = {row.client_id: row.id for row in rows}
    first, *others = [About("Client", key, key, firm_id, of_client[key]) for key in client_ids]
    change.about = first
    for about in others:
        change.also("ASSIGN_MANAGERS", about)
