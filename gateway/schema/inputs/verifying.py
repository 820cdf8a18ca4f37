"""Inputs about who a company is."""

import strawberry

from gateway.schema.words import VerificationDecision


@strawberry.input(description="The platform's decision on who a company is.")
class DecideVerificationInput:
    id: strawberry.ID = strawberry.field(description="The client's global id.")
    decision: VerificationDecision = strawberry.field(description="What is decided.")
    reason: str | None = strawberry.field(
        description="Why it is rejected, for those who govern the company: with REJECT, and only then."
        " 1000 characters at most.",
        default=None,
    )


@strawberry.input(description="What the acting company, which was rejected, corrects before it is looked at again.")
class RequestVerificationInput:
    confirm: bool = strawberry.field(description="Must be true.")
    company_name: str | None = strawberry.field(description="Its name, where it changes.", default=None)
    company_number: str | None = strawberry.field(
        description="Its number in the register, where it changes.", default=None
    )
    address: str | None = strawberry.field(description="Its address, where it changes.", default=None)
