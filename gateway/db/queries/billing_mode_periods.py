"""Statements on billing mode periods: their end with a grant, and the suspension and reinstatement of a firm.

Each statement covers any number of clients. Nothing here decides about permissions.
"""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningUpdate

from gateway.db.models import AccessGrant, BillingModePeriod, Client, Collaboration, OfferedTerms
from gateway.db.queries.same_client import in_collaboration

INFINITY: Final = sa.literal_column("'infinity'", BillingModePeriod.to_at.type)
INSTANT: Final = sa.literal(timedelta(microseconds=1))
LIVING: Final = ("invited", "pending", "active")


def ran_out(now: datetime, *of: sa.ColumnElement[bool]) -> ReturningUpdate[UUID, str]:
    """Closes periods whose grants have expired, at the end of the grant and not at the time of this statement (D46).

    Returns collaboration_id and payer (the billing mode) of each.
    """
    period, grant = BillingModePeriod, AccessGrant
    return (
        sa.update(period)
        .where(
            *of,
            period.to_at == INFINITY,
            grant.collaboration_id == period.collaboration_id,
            grant.client_id == period.client_id,
            grant.revoked_at.is_(None),
            grant.expires_at <= now,
        )
        .values(to_at=sa.func.greatest(grant.expires_at, period.from_at + INSTANT))
        .returning(period.collaboration_id, period.mode.label("payer"))
    )


def next_moment(client: Any, now: datetime) -> sa.Select[Any]:
    """The start of a client's next period: `now`, or just after the client's last change if a clock is behind.

    So no two periods overlap, and no period is empty.
    """
    period = aliased(BillingModePeriod)
    ended = sa.func.max(period.to_at).filter(period.to_at < INFINITY)
    began = sa.func.max(period.from_at) + INSTANT
    return sa.select(sa.func.greatest(sa.cast(now, period.from_at.type), began, ended)).where(
        period.client_id == client
    )


def chosen(partner: bool, *of: sa.ColumnElement[bool]) -> sa.Update:
    """Records whether the client has chosen PARTNER for the time after the firm's reinstatement."""
    tie = Collaboration
    return (
        sa.update(tie)
        .where(*of, tie.partner_paused != sa.literal(partner))
        .values(partner_paused=partner, version=tie.version + 1)
    )


def yielding_offers(client_id: UUID, but: UUID, begins: bool, now: datetime) -> ReturningUpdate[UUID, bool]:
    """Sets CLIENT mode in the client's offers to firms other than that of `but`, if that firm begins to pay (D16, D60).

    Returns the collaboration of each offer and whether the offer is still in force.
    """
    offer = OfferedTerms
    others = (offer.client_id == client_id, offer.collaboration_id != but, offer.mode == "partner")
    lasts = (offer.expires_at > now).label("lasts")
    yielding = sa.update(offer).where(*others, sa.literal(begins)).values(mode="client")
    return yielding.returning(offer.collaboration_id, lasts)


# ---- a firm's suspension and reinstatement (D59)


def clients_of(firm_id: UUID) -> sa.Select[UUID | None]:
    """The clients of the firm's active collaborations and of its open invitations and requests."""
    return sa.select(Collaboration.client_id).where(Collaboration.firm_id == firm_id, Collaboration.state.in_(LIVING))


def working(firm_id: UUID) -> sa.Select[UUID]:
    """The firm's active collaborations, in key order."""
    tie = Collaboration
    return sa.select(tie.id).where(tie.firm_id == firm_id, tie.state == "active").order_by(tie.id)


def locked(clients: sa.Select[UUID | None]) -> sa.Select[UUID]:
    """Locks clients in key order, so that two transactions that lock some of the same clients do not deadlock."""
    return sa.select(Client.id).where(Client.id.in_(clients)).order_by(Client.id).with_for_update(key_share=True)


def pausing(firm_id: UUID) -> sa.Update:
    """Records each client's choice of the firm as its payer."""
    period = BillingModePeriod
    pays = sa.exists().where(in_collaboration(period), period.mode == "partner", period.to_at == INFINITY)
    return chosen(True, Collaboration.firm_id == firm_id, pays)


def paused(firm_id: UUID, now: datetime) -> ReturningUpdate[UUID, UUID, bool, bool]:
    """Closes every open period of the firm, in either mode: no mode exists while its level is NONE (D15).

    Returns collaboration_id, client_id, whether the firm paid, and whether the collaboration has begun, of each closed period.
    """
    period, tie = BillingModePeriod, Collaboration
    at = sa.func.greatest(sa.cast(now, period.to_at.type), period.from_at + INSTANT)
    return (
        sa.update(period)
        .where(in_collaboration(period), tie.firm_id == firm_id, period.to_at == INFINITY)
        .values(to_at=at)
        .returning(
            period.collaboration_id,
            period.client_id,
            (period.mode == "partner").label("pays"),
            tie.started_at.is_not(None).label("begun"),
        )
    )


def resuming(firm_id: UUID, now: datetime, source: Any, has_full: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """The periods that begin with the firm's reinstatement. `has_full` is the policy's condition on collaborations of `source`.

    The mode is PARTNER if the client still chooses it and no other firm pays by now (D16), else CLIENT (I6).
    """
    tie, other, mine = Collaboration, aliased(BillingModePeriod), aliased(BillingModePeriod)
    another_pays = sa.exists().where(other.client_id == tie.client_id, other.mode == "partner", other.to_at == INFINITY)
    is_open = sa.exists().where(in_collaboration(mine), mine.to_at == INFINITY)
    pays = sa.and_(tie.partner_paused, ~another_pays)
    begin = sa.select(
        tie.id.label("collaboration_id"),
        tie.client_id,
        sa.case((pays, "partner"), else_="client").label("mode"),
        next_moment(tie.client_id, now).scalar_subquery().label("from_at"),
        pays.label("pays"),
        tie.started_at.is_not(None).label("begun"),
    )
    return begin.select_from(source).where(tie.firm_id == firm_id, has_full, ~is_open)
