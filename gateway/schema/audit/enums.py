"""Enums of the audit trail."""

from enum import Enum

import strawberry

from gateway.schema.core.enums import word


@strawberry.enum(description="The outcome of an action.")
class AuditOutcome(Enum):
    DONE = word("DONE", description="The action was done.")
    REFUSED = word(
        "REFUSED", description="The action was refused. Only the side that tried it and the platform see the entry."
    )
