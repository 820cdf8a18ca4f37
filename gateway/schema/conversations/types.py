"""Object types of conversations between a firm and a client."""

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


@strawberry.type(description="A message from one side of a conversation.")
class Message(Node):
    side: Side = leaf("The side that wrote it.", column("side", word))
    author_name: str | None = leaf("The author's name. Only the author's own side can read it.")
    body: str = leaf("The message as plain text. It is never to be interpreted as markup.")
    sent_at: str = leaf("When it was sent (ISO 8601 with UTC offset).", column("sent_at", moment))


@strawberry.type(
    description="The messages between a firm and a client. The client begins, before a request or with one."
)
class Conversation(Node):
    firm_name: str = leaf("The firm's name; after the end of a collaboration, the name at that time.")
    client_name: str = leaf("The client's name; after the end of a collaboration, the name at that time.")
    firm: Firm | None = via(conversations_queries.firm, "The firm; null if the viewer may not see it.")
    client: OneClient | None = via(conversations_queries.client, "The client; null if the viewer may not see it.")
    collaboration: OneCollaboration | None = via(
        conversations_queries.collaboration,
        "The collaboration or request of the two, or the last one that ended; null if there was none.",
    )
    opened_at: str = leaf("When the client began it (ISO 8601 with UTC offset).", column("opened_at", moment))
    blocked_at: str | None = leaf(
        "Since when the firm has blocked it (ISO 8601 with UTC offset); null if it is not blocked.",
        column("blocked_at", moment),
    )
    viewer_actions: list[ConversationAction] = leaf(
        "The actions that the viewer may take on the conversation now.", words_of("may")
    )
    messages: Connection[Message] | None = via(nested_list("Conversation.messages"), "The messages, newest first.")
