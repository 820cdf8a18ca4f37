"""Inputs about who is in charge of clients."""

import strawberry

from gateway.schema.clients.enums import MemberRole, VerificationDecision


@strawberry.input(description="The people to put in charge of clients.")
class AssignManagersInput:
    clients: list[strawberry.ID] = strawberry.field(description="The global ids of 1 to 100 clients.")
    members: list[strawberry.ID] = strawberry.field(description="The global ids of 1 to 20 people of the acting firm.")


@strawberry.input(description="The person who is no longer to be in charge of a client.")
class UnassignManagerInput:
    client: strawberry.ID = strawberry.field(description="The global id of the client.")
    member: strawberry.ID = strawberry.field(
        description="The global id of the person in the acting firm; a bookkeeper's own."
    )


@strawberry.input(description="One person to invite.")
class MemberAddress:
    email: str = strawberry.field(description="The address, 254 characters at most.")
    role: MemberRole = strawberry.field(description="The role to offer.")


@strawberry.input(description="The people to invite into the acting company.")
class InviteMemberInput:
    addresses: list[MemberAddress] = strawberry.field(description="From 1 to 20, each address once.")


@strawberry.input(description="The invitation to send again.")
class ResendMemberInvitationInput:
    id: strawberry.ID = strawberry.field(description="Its global id.")


@strawberry.input(description="The invitation to take back.")
class RevokeMemberInvitationInput:
    id: strawberry.ID = strawberry.field(description="Its global id.")


@strawberry.input(
    description="The invitation to accept. Whoever is known here signs in first; whoever is not says a name and a password."
)
class AcceptMemberInvitationInput:
    token: str = strawberry.field(description="What the letter's link carries.")
    name: str | None = strawberry.field(
        description="The name of somebody new, in 1 to 100 characters; of a known person it is ignored.", default=None
    )
    password: str | None = strawberry.field(
        description="The password of somebody new, in 12 to 128 characters; of a known person it is ignored.",
        default=None,
    )


@strawberry.input(description="The person whose role is to change.")
class ChangeMemberRoleInput:
    member: strawberry.ID = strawberry.field(description="The global id of the person in the company.")
    role: MemberRole = strawberry.field(description="The new role. Ownership is handed over instead.")


@strawberry.input(description="The person to remove from the company.")
class RemoveMemberInput:
    member: strawberry.ID = strawberry.field(description="The global id of the person in the company.")


@strawberry.input(description="Who is to own the firm or the company from now on.")
class TransferOwnershipInput:
    member: strawberry.ID = strawberry.field(
        description="The global id of an active administrator: a `FirmMember` of one's firm, or a `ClientMember` of one's company."
    )
    confirm: bool = strawberry.field(description="That it is meant: true. Only the new owner can hand it back.")


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


NAME = "The new name, in 1 to 100 characters."


@strawberry.input(description="The new name of the acting company.")
class RenameCompanyInput:
    name: str = strawberry.field(description=NAME)


@strawberry.input(description="The new name of the acting firm.")
class RenameFirmInput:
    name: str = strawberry.field(description=NAME)
