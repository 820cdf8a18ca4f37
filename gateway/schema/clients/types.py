"""Clients: the companies that firms work for."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.resolvers.clients import queries as clients_queries
from gateway.resolvers.core.connections import nested_list
from gateway.resolvers.core.formats import moment, word
from gateway.resolvers.kpis import queries as kpis_queries
from gateway.schema.client_sessions.types import ClientSession
from gateway.schema.clients.enums import (
    ClientAction,
    ClientRole,
    ClientState,
    ClientTab,
    MemberAction,
    MemberInvitationAction,
    PlanTier,
    Section,
)
from gateway.schema.core.enums import Country, InvitationState
from gateway.schema.core.fields import column, leaf, via, word_of, words_of
from gateway.schema.core.node import Carrier, Connection, Money, Node
from gateway.schema.firms.types import FirmMember
from gateway.schema.kpis.types import KpiSnapshot, PendingActivity

if TYPE_CHECKING:
    from gateway.schema.collaborations.types import Collaboration
    from gateway.schema.invoices.types import Invoice

OneCollaboration = Annotated["Collaboration", strawberry.lazy("gateway.schema.collaborations.types")]
Collaborations = Connection[Annotated["Collaboration", strawberry.lazy("gateway.schema.collaborations.types")]]
Invoices = Connection[Annotated["Invoice", strawberry.lazy("gateway.schema.invoices.types")]]


@strawberry.type(description="What a client subscribed to. A value of its client, never shared between two.")
class ClientPlan(Carrier):
    tier: PlanTier = leaf("The plan.")
    sections: list[Section] = leaf("The sections of the product that the plan has.")
    fee: Money | None = leaf("The list price. What was charged stands in invoices alone.")


@strawberry.type(description="A client's wallet.")
class Wallet(Carrier):
    balance: Money | None = leaf("What is in it.")


@strawberry.type(description="A person of a client company.")
class ClientMember(Node):
    name: str = leaf("The person's name.")
    email: str | None = leaf("The address.")
    role: ClientRole | None = leaf("The role in the company.", column("role", word))
    viewer_actions: list[MemberAction] = leaf("What the viewer may do with the person now.", words_of("may"))


@strawberry.type(description="A place in a client company, offered to an address by mail.")
class ClientMemberInvitation(Node):
    email: str = leaf("The address.")
    role: ClientRole = leaf("The role that is offered.", column("role", word))
    state: InvitationState = leaf("Where it is.", word_of("status"))
    invited_at: str = leaf("When it was last sent.", column("invited_at", moment))
    expires_at: str = leaf("When it ends.", column("expires_at", moment))
    viewer_actions: list[MemberInvitationAction] = leaf("What the viewer may do with it now.", words_of("may"))


@strawberry.type(description="A company that uses the product.")
class Client(Node):
    name: str = leaf("The company's name.")
    country: Country | None = leaf("Its country.")
    state: ClientState | None = leaf("How far its verification is.", column("state", word))
    verification_reason: str | None = leaf("Why it was rejected; null while it is not.")
    company_number: str | None = leaf("Its number in the register.")
    address: str | None = leaf("Its address.")
    contact_email: str | None = leaf("The address that it was invited at.")
    plan: ClientPlan | None = via(clients_queries.subscription, "What it subscribed to.")
    wallet: Wallet | None = via(clients_queries.wallet, "Its wallet.")
    kpis: list[KpiSnapshot] | None = via(kpis_queries.kpis, "Pending work by kind: the kinds that the viewer may see.")
    pending_total: int | None = via(
        kpis_queries.pending_total, "The sum of the counts of the kinds that the viewer may see."
    )
    pending_activities: Connection[PendingActivity] | None = via(
        kpis_queries.pending_activities, "The tasks behind the KPIs, the one that is due first at the top."
    )
    account_managers: Connection[FirmMember] | None = via(
        nested_list("Client.accountManagers"), "Who is in charge of it, by name: of one's own firm, for a firm."
    )
    members: Connection[ClientMember] | None = via(nested_list("Client.members"), "The company's own people, by name.")
    member_invitations: Connection[ClientMemberInvitation] | None = via(
        nested_list("Client.memberInvitations"),
        "The invitations into the company that are not answered yet, the newest first.",
    )
    viewer_actions: list[ClientAction] = leaf("What the viewer may do with it now.", words_of("may"))
    collaboration: OneCollaboration | None = via(
        clients_queries.collaboration, "The collaboration with the acting firm."
    )
    collaborations: Collaborations | None = via(
        nested_list("Client.collaborations"), "All collaborations that the viewer may see, the newest first."
    )
    invoices: Invoices | None = via(
        nested_list("Client.invoices"),
        "Invoices about this client that lie in the acting organisation, the newest first.",
    )
    sessions: Connection[ClientSession] | None = via(
        nested_list("Client.sessions"),
        "Who of a firm entered the account, as far as the viewer may know, the newest first.",
    )
    visible_fields: list[str] = leaf(
        "The fields that the viewer may see here, to tell hidden from empty.", lambda row: row.situation.visible()
    )


@strawberry.type(description="A tab of the Clients page and how many clients it lists.")
class ClientTabSummary(Carrier):
    tab: ClientTab = leaf("The tab.")
    total_count: int = leaf("How many clients the viewer finds in it.")
