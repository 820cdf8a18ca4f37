"""Inputs about a firm's profile and its review."""

import strawberry

from gateway.schema.words import ProfileDecision


@strawberry.input(description="What the acting firm wants to say of itself, whole.")
class SaveProfileDraftInput:
    display_name: str = strawberry.field(description="The name in the directory, in 1 to 100 characters.")
    description: str = strawberry.field(description="What the firm does, in 1 to 5,000 characters and any lines.")
    specialties: list[str] = strawberry.field(description="What it is good at: 1 to 20, of 1 to 50 characters each.")
    location: str = strawberry.field(description="Where it is, in 1 to 100 characters.")
    languages: list[str] = strawberry.field(description="The languages it works in: 1 to 20 codes such as `sv`.")
    website: str | None = strawberry.field(
        description="Its website: an address with https, up to 200 characters.", default=None
    )


@strawberry.input(description="The revision to submit for review.")
class SubmitProfileInput:
    id: strawberry.ID = strawberry.field(description="Its global id.")


@strawberry.input(description="A reviewer's decision on a revision.")
class DecideProfileRevisionInput:
    id: strawberry.ID = strawberry.field(description="Its global id.")
    decision: ProfileDecision = strawberry.field(description="What is decided.")
    comment: str | None = strawberry.field(
        description="What to change, or what else to say, up to 2,000 characters: needed where changes are asked for.",
        default=None,
    )


@strawberry.input(description="The profile to take off the lists.")
class WithdrawProfileInput:
    id: strawberry.ID = strawberry.field(description="Its global id.")
