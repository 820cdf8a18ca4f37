"""Inputs about the life of a collaboration."""

import strawberry

from gateway.schema.inputs.access import COLLABORATION, MOVES_FROM
from gateway.schema.words import BillingMode, GrantableLevel, KpiKind


@strawberry.input(
    description="The collaboration to accept. What it opens is chosen by a client that accepts an invitation."
)
class AcceptCollaborationInput:
    id: strawberry.ID = strawberry.field(description=COLLABORATION)
    confirm: bool = strawberry.field(description="Must be true.")
    level: GrantableLevel | None = strawberry.field(
        description="The access that the client grants; without it, none yet.", default=None
    )
    shared_kpis: list[KpiKind] | None = strawberry.field(
        description="The kinds of pending work that the firm may see: with a level, and only then.", default=None
    )
    billing_mode: BillingMode | None = strawberry.field(
        description="Who pays from the beginning on: with FULL, and with nothing else.", default=None
    )
    confirm_moves_from: strawberry.ID | None = strawberry.field(description=MOVES_FROM, default=None)


@strawberry.input(description="The collaboration to decline.")
class DeclineCollaborationInput:
    id: strawberry.ID = strawberry.field(description=COLLABORATION)
    reason: str | None = strawberry.field(
        description="The reason, for one's own side alone; 1000 characters at most.", default=None
    )


@strawberry.input(description="The request or invitation to withdraw.")
class WithdrawCollaborationInput:
    id: strawberry.ID = strawberry.field(description=COLLABORATION)


@strawberry.input(description="The collaboration to end.")
class TerminateCollaborationInput:
    id: strawberry.ID = strawberry.field(description=COLLABORATION)
    confirm: bool = strawberry.field(description="Must be true.")
    reason: str | None = strawberry.field(
        description="The reason, for one's own side alone; 1000 characters at most.", default=None
    )
