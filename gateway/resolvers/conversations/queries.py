"""Conversations: the lists, and the fields of one (H31, H34, H35, D58)."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from gateway.context import Info
from gateway.db.models import Conversation, Message
from gateway.db.queries.same_client import in_conversation
from gateway.resolvers.core.connections import Connection, Listing, PageArguments, Query, by_id, listed
from gateway.schema.core.arguments import After, Answered, Before, First, Last

ANSWERED: Any = sa.exists().where(in_conversation(), Message.side == "firm")


async def conversations(
    info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Connection:
    """Lists the newest first."""
    return await _listed(
        info, "conversations", PageArguments(first, after, last, before), None, lambda statement: statement
    )


async def collaboration_requests(
    info: Info,
    answered: Answered = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Connection:
    """Lists the conversations in which clients write or send requests before they work with the firm.

    A viewer who sees a conversation also sees whether it was answered.
    """
    plan = info.context.plan("Conversation")

    def narrowed(statement: sa.Select[Any]) -> sa.Select[Any]:
        requests = statement.where(plan.predicate("asks"))
        return requests if answered is None else requests.where(ANSWERED if answered else ~ANSWERED)

    return await _listed(info, "collaborationRequests", PageArguments(first, after, last, before), answered, narrowed)


async def _listed(
    info: Info,
    name: str,
    arguments: PageArguments,
    answered: bool | None,
    narrowed: Callable[[sa.Select[Any]], sa.Select[Any]],
) -> Connection:
    listing = Listing(info.context, name, (answered,), by_id)
    query = Query(info.context.plan("Conversation"), (answered,), narrowed, (Conversation.id,), descending=True)
    return await listed(listing, listing.page(arguments), query)
