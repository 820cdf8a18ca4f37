"""The enums of audit."""

from enum import Enum

import strawberry

from gateway.schema.core.enums import word


@strawberry.enum(description="What came of an act.")
class AuditOutcome(Enum):
    DONE = word("DONE", description="It was done.")
    REFUSED = word("REFUSED", description="It was refused: told to the side that tried, and to the platform.")
