"""Object types of sessions: a firm's members in the accounts of its clients."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.resolvers.client_sessions import queries as client_sessions_queries
from gateway.resolvers.core.formats import moment
from gateway.schema.client_sessions.enums import SessionAction, SessionState
from gateway.schema.core.fields import column, leaf, via, word_of, words_of
from gateway.schema.core.node import Node

if TYPE_CHECKING:
    from gateway.schema.clients.types import Client

OneClient = Annotated["Client", strawberry.lazy("gateway.schema.clients.types")]


@strawberry.type(
    description="A session of a firm's member in a client's account. A member has at most one open "
    "session. It ends after 30 minutes, unless the operator configures another time."
)
class ClientSession(Node):
    client: OneClient | None = via(
        client_sessions_queries.client, "The client; null if the viewer may not see it any more."
    )
    firm_name: str = leaf("The name of the firm for which the person entered.")
    member_name: str | None = leaf("The name of the person who entered.")
    opened_at: str = leaf("When the person entered (ISO 8601 with UTC offset).", column("opened_at", moment))
    expires_at: str = leaf("When the session ends by itself (ISO 8601 with UTC offset).", column("expires_at", moment))
    closed_at: str | None = leaf(
        "When the session was closed, `expiresAt` at the latest (ISO 8601 with UTC offset); null if it was not closed.",
        column("closed_at", moment),
    )
    state: SessionState = leaf("The state of the session.", word_of("status"))
    viewer_actions: list[SessionAction] = leaf(
        "The actions that the viewer may take on the session now.", words_of("may")
    )
