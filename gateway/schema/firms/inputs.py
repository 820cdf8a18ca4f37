"""Inputs about a firm's profile and its review."""

import strawberry

from gateway.schema.firms.enums import ApplicationDecision, FirmRole, ProfileDecision


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


@strawberry.input(description="One person to invite.")
class StaffAddress:
    email: str = strawberry.field(description="The address, 254 characters at most.")
    role: FirmRole = strawberry.field(description="The role to offer.")


@strawberry.input(description="The people to invite into the acting firm.")
class InviteStaffInput:
    addresses: list[StaffAddress] = strawberry.field(description="From 1 to 20, each address once.")


@strawberry.input(description="The invitation to send again.")
class ResendStaffInvitationInput:
    id: strawberry.ID = strawberry.field(description="Its global id.")


@strawberry.input(description="The invitation to take back.")
class RevokeStaffInvitationInput:
    id: strawberry.ID = strawberry.field(description="Its global id.")


@strawberry.input(
    description="The invitation to accept. Whoever is known here signs in first; whoever is not says a name and a password."
)
class AcceptStaffInvitationInput:
    token: str = strawberry.field(description="What the letter's link carries.")
    name: str | None = strawberry.field(
        description="The name of somebody new, in 1 to 100 characters; of a known person it is ignored.", default=None
    )
    password: str | None = strawberry.field(
        description="The password of somebody new, in 12 to 128 characters; of a known person it is ignored.",
        default=None,
    )


@strawberry.input(description="The person whose role is to change.")
class ChangeStaffRoleInput:
    member: strawberry.ID = strawberry.field(description="The global id of the person in the firm.")
    role: FirmRole = strawberry.field(description="The new role.")


@strawberry.input(description="The person to suspend.")
class SuspendStaffInput:
    member: strawberry.ID = strawberry.field(description="The global id of the person in the firm.")


@strawberry.input(description="The person whose suspension is to end.")
class ReinstateStaffInput:
    member: strawberry.ID = strawberry.field(description="The global id of the person in the firm.")


@strawberry.input(description="The person to remove from the firm.")
class RemoveStaffInput:
    member: strawberry.ID = strawberry.field(description="The global id of the person in the firm.")
