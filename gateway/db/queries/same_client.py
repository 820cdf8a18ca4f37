"""Conditions that join rows of one client: the keys and the clients are equal, so that tables can be distributed by client."""

from typing import Any

import sqlalchemy as sa

from gateway.db.models import Collaboration, Conversation, Message


def in_collaboration(row: Any, collaboration: Any = Collaboration) -> sa.ColumnElement[bool]:
    """The row belongs to the collaboration."""
    return sa.and_(row.collaboration_id == collaboration.id, row.client_id == collaboration.client_id)


def in_one_of(row: Any, collaborations: sa.Select[Any, Any]) -> sa.ColumnElement[bool]:
    """The row belongs to one of the collaborations, which are selected by id and client_id."""
    return sa.tuple_(row.collaboration_id, row.client_id).in_(collaborations)


def in_conversation() -> sa.ColumnElement[bool]:
    """The message belongs to the conversation."""
    return sa.and_(Message.conversation_id == Conversation.id, Message.client_id == Conversation.client_id)
