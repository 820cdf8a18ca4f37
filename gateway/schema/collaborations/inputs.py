"""Inputs for collaborations: access, billing mode, requests and invitations."""

from collections.abc import Iterator
from datetime import datetime

import strawberry

from gateway.errors import Fault
from gateway.forms import checks, entry
from gateway.schema.clients.enums import PlanTier
from gateway.schema.collaborations.enums import BillingMode, GrantableLevel
from gateway.schema.core.enums import Country
from gateway.schema.core.scalars import EmailAddress
from gateway.schema.kpis.enums import KpiKind
from gateway.text.validation import MAX_NUMBER_LENGTH, MAX_PLACE_LENGTH

COLLABORATION = "The global id of the collaboration."
MOVES_FROM = (
    "The global id of the collaboration whose firm pays now, or is to pay after the "
    "verification, and will not any more. Required if there is one and `PARTNER` is chosen."
)
EXPECTED_KPIS = (
    "The kinds that are shared now, as far as the caller knows, in any order. The change is refused with CONFLICT if others"
    " are shared."
)


class _ChosenTerms:
    """The terms of an acceptance: all that belong together, or none."""

    level: GrantableLevel | None
    shared_kpis: list[KpiKind] | None
    billing_mode: BillingMode | None

    def faults_together(self) -> Iterator[Fault]:
        terms = {"level": self.level, "sharedKpis": self.shared_kpis, "billingMode": self.billing_mode}
        given = {name for name, value in terms.items() if value is not None}
        missing = [name for name in ("level", "sharedKpis") if name not in given]
        if given:
            yield from (Fault.of("COMPLETE_TERMS", name) for name in missing)


@strawberry.input(description="The access to request from the client.")
class RequestAccessInput:
    id: strawberry.ID = strawberry.field(description=COLLABORATION)
    level: GrantableLevel = strawberry.field(description="The requested level.")
    message: str | None = entry(
        check=checks.maybe_text(), description="A message to the client, at most 1,000 characters.", default=None
    )


@strawberry.input(description="The request for access to dismiss.")
class DismissAccessRequestInput:
    id: strawberry.ID = strawberry.field(description=COLLABORATION)


@strawberry.input(description="The access to grant. It replaces an earlier grant completely.")
class GrantAccessInput:
    id: strawberry.ID = strawberry.field(description=COLLABORATION)
    level: GrantableLevel = strawberry.field(description="The level.")
    shared_kpis: list[KpiKind] = strawberry.field(description="The kinds of pending work that the firm may see.")
    billing_mode: BillingMode | None = strawberry.field(
        description="Who pays from now on. Required with FULL and not accepted with another level.", default=None
    )
    expires_at: datetime | None = entry(
        check=checks.future,
        description="When the access ends by itself, a future time. Without it, the access lasts until it is removed.",
        default=None,
    )
    confirm_moves_from: strawberry.ID | None = strawberry.field(description=MOVES_FROM, default=None)


@strawberry.input(description="The access that replaces the present one completely.")
class ChangeAccessInput(GrantAccessInput):
    expected_shared_kpis: list[KpiKind] | None = strawberry.field(description=EXPECTED_KPIS, default=None)


@strawberry.input(description="The access to remove.")
class RemoveAccessInput:
    id: strawberry.ID = strawberry.field(description=COLLABORATION)


@strawberry.input(description="The kinds of pending work to share.")
class SetKpiSharingInput:
    id: strawberry.ID = strawberry.field(description=COLLABORATION)
    shared_kpis: list[KpiKind] = strawberry.field(
        description="All kinds of pending work that the firm may see from now on."
    )
    expected_shared_kpis: list[KpiKind] | None = strawberry.field(description=EXPECTED_KPIS, default=None)


@strawberry.input(description="The access to give back.")
class HandBackAccessInput:
    id: strawberry.ID = strawberry.field(description=COLLABORATION)
    level: GrantableLevel | None = strawberry.field(
        description="The lower level to keep. Without it, no access is kept.", default=None
    )


@strawberry.input(description="The new billing mode.")
class ChangeBillingModeInput:
    id: strawberry.ID = strawberry.field(description=COLLABORATION)
    mode: BillingMode = strawberry.field(description="Who pays from now on.")
    expected_mode: BillingMode = strawberry.field(
        description="Who pays now, as far as the caller knows. The change is refused if this is not true."
    )
    confirm: bool = entry(check=checks.confirmed, description="Must be true.")
    confirm_moves_from: strawberry.ID | None = strawberry.field(description=MOVES_FROM, default=None)


@strawberry.input(
    description="The collaboration to accept. Only a client that accepts an invitation chooses the access."
)
class AcceptCollaborationInput(_ChosenTerms):
    id: strawberry.ID = strawberry.field(description=COLLABORATION)
    confirm: bool = entry(check=checks.confirmed, description="Must be true.")
    level: GrantableLevel | None = strawberry.field(
        description="The access that the client grants. Without it, no access is granted yet.", default=None
    )
    shared_kpis: list[KpiKind] | None = strawberry.field(
        description="The kinds of pending work that the firm may see. Required with `level` and not accepted without it.",
        default=None,
    )
    billing_mode: BillingMode | None = strawberry.field(
        description="Who pays from the beginning on. Required with FULL and not accepted otherwise.", default=None
    )
    confirm_moves_from: strawberry.ID | None = strawberry.field(description=MOVES_FROM, default=None)


@strawberry.input(description="The collaboration to decline.")
class DeclineCollaborationInput:
    id: strawberry.ID = strawberry.field(description=COLLABORATION)
    reason: str | None = entry(
        check=checks.maybe_text(),
        description="The reason, at most 1,000 characters. Only the viewer's own side and the platform can read it.",
        default=None,
    )


@strawberry.input(description="The request or invitation to withdraw.")
class WithdrawCollaborationInput:
    id: strawberry.ID = strawberry.field(description=COLLABORATION)


@strawberry.input(description="The collaboration to end.")
class TerminateCollaborationInput:
    id: strawberry.ID = strawberry.field(description=COLLABORATION)
    confirm: bool = entry(check=checks.confirmed, description="Must be true.")
    reason: str | None = entry(
        check=checks.maybe_text(),
        description="The reason, at most 1,000 characters. Only the viewer's own side and the platform can read it.",
        default=None,
    )


TOKEN = "The token from the link in the mail."  # noqa: S105


@strawberry.input(description="A discount on plans that a company may subscribe to.")
class DiscountInput:
    percent: int = entry(check=checks.number(1, 100), description="The discount in percent, from 1 to 100.")
    plans: list[PlanTier] = entry(
        check=checks.entries(1, len(PlanTier)),
        description="The plans that the discount applies to: at least one, and only paid plans.",
    )


@strawberry.input(description="The company to invite. The gateway does not reveal whether it already uses the product.")
class InviteClientInput:
    company_name: str = entry(check=checks.name(), description="The name of the company, in 1 to 100 characters.")
    email: EmailAddress = entry(
        check=checks.address,
        description="The mail address of the person who represents the company, at most 254 characters.",
    )
    country: Country = strawberry.field(description="The country of the company.")
    requested_level: GrantableLevel | None = strawberry.field(
        description="The access to request. The company decides what it grants.", default=None
    )
    message: str | None = entry(
        check=checks.maybe_text(), description="A message with the invitation, at most 1,000 characters.", default=None
    )
    discount: DiscountInput | None = strawberry.field(
        description="The discount to offer to a company that does not use the product yet. It is void for a company that does.",
        default=None,
    )


@strawberry.input(description="The invitation to send again.")
class ResendClientInvitationInput:
    id: strawberry.ID = strawberry.field(description=COLLABORATION)


@strawberry.input(
    description="The invitation to accept, and the company to create. If the address belongs to a known "
    "person, that person must be signed in. Otherwise `name` and `password` are required."
)
class AcceptClientInvitationInput(_ChosenTerms):
    token: str = strawberry.field(description=TOKEN)
    company_name: str = entry(check=checks.name(), description="The name of the company, in 1 to 100 characters.")
    confirm: bool = entry(check=checks.confirmed, description="Must be true.")
    name: str | None = strawberry.field(
        description="The name of a new person, in 1 to 100 characters. It is ignored for a known person.", default=None
    )
    password: str | None = strawberry.field(
        description="The password of a new person, in 12 to 128 characters. It is ignored for a known person.",
        default=None,
    )
    company_number: str | None = entry(
        check=checks.text(MAX_NUMBER_LENGTH),
        description="The company's number in the register, in 1 to 50 characters.",
        default=None,
    )
    address: str | None = entry(
        check=checks.text(MAX_PLACE_LENGTH), description="The company's address, in 1 to 300 characters.", default=None
    )
    level: GrantableLevel | None = strawberry.field(
        description="The access that the company grants. Without it, no access is granted yet.", default=None
    )
    shared_kpis: list[KpiKind] | None = strawberry.field(
        description="The kinds of pending work that the firm may see. Required with `level` and not accepted without it.",
        default=None,
    )
    billing_mode: BillingMode | None = strawberry.field(
        description="Who pays from the beginning on. Required with FULL and not accepted otherwise.", default=None
    )


@strawberry.input(description="The invitation to decline.")
class DeclineClientInvitationInput:
    token: str = strawberry.field(description=TOKEN)


_PROFILE = "The global id of the firm's published profile."
_MESSAGE = "A message to the firm's admins, at most 1,000 characters."


@strawberry.input(
    description="The firm to add as the acting company's bookkeeper; the firm has to "
    "accept. Exactly one of `profile` and `code` is required."
)
class AddFirmAsBookkeeperInput:
    profile: strawberry.ID | None = strawberry.field(description=_PROFILE, default=None)
    code: str | None = entry(
        check=checks.invitation_code,
        description="The firm's invitation code. Case, hyphens and spaces are ignored.",
        default=None,
    )
    message: str | None = entry(check=checks.maybe_text(), description=_MESSAGE, default=None)

    def faults_together(self) -> list[Fault]:
        return checks.one_of(("profile", "code"), (self.profile, self.code))


@strawberry.input(description="The firm of the marketplace to request a collaboration with.")
class RequestCollaborationInput:
    profile: strawberry.ID = strawberry.field(description=_PROFILE)
    message: str | None = entry(check=checks.maybe_text(), description=_MESSAGE, default=None)
