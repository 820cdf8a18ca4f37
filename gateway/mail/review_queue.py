"""What waits for the decisions of the platform's people: counted for each of them by the policy, so that nobody is told of what is
not theirs to decide (M3, H15, H20, P34, L19)."""

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
    """One kind of them: the rows on which `action` is the person's. `since` is the column of when a row began to wait."""

    type_name: str
    action: str
    since: Any


REVIEWS: Final[Mapping[str, Review]] = {
    "applications": Review("Firm", "DECIDE_APPLICATION", Firm.agreed_at),
    "profiles": Review("FirmProfile", "DECIDE_PROFILE_REVISION", FirmProfile.submitted_at),
    "companies": Review("Client", "DECIDE_VERIFICATION", Client.verification_requested_at),
}
"""By the names that letters give to their numbers."""

_AFTER: Final = sa.bindparam("after", type_=Firm.agreed_at.type)
_UNTIL: Final = sa.bindparam("until", type_=Firm.agreed_at.type)


async def waiting(connection: AsyncConnection, policy: Policy, viewer: PlatformViewer) -> dict[str, int]:
    """How many rows of each kind wait for this person now, by the names of `REVIEWS`; zero where the role decides none."""
    return {name: await _count(connection, policy, viewer, each) for name, each in REVIEWS.items()}


async def has_new(
    connection: AsyncConnection, policy: Policy, viewer: PlatformViewer, after: datetime | None, until: datetime
) -> bool:
    """Whether some of it began to wait after the one moment, if there is one, and not after the other."""
    for each in REVIEWS.values():
        if await _count(connection, policy, viewer, each, after=after, until=until):
            return True
    return False


async def _count(
    connection: AsyncConnection, policy: Policy, viewer: PlatformViewer, review: Review, **moments: datetime | None
) -> int:
    plan = policy.plan(viewer, review.type_name)
    if not plan.can_ever("may", review.action):
        return 0
    statement = plan.keep(("reviews", bool(moments)), lambda: _counting(plan, review, is_bounded=bool(moments)))
    return int(await connection.scalar(statement, {**plan.bind(viewer), **moments}) or 0)


def _counting(plan: Plan, review: Review, *, is_bounded: bool) -> sa.Select[int]:
    mine = plan.plain(sa.func.count()).where(plan.predicate("may", review.action))
    if not is_bounded:
        return mine
    # Rows of an older release may say nothing of when: they are new until the first letter.
    began = sa.func.coalesce(review.since, sa.literal_column("'-infinity'", _AFTER.type))
    return mine.where(sa.or_(_AFTER.is_(None), began > _AFTER), began <= _UNTIL)
