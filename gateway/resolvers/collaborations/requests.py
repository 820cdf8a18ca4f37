"""Requests for a collaboration that a client sends to a firm (M6)."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from gateway.context import Info
from gateway.db.ids import uuid7
from gateway.db.models import Client, Collaboration, Firm
from gateway.errors import InvalidInput
from gateway.resolvers.conversations.mutations import add_message, opened
from gateway.resolvers.core.audit_trail import About
from gateway.resolvers.core.idempotency import Node
from gateway.resolvers.core.transaction import MutationContext, run_mutation
from gateway.resolvers.firms.invitation_codes import count_guess, firm_by_code
from gateway.schema.collaborations.inputs import AddFirmAsBookkeeperInput, RequestCollaborationInput


async def add_firm_as_bookkeeper(info: Info, input: AddFirmAsBookkeeperInput) -> Any:
    """Origin B: the firm sees the request in its tab INVITES (P15, P32). A code reaches also a firm that is not listed."""
    action = "ADD_FIRM_AS_BOOKKEEPER"
    match input.profile, input.code:
        case str(id), None:
            find = _firm_of_profile(id)
        case None, str(code):
            find = _firm_of_code(code)
            await count_guess(info, action)
        case _:
            raise InvalidInput(input.faults_together())
    return await _request(info, action, "client_added_firm", find, input.message)


async def request_collaboration(info: Info, input: RequestCollaborationInput) -> Any:
    """Origin C: requests a collaboration with a firm that the client found in the marketplace (H30–H32)."""
    return await _request(info, "REQUEST_COLLABORATION", "marketplace", _firm_of_profile(input.profile), input.message)


Find = Callable[[MutationContext, UUID], Awaitable[UUID]]
"""Returns the firm that the client means. The client is locked by then."""


def _firm_of_profile(id: str) -> Find:
    async def find(change: MutationContext, client_id: UUID) -> UUID:
        profile = await change.find_visible("FirmProfile", change.key_of("FirmProfile", id))
        firm_id: UUID = profile.row.firm_id
        return firm_id

    return find


def _firm_of_code(code: str) -> Find:
    return lambda change, client_id: firm_by_code(change, code, client_id)


async def _request(info: Info, action: str, origin: str, find: Find, message: str | None) -> Any:
    """Writes a pending collaboration, and its message also into the conversation: each request is a conversation (H35).

    Raises Conflict where the two already have a collaboration, or where the firm takes no requests from this client (X-H2).
    """

    async def work(change: MutationContext) -> dict[str, Any]:
        client = await change.authorize(*change.subject(), action)
        firm_id = await find(change, client.id)
        # Lock the firm: it closes its account either after this request or before it, so that no closed firm keeps a request.
        await change.connection.execute(sa.select(Firm.id).where(Firm.id == firm_id).with_for_update(read=True))
        conversation = await change.authorize("Conversation", await opened(change, firm_id, client.id), action)
        key = uuid7(change.context.viewer.now)
        firm_name = sa.select(Firm.name).where(Firm.id == firm_id).scalar_subquery()
        row = {
            "id": key,
            "firm_id": firm_id,
            "client_id": client.id,
            "origin": origin,
            "state": "pending",
            "requested_by": change.context.identity.user_id,
            "request_message": message,
            "firm_name": firm_name,
            "client_name": client.row.name,
            "client_name_key": client.row.name_key,
            "client_spelled_key": sa.select(Client.spelled_key).where(Client.id == client.id).scalar_subquery(),
        }
        await change.connection.execute(sa.insert(Collaboration).values(row))
        if message is not None:
            await add_message(change, conversation, message)
        change.about = About("Collaboration", key, client.id, firm_id, key)
        await change.notice("COLLABORATION_REQUESTED", collaboration_id=key)
        return {"collaboration": Node("Collaboration", key)}

    return await run_mutation(info, work)
