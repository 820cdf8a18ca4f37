"""Sessions of a firm's people in the accounts of its clients."""

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
    description="A person of a firm in the account of a client: in one at a time, and for half an hour at most."
)
class ClientSession(Node):
    client: OneClient | None = via(client_sessions_queries.client, "The client, while the viewer may reach it.")
    firm_name: str = leaf("The firm for which the person entered.")
    member_name: str | None = leaf("Who entered.")
    opened_at: str = leaf("When they entered.", column("opened_at", moment))
    expires_at: str = leaf("When it ends by itself.", column("expires_at", moment))
    closed_at: str | None = leaf("When it was closed before that.", column("closed_at", moment))
    state: SessionState = leaf("Where it is.", word_of("status"))
    viewer_actions: list[SessionAction] = leaf("What the viewer may do with it now.", words_of("may"))
