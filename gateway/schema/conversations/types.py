"""Conversations: what a firm and a client write to each other."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.resolvers.conversations import queries as conversations_queries
from gateway.resolvers.core.connections import nested_list
from gateway.resolvers.core.formats import moment, word
from gateway.schema.conversations.enums import ConversationAction
from gateway.schema.core.enums import Side
from gateway.schema.core.fields import column, leaf, via, words_of
from gateway.schema.core.node import Connection, Node
from gateway.schema.firms.types import Firm

if TYPE_CHECKING:
    from gateway.schema.clients.types import Client
    from gateway.schema.collaborations.types import Collaboration

OneClient = Annotated["Client", strawberry.lazy("gateway.schema.clients.types")]
OneCollaboration = Annotated["Collaboration", strawberry.lazy("gateway.schema.collaborations.types")]


@strawberry.type(description="What one person of one side wrote.")
class Message(Node):
    side: Side = leaf("Which side wrote it.", column("side", word))
    author_name: str | None = leaf("Who wrote it, of one's own side.")
    body: str = leaf("What was written: plain text, whatever it looks like.")
    sent_at: str = leaf("When.", column("sent_at", moment))


@strawberry.type(
    description="What a firm and a client write to each other. The client begins, before any request or with one."
)
class Conversation(Node):
    firm_name: str = leaf("The firm's name; after the end of a collaboration, as it was then.")
    client_name: str = leaf("The client's name; after the end of a collaboration, as it was then.")
    firm: Firm | None = via(conversations_queries.firm, "The firm, where the viewer reaches it.")
    client: OneClient | None = via(conversations_queries.client, "The client, where the viewer reaches it.")
    collaboration: OneCollaboration | None = via(
        conversations_queries.collaboration,
        "The collaboration or the request of the two, or the last that ended; null before any.",
    )
    opened_at: str = leaf("When the client began it.", column("opened_at", moment))
    blocked_at: str | None = leaf(
        "Since when the firm takes nothing in it; null if it does.", column("blocked_at", moment)
    )
    viewer_actions: list[ConversationAction] = leaf("What the viewer may do with it now.", words_of("may"))
    messages: Connection[Message] | None = via(
        nested_list("Conversation.messages"), "What was written, the newest first."
    )
