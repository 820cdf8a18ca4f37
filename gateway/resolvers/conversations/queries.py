"""Conversations: the lists (H31, H34, H35, D58)."""

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from gateway.db.models import Conversation, Message
from gateway.db.queries.same_client import in_conversation
from gateway.policy import Plan
from gateway.reads.roots import RootList, Rows, Selection, plain
from gateway.schema.core.arguments import Answered

ANSWERED: Any = (
    sa.select(sa.literal_column("1"))
    .where(in_conversation(), Message.side == "firm")
    .correlate_except(Message)
    .exists()
)


def _requests(plan: Plan, answered: Answered = None) -> Selection:
    """Selects the conversations in which clients write or send requests before they work with the firm.

    A viewer who sees a conversation also sees whether it was answered.
    """

    def conditions(rows: Rows) -> Sequence[Any]:
        asks, is_answered = rows.predicate("asks"), rows.own(ANSWERED)
        return (asks,) if answered is None else (asks, is_answered if answered else ~is_answered)

    return Selection(kind=(answered,), filter=(answered,), conditions=conditions, descending=True)


def _order(rows: Rows) -> tuple[Any, ...]:
    return rows.own(Conversation.last_at), rows.own(Conversation.id)


CONVERSATIONS: Final = RootList(target="Conversation", order=_order, select=plain)
COLLABORATION_REQUESTS: Final = RootList(target="Conversation", order=_order, select=_requests)
