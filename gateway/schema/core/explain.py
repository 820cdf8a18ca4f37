"""Object types that explain why a field is hidden (D39, D70)."""

from enum import Enum

import strawberry

from gateway.reads import by_policy
from gateway.schema.core.enums import FieldReason, word
from gateway.schema.core.fields import leaf, of_policy
from gateway.schema.core.late_enums import FieldName
from gateway.schema.core.node import Carrier


@strawberry.enum(description="A fact about the object and the viewer that decides what is visible. More may be added.")
class Fact(Enum):
    APPROVED = word("APPROVED", description="Whether the platform has approved the firm as a partner.")
    ASSIGNED = word("ASSIGNED", description="Whether the client is assigned to the viewer.")
    BY_VIEWER = word("BY_VIEWER", description="Whether it was the viewer who did it.")
    COLLABORATION_STATE = word("COLLABORATION_STATE", description="The state of the collaboration.")
    COLLEAGUE = word("COLLEAGUE", description="Whether the person works for a client of the viewer's.")
    CURRENT = word("CURRENT", description="Whether the membership or the session is in force.")
    ENDED = word("ENDED", description="Whether it has ended.")
    ENDED_BY = word("ENDED_BY", description="Which side has ended the collaboration.")
    ENGAGED = word("ENGAGED", description="Whether the firm works for the viewer's company.")
    HOLDER = word("HOLDER", description="Whether the acting organisation holds the document.")
    IS_OWN_ORG = word("IS_OWN_ORG", description="Whether it is the acting organisation.")
    KIND = word("KIND", description="The kind of the object.")
    LEVEL = word("LEVEL", description="The access level that the client has granted.")
    NOT_REVOKED = word("NOT_REVOKED", description="Whether the token is not revoked.")
    ORIGIN = word("ORIGIN", description="How the collaboration began.")
    OWN_FIRM = word("OWN_FIRM", description="Whether the person is a member of the acting firm.")
    PAUSED = word("PAUSED", description="The billing mode that is paused.")
    ROLE = word("ROLE", description="The viewer's role.")
    SECTIONS = word("SECTIONS", description="The sections that the client's plan includes.")
    SELF = word("SELF", description="Whether the person is the viewer.")
    SERVES = word("SERVES", description="Whether the person serves the viewer's company.")
    SHARED = word("SHARED", description="The kinds of pending work that the client shares.")
    STATE = word("STATE", description="The state of the object.")


@strawberry.type(description="A fact that would have to change to make a field visible.")
class Requirement(Carrier):
    fact: Fact = leaf("The fact.", by_policy.fact())
    value: str = leaf(
        "The value that the fact would need, or that it would have to include: a word in capitals, such as `FULL`, or `TRUE`.",
        by_policy.value_of_fact(),
    )


@strawberry.type(description="A field that is hidden from the viewer.")
class HiddenField(Carrier):
    field: FieldName = leaf("The field.")
    reason: FieldReason = leaf("The first reason that applies.")
    requires: list[Requirement] = leaf(
        "The facts that together would make the field visible. Empty if nothing that the viewer may know would."
    )


@strawberry.type(description="Why a field is hidden from the viewer, and what would make it visible.")
class FieldExplanation(Carrier):
    type: str = leaf("The name of the object's type.")
    field: FieldName = leaf("The field.")
    visible: bool = leaf("Whether the viewer may see the field.")
    reason: FieldReason | None = leaf("The first reason that applies; null if the field is visible.")
    statements: list[str] = leaf(
        "The IDs of the statements behind the decision. They are listed in docs/statements.md."
    )
    requires: list[Requirement] = leaf(
        "The facts that together would make the field visible. Empty if it is visible, or if nothing would."
    )


def hidden_fields() -> list[HiddenField]:
    """Declares the hidden fields of a row. Every viewer of the row sees them."""
    declared: list[HiddenField] = of_policy(
        "The fields of this object that are hidden from the viewer, and why. They distinguish a hidden field from an empty one.",
        by_policy.hidden(),
    )
    return declared
