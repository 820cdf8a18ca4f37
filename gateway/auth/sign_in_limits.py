"""Limits wrong passwords with counters in the database, which all processes share, and growing delays.

A counter is named by a keyed hash of what it counts. The first attempts of a budget are free. After that, each failure
doubles the delay before the next attempt, up to a maximum. A counter expires after that maximum without an attempt.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.models import SignInThrottle

MAX_FAILURES: Final = 1_000_000
MAX_DOUBLINGS: Final = 30

Budgets = Mapping[bytes, int]
"""The number of free attempts of each counter, by the counter's name."""


@dataclass(frozen=True, slots=True)
class Delays:
    """`first` is the delay after the last free attempt; `longest` is the maximum."""

    first: timedelta
    longest: timedelta

    def after(self, failures: int, free: int) -> timedelta | None:
        """Returns the delay after `failures` failures; None while attempts are free."""
        over = failures - free
        return None if over < 0 else min(self.first * 2 ** min(over, MAX_DOUBLINGS), self.longest)


async def admitted(connection: AsyncConnection, budgets: Budgets, now: datetime, delays: Delays) -> int:
    """Counts one attempt in all of these budgets and returns 0; or counts nothing and returns the seconds to wait.

    The attempt is counted before the password is checked, so that parallel attempts get no more guesses than sequential
    ones.
    """
    fresh = [{"email_hash": name, "failures": 0, "window_ends_at": now} for name in sorted(budgets)]
    await connection.execute(insert(SignInThrottle).values(fresh).on_conflict_do_nothing())
    rows = (await connection.execute(_locked(budgets))).all()
    free_at = max((row.blocked_until for row in rows if row.blocked_until is not None), default=now)
    if free_at > now:
        return max(1, math.ceil((free_at - now).total_seconds()))
    counted = []
    for row in rows:
        failures = 1 if row.window_ends_at <= now else min(row.failures + 1, MAX_FAILURES)
        delay = delays.after(failures, budgets[row.email_hash])
        blocked_until = None if delay is None else now + delay
        ends_at = (blocked_until or now) + delays.longest
        counted.append({"name": row.email_hash, "count": failures, "until": blocked_until, "ends": ends_at})
    await connection.execute(_COUNTED, counted)
    return 0


async def returned(connection: AsyncConnection, budgets: Budgets, *, cleared: Iterable[bytes] = ()) -> None:
    """Takes back one attempt that did not fail, and deletes the counters in `cleared`."""
    gone = set(cleared)
    await connection.execute(_locked(budgets))
    if gone:
        await connection.execute(sa.delete(SignInThrottle).where(SignInThrottle.email_hash.in_(gone)))
    if shared := [{"name": name, "free": free} for name, free in sorted(budgets.items()) if name not in gone]:
        await connection.execute(_RETURNED, shared)


def _locked(budgets: Budgets) -> sa.Select[bytes, int, datetime, datetime | None]:
    """Selects the counters and locks them in a fixed order, so that attempts that share counters cannot deadlock."""
    columns = (
        SignInThrottle.email_hash,
        SignInThrottle.failures,
        SignInThrottle.window_ends_at,
        SignInThrottle.blocked_until,
    )
    mine = SignInThrottle.email_hash.in_(budgets)
    return sa.select(*columns).where(mine).order_by(SignInThrottle.email_hash).with_for_update()


_TABLE: Final[Any] = SignInThrottle.__table__
_ONE: Final = sa.update(_TABLE).where(_TABLE.c.email_hash == sa.bindparam("name"))
_COUNTED: Final = _ONE.values(
    failures=sa.bindparam("count"), blocked_until=sa.bindparam("until"), window_ends_at=sa.bindparam("ends")
)
_FEWER: Final = sa.func.greatest(_TABLE.c.failures - 1, 0)
_RETURNED: Final = _ONE.values(
    failures=_FEWER,
    blocked_until=sa.case((_TABLE.c.failures > sa.bindparam("free", type_=sa.Integer), _TABLE.c.blocked_until)),
)
