"""The enums of conversations."""

from enum import Enum

import strawberry

from gateway.schema.core.enums import word


@strawberry.enum(description="Something that the viewer may do with a conversation now.")
class ConversationAction(Enum):
    SEND_MESSAGE = word("SEND_MESSAGE", description="Write to the other side.")
    REQUEST_COLLABORATION = word("REQUEST_COLLABORATION", description="Ask the firm to work for the company.")
    ADD_FIRM_AS_BOOKKEEPER = word(
        "ADD_FIRM_AS_BOOKKEEPER",
        description="Add the firm as the company's bookkeeper, by its code if it is not listed.",
    )
    BLOCK_CONVERSATION = word(
        "BLOCK_CONVERSATION", description="Take no messages and no requests from this client any more."
    )
    UNBLOCK_CONVERSATION = word(
        "UNBLOCK_CONVERSATION", description="Take messages and requests from this client again."
    )
