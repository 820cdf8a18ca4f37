"""Firms, their staff and their profiles."""

import strawberry

from gateway.resolvers import firms as how
from gateway.resolvers.values import moment, word
from gateway.schema.fields import column, leaf, via
from gateway.schema.node import Node, PageInfo, total_count
from gateway.schema.words import AccountState, FirmRole


@strawberry.type(description="What a firm says of itself in public, as reviewed and published.")
class FirmProfile(Node):
    display_name: str = leaf("The name in the directory.")
    description: str = leaf("What the firm does.")
    specialties: list[str] = leaf("What it is good at.")
    location: str = leaf("Where it is.")
    languages: list[str] = leaf("The languages it works in.")
    website: str | None = leaf("Its website.")


@strawberry.type(description="A person of a firm.")
class FirmMember(Node):
    name: str = leaf("The person's name.")
    firm_name: str = leaf("The firm's name.")
    role: FirmRole | None = leaf("The role in the firm.", column("role", word))
    email: str | None = leaf("The address.")


@strawberry.type(description="A firm that works for clients.")
class Firm(Node):
    name: str = leaf("The firm's name.")
    profile: FirmProfile | None = via(how.profile, "Its published profile.")
    staff: list[FirmMember] | None = via(how.staff, "Its people, as far as the viewer may know them.")
    client_count: int | None = via(
        how.client_count, "How many clients it works for, of those that the viewer may know."
    )
    account_state: AccountState | None = leaf("The state of its account.", column("account_state", word))
    trial_ends_at: str | None = leaf("When its trial ends or ended.", column("trial_ends_at", moment))
    reseller_tier: str | None = leaf("Its tier as a reseller.")
    cashback_rate: str | None = leaf(
        "Its cashback in percent, as a decimal number.", column("cashback_rate", how.percent)
    )


@strawberry.type(description="One firm of a list.")
class FirmEdge:
    cursor: str = leaf("The position.")
    node: Firm = leaf("The firm.")


@strawberry.type(description="A page of firms.")
class FirmConnection:
    edges: list[FirmEdge] = leaf("The page, with positions.")
    nodes: list[Firm] = leaf("The page, without positions.")
    page_info: PageInfo = leaf("What lies beyond the page.")
    total_count: int | None = total_count()


@strawberry.type(description="One profile of a list.")
class FirmProfileEdge:
    cursor: str = leaf("The position.")
    node: FirmProfile = leaf("The profile.")


@strawberry.type(description="A page of profiles.")
class FirmProfileConnection:
    edges: list[FirmProfileEdge] = leaf("The page, with positions.")
    nodes: list[FirmProfile] = leaf("The page, without positions.")
    page_info: PageInfo = leaf("What lies beyond the page.")
    total_count: int | None = total_count()
