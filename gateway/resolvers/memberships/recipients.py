"""Recipients of mails with a link: the mailed token, and the person who uses it (L18)."""

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

SIGN_IN: Final = "Sign in as the person to whom the mail was sent."
SOMEBODY_ELSES: Final = "The mail was sent to another person."


class Recipient(Protocol):
    """Name and password of a new user; both are ignored for an existing user."""

    name: str | None
    password: str | None


def sending(context: Context, kind: str, lasts: timedelta, key: UUID | None = None, number: int = 1) -> dict[str, Any]:
    """Returns the columns that one more mail changes in an offer; without `key`, the columns of a new offer.

    Only the hash of the token is stored.
    """
    now: datetime = context.viewer.now
    key = key or uuid7(now)
    hashed = hash_of(offered_token(context.sign_in_service.secret, kind, key, number))
    return {"id": key, "token_hash": hashed, "sendings": number, "expires_at": now + lasts}


def person(context: Context, named: UUID | None) -> UUID | None:
    """Returns the user of the address, who must be the caller; None for an unknown address and an anonymous caller.

    Raises Forbidden if another person is signed in, and Unauthenticated if the user must sign in first.
    """
    identity = context.identity
    if identity.signed_in and (named is None or identity.user_id != named):
        raise Forbidden(SOMEBODY_ELSES)
    if named is not None and not identity.signed_in:
        raise Unauthenticated(SIGN_IN)
    return named


async def somebody(context: Context, input: Recipient) -> dict[str, Any]:
    """Returns name and password_hash of a new user. Call it while no row is locked, because hashing is slow."""
    return {"name": checked_name(input.name, "name"), "password_hash": await hashed(context, input.password)}


async def hashed(context: Context, password: str | None, name: str = "password") -> str:
    """Returns the hash of a new password. Raises BadInput if its prepared form, which is hashed, is too short or too long."""
    if len(prepared(password or "")) not in PASSWORD:
        raise BadInput(f"`{name}` must have {PASSWORD.start} to {PASSWORD.stop - 1} characters.")
    network = context.envelope.network if context.envelope else ""
    return await context.sign_in_service.passwords.hash(password or "", network)


async def require_room(connection: AsyncConnection, user_id: UUID) -> None:
    """Raises Conflict if the person belongs to the maximum number of organisations.

    Locks the person, so that two concurrent requests count each other.
    """
    await connection.execute(sa.select(User.id).where(User.id == user_id).with_for_update(key_share=True))
    if (await connection.execute(held_places(user_id))).scalar_one() >= MAX_PLACES:
        raise Conflict(f"A person can belong to at most {MAX_PLACES} organisations. Leave one first.")
