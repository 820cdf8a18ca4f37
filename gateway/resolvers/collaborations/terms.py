"""The terms of a grant, which a client decides, or offers before its verification (H42, H59, I6, D60)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from gateway.db.enums import KPI_KINDS, bits
from gateway.db.models import AccessGrant, OfferedTerms
from gateway.db.queries.billing_mode_periods import INFINITY
from gateway.errors import Conflict, InvalidInput
from gateway.loaders import VisibleRow
from gateway.resolvers.collaborations.billing_mode import payers_of, require_named
from gateway.resolvers.core.refusals import MOVED_ON
from gateway.resolvers.core.transaction import MutationContext
from gateway.schema.collaborations.enums import BillingMode, GrantableLevel
from gateway.schema.kpis.enums import KpiKind


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a grant. `moves_from` names the collaboration whose firm pays until these terms are in force."""

    level: str
    shared_kpis: int
    mode: BillingMode | None
    moves_from: UUID | None
    expires_at: datetime | None = None
    decided_by: UUID | None = None

    @classmethod
    def of(
        cls,
        row: VisibleRow,
        level: GrantableLevel,
        shared: list[KpiKind],
        mode: BillingMode | None,
        *,
        moves_from: UUID | None,
        expires_at: datetime | None = None,
    ) -> Self:
        """Returns the terms. Raises InvalidInput for FULL without a billing mode, and for another level with one."""
        bills = level.value in row.situation.words("bills")
        if bills != (mode is not None):
            raise InvalidInput.of("REQUIRED" if bills else "NOT_ACCEPTED", "billingMode")
        return cls(level.value.lower(), shared_bits(shared), mode, moves_from, expires_at)

    @classmethod
    def of_choice(
        cls,
        row: VisibleRow,
        level: GrantableLevel | None,
        shared: list[KpiKind] | None,
        mode: BillingMode | None,
        *,
        moves_from: UUID | None,
    ) -> Self | None:
        """Returns the terms, or None where no access is granted yet (H38, M5). The form has checked that they are complete."""
        return None if level is None or shared is None else cls.of(row, level, shared, mode, moves_from=moves_from)


def shared_bits(kinds: list[KpiKind]) -> int:
    return bits(KPI_KINDS, [kind.value for kind in kinds])


async def require_shared(change: MutationContext, row: VisibleRow, expected: list[KpiKind] | None) -> None:
    """Raises Conflict if other kinds are shared, or offered, than the caller expects (D73)."""
    if expected is None:
        return
    if is_offer(row):
        standing = sa.select(OfferedTerms.shared_kpis).where(OfferedTerms.collaboration_id == row.id)
    else:
        standing = sa.select(AccessGrant.shared_kpis).where(
            AccessGrant.collaboration_id == row.id, AccessGrant.revoked_at.is_(None)
        )
    if (await change.connection.scalar(standing) or 0) != shared_bits(expected):
        raise Conflict(MOVED_ON)


# ---- before the verification


def is_offer(row: VisibleRow) -> bool:
    """Whether the terms are only offered, because the collaboration waits for the client's verification (D60).

    The audit entry of such a mutation is marked (`About.is_offer`), and the firm never reads it. The moments of the entry and
    of the verification cannot decide this: of two concurrent requests, the one with the later clock may commit first.
    """
    return "TERMS" in row.situation.words("defers")


async def offer(change: MutationContext, row: VisibleRow, terms: Terms) -> None:
    """Stores the terms that are granted once the client is verified. They replace terms that were offered before.

    Raises Conflict where another firm pays, or is to pay, and `moves_from` does not name its collaboration. A firm that pays now
    continues to pay until the verification.
    """
    payers = await payers_of(change, row.row.client_id)
    await require_named(change, row, terms.mode, payers, terms.moves_from)
    columns = {
        "level": terms.level,
        "shared_kpis": terms.shared_kpis,
        "mode": terms.mode and terms.mode.value.lower(),
        "expires_at": INFINITY if terms.expires_at is None else terms.expires_at,
        "offered_by": change.context.identity.user_id,
    }
    written = insert(OfferedTerms).values(collaboration_id=row.id, client_id=row.row.client_id, **columns)
    replaced = {name: written.excluded[name] for name in columns}
    await change.connection.execute(written.on_conflict_do_update(index_elements=["collaboration_id"], set_=replaced))


async def offer_kpis(change: MutationContext, row: VisibleRow, shared_kpis: int) -> None:
    """Replaces the shared KPI kinds of the offered terms; the other terms stay unchanged."""
    again = sa.update(OfferedTerms).where(OfferedTerms.collaboration_id == row.id)
    await change.connection.execute(again.values(shared_kpis=shared_kpis))


async def taken_offer(change: MutationContext, collaboration_id: UUID) -> Terms | None:
    """Deletes the offered terms and returns them. Returns None where there are none or where they have expired."""
    table = OfferedTerms.__table__.c
    gone = sa.delete(OfferedTerms).where(table.collaboration_id == collaboration_id)
    is_bounded = (table.expires_at < INFINITY).label("is_bounded")
    found: Any = (await change.connection.execute(gone.returning(*table, is_bounded))).one_or_none()
    if found is None or (found.is_bounded and found.expires_at <= change.context.viewer.now):
        return None
    mode = found.mode and BillingMode(found.mode.upper())
    ends = found.expires_at if found.is_bounded else None
    return Terms(found.level, found.shared_kpis, mode, None, ends, found.offered_by)
