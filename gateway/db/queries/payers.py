"""Statements that find the payer of a client at a given time, for orders and invoices, which are stamped with it (D1, D17, D47).

They read only the billing mode periods and the validity of the grants. Records of the past do not change there, so the
result for a given time never changes: it depends neither on the firm's present programme state nor on when a job ran (D59).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from gateway.db.models import AccessGrant, BillingModePeriod, Collaboration
from gateway.db.queries.same_client import in_collaboration


def payers(client_id: UUID, at: datetime) -> sa.Select[str, UUID, UUID]:
    """billing_mode, firm_id and collaboration_id of the PARTNER mode in force at `at`: at most one row, none if the client paid."""
    return (
        sa.select(BillingModePeriod.mode, Collaboration.firm_id, Collaboration.id)
        .join_from(BillingModePeriod, Collaboration, in_collaboration(BillingModePeriod))
        .where(BillingModePeriod.client_id == client_id, BillingModePeriod.mode == "partner", _had_full_access(at))
    )


def full_access(collaboration_id: UUID, at: datetime) -> sa.Select[UUID]:
    """The collaboration, if the firm had FULL in effect at `at`.

    While FULL is in effect there is a period of one of the billing modes. A suspension of the firm ends the period (D15).
    """
    return (
        sa.select(Collaboration.id)
        .join_from(BillingModePeriod, Collaboration, in_collaboration(BillingModePeriod))
        .where(Collaboration.id == collaboration_id, _had_full_access(at))
    )


def begun(collaboration_id: UUID, at: datetime) -> sa.Select[UUID]:
    """The collaboration, if it had begun by `at`."""
    return sa.select(Collaboration.id).where(Collaboration.id == collaboration_id, Collaboration.started_at <= at)


def _had_full_access(at: datetime) -> sa.ColumnElement[bool]:
    """The collaboration was active, the period lasted, and a grant of FULL was in force (I4, D46).

    A grant can expire before its period is closed: the end of the grant counts.
    """
    full = (
        sa.select(AccessGrant.id)
        .where(
            in_collaboration(AccessGrant),
            AccessGrant.level == "full",
            _lasted(at, AccessGrant.granted_at, AccessGrant.expires_at),
            sa.or_(AccessGrant.revoked_at.is_(None), AccessGrant.revoked_at > at),
        )
        .correlate_except(AccessGrant)
        .exists()
    )
    return sa.and_(
        _lasted(at, Collaboration.started_at, Collaboration.ended_at),
        _lasted(at, BillingModePeriod.from_at, BillingModePeriod.to_at),
        full,
    )


def _lasted(at: datetime, since: Any, until: Any) -> sa.ColumnElement[bool]:
    return sa.and_(since <= at, until > at)
