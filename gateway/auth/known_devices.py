"""Devices on which a person has signed in before: they sign in also while strangers guess at the account.

A device shows a token, which is kept as its hash alone, is replaced at each sign-in, and ends with the password.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.auth.secret_tokens import hash_of, new_token
from gateway.db.ids import uuid7
from gateway.db.models import KnownDevice, User

PREFIX: Final = "gwd_"
MAX_LENGTH: Final = 128  # characters; ours have 47
MAX_COUNT: Final = 20  # of one person: the ones that were not used for longest are forgotten


async def device_of(connection: AsyncConnection, token: str | None, email_key: str, now: datetime) -> UUID | None:
    """The device of a token, if it is one of the person with this address; the same work whatever is wrong with it."""
    if token is None or len(token) > MAX_LENGTH or not token.isascii():
        return None
    mine = sa.select(KnownDevice.id).join(User, User.id == KnownDevice.user_id)
    good = (KnownDevice.token_hash == hash_of(token), KnownDevice.expires_at > now, User.email_key == email_key)
    return await connection.scalar(mine.where(*good))


async def remembered(
    connection: AsyncConnection, user_id: UUID, device_id: UUID | None, now: datetime, expires_at: datetime
) -> str:
    """The next token of a device, new or known. The person's row is locked by the caller."""
    token = new_token(PREFIX)
    device = {"id": device_id or uuid7(now), "user_id": user_id, "token_hash": hash_of(token), "expires_at": expires_at}
    write = insert(KnownDevice).values(device)
    replaced = {name: write.excluded[name] for name in ("token_hash", "expires_at")}
    await connection.execute(write.on_conflict_do_update(index_elements=["id"], set_=replaced))
    own = sa.select(KnownDevice.id).where(KnownDevice.user_id == user_id)
    oldest = own.order_by(KnownDevice.expires_at.desc(), KnownDevice.id.desc()).offset(MAX_COUNT)
    await connection.execute(sa.delete(KnownDevice).where(KnownDevice.id.in_(oldest)))
    return token


def forgotten(user_id: UUID) -> sa.Delete:
    """All devices of a person are unknown."""
    return sa.delete(KnownDevice).where(KnownDevice.user_id == user_id)
