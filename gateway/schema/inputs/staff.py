"""Inputs about the people of a firm."""

import strawberry

from gateway.schema.words import FirmRole


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
