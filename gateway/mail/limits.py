"""Limits the mails that one organisation can cause. Mails above the limit wait, and only the last of each kind is sent."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.models import Mail, Notice
from gateway.db.queries.mail_allowances import MailBounds


async def held_for(
    connection: AsyncConnection, bounds: MailBounds, mail: Any, address: str, now: datetime
) -> timedelta:
    """Returns how long a mail must wait; zero if it can be sent. It is counted only once: a retry is not another mail."""
    if mail.sender_id is None or mail.attempts:
        return timedelta()
    async with connection.begin_nested() as counting:
        wait = await bounds.send(connection, mail.sender_id, address, now)
        if wait:
            await counting.rollback()
    return wait


async def hold(connection: AsyncConnection, mail: Any, until: datetime, now: datetime) -> dict[str, Any]:
    """Drops earlier waiting mails of the same kind and returns the columns of the mail that waits.

    The earlier ones are not needed: the content of the last one is written when it is sent.
    """
    earlier = (
        sa.select(Mail.id)
        .join(Notice, Notice.id == Mail.notice_id)
        .where(
            Mail.state == "waiting",
            Mail.due_at > now,
            Mail.id < mail.id,
            Mail.member_id.is_not_distinct_from(mail.member_id),
            Mail.address.is_not_distinct_from(mail.address),
            Notice.kind == mail.kind,
            Notice.sender_id == mail.sender_id,
            Notice.collaboration_id.is_not_distinct_from(mail.collaboration_id),
            Notice.data["offer"].astext.is_not_distinct_from(mail.data.get("offer")),
        )
        .with_for_update(of=Mail, skip_locked=True)
    )
    await connection.execute(sa.update(Mail).where(Mail.id.in_(earlier)).values(state="dropped"))
    return {"state": "waiting", "due_at": until}
