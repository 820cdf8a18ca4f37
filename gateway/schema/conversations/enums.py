"""Enums of conversations."""

from enum import Enum

import strawberry

from gateway.schema.core.enums import word


@strawberry.enum(description="An action that the viewer may take on a conversation now.")
class ConversationAction(Enum):
    SEND_MESSAGE = word("SEND_MESSAGE", description="Send a message to the other side.")
    REQUEST_COLLABORATION = word(
        "REQUEST_COLLABORATION", description="Request a collaboration between the company and the firm."
    )
    ADD_FIRM_AS_BOOKKEEPER = word(
        "ADD_FIRM_AS_BOOKKEEPER",
        description="Add the firm as the company's bookkeeper; if the firm is not listed, by its invitation code.",
    )
    BLOCK_CONVERSATION = word(
        "BLOCK_CONVERSATION", description="Accept no more messages and requests from this client."
    )
    UNBLOCK_CONVERSATION = word(
        "UNBLOCK_CONVERSATION", description="Accept messages and requests from this client again."
    )
