"""The columns of a row of each type: those that the leaves of the graph read, and no others."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased
from sqlalchemy.types import Uuid

from gateway.db.models import (
    AuditEntry,
    BillingModePeriod,
    Client,
    ClientInvitation,
    ClientMember,
    ClientMemberInvitation,
    ClientSession,
    Collaboration,
    Conversation,
    Firm,
    FirmMember,
    FirmProfile,
    IntegrationToken,
    Invoice,
    KpiSnapshot,
    Message,
    PendingActivity,
    StaffInvitation,
    User,
)
from gateway.policy import Plan
from gateway.policy.plan import Joining


@dataclass(frozen=True, slots=True)
class Shape:
    columns: tuple[Any, ...]
    beside: Joining = ()


INVITED: Final = aliased(Collaboration)
"""What a firm entered with an invitation: joined in addition to the collaboration by which the policy decides."""
PLACE: Final = aliased(FirmMember)
"""The member who entered an account: joined in addition to the member by which the policy decides about a session."""


def _of_the_two(column: Any) -> Any:
    """A column of a conversation's newest collaboration, without invitations: whom they reached is not known (D42)."""
    two = (Collaboration.firm_id == Conversation.firm_id, Collaboration.client_id == Conversation.client_id)
    theirs = select(column).where(*two, Collaboration.state.in_(("pending", "active", "ended")))
    return theirs.order_by(Collaboration.id.desc()).limit(1).correlate(Conversation).scalar_subquery()


SHAPES: Final[dict[str, Shape]] = {
    "User": Shape((User.id, User.name, User.email, User.locale)),
    "Firm": Shape(
        (
            Firm.id,
            Firm.name,
            Firm.name_key,
            Firm.account_state,
            Firm.trial_ends_at,
            Firm.reseller_tier,
            Firm.cashback_rate,
            Firm.submitted_at,
            Firm.webinar_watched_at,
            Firm.agreed_at,
            Firm.decided_at,
            Firm.decision_reason,
            Firm.own_client_id,
            Firm.subscription_paid_until,
            Firm.invitation_code,
        )
    ),
    "FirmProfile": Shape(
        (
            FirmProfile.id,
            FirmProfile.firm_id,
            FirmProfile.name_key,
            FirmProfile.display_name,
            FirmProfile.description,
            FirmProfile.specialties,
            FirmProfile.location,
            FirmProfile.languages,
            FirmProfile.website,
            FirmProfile.state,
            FirmProfile.revision,
            FirmProfile.comment,
        )
    ),
    "FirmMember": Shape(
        (
            FirmMember.id,
            FirmMember.firm_id,
            FirmMember.role,
            FirmMember.state,
            FirmMember.is_owner,
            User.name,
            User.name_key,
            User.email,
            Firm.name.label("firm_name"),
        ),
        ((User.__table__, User.id == FirmMember.user_id), (Firm.__table__, Firm.id == FirmMember.firm_id)),
    ),
    "Client": Shape(
        (
            Client.id,
            Client.name,
            Client.name_key,
            Client.country,
            Client.state,
            Client.verification_reason,
            Client.company_number,
            Client.address,
            Client.contact_email,
        )
    ),
    "ClientMember": Shape(
        (ClientMember.id, ClientMember.client_id, ClientMember.role, User.name, User.name_key, User.email),
        ((User.__table__, User.id == ClientMember.user_id),),
    ),
    "KpiSnapshot": Shape(
        (
            KpiSnapshot.client_id,
            KpiSnapshot.kind,
            KpiSnapshot.count.label("items"),  # rows have a method `count`
            KpiSnapshot.amount,
            KpiSnapshot.currency,
            KpiSnapshot.as_of,
        )
    ),
    "PendingActivity": Shape(
        (
            PendingActivity.id,
            PendingActivity.client_id,
            PendingActivity.section,
            PendingActivity.kind,
            PendingActivity.title,
            PendingActivity.due_at,
            PendingActivity.deep_link,
        )
    ),
    "Collaboration": Shape(
        (
            Collaboration.id,
            Collaboration.firm_id,
            Collaboration.client_id,
            Collaboration.copy_of,
            Collaboration.origin,
            Collaboration.firm_name,
            Collaboration.client_name,
            Collaboration.requested_level,
            Collaboration.request_message,
            Collaboration.invited_email,
            Collaboration.invited_country,
            Collaboration.started_at,
            Collaboration.ended_at,
            Collaboration.ended_by,
            Collaboration.end_reason,
        )
    ),
    "BillingModePeriod": Shape(
        (
            BillingModePeriod.id,
            BillingModePeriod.collaboration_id,
            BillingModePeriod.mode,
            BillingModePeriod.from_at,
            BillingModePeriod.to_at,
        )
    ),
    "AuditEntry": Shape(
        (
            AuditEntry.id,
            AuditEntry.collaboration_id,
            AuditEntry.at,
            AuditEntry.action,
            func.coalesce(
                AuditEntry.actor_name, select(User.name).where(User.id == AuditEntry.actor_id).scalar_subquery()
            ).label("actor_name"),
            AuditEntry.acting_side,
            AuditEntry.on_behalf_of_id,
            AuditEntry.outcome,
            AuditEntry.code,
            AuditEntry.request_id,
            AuditEntry.count,
            func.coalesce(AuditEntry.last_at, AuditEntry.at).label("last_at"),
        )
    ),
    "IntegrationToken": Shape(
        (
            IntegrationToken.id,
            IntegrationToken.name,
            IntegrationToken.scopes,
            IntegrationToken.expires_at,
            IntegrationToken.last_used_at,
            IntegrationToken.revoked_at,
            User.name.label("created_by"),
        ),
        ((User.__table__, User.id == IntegrationToken.created_by),),
    ),
    "Conversation": Shape(
        (
            Conversation.id,
            Conversation.firm_id,
            Conversation.client_id,
            Conversation.opened_at,
            Conversation.blocked_at,
            _of_the_two(Collaboration.id).label("collaboration_id"),
            # After the end, the names are those of that time (D50).
            func.coalesce(_of_the_two(Collaboration.firm_name), Firm.name).label("firm_name"),
            func.coalesce(_of_the_two(Collaboration.client_name), Client.name).label("client_name"),
        ),
        ((Firm.__table__, Firm.id == Conversation.firm_id), (Client.__table__, Client.id == Conversation.client_id)),
    ),
    "Message": Shape(
        (
            Message.id,
            Message.conversation_id,
            Message.side,
            Message.body,
            Message.sent_at,
            User.name.label("author_name"),
        ),
        ((User.__table__, User.id == Message.author_id),),
    ),
    "ClientSession": Shape(
        (
            ClientSession.id,
            ClientSession.member_id,
            ClientSession.firm_id,
            ClientSession.client_id,
            ClientSession.collaboration_id,
            ClientSession.opened_at,
            ClientSession.expires_at,
            ClientSession.closed_at,
            User.name.label("member_name"),
            Firm.name.label("firm_name"),
        ),
        (
            (PLACE, PLACE.id == ClientSession.member_id),
            (User.__table__, User.id == PLACE.user_id),
            (Firm.__table__, Firm.id == ClientSession.firm_id),
        ),
    ),
    "ClientInvitation": Shape(
        (
            ClientInvitation.id,
            ClientInvitation.collaboration_id,
            ClientInvitation.invited_at,
            ClientInvitation.expires_at,
            ClientInvitation.discount_percent,
            ClientInvitation.discount_plans,
            ClientInvitation.state.label("offer"),
            # The address of an erased person is null here; the invitation's own column would contain the person's key.
            INVITED.invited_email,
            INVITED.invited_country,
            INVITED.client_name,
            INVITED.requested_level,
            INVITED.request_message,
        ),
        ((INVITED, INVITED.id == ClientInvitation.collaboration_id),),
    ),
    "ClientMemberInvitation": Shape(
        (
            ClientMemberInvitation.id,
            ClientMemberInvitation.client_id,
            ClientMemberInvitation.email,
            ClientMemberInvitation.role,
            ClientMemberInvitation.invited_at,
            ClientMemberInvitation.expires_at,
        )
    ),
    "StaffInvitation": Shape(
        (
            StaffInvitation.id,
            StaffInvitation.firm_id,
            StaffInvitation.email,
            StaffInvitation.role,
            StaffInvitation.invited_at,
            StaffInvitation.expires_at,
        )
    ),
    "Invoice": Shape(
        (
            Invoice.id,
            Invoice.kind,
            Invoice.credits_id,
            Invoice.number,
            Invoice.billing_mode,
            Invoice.client_id,
            Invoice.client_name,
            Invoice.firm_name,
            Invoice.net,
            Invoice.tax,
            Invoice.total,
            Invoice.currency,
            Invoice.issued_at,
            Invoice.due_at,
            Invoice.paid_at,
        )
    ),
}

KEYS: Final = bindparam("keys", type_=ARRAY(Uuid))
"""A list of keys as one parameter: `= ANY(:keys)` is one statement for every length."""


def readable(plan: Plan, *more: Any, beside: Joining = ()) -> Select[Any]:
    """The rows of a type in scope, with `more` columns, the columns of its shape and its facts."""
    shape = SHAPES[plan.type_name]
    return plan.select(*more, *shape.columns, beside=(*shape.beside, *beside))


def loaded_columns(type_name: str) -> frozenset[str]:
    """The names of the columns of a row of the type."""
    return frozenset(column.name for column in select(*SHAPES[type_name].columns).selected_columns)
