"""Object types of clients: the companies that firms work for."""

from typing import TYPE_CHECKING, Annotated, Final

import sqlalchemy as sa
import strawberry
from sqlalchemy.orm import aliased

from gateway.db import models
from gateway.db.enums import SECTIONS
from gateway.reads import by_policy, values
from gateway.reads.edges import ManyOf, PagesOf
from gateway.resolvers.kpis import queries as kpis_queries
from gateway.schema.client_sessions.types import ClientSession
from gateway.schema.clients.enums import (
    ClientRole,
    ClientTab,
    PlanTier,
    Section,
    VerificationState,
)
from gateway.schema.core.actions import Action, UnavailableAction, unavailable_actions, viewer_actions
from gateway.schema.core.enums import Country, InvitationState
from gateway.schema.core.explain import HiddenField, hidden_fields
from gateway.schema.core.fields import joined, leaf, many_of, newest_of, one_of, pages_of, pages_of_parts, sum_of
from gateway.schema.core.late_enums import FieldName
from gateway.schema.core.node import Carrier, Connection, Money, Node
from gateway.schema.core.scalars import DateTime, EmailAddress
from gateway.schema.firms.types import FirmMember
from gateway.schema.kpis.types import COUNTED, KpiSnapshot, PendingActivity

if TYPE_CHECKING:
    from gateway.schema.collaborations.types import Collaboration
    from gateway.schema.invoices.types import Invoice

OneCollaboration = Annotated["Collaboration", strawberry.lazy("gateway.schema.collaborations.types")]
Collaborations = Connection[Annotated["Collaboration", strawberry.lazy("gateway.schema.collaborations.types")]]
Invoices = Connection[Annotated["Invoice", strawberry.lazy("gateway.schema.invoices.types")]]

IN_CHARGE: Final = aliased(models.Assignment)
KPIS: Final = ManyOf(of=models.KpiSnapshot.client_id, order=(models.KpiSnapshot.kind,))


@strawberry.type(
    description="The plan that a client subscribed to. It is a value of its client and is never shared between two clients."
)
class ClientPlan(Carrier):
    tier: PlanTier = leaf("The tier of the plan.", values.word(models.Plan.tier))
    sections: list[Section] = leaf(
        "The sections of the product that the plan includes.", values.bits(SECTIONS, models.Plan.sections)
    )
    fee: Money | None = leaf(
        "The list price. The amounts that were charged are in invoices only.",
        values.money(models.Plan.fee_amount, models.Plan.fee_currency),
    )


@strawberry.type(description="A client's wallet.")
class Wallet(Carrier):
    balance: Money | None = leaf(
        "The balance of the wallet.", values.money(models.KpiSnapshot.amount, models.KpiSnapshot.currency)
    )


@strawberry.type(description="A member of a client company.")
class ClientMember(
    Node,
    row=models.ClientMember,
    joins=((models.User, models.User.id == models.ClientMember.user_id),),
    more=(models.User.name_key,),
):
    name: str = leaf("The member's name.", values.text(models.User.name))
    email: EmailAddress | None = leaf("The member's mail address.", values.text(models.User.email))
    client_role: ClientRole | None = leaf("The member's role in the company.", values.word(models.ClientMember.role))
    viewer_actions: list[Action] = viewer_actions()
    unavailable_actions: list[UnavailableAction] = unavailable_actions()


@strawberry.type(description="An invitation into a client company, sent to a mail address.")
class ClientMemberInvitation(Node, row=models.ClientMemberInvitation):
    email: EmailAddress | None = leaf("The invited mail address.", values.text(models.ClientMemberInvitation.email))
    client_role: ClientRole | None = leaf("The offered role.", values.word(models.ClientMemberInvitation.role))
    invitation_state: InvitationState = leaf("The state of the invitation.", by_policy.first("status"))
    invited_at: DateTime = leaf(
        "When the last mail was sent.",
        values.moment(models.ClientMemberInvitation.invited_at),
    )
    expires_at: DateTime | None = leaf(
        "Until when the link in the last mail works.",
        values.moment(models.ClientMemberInvitation.expires_at),
    )
    viewer_actions: list[Action] = viewer_actions()
    unavailable_actions: list[UnavailableAction] = unavailable_actions()


@strawberry.type(description="A company that uses the product.")
class Client(Node, row=models.Client, more=(models.Client.name_key,)):
    name: str = leaf("The company's name.", values.text(models.Client.name))
    country: Country | None = leaf("The company's country.", values.word(models.Client.country))
    verification_state: VerificationState | None = leaf(
        "The state of the company's verification.", values.word(models.Client.state)
    )
    verification_reason: str | None = leaf(
        "Why the company was rejected; null if it is not rejected.", values.text(models.Client.verification_reason)
    )
    company_number: str | None = leaf(
        "The company's number in the register.", values.text(models.Client.company_number)
    )
    address: str | None = leaf("The company's address.", values.text(models.Client.address))
    contact_email: EmailAddress | None = leaf(
        "The mail address at which the company was invited.", values.text(models.Client.contact_email)
    )
    plan: ClientPlan | None = joined(
        "The plan that the company subscribed to.", ClientPlan, models.Plan, models.Plan.id == models.Client.plan_id
    )
    wallet: Wallet | None = joined(
        "The company's wallet.",
        Wallet,
        models.KpiSnapshot,
        sa.and_(
            models.KpiSnapshot.client_id == models.Client.id, models.KpiSnapshot.kind == sa.literal("WALLET_BALANCE")
        ),
    )
    kpis: list[KpiSnapshot] | None = many_of(
        "The pending work by kind. It contains only the kinds that the viewer may see.", KPIS
    )
    pending_total: int | None = sum_of("The sum of `count` over the kinds that the viewer may see.", KPIS, COUNTED)
    pending_activities: Connection[PendingActivity] | None = pages_of_parts(
        "The tasks behind the KPIs, by due date, earliest first. Tasks without a due date come last.",
        kpis_queries.pending_activities,
        PagesOf(
            of=models.PendingActivity.client_id,
            order=(models.PendingActivity.due_at, models.PendingActivity.id),
            part=models.PendingActivity.section,
        ),
    )
    account_managers: Connection[FirmMember] | None = pages_of(
        "The people who are assigned to the client, by name. A firm sees only its own.",
        IN_CHARGE.client_id,
        models.User.name_key,
        models.FirmMember.id,
        joins=((IN_CHARGE, sa.and_(IN_CHARGE.member_id == models.FirmMember.id, IN_CHARGE.ended_at.is_(None))),),
    )
    members: Connection[ClientMember] | None = pages_of(
        "The company's members, by name.", models.ClientMember.client_id, models.User.name_key, models.ClientMember.id
    )
    member_invitations: Connection[ClientMemberInvitation] | None = newest_of(
        "The invitations into the company that are not answered yet, newest first.",
        models.ClientMemberInvitation.client_id,
        models.ClientMemberInvitation.id,
        ("waiting",),
    )
    viewer_actions: list[Action] = viewer_actions()
    unavailable_actions: list[UnavailableAction] = unavailable_actions()
    collaboration: OneCollaboration | None = one_of(
        "The collaboration with the acting firm; null if there is none.",
        models.Collaboration.client_id,
        rules=(("running",),),
    )
    collaborations: Collaborations | None = newest_of(
        "The collaborations that the viewer may see, newest first.",
        models.Collaboration.client_id,
        models.Collaboration.id,
    )
    invoices: Invoices | None = newest_of(
        "The invoices about this client that belong to the acting organisation, newest first.",
        models.Invoice.client_id,
        models.Invoice.id,
    )
    sessions: Connection[ClientSession] | None = newest_of(
        "The sessions of firms' members in the account that the viewer may see, newest first.",
        models.ClientSession.client_id,
        models.ClientSession.id,
    )
    visible_fields: list[FieldName] = leaf(
        "The fields of this object that the viewer may see. They distinguish a hidden field from an empty one.",
        by_policy.visible(),
    )
    hidden_fields: list[HiddenField] = hidden_fields()


@strawberry.type(description="A tab of the Clients page and the number of its clients.")
class ClientTabSummary(Carrier):
    tab: ClientTab = leaf("The tab.")
    total_count: int = leaf("The number of clients that the viewer sees in the tab.")
