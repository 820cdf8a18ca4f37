"""What firms and clients write to each other, and what a firm takes no more of (H31, X-H2)."""

import strawberry

from gateway.resolvers.conversations import mutations as conversations_mutations
from gateway.schema.conversations.types import Conversation, Message
from gateway.schema.core.fields import leaf, via
from gateway.schema.core.node import Carrier


@strawberry.type(description="A message that was sent.")
class SendMessagePayload(Carrier):
    message: Message | None = leaf("The message.")
    conversation: Conversation | None = leaf("The conversation that it stands in.")


@strawberry.type(description="A conversation that was blocked.")
class BlockConversationPayload(Carrier):
    conversation: Conversation | None = leaf("The conversation.")


@strawberry.type(description="A conversation that goes on.")
class UnblockConversationPayload(Carrier):
    conversation: Conversation | None = leaf("The conversation.")


@strawberry.type
class Conversing:
    send_message: SendMessagePayload | None = via(
        conversations_mutations.send_message,
        "Write to the other side. A company begins with a firm of the marketplace; a firm only answers.",
    )
    block_conversation: BlockConversationPayload | None = via(
        conversations_mutations.block_conversation,
        "Take no messages and no requests from a client any more; one that waits is refused.",
    )
    unblock_conversation: UnblockConversationPayload | None = via(
        conversations_mutations.unblock_conversation, "Take messages and requests from a client again."
    )
