"""Inputs about what a firm may do for a client, and who pays."""

import strawberry

from gateway.schema.words import BillingMode, GrantableLevel, KpiKind

COLLABORATION = "The global id of the collaboration."
MOVES_FROM = (
    "The global id of the collaboration whose firm pays now and will not any more: needed where there is one and `PARTNER`"
    " is chosen."
)


@strawberry.input(description="Access to ask the client for.")
class RequestAccessInput:
    id: strawberry.ID = strawberry.field(description=COLLABORATION)
    level: GrantableLevel = strawberry.field(description="The level that is asked for.")
    message: str | None = strawberry.field(
        description="A message to the client, 1000 characters at most.", default=None
    )


@strawberry.input(description="A request for access to dismiss.")
class DismissAccessRequestInput:
    id: strawberry.ID = strawberry.field(description=COLLABORATION)


@strawberry.input(description="The access to grant, whole: nothing is taken over from a grant before.")
class GrantAccessInput:
    id: strawberry.ID = strawberry.field(description=COLLABORATION)
    level: GrantableLevel = strawberry.field(description="The level.")
    shared_kpis: list[KpiKind] = strawberry.field(description="The kinds of pending work that the firm may see.")
    billing_mode: BillingMode | None = strawberry.field(
        description="Who pays from now on: with FULL, and with nothing else.", default=None
    )
    expires_at: str | None = strawberry.field(
        description="When it ends by itself, as ISO 8601 with an offset; without it, when it is taken back.",
        default=None,
    )
    confirm_moves_from: strawberry.ID | None = strawberry.field(description=MOVES_FROM, default=None)


@strawberry.input(description="The access to have in place of the one that is granted, whole.")
class ChangeAccessInput(GrantAccessInput):
    pass


@strawberry.input(description="The access to take back.")
class RemoveAccessInput:
    id: strawberry.ID = strawberry.field(description=COLLABORATION)


@strawberry.input(description="What to share.")
class SetKpiSharingInput:
    id: strawberry.ID = strawberry.field(description=COLLABORATION)
    shared_kpis: list[KpiKind] = strawberry.field(
        description="All kinds of pending work that the firm may see from now on."
    )


@strawberry.input(description="The access to give back.")
class HandBackAccessInput:
    id: strawberry.ID = strawberry.field(description=COLLABORATION)
    level: GrantableLevel | None = strawberry.field(
        description="The lower level to keep; without it, none is kept.", default=None
    )


@strawberry.input(description="Who is to pay.")
class ChangeBillingModeInput:
    id: strawberry.ID = strawberry.field(description=COLLABORATION)
    mode: BillingMode = strawberry.field(description="Who pays from now on.")
    expected_mode: BillingMode = strawberry.field(description="Who pays now, as the caller knows it.")
    confirm: bool = strawberry.field(description="Must be true.")
    confirm_moves_from: strawberry.ID | None = strawberry.field(description=MOVES_FROM, default=None)
