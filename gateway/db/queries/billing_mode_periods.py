"""Billing mode periods as statements: what ends with its grant, and what a firm's suspension ends and its reinstatement begins.

Each statement covers any number of clients. Nothing here decides who may.
"""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningUpdate

from gateway.db.models import AccessGrant, BillingModePeriod, Client, Collaboration, OfferedTerms

INFINITY: Final = sa.literal_column("'infinity'", BillingModePeriod.to_at.type)
INSTANT: Final = sa.literal(timedelta(microseconds=1))
LIVING: Final = ("invited", "pending", "active")


def ran_out(now: datetime, *of: sa.ColumnElement[bool]) -> ReturningUpdate[UUID, str]:
    """Closes periods whose grants have expired. The grant's own end counts, not when it was noticed (D46)."""
    period, grant = BillingModePeriod, AccessGrant
    return (
        sa.update(period)
        .where(
            *of,
            period.to_at == INFINITY,
            grant.collaboration_id == period.collaboration_id,
            grant.revoked_at.is_(None),
            grant.expires_at <= now,
        )
        .values(to_at=sa.func.greatest(grant.expires_at, period.from_at + INSTANT))
        .returning(period.collaboration_id, period.mode.label("payer"))
    )


def next_moment(client: Any, now: datetime) -> sa.Select[Any]:
    """Now, or just after the client's last change where a clock is behind: no two periods meet, none is empty."""
    period = aliased(BillingModePeriod)
    ended = sa.func.max(period.to_at).filter(period.to_at < INFINITY)
    began = sa.func.max(period.from_at) + INSTANT
    return sa.select(sa.func.greatest(sa.cast(now, period.from_at.type), began, ended)).where(
        period.client_id == client
    )


def chosen(partner: bool, *of: sa.ColumnElement[bool]) -> sa.Update:
    """Records whether PARTNER is the client's choice for when the suspended firm is back."""
    tie = Collaboration
    return (
        sa.update(tie)
        .where(*of, tie.partner_paused != sa.literal(partner))
        .values(partner_paused=partner, version=tie.version + 1)
    )


def yielding_offers(client_id: UUID, but: UUID, begins: bool, now: datetime) -> ReturningUpdate[UUID, bool]:
    """Lets the client pay in the terms that it offers to others than `but`, if the firm of that one begins to pay (D16, D60).

    The collaboration of each, and whether its offer still lasts.
    """
    offer = OfferedTerms
    others = (offer.client_id == client_id, offer.collaboration_id != but, offer.mode == "partner")
    lasts = (offer.expires_at > now).label("lasts")
    yielding = sa.update(offer).where(*others, sa.literal(begins)).values(mode="client")
    return yielding.returning(offer.collaboration_id, lasts)


# ---- a firm's suspension and reinstatement (D59)


def clients_of(firm_id: UUID) -> sa.Select[UUID | None]:
    """The clients that the firm works for, or that one of the two has asked to."""
    return sa.select(Collaboration.client_id).where(Collaboration.firm_id == firm_id, Collaboration.state.in_(LIVING))


def working(firm_id: UUID) -> sa.Select[UUID]:
    """The firm's collaborations that have begun and not ended, in one order."""
    tie = Collaboration
    return sa.select(tie.id).where(tie.firm_id == firm_id, tie.state == "active").order_by(tie.id)


def locked(clients: sa.Select[UUID | None]) -> sa.Select[UUID]:
    """Locks clients in the order of their keys, so that two who lock some of the same do not cross."""
    return sa.select(Client.id).where(Client.id.in_(clients)).order_by(Client.id).with_for_update(key_share=True)


def pausing(firm_id: UUID) -> sa.Update:
    """Remembers each client's choice of the firm as its payer."""
    period = BillingModePeriod
    pays = sa.exists().where(
        period.collaboration_id == Collaboration.id, period.mode == "partner", period.to_at == INFINITY
    )
    return chosen(True, Collaboration.firm_id == firm_id, pays)


def paused(firm_id: UUID, now: datetime) -> ReturningUpdate[UUID, UUID, bool, bool]:
    """Closes every open period of the firm, in either mode: no mode exists while its level is NONE (D15).

    collaboration_id, client_id, whether the firm paid, and whether the collaboration has begun, of each that was closed.
    """
    period, tie = BillingModePeriod, Collaboration
    at = sa.func.greatest(sa.cast(now, period.to_at.type), period.from_at + INSTANT)
    return (
        sa.update(period)
        .where(period.collaboration_id == tie.id, tie.firm_id == firm_id, period.to_at == INFINITY)
        .values(to_at=at)
        .returning(
            period.collaboration_id,
            period.client_id,
            (period.mode == "partner").label("pays"),
            tie.started_at.is_not(None).label("begun"),
        )
    )


def resuming(firm_id: UUID, now: datetime) -> sa.Select[Any]:
    """The periods that begin with the firm's reinstatement: one for each grant of FULL in force.

    PARTNER where that is still the client's choice and no other firm pays by now (D16), else CLIENT (I6).
    """
    tie, other, mine = Collaboration, aliased(BillingModePeriod), aliased(BillingModePeriod)
    another_pays = sa.exists().where(other.client_id == tie.client_id, other.mode == "partner", other.to_at == INFINITY)
    is_open = sa.exists().where(mine.collaboration_id == tie.id, mine.to_at == INFINITY)
    full = sa.exists().where(
        AccessGrant.collaboration_id == tie.id,
        AccessGrant.level == "full",
        AccessGrant.revoked_at.is_(None),
        AccessGrant.expires_at > now,
    )
    pays = sa.and_(tie.partner_paused, ~another_pays)
    return sa.select(
        tie.id.label("collaboration_id"),
        tie.client_id,
        sa.case((pays, "partner"), else_="client").label("mode"),
        next_moment(tie.client_id, now).scalar_subquery().label("from_at"),
        pays.label("pays"),
        tie.started_at.is_not(None).label("begun"),
    ).where(tie.firm_id == firm_id, full, ~is_open)
