"""Inputs about a firm's account and its way into the partner programme."""

import strawberry

from gateway.schema.words import ApplicationDecision


@strawberry.input(description="The account to activate: the acting firm's.")
class ActivateFirmAccountInput:
    confirm: bool = strawberry.field(description="That it is meant.")


@strawberry.input(description="The application of the acting firm.")
class SubmitPartnerApplicationInput:
    confirm: bool = strawberry.field(description="That it is meant.")


@strawberry.input(description="That somebody of the acting firm watched the webinar.")
class WebinarWatchedInput:
    confirm: bool = strawberry.field(description="That it is so.")


@strawberry.input(description="The acting firm's consent to the agreement.")
class AcceptAgreementInput:
    confirm: bool = strawberry.field(description="That it is given.")


@strawberry.input(description="A reviewer's decision on an application.")
class DecideApplicationInput:
    id: strawberry.ID = strawberry.field(description="The firm's global id.")
    decision: ApplicationDecision = strawberry.field(description="What is decided.")
    reason: str | None = strawberry.field(
        description="Why: needed to reject, up to 1,000 characters. The firm's admins read it.", default=None
    )


@strawberry.input(description="The firm to suspend.")
class SuspendFirmInput:
    id: strawberry.ID = strawberry.field(description="Its global id.")
    reason: str | None = strawberry.field(
        description="Why, up to 1,000 characters. The firm's admins read it.", default=None
    )


@strawberry.input(description="The firm whose suspension ends.")
class ReinstateFirmInput:
    id: strawberry.ID = strawberry.field(description="Its global id.")


@strawberry.input(description="What a firm has paid for its own subscription.")
class ReportSubscriptionInput:
    firm: strawberry.ID = strawberry.field(description="The firm's global id.")
    paid: bool = strawberry.field(description="Whether the subscription is paid.")
    until: str | None = strawberry.field(
        description="Until when it is paid, a future moment with its offset; only with `paid: true`.", default=None
    )


@strawberry.input(description="The firm whose account is closed for good.")
class CloseFirmInput:
    id: strawberry.ID = strawberry.field(description="Its global id.")
    confirm: bool = strawberry.field(description="Must be true: closing cannot be undone.")


@strawberry.input(description="The firm whose invitation code is replaced.")
class RotateInvitationCodeInput:
    confirm: bool = strawberry.field(description="Must be true: the current code stops working at once.")
