"""Inputs for client companies: assignments, members, ownership, verification and names."""

from collections.abc import Iterator
from typing import Final

import strawberry

from gateway.errors import Fault
from gateway.forms import checks, entry
from gateway.forms.checks import MAX_INVITEES
from gateway.schema.clients.enums import MemberRole, VerificationDecision
from gateway.schema.core.scalars import EmailAddress
from gateway.text.validation import MAX_NUMBER_LENGTH, MAX_PLACE_LENGTH

MAX_CLIENTS: Final = 100
MAX_MEMBERS: Final = 20


@strawberry.input(description="The members of the acting firm to assign to clients.")
class AssignManagersInput:
    clients: list[strawberry.ID] = entry(
        check=checks.entries(1, MAX_CLIENTS), description="The global ids of 1 to 100 clients."
    )
    members: list[strawberry.ID] = entry(
        check=checks.entries(1, MAX_MEMBERS),
        description="The global ids of 1 to 20 members of the acting firm (`FirmMember`).",
    )


@strawberry.input(description="The assignment to end.")
class UnassignManagerInput:
    client: strawberry.ID = strawberry.field(description="The global id of the client.")
    member: strawberry.ID = strawberry.field(
        description="The global id of the assigned member of the acting firm "
        "(`FirmMember`). A bookkeeper may name only themselves."
    )


@strawberry.input(description="One person to invite.")
class MemberAddress:
    email: EmailAddress = entry(check=checks.address, description="The mail address, at most 254 characters.")
    role: MemberRole = strawberry.field(description="The role to offer.")


@strawberry.input(description="The people to invite into the acting company.")
class InviteMemberInput:
    addresses: list[MemberAddress] = entry(
        check=checks.invitees(MAX_INVITEES), description="From 1 to 20 people. No address may occur twice."
    )


@strawberry.input(description="The invitation to send again.")
class ResendMemberInvitationInput:
    id: strawberry.ID = strawberry.field(description="The global id of the invitation.")


@strawberry.input(description="The invitation to revoke.")
class RevokeMemberInvitationInput:
    id: strawberry.ID = strawberry.field(description="The global id of the invitation.")


@strawberry.input(
    description="The invitation to accept. If the address belongs to a known person, that "
    "person must be signed in. Otherwise `name` and `password` are required."
)
class AcceptMemberInvitationInput:
    token: str = strawberry.field(description="The token from the link in the mail.")
    name: str | None = strawberry.field(
        description="The name of a new person, in 1 to 100 characters. It is ignored for a known person.", default=None
    )
    password: str | None = strawberry.field(
        description="The password of a new person, in 12 to 128 characters. It is ignored for a known person.",
        default=None,
    )


@strawberry.input(description="The member whose role is to change.")
class ChangeMemberRoleInput:
    id: strawberry.ID = strawberry.field(description="The global id of the member of the company (`ClientMember`).")
    role: MemberRole = strawberry.field(description="The new role. Use `transferOwnership` to change the owner.")


@strawberry.input(description="The member to remove from the company.")
class RemoveMemberInput:
    id: strawberry.ID = strawberry.field(description="The global id of the member of the company (`ClientMember`).")


@strawberry.input(description="The new owner of the acting firm or company.")
class TransferOwnershipInput:
    id: strawberry.ID = strawberry.field(
        description="The global id of an active administrator: a `FirmMember` of the "
        "acting firm, or a `ClientMember` of the acting company."
    )
    confirm: bool = entry(
        check=checks.confirmed, description="Must be true: only the new owner can transfer the ownership back."
    )


@strawberry.input(description="The platform's decision on the verification of a company.")
class DecideVerificationInput:
    id: strawberry.ID = strawberry.field(description="The client's global id.")
    decision: VerificationDecision = strawberry.field(description="The decision.")
    reason: str | None = entry(
        check=checks.maybe_text(),
        description="Why the company is rejected, at most 1,000 characters: required with REJECT, not "
        "accepted with VERIFY. The company's owner and administrators can read it.",
        default=None,
    )

    def faults_together(self) -> Iterator[Fault]:
        rejects = self.decision is VerificationDecision.REJECT
        if rejects != (self.reason is not None):
            yield Fault.of("REQUIRED" if rejects else "NOT_ACCEPTED", "reason")


@strawberry.input(
    description="Corrections to the acting company's data, after a rejection, before it is verified again."
)
class RequestVerificationInput:
    confirm: bool = entry(check=checks.confirmed, description="Must be true.")
    company_name: str | None = entry(
        check=checks.name(),
        description="The corrected name, in 1 to 100 characters. Without it, the name does not change.",
        default=None,
    )
    company_number: str | None = entry(
        check=checks.text(MAX_NUMBER_LENGTH),
        description="The corrected number in the register, in 1 to 50 characters. Without it, the number does not change.",
        default=None,
    )
    address: str | None = entry(
        check=checks.text(MAX_PLACE_LENGTH),
        description="The corrected address, in 1 to 300 characters. Without it, the address does not change.",
        default=None,
    )


NAME = "The new name, in 1 to 100 characters."


@strawberry.input(description="The new name of the acting company.")
class RenameCompanyInput:
    name: str = entry(check=checks.name(), description=NAME)


@strawberry.input(description="The new name of the acting firm.")
class RenameFirmInput:
    name: str = entry(check=checks.name(), description=NAME)
