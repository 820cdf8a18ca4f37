"""Statements that close a firm and end all its collaborations, for any number of them (D61).

Nothing here decides about permissions.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql.dml import ReturningUpdate

from gateway.db.models import (
    AccessGrant,
    Assignment,
    BillingModePeriod,
    ClientInvitation,
    Collaboration,
    FirmMember,
    FirmProfile,
    IntegrationToken,
    OfferedTerms,
    StaffInvitation,
)
from gateway.db.queries.billing_mode_periods import INFINITY, LIVING, ran_out
from gateway.db.queries.same_client import in_one_of

_ACT: Final = sa.case(
    {
        "ended": "TERMINATE_COLLABORATION",
        "declined": "DECLINE_COLLABORATION",
        "withdrawn": "WITHDRAW_COLLABORATION",
    },
    value=Collaboration.state,
)


def collaborations_of(firm_id: UUID) -> sa.Select[UUID, UUID | None]:
    """id and client_id of the firm's collaborations."""
    return sa.select(Collaboration.id, Collaboration.client_id).where(Collaboration.firm_id == firm_id)


def living(firm_id: UUID) -> sa.Select[UUID]:
    """Locks the rows that `ended` ends: invitations before their copies, as in every statement that changes them."""
    tie = Collaboration
    rows = sa.select(tie.id).where(tie.firm_id == firm_id, tie.state.in_(LIVING))
    return rows.order_by(tie.copy_of.is_not(None), tie.id).with_for_update(key_share=True)


def ended(firm_id: UUID, now: datetime, side: str) -> ReturningUpdate[UUID, UUID | None, bool, str]:
    """Ends active collaborations, declines clients' requests and withdraws the firm's invitations.

    Returns id, client_id, whether the collaboration had begun, and the action that its end is recorded as, of each.
    """
    tie = Collaboration
    is_active = tie.state == "active"
    is_offer = tie.origin == "firm_invitation"
    return (
        sa.update(tie)
        .where(tie.firm_id == firm_id, tie.state.in_(LIVING))
        .values(
            state=sa.case((is_active, "ended"), (is_offer, "withdrawn"), else_="declined"),
            ended_at=sa.case((is_active, sa.cast(now, tie.ended_at.type)), else_=INFINITY),
            ended_by=side,
            partner_paused=False,
            version=tie.version + 1,
        )
        .returning(tie.id, tie.client_id, (tie.state == "ended").label("begun"), _ACT.label("action"))
    )


def expired_payers(firm_id: UUID, now: datetime) -> ReturningUpdate[UUID, str]:
    """Closes the firm's periods in PARTNER mode whose grants have expired."""
    mine = in_one_of(BillingModePeriod, collaborations_of(firm_id))
    return ran_out(now, mine, BillingModePeriod.mode == "partner")


def expired_modes(firm_id: UUID, now: datetime) -> ReturningUpdate[UUID, str]:
    """Like `expired_payers`, in either mode."""
    return ran_out(now, in_one_of(BillingModePeriod, collaborations_of(firm_id)))


def revoked_grants(firm_id: UUID, now: datetime) -> sa.Update:
    """Revokes the firm's grants, an expired grant as of its expiry."""
    at = sa.func.least(sa.cast(now, AccessGrant.expires_at.type), AccessGrant.expires_at)
    living = (in_one_of(AccessGrant, collaborations_of(firm_id)), AccessGrant.revoked_at.is_(None))
    return sa.update(AccessGrant).where(*living).values(revoked_at=at)


def withdrawn_terms(firm_id: UUID) -> sa.Delete:
    """Deletes the terms that clients had offered for the time after their verification (D60)."""
    return sa.delete(OfferedTerms).where(in_one_of(OfferedTerms, collaborations_of(firm_id)))


def ended_assignments(firm_id: UUID, now: datetime) -> sa.Update:
    people = sa.select(FirmMember.id).where(FirmMember.firm_id == firm_id)
    held = (Assignment.member_id.in_(people), Assignment.ended_at.is_(None))
    return sa.update(Assignment).where(*held).values(ended_at=now)


def voided_invitations(firm_id: UUID) -> sa.Update:
    """Voids the invitations of companies whose collaborations were declined or withdrawn."""
    over = collaborations_of(firm_id).where(Collaboration.state.in_(["declined", "withdrawn"]))
    unbegun = over.with_only_columns(Collaboration.id)
    return sa.update(ClientInvitation).where(ClientInvitation.collaboration_id.in_(unbegun)).values(state="void")


def voided_staff_invitations(firm_id: UUID) -> sa.Update:
    is_open = (StaffInvitation.firm_id == firm_id, StaffInvitation.state == "open")
    return sa.update(StaffInvitation).where(*is_open).values(state="void")


def revoked_tokens(firm_id: UUID, now: datetime) -> sa.Update:
    living = (IntegrationToken.firm_id == firm_id, IntegrationToken.revoked_at.is_(None))
    return sa.update(IntegrationToken).where(*living).values(revoked_at=now)


def unlisted_profiles(firm_id: UUID) -> sa.Update:
    """Unlists the published revision, and turns a revision in review into a draft, which leaves the reviewers' queue."""
    state = sa.case((FirmProfile.state == "published", "unlisted"), else_="draft")
    shown = (FirmProfile.firm_id == firm_id, FirmProfile.state.in_(["published", "in_review"]))
    return sa.update(FirmProfile).where(*shown).values(state=state)
