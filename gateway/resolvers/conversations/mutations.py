"""Conversations: a client begins one, and the firm answers and may block it (H31, H35, D22, X-H2)."""

from datetime import timedelta
from math import ceil
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from gateway.context import Info
from gateway.db.ids import uuid7
from gateway.db.models import Conversation, ConversationRead, Message
from gateway.db.queries.by_state import waiting_request
from gateway.errors import InvalidInput, RateLimited
from gateway.loaders import VisibleRow
from gateway.messages import text
from gateway.resolvers.collaborations.lifecycle import over
from gateway.resolvers.core.audit_trail import About
from gateway.resolvers.core.idempotency import Node
from gateway.resolvers.core.transaction import MutationContext, run_mutation
from gateway.schema.conversations.inputs import (
    BlockConversationInput,
    MarkConversationReadInput,
    SendMessageInput,
    UnblockConversationInput,
)

MAX_COUNT: Final = 20  # messages of one person in one conversation
WITHIN: Final = timedelta(hours=1)


async def send_message(info: Info, input: SendMessageInput) -> Any:
    """Sends a message and queues a mail to the other side (X-H2). With `profile` it begins the conversation if there is none."""

    async def work(change: MutationContext) -> dict[str, Any]:
        match input.conversation, input.profile:
            case str(id), None:
                key = change.key_of("Conversation", id)
            case None, str(id):
                key = await _begun(change, id)
            case _:
                raise InvalidInput(input.faults_together())
        row = await change.authorize("Conversation", key, "SEND_MESSAGE")
        change.about = About("Conversation", key, row.row.client_id, row.row.firm_id, row.row.collaboration_id)
        message = await add_message(change, row, input.body)
        await change.notice("MESSAGE", subject=("Message", message))
        return {"message": Node("Message", message), "conversation": Node("Conversation", row.id)}

    return await run_mutation(info, work)


async def mark_conversation_read(info: Info, input: MarkConversationReadInput) -> Any:
    """Notes the last message as read by the viewer. It changes nothing for others, and is no entry of the audit trail."""

    async def work(change: MutationContext) -> dict[str, Any]:
        row = await change.authorize_id("Conversation", input.id, "MARK_CONVERSATION_READ")
        last = sa.select(Message.id).where(Message.conversation_id == row.id).order_by(Message.id.desc()).limit(1)
        if (message := (await change.connection.execute(last)).scalar()) is not None:
            known = {"conversation_id": row.id, "user_id": change.person(), "client_id": row.row.client_id}
            noted = insert(ConversationRead).values(**known, message_id=message)
            place = ("client_id", "conversation_id", "user_id")
            await change.connection.execute(
                noted.on_conflict_do_update(index_elements=place, set_={"message_id": message})
            )
        return {"conversation": Node("Conversation", row.id)}

    return await run_mutation(info, work, audited=False)


async def block_conversation(info: Info, input: BlockConversationInput) -> Any:
    """Blocks the conversation and the client's open request. The client can send neither messages nor requests (X-H2, M6)."""

    async def work(change: MutationContext) -> dict[str, Any]:
        row = await change.authorize_id("Conversation", input.id, "BLOCK_CONVERSATION")
        for request in (
            (await change.connection.execute(waiting_request(row.row.firm_id, row.row.client_id))).scalars().all()
        ):
            await over(change, await change.find_visible("Collaboration", request), state="blocked")
        await _note(change, row, change.context.viewer.now)
        return {"conversation": Node("Conversation", row.id)}

    return await run_mutation(info, work)


async def unblock_conversation(info: Info, input: UnblockConversationInput) -> Any:
    """Unblocks the conversation. A request that was blocked stays so; the client may send messages and requests again (M6)."""

    async def work(change: MutationContext) -> dict[str, Any]:
        row = await change.authorize_id("Conversation", input.id, "UNBLOCK_CONVERSATION")
        await _note(change, row, None)
        return {"conversation": Node("Conversation", row.id)}

    return await run_mutation(info, work)


# ---- also used for requests, each of which is a conversation (H35)


async def opened(change: MutationContext, firm_id: UUID, client_id: UUID) -> UUID:
    """Returns the conversation of the two, which begins now if there is none. The caller has locked the client."""
    who, now = change.context.identity.user_id, change.context.viewer.now
    row = {"id": uuid7(now), "firm_id": firm_id, "client_id": client_id, "opened_by": who, "opened_at": now}
    await change.connection.execute(insert(Conversation).values(row).on_conflict_do_nothing())
    two = (Conversation.firm_id == firm_id, Conversation.client_id == client_id)
    return (await change.connection.execute(sa.select(Conversation.id).where(*two))).scalar_one()


async def add_message(change: MutationContext, row: VisibleRow, body: str) -> UUID:
    """Writes a message of the viewer's side and returns its key. Raises RateLimited for too many messages of one person.

    The caller has locked the conversation, so that concurrent messages are counted.
    """
    viewer, who = change.context.viewer, change.context.identity.user_id
    mine = sa.select(Message.sent_at).where(Message.conversation_id == row.id, Message.author_id == who)
    last = (await change.connection.execute(mine.order_by(Message.id.desc()).offset(MAX_COUNT - 1).limit(1))).scalar()
    if last is not None and (wait := last + WITHIN - viewer.now) > timedelta():
        raise RateLimited(text("general", "MESSAGES", most=MAX_COUNT), retry_after=ceil(wait.total_seconds()))
    key, side = uuid7(viewer.now), row.situation.plan.kind.side
    place = {"client_id": row.row.client_id, "conversation_id": row.id}
    columns = {"side": side, "author_id": who, "body": body, "sent_at": viewer.now}
    await change.connection.execute(sa.insert(Message).values(id=key, **place, **columns))
    return key


# ---- helpers


async def _begun(change: MutationContext, profile_id: str) -> UUID:
    """Returns the conversation of the acting client with the firm of a published profile (H31).

    Raises NotFound for any other profile, and Forbidden for a viewer who acts for no client.
    """
    profile_key = change.key_of("FirmProfile", profile_id)
    client = await change.authorize(*change.subject(), "SEND_MESSAGE")
    profile = await change.find_visible("FirmProfile", profile_key)
    return await opened(change, profile.row.firm_id, client.id)


async def _note(change: MutationContext, row: VisibleRow, blocked_at: Any) -> None:
    wanted = sa.update(Conversation).where(Conversation.id == row.id)
    await change.connection.execute(wanted.values(blocked_at=blocked_at))
