"""Enums of sessions in clients' accounts."""

from enum import Enum

import strawberry

from gateway.schema.core.enums import word


@strawberry.enum(description="The state of a session in a client's account.")
class SessionState(Enum):
    OPEN = word("OPEN", description="The person is in the account.")
    CLOSED = word("CLOSED", description="The person has left, or has entered an account again.")
    EXPIRED = word("EXPIRED", description="The session has reached its end time.")
    REVOKED = word("REVOKED", description="The person may no longer be in the account.")
