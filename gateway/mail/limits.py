"""Mails beyond what one organisation may cause: held back, and collapsed into the last of their kind, which is always sent."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.models import Mail, Notice
from gateway.db.queries.mail_allowances import MailBounds


async def held_for(
    connection: AsyncConnection, bounds: MailBounds, mail: Any, address: str, now: datetime
) -> timedelta:
    """How long a mail must wait; zero where it may leave. It is counted once: a second attempt is not another mail."""
    if mail.sender_id is None or mail.attempts:
        return timedelta()
    async with connection.begin_nested() as counting:
        wait = await bounds.send(connection, mail.sender_id, address, now)
        if wait:
            await counting.rollback()
    return wait


async def hold(connection: AsyncConnection, mail: Any, until: datetime, now: datetime) -> dict[str, Any]:
    """What is written of a mail that waits. Earlier ones of its kind that wait as well are dropped: it says what is true then."""
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
