"""The person's own settings: the password, reset by a mailed link or changed with the old one, and the language (V34, D52, L18).

A new password ends what the old one opened: sessions, their access tokens, and the person's sessions in clients' accounts.
"""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from gateway.auth.attempts import Attempt
from gateway.auth.known_devices import forgotten
from gateway.auth.secret_tokens import hash_of
from gateway.auth.sign_in import ended
from gateway.context import Info
from gateway.db.ids import uuid7
from gateway.db.models import ClientSession, FirmMember, RefreshToken, User
from gateway.db.queries.by_state import closed_sessions
from gateway.db.queries.jobs import to_address
from gateway.db.queries.sign_ups import link_for, open_link, used_links
from gateway.errors import Conflict, NotFound
from gateway.resolvers.core.audit_trail import About, Joined
from gateway.resolvers.core.idempotency import Node
from gateway.resolvers.core.mail_limits import require_few_asked
from gateway.resolvers.core.refusals import MOVED_ON
from gateway.resolvers.core.transaction import MutationContext, is_repeated_request, run_mutation
from gateway.resolvers.memberships.recipients import hashed, sending
from gateway.schema.accounts.inputs import (
    ChangePasswordInput,
    RequestPasswordResetInput,
    ResetPasswordInput,
    SetLocaleInput,
)
from gateway.text.addresses import address_key

KIND: Final = "PASSWORD_RESET"
TTL: Final = timedelta(hours=1)


async def request_password_reset(info: Info, input: RequestPasswordResetInput) -> Any:
    """Mails a link that resets the password. Counters, statements and response are the same for every address (L18)."""
    context, now = info.context, info.context.viewer.now

    async def work(change: MutationContext) -> dict[str, Any]:
        email = input.email
        await require_few_asked(change, KIND)
        wanted = not await context.bounds.is_asked_too_often(change.connection, KIND, email, now)
        link = sending(context, KIND, TTL) | {"asked_at": now}
        del link["sendings"]  # each request creates a new link
        key_of_notice = uuid7(now)
        notice = {"id": key_of_notice, "kind": KIND, "at": now, "data": {"offer": str(link["id"])}}
        await change.connection.execute(link_for(address_key(email), link, notice, wanted=wanted))
        # Executed for every address, like the statement before it. It writes no job if there is no notice.
        await change.connection.execute(to_address([key_of_notice]))
        return {"accepted": True}

    return await run_mutation(info, work, by_token=True)


async def reset_password(info: Info, input: ResetPasswordInput) -> Any:
    """Sets a new password by the token of a mail, which works once.

    Raises NotFound, with one text, for any other token. The password is hashed before a row is locked.
    """
    context, now = info.context, info.context.viewer.now
    network = context.envelope.network if context.envelope else ""

    async def work(change: MutationContext) -> dict[str, Any]:
        connection, good = change.connection, open_link(hash_of(input.token), now)
        link = (await connection.execute(good)).one_or_none()
        if link is None:
            raise NotFound
        password_hash = await hashed(context, input.password)
        own = User.id == link.user_id
        await connection.execute(sa.select(User.id).where(own).with_for_update(key_share=True))
        # A concurrent request may have used one of the person's links, which makes all of them invalid.
        if (await connection.execute(good)).one_or_none() is None:
            raise NotFound
        await connection.execute(sa.update(User).where(own).values(_new(password_hash)))
        await _leave(change, link.user_id)
        await connection.execute(used_links(link.user_id, now))
        await connection.execute(ended(now, lambda kin: kin.user_id == link.user_id))
        await connection.execute(context.sign_in_service.forgiven(link.email_key, network))
        await connection.execute(forgotten(link.user_id))
        change.joined = Joined(link.user_id)
        change.about = About("User", link.user_id)
        return {"done": True}

    return await run_mutation(info, work, by_token=True)


async def change_password(info: Info, input: ChangePasswordInput) -> Any:
    """Changes the password and ends the person's other sessions.

    The sign-in service verifies the old password before the transaction: it counts failed attempts and hashes while no row
    is locked. A retry with the same Idempotency-Key skips this, because the password has changed by then.
    """
    context, now = info.context, info.context.viewer.now
    user_id, verified, fresh = context.identity.user_id, None, None
    if user_id is not None and not await is_repeated_request(info):
        sent = (context.envelope.request_id, context.envelope.network) if context.envelope else (None, "")
        verified = await context.sign_in_service.confirm(
            user_id, input.current_password, Attempt("CHANGE_PASSWORD", now, *sent)
        )
        fresh = await hashed(context, input.new_password)

    async def work(change: MutationContext) -> dict[str, Any]:
        own = (await change.authorize("User", change.person(), "CHANGE_PASSWORD")).id
        same = sa.and_(User.id == own, User.password_hash == verified)
        written = await change.connection.execute(sa.update(User).where(same).values(_new(fresh)))
        if written.rowcount != 1:
            raise Conflict(MOVED_ON)
        await _leave(change, own)
        await change.connection.execute(used_links(own, now))
        await change.connection.execute(forgotten(own))
        over = (await change.connection.execute(ended(now, _others(own, input.refresh_token)))).all()
        living = {link.family_id for link in over if link.used_at is None and link.expires_at > now}
        return {"ended_sessions": len(living)}

    return await run_mutation(info, work)


async def set_locale(info: Info, input: SetLocaleInput) -> Any:
    async def work(change: MutationContext) -> dict[str, Any]:
        own = (await change.authorize("User", change.person(), "SET_LOCALE")).id
        chosen = sa.update(User).where(User.id == own).values(locale=input.locale.value.lower())
        await change.connection.execute(chosen)
        return {"user": Node("User", own)}

    return await run_mutation(info, work)


def _new(password_hash: str | None) -> dict[str, Any]:
    """Returns the columns for a new password. The new session version makes earlier access tokens invalid."""
    return {"password_hash": password_hash, "session_version": User.session_version + 1}


async def _leave(change: MutationContext, user_id: UUID) -> None:
    """Closes the person's sessions in clients' accounts (M11)."""
    places = sa.select(FirmMember.id).where(FirmMember.user_id == user_id)
    closed = closed_sessions("revoked", change.context.viewer.now).where(ClientSession.member_id.in_(places))
    await change.connection.execute(closed)


def _others(own: UUID, refresh_token: str | None) -> Any:
    """Returns the condition for the person's sessions, without the session of this refresh token."""
    if refresh_token is None:
        return lambda kin: kin.user_id == own
    this = sa.select(RefreshToken.family_id).where(RefreshToken.token_hash == hash_of(refresh_token)).scalar_subquery()
    return lambda kin: sa.and_(kin.user_id == own, kin.family_id.is_distinct_from(this))
