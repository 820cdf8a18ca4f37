"""Inputs for messages between firms and clients."""

import strawberry

from gateway.errors import Fault
from gateway.forms import checks, entry
from gateway.text.validation import MAX_MESSAGE_LENGTH


@strawberry.input(
    description="A message, in a conversation or to a firm of the marketplace. "
    "Exactly one of `conversation` and `profile` is required."
)
class SendMessageInput:
    conversation: strawberry.ID | None = strawberry.field(
        description="The global id of the conversation to answer in.", default=None
    )
    profile: strawberry.ID | None = strawberry.field(
        description="The global id of the published profile of the firm that the acting company sends the message to.",
        default=None,
    )
    body: str = entry(
        check=checks.text(MAX_MESSAGE_LENGTH, lines=True),
        description="The text, in 1 to 1,000 characters. Line breaks are allowed.",
    )

    def faults_together(self) -> list[Fault]:
        return checks.one_of(("conversation", "profile"), (self.conversation, self.profile))


@strawberry.input(
    description="The conversation with the client to block. The acting firm then "
    "accepts no messages and requests from this client."
)
class BlockConversationInput:
    id: strawberry.ID = strawberry.field(description="The global id of the conversation.")
    confirm: bool = entry(
        check=checks.confirmed, description="Must be true: a pending request of the client is refused as well."
    )


@strawberry.input(description="The conversation that the viewer has read.")
class MarkConversationReadInput:
    id: strawberry.ID = strawberry.field(description="The global id of the conversation.")


@strawberry.input(description="The conversation with the client to unblock.")
class UnblockConversationInput:
    id: strawberry.ID = strawberry.field(description="The global id of the conversation.")
