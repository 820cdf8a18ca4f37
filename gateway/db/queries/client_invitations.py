"""Statements on firms' invitations of companies (P14, M5, D30). Nothing here decides about permissions."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from gateway.db.enums import PLAN_TIERS
from gateway.db.models import ClientInvitation, Collaboration, Plan, User
from gateway.db.queries.invitation_copies import has_copies


def of_token(token_hash: bytes, now: datetime) -> sa.Select[UUID, UUID, UUID, str, str, str | None, UUID]:
    """The open invitation of a token, with the person of its address, if there is one.

    No row if companies answer the invitation in the portal.
    """
    known = sa.select(User.id).where(User.email_key == ClientInvitation.email_key).scalar_subquery()
    return (
        sa.select(
            ClientInvitation.id,
            ClientInvitation.collaboration_id,
            Collaboration.firm_id,
            ClientInvitation.email,
            ClientInvitation.email_key,
            Collaboration.invited_country.label("country"),
            known.label("user_id"),
        )
        .join(Collaboration, Collaboration.id == ClientInvitation.collaboration_id)
        .where(
            ClientInvitation.token_hash == token_hash,
            ClientInvitation.state == "open",
            ClientInvitation.expires_at > now,
            Collaboration.state == "invited",
            ~has_copies(Collaboration.id),
        )
    )


def unanswered(firm_id: UUID, email_key: str) -> sa.Select[UUID]:
    """The firm's own unanswered invitations to an address, whether or not the address belongs to a person or company."""
    return (
        sa.select(ClientInvitation.id)
        .join(Collaboration, Collaboration.id == ClientInvitation.collaboration_id)
        .where(
            Collaboration.firm_id == firm_id,
            Collaboration.state == "invited",
            ClientInvitation.email_key == email_key,
        )
    )


def good_beyond(firm_id: UUID, moment: datetime) -> sa.Select[int]:
    """The number of the firm's invitations that expire after `moment`.

    All invitations have the same validity, so this is the number of invitations sent after an earlier time.
    """
    return (
        sa.select(sa.func.count())
        .select_from(ClientInvitation)
        .join(Collaboration, Collaboration.id == ClientInvitation.collaboration_id)
        .where(Collaboration.firm_id == firm_id, ClientInvitation.expires_at > moment)
    )


def voided(*collaborations: UUID) -> sa.Update:
    """Voids the invitations of these collaborations: no discount is offered or granted any more, and no token works."""
    return sa.update(ClientInvitation).where(ClientInvitation.collaboration_id.in_(collaborations)).values(state="void")


def voided_if_declined(collaboration_id: UUID) -> sa.Update:
    declined = sa.exists().where(Collaboration.id == collaboration_id, Collaboration.state == "declined")
    return voided(collaboration_id).where(declined)


def without_offer(collaboration_id: UUID) -> sa.Update:
    """Voids the open invitation of a collaboration: its discount ends, unless a new company has accepted it (P5, D30)."""
    return voided(collaboration_id).where(ClientInvitation.state == "open")


def paid_plans(tiers: list[str]) -> sa.Select[str]:
    """Those of these plans that have a fee."""
    wanted = sa.bindparam("tiers", tiers, type_=sa.ARRAY(sa.Text))
    return sa.select(Plan.tier).distinct().where(Plan.tier == sa.any_(wanted), Plan.fee_amount > 0)


def first_plan() -> sa.ScalarSelect[Any]:
    """The plan of a new company."""
    basic = sa.select(Plan.id).where(Plan.tier == PLAN_TIERS[0])
    return basic.order_by(Plan.fee_amount, Plan.id).limit(1).scalar_subquery()
