"""Inputs for firms: the profile, the account, the partner programme and staff."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import strawberry

from gateway.db.bounds import MAX_LANGUAGES, MAX_SPECIALTIES
from gateway.errors import Fault
from gateway.forms import checks, entry
from gateway.forms.checks import MAX_INVITEES
from gateway.schema.core.scalars import URL, EmailAddress
from gateway.schema.firms.enums import ApplicationDecision, FirmRole, ProfileDecision

MAX_COMMENT_LENGTH: Final = 2000  # characters


@strawberry.input(description="The complete draft of the acting firm's profile.")
class SaveProfileDraftInput:
    display_name: str = entry(check=checks.name(), description="The name in the directory, in 1 to 100 characters.")
    description: str = entry(
        check=checks.text(5000, lines=True),
        description="What the firm does, in 1 to 5,000 characters. Line breaks are allowed.",
    )
    specialties: list[str] = entry(
        check=checks.entries(1, MAX_SPECIALTIES, checks.text(50)),
        description="The firm's specialties: 1 to 20, in 1 to 50 characters each.",
    )
    location: str = entry(check=checks.text(100), description="The place where the firm is, in 1 to 100 characters.")
    languages: list[str] = entry(
        check=checks.entries(1, MAX_LANGUAGES, checks.language_code),
        description="The languages that the firm works in: 1 to 20 codes of two or three lower-case characters, such as `sv`.",
    )
    website: URL | None = entry(
        check=checks.website(200),
        description="The firm's website: an https address with a domain name, at most 200 characters.",
        default=None,
    )
    expected_specialties: list[str] | None = strawberry.field(
        description="The specialties of the newest revision, as far as the caller knows, in any order; empty if there is none. The"
        " draft is refused with CONFLICT if there are others.",
        default=None,
    )
    expected_languages: list[str] | None = strawberry.field(description="The same of the languages.", default=None)


@strawberry.input(description="The revision to submit for review.")
class SubmitProfileInput:
    id: strawberry.ID = strawberry.field(description="The global id of the revision.")


@strawberry.input(description="A reviewer's decision on a revision.")
class DecideProfileRevisionInput:
    id: strawberry.ID = strawberry.field(description="The global id of the revision.")
    decision: ProfileDecision = strawberry.field(description="The decision.")
    comment: str | None = entry(
        check=checks.maybe_text(MAX_COMMENT_LENGTH),
        description="The reviewer's comment, at most 2,000 characters. Required with REQUEST_CHANGES.",
        default=None,
    )

    def faults_together(self) -> Iterator[Fault]:
        if self.decision is ProfileDecision.REQUEST_CHANGES and self.comment is None:
            yield Fault.of("REQUIRED", "comment")


@strawberry.input(description="The published profile to remove from the directory and the marketplace.")
class WithdrawProfileInput:
    id: strawberry.ID = strawberry.field(description="The global id of the published revision.")


@strawberry.input(description="The activation of the acting firm's account.")
class ActivateFirmAccountInput:
    confirm: bool = entry(check=checks.confirmed, description="Must be true.")


@strawberry.input(description="The application of the acting firm for the partner programme.")
class SubmitPartnerApplicationInput:
    confirm: bool = entry(check=checks.confirmed, description="Must be true.")


@strawberry.input(description="The confirmation that a member of the acting firm watched the webinar.")
class WebinarWatchedInput:
    confirm: bool = entry(check=checks.confirmed, description="Must be true.")


@strawberry.input(description="The acting firm's consent to the agreement.")
class AcceptAgreementInput:
    confirm: bool = entry(check=checks.confirmed, description="Must be true.")


@strawberry.input(description="A reviewer's decision on an application.")
class DecideApplicationInput:
    id: strawberry.ID = strawberry.field(description="The firm's global id.")
    decision: ApplicationDecision = strawberry.field(description="The decision.")
    reason: str | None = entry(
        check=checks.maybe_text(),
        description="The reason, at most 1,000 characters. Required with REJECT. The firm's admins can read it.",
        default=None,
    )

    def faults_together(self) -> Iterator[Fault]:
        if self.decision is ApplicationDecision.REJECT and self.reason is None:
            yield Fault.of("REQUIRED", "reason")


@strawberry.input(description="The firm to suspend.")
class SuspendFirmInput:
    id: strawberry.ID = strawberry.field(description="The global id of the firm.")
    reason: str | None = entry(
        check=checks.maybe_text(),
        description="The reason, at most 1,000 characters. The firm's admins can read it.",
        default=None,
    )


@strawberry.input(description="The firm to reinstate.")
class ReinstateFirmInput:
    id: strawberry.ID = strawberry.field(description="The global id of the firm.")


@strawberry.input(description="The report on a firm's own subscription.")
class ReportSubscriptionInput:
    id: strawberry.ID = strawberry.field(description="The firm's global id.")
    paid: bool = strawberry.field(description="Whether the subscription is paid.")
    until: datetime | None = entry(
        check=checks.future,
        description="Until when it is paid, a future time. Accepted only with `paid: true`.",
        default=None,
    )

    def faults_together(self) -> Iterator[Fault]:
        if self.until is not None and not self.paid:
            yield Fault.of("NOT_ACCEPTED", "until")


@strawberry.input(description="The firm whose account is to be closed permanently.")
class CloseFirmInput:
    id: strawberry.ID = strawberry.field(description="The global id of the firm.")
    confirm: bool = entry(check=checks.confirmed, description="Must be true: closing cannot be undone.")


@strawberry.input(description="The replacement of the acting firm's invitation code.")
class RotateInvitationCodeInput:
    confirm: bool = entry(check=checks.confirmed, description="Must be true: the present code stops working at once.")


@strawberry.input(description="One person to invite.")
class StaffAddress:
    email: EmailAddress = entry(check=checks.address, description="The mail address, at most 254 characters.")
    role: FirmRole = strawberry.field(description="The role to offer.")


@strawberry.input(description="The people to invite into the acting firm.")
class InviteStaffInput:
    addresses: list[StaffAddress] = entry(
        check=checks.invitees(MAX_INVITEES), description="From 1 to 20 people. No address may occur twice."
    )


@strawberry.input(description="The invitation to send again.")
class ResendStaffInvitationInput:
    id: strawberry.ID = strawberry.field(description="The global id of the invitation.")


@strawberry.input(description="The invitation to revoke.")
class RevokeStaffInvitationInput:
    id: strawberry.ID = strawberry.field(description="The global id of the invitation.")


@strawberry.input(
    description="The invitation to accept. If the address belongs to a known person, that "
    "person must be signed in. Otherwise `name` and `password` are required."
)
class AcceptStaffInvitationInput:
    token: str = strawberry.field(description="The token from the link in the mail.")
    name: str | None = strawberry.field(
        description="The name of a new person, in 1 to 100 characters. It is ignored for a known person.", default=None
    )
    password: str | None = strawberry.field(
        description="The password of a new person, in 12 to 128 characters. It is ignored for a known person.",
        default=None,
    )


@strawberry.input(description="The member whose role is to change.")
class ChangeStaffRoleInput:
    id: strawberry.ID = strawberry.field(description="The global id of the member of the firm (`FirmMember`).")
    role: FirmRole = strawberry.field(description="The new role.")


@strawberry.input(description="The member to suspend.")
class SuspendStaffInput:
    id: strawberry.ID = strawberry.field(description="The global id of the member of the firm (`FirmMember`).")


@strawberry.input(description="The member to reinstate.")
class ReinstateStaffInput:
    id: strawberry.ID = strawberry.field(description="The global id of the member of the firm (`FirmMember`).")


@strawberry.input(description="The member to remove from the firm.")
class RemoveStaffInput:
    id: strawberry.ID = strawberry.field(description="The global id of the member of the firm (`FirmMember`).")
