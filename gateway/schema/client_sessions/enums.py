"""The enums of client sessions."""

from enum import Enum

import strawberry

from gateway.schema.core.enums import word


@strawberry.enum(description="Where a session in a client's account is.")
class SessionState(Enum):
    OPEN = word("OPEN", description="The person is in the account.")
    CLOSED = word("CLOSED", description="The person has left, or entered anew.")
    EXPIRED = word("EXPIRED", description="Its time is over.")
    REVOKED = word("REVOKED", description="The person may not be in the account any more.")


@strawberry.enum(description="Something that the viewer may do with a session now.")
class SessionAction(Enum):
    LEAVE_CLIENT_ACCOUNT = word("LEAVE_CLIENT_ACCOUNT", description="Leave the client's account.")
