"""Counts the reviews that wait for a platform member. The policy counts only what this member may decide (M3, H15, H20, P34, L19)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.auth.viewers import PlatformViewer
from gateway.db.models import Client, Firm, FirmProfile
from gateway.policy import Plan, Policy


@dataclass(frozen=True, slots=True)
class Review:
    """One kind of review: the rows on which the viewer may perform `action`. `since` is the column with the start of the wait."""

    type_name: str
    action: str
    since: Any


REVIEWS: Final[Mapping[str, Review]] = {
    "applications": Review("Firm", "DECIDE_APPLICATION", Firm.agreed_at),
    "profiles": Review("FirmProfile", "DECIDE_PROFILE_REVISION", FirmProfile.submitted_at),
    "companies": Review("Client", "DECIDE_VERIFICATION", Client.verification_requested_at),
}
"""The kinds of review, by the names of their counts in the mail templates."""

_AFTER: Final = sa.bindparam("after", type_=Firm.agreed_at.type)
_UNTIL: Final = sa.bindparam("until", type_=Firm.agreed_at.type)


async def waiting(connection: AsyncConnection, policy: Policy, viewer: PlatformViewer) -> dict[str, int]:
    """Returns how many rows of each kind wait for the viewer, by the names of `REVIEWS`; zero if the role cannot decide them."""
    return {name: await _count(connection, policy, viewer, each) for name, each in REVIEWS.items()}


async def has_new(
    connection: AsyncConnection, policy: Policy, viewer: PlatformViewer, after: datetime | None, until: datetime
) -> bool:
    """Whether a row began to wait after `after` (if given) and not later than `until`."""
    for each in REVIEWS.values():
        if await _count(connection, policy, viewer, each, after=after, until=until):
            return True
    return False


async def _count(
    connection: AsyncConnection, policy: Policy, viewer: PlatformViewer, review: Review, **bounds: datetime | None
) -> int:
    plan = policy.plan(viewer, review.type_name)
    if not plan.can_ever("may", review.action):
        return 0
    statement = plan.keep(("reviews", bool(bounds)), lambda: _counting(plan, review, is_bounded=bool(bounds)))
    return int(await connection.scalar(statement, {**plan.bind(viewer), **bounds}) or 0)


def _counting(plan: Plan, review: Review, *, is_bounded: bool) -> sa.Select[int]:
    mine = plan.plain(sa.func.count()).where(plan.predicate("may", review.action))
    if not is_bounded:
        return mine
    # Rows of an older release may have no timestamp: they count as new until the first mail.
    began = sa.func.coalesce(review.since, sa.literal_column("'-infinity'", _AFTER.type))
    return mine.where(sa.or_(_AFTER.is_(None), began > _AFTER), began <= _UNTIL)
