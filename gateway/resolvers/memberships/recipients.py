"""Whoever comes by a letter: the address it goes to, and the person who takes what it offers (L18)."""

from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.auth.invitation_tokens import offered_token
from gateway.auth.secret_tokens import hash_of
from gateway.context import Context
from gateway.db.bounds import MAX_PLACES
from gateway.db.ids import uuid7
from gateway.db.models import User
from gateway.db.queries.memberships import held_places
from gateway.errors import BadInput, Conflict, Forbidden, Unauthenticated
from gateway.text.passwords import prepared
from gateway.text.validation import checked_name

PASSWORD: Final = range(12, 129)  # characters

SIGN_IN: Final = "Sign in as the person to whom the letter was sent."
SOMEBODY_ELSES: Final = "This letter was sent to somebody else."


class Recipient(Protocol):
    """What somebody new says of themselves; of a known person it is ignored."""

    name: str | None
    password: str | None


def sending(context: Context, kind: str, lasts: timedelta, key: UUID | None = None, number: int = 1) -> dict[str, Any]:
    """What one more letter writes to an offer, a new one where there is no `key`. Its token is kept as a hash alone."""
    now: datetime = context.viewer.now
    key = key or uuid7(now)
    hashed = hash_of(offered_token(context.door.secret, kind, key, number))
    return {"id": key, "token_hash": hashed, "sendings": number, "expires_at": now + lasts}


def person(context: Context, named: UUID | None) -> UUID | None:
    """The person of the address, who must be the one who asks; None where nobody has it and nobody asks."""
    identity = context.identity
    if identity.signed_in and (named is None or identity.user_id != named):
        raise Forbidden(SOMEBODY_ELSES)
    if named is not None and not identity.signed_in:
        raise Unauthenticated(SIGN_IN)
    return named


async def somebody(context: Context, input: Recipient) -> dict[str, Any]:
    """name and password_hash of somebody new. To be called while no row is locked: a hash takes its time."""
    return {"name": checked_name(input.name, "name"), "password_hash": await hashed(context, input.password)}


async def hashed(context: Context, password: str | None, name: str = "password") -> str:
    """The hash of a new password. BadInput for one that is too short or too long in its prepared form, which is hashed."""
    if len(prepared(password or "")) not in PASSWORD:
        raise BadInput(f"`{name}` has {PASSWORD.start} to {PASSWORD.stop - 1} characters.")
    network = context.envelope.network if context.envelope else ""
    return await context.door.passwords.hash(password or "", network)


async def require_room(connection: AsyncConnection, user_id: UUID) -> None:
    """Conflict where a person belongs to as many organisations as one may. Locks the person: two at once count each other."""
    await connection.execute(sa.select(User.id).where(User.id == user_id).with_for_update(key_share=True))
    if (await connection.execute(held_places(user_id))).scalar_one() >= MAX_PLACES:
        raise Conflict(f"A person belongs to {MAX_PLACES} organisations at most. Leave one first.")
