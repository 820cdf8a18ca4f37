"""Who paid for a client at a moment, as the books tell it: for what is stamped with it and never asked again (D1, D17, D47)."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from gateway.db.models import AccessGrant, BillingModePeriod, Collaboration, Firm


def payers(client_id: UUID, at: datetime) -> sa.Select[str, UUID, UUID]:
    """billing_mode, firm_id, collaboration_id of the PARTNER mode in force then: one row at most, none where the client paid.

    It was in force while its period lasted and the firm had FULL (I4, D46). A grant may run out before anybody closes the
    period. Of a period that is still open the firm's standing in the programme of today decides; one that was closed was
    closed when it had to be.
    """
    return (
        sa.select(BillingModePeriod.mode, Collaboration.firm_id, Collaboration.id)
        .join_from(BillingModePeriod, Collaboration, Collaboration.id == BillingModePeriod.collaboration_id)
        .join(Firm, Firm.id == Collaboration.firm_id)
        .where(
            BillingModePeriod.client_id == client_id,
            BillingModePeriod.mode == "partner",
            _lasted(at, BillingModePeriod.from_at, BillingModePeriod.to_at),
            _lasted(at, Collaboration.started_at, Collaboration.ended_at),
            _had_full(at),
            sa.or_(BillingModePeriod.to_at < sa.text("'infinity'"), Firm.programme_state == "approved"),
        )
    )


def _had_full(at: datetime) -> sa.ColumnElement[bool]:
    return (
        sa.select(AccessGrant.id)
        .where(
            AccessGrant.collaboration_id == Collaboration.id,
            AccessGrant.level == "full",
            _lasted(at, AccessGrant.granted_at, AccessGrant.expires_at),
            sa.or_(AccessGrant.revoked_at.is_(None), AccessGrant.revoked_at > at),
        )
        .exists()
    )


def _lasted(at: datetime, since: Any, until: Any) -> sa.ColumnElement[bool]:
    return sa.and_(since <= at, until > at)
