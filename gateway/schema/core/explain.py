"""Why something is hidden."""

import strawberry

from gateway.schema.core.enums import FieldReason
from gateway.schema.core.fields import leaf
from gateway.schema.core.node import Carrier


@strawberry.type(description="A fact that would have to be otherwise.")
class Opening(Carrier):
    fact: str = leaf("The fact, such as level, sections or role.")
    value: str = leaf("What it would have to be.")


@strawberry.type(description="Why a field is hidden from the viewer, and what would open it.")
class FieldExplanation(Carrier):
    type: str = leaf("The type of the object.")
    field: str = leaf("The field.")
    visible: bool = leaf("Whether the viewer sees it.")
    reason: FieldReason | None = leaf("The first reason that applies; null where it is visible.")
    statements: list[str] = leaf("The IDs of the statements that it rests on; docs/statements.md has them.")
    openings: list[Opening] = leaf("What, all together, would open it. Empty where it is visible or nothing would.")
