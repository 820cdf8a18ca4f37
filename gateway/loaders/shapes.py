"""Which columns make up a row of each type: what the leaves of the graph read, and nothing that nobody asks for."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from gateway.db.models import (
    AuditEntry,
    BillingModePeriod,
    Client,
    ClientMember,
    Collaboration,
    Firm,
    FirmMember,
    FirmProfile,
    IntegrationToken,
    Invoice,
    KpiSnapshot,
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
            Client.company_number,
            Client.address,
            Client.contact_email,
        )
    ),
    "ClientMember": Shape(
        (ClientMember.id, ClientMember.client_id, ClientMember.role, User.name, User.email),
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
        (BillingModePeriod.collaboration_id, BillingModePeriod.mode, BillingModePeriod.from_at, BillingModePeriod.to_at)
    ),
    "AuditEntry": Shape(
        (
            AuditEntry.id,
            AuditEntry.collaboration_id,
            AuditEntry.at,
            AuditEntry.action,
            AuditEntry.actor_name,
            AuditEntry.acting_side,
            AuditEntry.outcome,
            AuditEntry.code,
            AuditEntry.request_id,
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
    """The rows of a type in scope: `more` columns, its shape, its facts."""
    shape = SHAPES[plan.type_name]
    return plan.select(*more, *shape.columns, beside=(*shape.beside, *beside))
