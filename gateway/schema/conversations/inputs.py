"""Inputs about what firms and clients write to each other."""

import strawberry


@strawberry.input(
    description="A message, in a conversation or to a firm of the marketplace: exactly one of the two is named."
)
class SendMessageInput:
    conversation: strawberry.ID | None = strawberry.field(
        description="The global id of the conversation to answer in.", default=None
    )
    profile: strawberry.ID | None = strawberry.field(
        description="The global id of the published profile of the firm that the acting company writes to.",
        default=None,
    )
    body: str = strawberry.field(description="What is written: 1 to 1,000 characters, in any number of lines.")


@strawberry.input(description="The conversation of a client from which the acting firm takes nothing any more.")
class BlockConversationInput:
    conversation: strawberry.ID = strawberry.field(description="Its global id.")
    confirm: bool = strawberry.field(description="Must be true: a request of the client that waits is refused with it.")


@strawberry.input(description="The conversation whose client may write and ask again.")
class UnblockConversationInput:
    conversation: strawberry.ID = strawberry.field(description="Its global id.")
