"""Statements that find the payer of a client at a given time, for orders and invoices, which are stamped with it (D1, D17, D47).

The policy decides who it was: the rules `billed` of billing mode periods, with that time as the present (D59).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from gateway.db.models import BillingModePeriod, Collaboration
from gateway.db.queries.same_client import in_collaboration
from gateway.policy.plan import Plan


def payers(periods: Plan, client_id: UUID) -> sa.Select[Any]:
    """billing_mode, firm_id and collaboration_id of the PARTNER mode in force: at most one row, none if the client paid."""
    columns = (BillingModePeriod.mode, Collaboration.firm_id, Collaboration.id)
    return _billed(periods, "PARTNER", *columns).where(BillingModePeriod.client_id == client_id)


def full_access(periods: Plan, collaboration_id: UUID) -> sa.Select[Any]:
    """The collaboration, if the firm had FULL in effect."""
    return _billed(periods, "FULL_ACCESS", Collaboration.id).where(Collaboration.id == collaboration_id)


def begun(collaboration_id: UUID, at: datetime) -> sa.Select[UUID]:
    """The collaboration, if it had begun by `at`."""
    return sa.select(Collaboration.id).where(Collaboration.id == collaboration_id, Collaboration.started_at <= at)


def _billed(periods: Plan, word: str, *columns: Any) -> sa.Select[Any]:
    source = sa.join(periods.source, Collaboration, in_collaboration(BillingModePeriod))
    return sa.select(*columns).select_from(source).where(periods.blind("billed", word))
