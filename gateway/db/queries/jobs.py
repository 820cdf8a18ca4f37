"""Statements on the jobs of the queue. A mutation writes jobs for the worker in its own transaction.

The tables are pgqueuer's. A job holds only the id of a notice to address or of a mail to send, so that it may run twice:
the rows of the notice and the mail show whether the work is done.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from gateway.db.models import Mail, Notice

ADDRESS: Final = "address"
SEND: Final = "send"


class Priority(IntEnum):
    """Priorities of jobs. Waiting jobs of a higher priority always start first."""

    BULK = 0
    INTERACTIVE = 100  # a person waits for the mail


INTERACTIVE: Final = frozenset(
    {
        "ACCOUNT_CREATED",
        "AGREEMENT",
        "APPLICATION_APPROVED",
        "APPLICATION_REJECTED",
        "CLIENT_INVITATION",
        "CLIENT_MEMBER_INVITATION",
        "CLIENT_REJECTED",
        "CLIENT_VERIFIED",
        "PASSWORD_RESET",
        "PROFILE_CHANGES_REQUESTED",
        "PROFILE_PUBLISHED",
        "STAFF_INVITATION",
        "WEBINAR",
    }
)
"""Kinds of notices whose mails a person waits for. All others are bulk mail."""

MENDED_AT_ONCE: Final = 1_000  # rows of one kind in one statement

_QUEUE: Final = sa.table(
    "pgqueuer",
    *(sa.column(name) for name in ("id", "priority", "entrypoint", "payload", "dedupe_key")),
    sa.column("execute_after", sa.DateTime(timezone=True)),
    sa.column("status"),
)
_LOG: Final = sa.table("pgqueuer_log", sa.column("created", sa.DateTime(timezone=True)))
_STATISTICS: Final = sa.table("pgqueuer_statistics", sa.column("created", sa.DateTime(timezone=True)))

_QUEUED: Final[sa.ColumnElement[str]] = sa.literal_column("'queued'::pgqueuer_status")
_LIVE: Final = _QUEUE.c.status.in_([_QUEUED, sa.literal_column("'picked'::pgqueuer_status")])
_PRIORITY: Final = sa.case(
    (Notice.kind.in_(sorted(INTERACTIVE)), sa.literal_column(str(int(Priority.INTERACTIVE)))),
    else_=sa.literal_column(str(int(Priority.BULK))),
)


def _name(work: str, table: Any) -> sa.ColumnElement[str]:
    return sa.literal_column(f"'{work}:'").concat(sa.cast(table.id, sa.Text))


def _jobs(work: str, table: Any, due: sa.ColumnElement[Any], rows: sa.Select[*tuple[Any, ...]]) -> sa.Insert:
    """Inserts a job for each of `rows` that has no job yet."""
    columns: dict[str, Any] = {
        "priority": _PRIORITY,
        "entrypoint": sa.literal_column(f"'{work}'"),
        "payload": sa.func.uuid_send(table.id),
        "dedupe_key": _name(work, table),
        "execute_after": due,
        "status": _QUEUED,
    }
    made = rows.with_only_columns(*columns.values())
    return insert(_QUEUE).from_select(list(columns), made).on_conflict_do_nothing()


def _without_job(work: str, table: Any) -> sa.ColumnElement[bool]:
    return ~sa.exists().where(_QUEUE.c.dedupe_key == _name(work, table), _LIVE)


def to_address(notices: Sequence[UUID]) -> sa.Insert:
    """Inserts a job for each of these notices that exists, to determine the recipients of its mails."""
    # One array parameter for any number of notices: a statement has at most 32,767 parameters.
    keys = sa.bindparam("notices", list(notices), type_=sa.ARRAY(sa.Uuid))
    rows = sa.select(Notice.id).where(Notice.id == sa.any_(keys)).order_by(Notice.id)
    return _jobs(ADDRESS, Notice, sa.func.now(), rows)


def to_send(notice: UUID) -> sa.Insert:
    """Inserts a job for each mail of this notice."""
    rows = sa.select(Mail.id).join(Notice, Notice.id == Mail.notice_id).where(Mail.notice_id == notice)
    return _jobs(SEND, Mail, sa.func.now(), rows.order_by(Mail.id))


def missing(now: datetime) -> tuple[sa.Insert, sa.Insert]:
    """Inserts jobs for waiting notices and mails without one.

    They were written by an older release or by hand, or their jobs were lost with a worker's connection.
    """
    notices = sa.select(Notice.id).where(Notice.addressed_at.is_(None), _without_job(ADDRESS, Notice))
    mails = (
        sa.select(Mail.id)
        .join(Notice, Notice.id == Mail.notice_id)
        .where(Mail.state == "waiting", Mail.due_at <= now, _without_job(SEND, Mail))
    )
    return (
        _jobs(ADDRESS, Notice, sa.func.now(), notices.order_by(Notice.id).limit(MENDED_AT_ONCE)),
        _jobs(SEND, Mail, sa.func.now(), mails.order_by(Mail.due_at, Mail.id).limit(MENDED_AT_ONCE)),
    )


def waiting() -> sa.Select[int, int, timedelta]:
    """For each priority: the number of jobs that are due and not started, and how long the oldest has been due."""
    due = (_QUEUE.c.status == _QUEUED, _QUEUE.c.execute_after <= sa.func.now())
    since = sa.func.now() - sa.func.min(_QUEUE.c.execute_after)
    columns = (_QUEUE.c.priority, sa.func.count().label("jobs"), sa.cast(since, sa.Interval).label("age"))
    return sa.select(*columns).where(*due).group_by(_QUEUE.c.priority)


def outdated(before: datetime) -> tuple[sa.Delete, sa.Delete]:
    """Deletes old rows of the queue's log and statistics, which pgqueuer never deletes itself."""
    return sa.delete(_LOG).where(_LOG.c.created < before), sa.delete(_STATISTICS).where(_STATISTICS.c.created < before)
