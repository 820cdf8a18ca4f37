"""Object types that explain why a field is hidden."""

import strawberry

from gateway.schema.core.enums import FieldReason
from gateway.schema.core.fields import leaf
from gateway.schema.core.node import Carrier


@strawberry.type(description="A fact that would have to change to make a field visible.")
class Opening(Carrier):
    fact: str = leaf("The name of the fact, such as level, sections or role.")
    value: str = leaf("The value that the fact would need.")


@strawberry.type(description="Why a field is hidden from the viewer, and what would make it visible.")
class FieldExplanation(Carrier):
    type: str = leaf("The name of the object's type.")
    field: str = leaf("The name of the field.")
    visible: bool = leaf("Whether the viewer may see the field.")
    reason: FieldReason | None = leaf("The first reason that applies; null if the field is visible.")
    statements: list[str] = leaf(
        "The IDs of the statements behind the decision. They are listed in docs/statements.md."
    )
    openings: list[Opening] = leaf(
        "The facts that together would make the field visible. Empty if it is visible, or if nothing would."
    )
