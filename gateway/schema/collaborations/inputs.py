"""Inputs about what a firm may do for a client, and who pays."""

import strawberry

from gateway.schema.clients.enums import PlanTier
from gateway.schema.collaborations.enums import BillingMode, GrantableLevel
from gateway.schema.core.enums import Country
from gateway.schema.kpis.enums import KpiKind

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


@strawberry.input(
    description="The collaboration to accept. What it opens is chosen by a client that accepts an invitation."
)
class AcceptCollaborationInput:
    id: strawberry.ID = strawberry.field(description=COLLABORATION)
    confirm: bool = strawberry.field(description="Must be true.")
    level: GrantableLevel | None = strawberry.field(
        description="The access that the client grants; without it, none yet.", default=None
    )
    shared_kpis: list[KpiKind] | None = strawberry.field(
        description="The kinds of pending work that the firm may see: with a level, and only then.", default=None
    )
    billing_mode: BillingMode | None = strawberry.field(
        description="Who pays from the beginning on: with FULL, and with nothing else.", default=None
    )
    confirm_moves_from: strawberry.ID | None = strawberry.field(description=MOVES_FROM, default=None)


@strawberry.input(description="The collaboration to decline.")
class DeclineCollaborationInput:
    id: strawberry.ID = strawberry.field(description=COLLABORATION)
    reason: str | None = strawberry.field(
        description="The reason, for one's own side alone; 1000 characters at most.", default=None
    )


@strawberry.input(description="The request or invitation to withdraw.")
class WithdrawCollaborationInput:
    id: strawberry.ID = strawberry.field(description=COLLABORATION)


@strawberry.input(description="The collaboration to end.")
class TerminateCollaborationInput:
    id: strawberry.ID = strawberry.field(description=COLLABORATION)
    confirm: bool = strawberry.field(description="Must be true.")
    reason: str | None = strawberry.field(
        description="The reason, for one's own side alone; 1000 characters at most.", default=None
    )


TOKEN = "What the letter's link carries."  # noqa: S105


@strawberry.input(description="A discount on the plans that a company may subscribe to.")
class DiscountInput:
    percent: int = strawberry.field(description="From 1 to 100.")
    plans: list[PlanTier] = strawberry.field(description="The plans it is for: at least one, and paid ones alone.")


@strawberry.input(description="The company to invite. Whether it is here already is told to nobody.")
class InviteClientInput:
    company_name: str = strawberry.field(description="What it is called, in 1 to 100 characters.")
    email: str = strawberry.field(description="The address of whoever is to bring it, 254 characters at most.")
    country: Country = strawberry.field(description="Its country.")
    requested_level: GrantableLevel | None = strawberry.field(
        description="The access to ask for. What is granted, the company decides.", default=None
    )
    message: str | None = strawberry.field(
        description="A message that comes with it, 1000 characters at most.", default=None
    )
    discount: DiscountInput | None = strawberry.field(
        description="What to offer a company that is not here yet. For one that is, it is void.", default=None
    )


@strawberry.input(description="The invitation to send again.")
class ResendClientInvitationInput:
    id: strawberry.ID = strawberry.field(description=COLLABORATION)


@strawberry.input(
    description="The invitation to accept, and the company that it begins. Whoever is known here signs in first; whoever is"
    " not says a name and a password."
)
class AcceptClientInvitationInput:
    token: str = strawberry.field(description=TOKEN)
    company_name: str = strawberry.field(description="What the company is called, in 1 to 100 characters.")
    confirm: bool = strawberry.field(description="Must be true.")
    name: str | None = strawberry.field(
        description="The name of somebody new, in 1 to 100 characters; of a known person it is ignored.", default=None
    )
    password: str | None = strawberry.field(
        description="The password of somebody new, in 12 to 128 characters; of a known person it is ignored.",
        default=None,
    )
    company_number: str | None = strawberry.field(
        description="The company's number in the register, in 1 to 50 characters.", default=None
    )
    address: str | None = strawberry.field(description="The company's address, in 1 to 300 characters.", default=None)
    level: GrantableLevel | None = strawberry.field(
        description="The access that the company grants; without it, none yet.", default=None
    )
    shared_kpis: list[KpiKind] | None = strawberry.field(
        description="The kinds of pending work that the firm may see: with a level, and only then.", default=None
    )
    billing_mode: BillingMode | None = strawberry.field(
        description="Who pays from the beginning on: with FULL, and with nothing else.", default=None
    )


@strawberry.input(description="The invitation to decline.")
class DeclineClientInvitationInput:
    token: str = strawberry.field(description=TOKEN)


_PROFILE = "The global id of the firm's published profile."
_MESSAGE = "What the firm's admins read with it, up to 1,000 characters."


@strawberry.input(
    description="The firm that keeps the acting company's books from now on, if it accepts: one of `profile` and `code`."
)
class AddFirmAsBookkeeperInput:
    profile: strawberry.ID | None = strawberry.field(description=_PROFILE, default=None)
    code: str | None = strawberry.field(
        description="The firm's invitation code, in any case, with or without hyphens and spaces.", default=None
    )
    message: str | None = strawberry.field(description=_MESSAGE, default=None)


@strawberry.input(description="The firm of the marketplace that is asked to work for the acting company.")
class RequestCollaborationInput:
    profile: strawberry.ID = strawberry.field(description=_PROFILE)
    message: str | None = strawberry.field(description=_MESSAGE, default=None)
