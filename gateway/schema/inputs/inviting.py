"""Inputs about inviting companies."""

import strawberry

from gateway.schema.inputs.access import COLLABORATION
from gateway.schema.words import BillingMode, Country, GrantableLevel, KpiKind, PlanTier

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
