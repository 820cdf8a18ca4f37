"""Invitations of companies, as statements (P14, M5, D30). Nothing here decides who may."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from gateway.db.enums import PLAN_TIERS
from gateway.db.models import ClientInvitation, Collaboration, Plan, User
from gateway.db.queries.invitation_copies import has_copies


def of_token(token_hash: bytes, now: datetime) -> sa.Select[UUID, UUID, UUID, str, str, str | None, UUID]:
    """The open invitation of a token, which no company answers in the portal, and the person of its address, if there is one."""
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
    """The firm's own invitations to an address, whoever stands behind it."""
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
    """How many invitations of the firm are good for longer than that: as many were sent since some moment before."""
    return (
        sa.select(sa.func.count())
        .select_from(ClientInvitation)
        .join(Collaboration, Collaboration.id == ClientInvitation.collaboration_id)
        .where(Collaboration.firm_id == firm_id, ClientInvitation.expires_at > moment)
    )


def voided(*collaborations: UUID) -> sa.Update:
    """No offer of theirs is open or taken any more, and no token works."""
    return sa.update(ClientInvitation).where(ClientInvitation.collaboration_id.in_(collaborations)).values(state="void")


def voided_if_declined(collaboration_id: UUID) -> sa.Update:
    declined = sa.exists().where(Collaboration.id == collaboration_id, Collaboration.state == "declined")
    return voided(collaboration_id).where(declined)


def without_offer(collaboration_id: UUID) -> sa.Update:
    """What was offered with it ends, unless somebody who was new here has taken it (P5, D30)."""
    return voided(collaboration_id).where(ClientInvitation.state == "open")


def paid_plans(tiers: list[str]) -> sa.Select[str]:
    """Which of these plans cost something."""
    wanted = sa.bindparam("tiers", tiers, type_=sa.ARRAY(sa.Text))
    return sa.select(Plan.tier).distinct().where(Plan.tier == sa.any_(wanted), Plan.fee_amount > 0)


def first_plan() -> sa.ScalarSelect[Any]:
    """What a company begins with."""
    basic = sa.select(Plan.id).where(Plan.tier == PLAN_TIERS[0])
    return basic.order_by(Plan.fee_amount, Plan.id).limit(1).scalar_subquery()
