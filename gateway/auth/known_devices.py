"""Known devices: on them a person can sign in even while others guess the password of the account.

A device sends a token. Only its hash is stored, it is replaced at each sign-in, and it becomes invalid when the password
changes.
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
MAX_LENGTH: Final = 128  # characters; the gateway's own tokens have 47
MAX_COUNT: Final = 20  # devices of one person; those that were not used for the longest time are deleted


async def device_of(connection: AsyncConnection, token: str | None, email_key: str, now: datetime) -> UUID | None:
    """Returns the device of a token if it belongs to the user with this address; None otherwise.

    The statements are the same whatever is wrong with a well-formed token.
    """
    if token is None or len(token) > MAX_LENGTH or not token.isascii():
        return None
    mine = sa.select(KnownDevice.id).join(User, User.id == KnownDevice.user_id)
    good = (KnownDevice.token_hash == hash_of(token), KnownDevice.expires_at > now, User.email_key == email_key)
    return await connection.scalar(mine.where(*good))


async def remembered(
    connection: AsyncConnection, user_id: UUID, device_id: UUID | None, now: datetime, expires_at: datetime
) -> str:
    """Stores and returns the next token of a new or known device. The caller of this function must have locked the user's row."""
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
    """Returns the statement that deletes all known devices of a user."""
    return sa.delete(KnownDevice).where(KnownDevice.user_id == user_id)
