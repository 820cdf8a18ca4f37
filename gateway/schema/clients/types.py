"""Object types of clients: the companies that firms work for."""

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


@strawberry.type(
    description="The plan that a client subscribed to. It is a value of its client and is never shared between two clients."
)
class ClientPlan(Carrier):
    tier: PlanTier = leaf("The tier of the plan.")
    sections: list[Section] = leaf("The sections of the product that the plan includes.")
    fee: Money | None = leaf("The list price. The amounts that were charged are in invoices only.")


@strawberry.type(description="A client's wallet.")
class Wallet(Carrier):
    balance: Money | None = leaf("The balance of the wallet.")


@strawberry.type(description="A member of a client company.")
class ClientMember(Node):
    name: str = leaf("The member's name.")
    email: str | None = leaf("The member's mail address.")
    role: ClientRole | None = leaf("The member's role in the company.", column("role", word))
    viewer_actions: list[MemberAction] = leaf(
        "The actions that the viewer may take on the member now.", words_of("may")
    )


@strawberry.type(description="An invitation into a client company, sent to a mail address.")
class ClientMemberInvitation(Node):
    email: str = leaf("The invited mail address.")
    role: ClientRole = leaf("The offered role.", column("role", word))
    state: InvitationState = leaf("The state of the invitation.", word_of("status"))
    invited_at: str = leaf("When the last mail was sent (ISO 8601 with UTC offset).", column("invited_at", moment))
    expires_at: str = leaf(
        "Until when the link in the last mail works (ISO 8601 with UTC offset).", column("expires_at", moment)
    )
    viewer_actions: list[MemberInvitationAction] = leaf(
        "The actions that the viewer may take on the invitation now.", words_of("may")
    )


@strawberry.type(description="A company that uses the product.")
class Client(Node):
    name: str = leaf("The company's name.")
    country: Country | None = leaf("The company's country.")
    state: ClientState | None = leaf("The state of the company's verification.", column("state", word))
    verification_reason: str | None = leaf("Why the company was rejected; null if it is not rejected.")
    company_number: str | None = leaf("The company's number in the register.")
    address: str | None = leaf("The company's address.")
    contact_email: str | None = leaf("The mail address at which the company was invited.")
    plan: ClientPlan | None = via(clients_queries.subscription, "The plan that the company subscribed to.")
    wallet: Wallet | None = via(clients_queries.wallet, "The company's wallet.")
    kpis: list[KpiSnapshot] | None = via(
        kpis_queries.kpis, "The pending work by kind. It contains only the kinds that the viewer may see."
    )
    pending_total: int | None = via(
        kpis_queries.pending_total, "The sum of `count` over the kinds that the viewer may see."
    )
    pending_activities: Connection[PendingActivity] | None = via(
        kpis_queries.pending_activities,
        "The tasks behind the KPIs, by due date, earliest first. Tasks without a due date come last.",
    )
    account_managers: Connection[FirmMember] | None = via(
        nested_list("Client.accountManagers"),
        "The people who are assigned to the client, by name. A firm sees only its own.",
    )
    members: Connection[ClientMember] | None = via(nested_list("Client.members"), "The company's members, by name.")
    member_invitations: Connection[ClientMemberInvitation] | None = via(
        nested_list("Client.memberInvitations"),
        "The invitations into the company that are not answered yet, newest first.",
    )
    viewer_actions: list[ClientAction] = leaf(
        "The actions that the viewer may take on the client now.", words_of("may")
    )
    collaboration: OneCollaboration | None = via(
        clients_queries.collaboration, "The collaboration with the acting firm; null if there is none."
    )
    collaborations: Collaborations | None = via(
        nested_list("Client.collaborations"), "The collaborations that the viewer may see, newest first."
    )
    invoices: Invoices | None = via(
        nested_list("Client.invoices"),
        "The invoices about this client that belong to the acting organisation, newest first.",
    )
    sessions: Connection[ClientSession] | None = via(
        nested_list("Client.sessions"),
        "The sessions of firms' members in the account that the viewer may see, newest first.",
    )
    visible_fields: list[str] = leaf(
        "The fields of this object that the viewer may see. They distinguish a hidden field from an empty one.",
        lambda row: row.situation.visible(),
    )


@strawberry.type(description="A tab of the Clients page and the number of its clients.")
class ClientTabSummary(Carrier):
    tab: ClientTab = leaf("The tab.")
    total_count: int = leaf("The number of clients that the viewer sees in the tab.")
