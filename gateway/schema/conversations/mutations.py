"""Mutations of conversations: messages between firms and clients, and blocking (H31, X-H2)."""

import strawberry

from gateway.resolvers.conversations import mutations as conversations_mutations
from gateway.schema.conversations.types import Conversation, Message
from gateway.schema.core.fields import leaf, via
from gateway.schema.core.node import Carrier


@strawberry.type(description="The result of `sendMessage`.")
class SendMessagePayload(Carrier):
    message: Message | None = leaf("The message.")
    conversation: Conversation | None = leaf("The conversation that contains the message.")


@strawberry.type(description="The result of `markConversationRead`.")
class MarkConversationReadPayload(Carrier):
    conversation: Conversation | None = leaf("The conversation.")


@strawberry.type(description="The result of `blockConversation`.")
class BlockConversationPayload(Carrier):
    conversation: Conversation | None = leaf("The conversation.")


@strawberry.type(description="The result of `unblockConversation`.")
class UnblockConversationPayload(Carrier):
    conversation: Conversation | None = leaf("The conversation.")


@strawberry.type
class Conversing:
    send_message: SendMessagePayload | None = via(
        conversations_mutations.send_message,
        "Send a message to the other side. A company begins a conversation, "
        "with a firm of the marketplace; a firm can only answer.",
    )
    mark_conversation_read: MarkConversationReadPayload | None = via(
        conversations_mutations.mark_conversation_read,
        "Mark all messages of a conversation as read by the viewer. Others do not see it.",
    )
    block_conversation: BlockConversationPayload | None = via(
        conversations_mutations.block_conversation,
        "Accept no more messages and requests from a client. A pending request of the client is refused.",
    )
    unblock_conversation: UnblockConversationPayload | None = via(
        conversations_mutations.unblock_conversation, "Accept messages and requests from a client again."
    )
