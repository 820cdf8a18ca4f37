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
from gateway.errors import Conflict, Forbidden, Unauthenticated
from gateway.forms import checks, gathered
from gateway.messages import text
from gateway.text.validation import checked_name

SIGN_IN: Final = text("general", "SIGN_IN_AS_RECIPIENT")
SOMEBODY_ELSES: Final = text("forbidden", "OTHER_RECIPIENT")


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
    with gathered() as faults:
        with faults.at("name"):
            name = checked_name(input.name)
        with faults.at("password"):
            checks.require_password(input.password)
    return {"name": name, "password_hash": await hashed(context, input.password)}


async def hashed(context: Context, password: str | None) -> str:
    """Returns the hash of a new password, which has been checked."""
    network = context.envelope.network if context.envelope else ""
    return await context.sign_in_service.passwords.hash(password or "", network)


async def require_room(connection: AsyncConnection, user_id: UUID) -> None:
    """Raises Conflict if the person belongs to the maximum number of organisations.

    Locks the person, so that two concurrent requests count each other.
    """
    await connection.execute(sa.select(User.id).where(User.id == user_id).with_for_update(key_share=True))
    if (await connection.execute(held_places(user_id))).scalar_one() >= MAX_PLACES:
        raise Conflict(text("conflict", "ORGANISATIONS", most=MAX_PLACES))
