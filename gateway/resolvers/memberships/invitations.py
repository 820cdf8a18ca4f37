"""Invitations by mail to become a member of a firm or of a company (P16, H26–H29, D52, L18)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from gateway.auth.secret_tokens import hash_of
from gateway.context import Context, Info
from gateway.db.ids import uuid7
from gateway.db.models import User
from gateway.db.queries.memberships import CLIENT, FIRM, Side, members_with, open_invitation, open_invitations
from gateway.errors import Conflict, NotFound
from gateway.messages import text
from gateway.resolvers.core.audit_trail import About, Joined
from gateway.resolvers.core.idempotency import Node
from gateway.resolvers.core.mail_limits import require_invitations
from gateway.resolvers.core.places import place_at
from gateway.resolvers.core.transaction import MutationContext, run_mutation
from gateway.resolvers.memberships.recipients import Recipient, person, require_room, sending, somebody
from gateway.text.addresses import address_key

TTL: Final = timedelta(days=14)
MAX_WAITING: Final = 100  # invitations of one organisation

HERE_ALREADY: Final = text("conflict", "MEMBER_INVITED")
ALREADY_IN: Final = text("conflict", "ALREADY_MEMBER")
SENDING: Final = ("token_hash", "sendings", "expires_at", "invited_by", "invited_at")


class Role(Protocol):
    @property
    def value(self) -> Any: ...


class Invitee(Protocol):
    """An address and the role offered to it."""

    @property
    def email(self) -> str: ...

    @property
    def role(self) -> Role: ...


class Acceptance(Recipient, Protocol):
    token: str


@dataclass(frozen=True, slots=True)
class Offering:
    """The invitations of one side: kind of mail, type in the graph, and the actions for which the policy is evaluated (D63)."""

    kind: str
    type_name: str
    person: str  # the word for the invited person in the actions' names
    side: Side

    def action(self, verb: str) -> str:
        """Returns the action of a verb, such as `INVITE_STAFF`, `RESEND_STAFF_INVITATION` or `REVOKE_STAFF_INVITATION`."""
        return f"{verb}_{self.person}" if verb == "INVITE" else f"{verb}_{self.person}_INVITATION"


STAFF: Final = Offering("STAFF_INVITATION", "StaffInvitation", "STAFF", FIRM)
MEMBERS: Final = Offering("CLIENT_MEMBER_INVITATION", "ClientMemberInvitation", "MEMBER", CLIENT)


async def invite(info: Info, offering: Offering, given: Sequence[Invitee]) -> Any:
    """Invites addresses. The response is the same whether or not an address belongs to a user elsewhere (D30, L18)."""
    side, table = offering.side, offering.side.invitation

    async def work(change: MutationContext) -> dict[str, Any]:
        type_name, organisation_id = change.subject()
        home = (await change.authorize(type_name, organisation_id, offering.action("INVITE"))).id
        wanted = _addresses(given)
        if (await change.connection.execute(members_with(side, home, list(wanted)))).first():
            raise Conflict(HERE_ALREADY)
        waiting = {row.email_key: row for row in await change.connection.execute(open_invitations(side, home))}
        if len(wanted.keys() | waiting.keys()) > MAX_WAITING:
            raise Conflict(text("conflict", "OPEN_INVITATIONS", most=MAX_WAITING))
        await require_invitations(change, home, [offered["email"] for offered in wanted.values()])
        rows = []
        for email_key, offered in wanted.items():
            known = waiting.get(email_key)
            again = (known.id, known.sendings + 1) if known else ()
            sent = _sending(change.context, offering, *again)
            rows.append({**sent, side.home: home, "email_key": email_key, **offered})
        renewed = insert(table)
        changed = {name: renewed.excluded[name] for name in ("email", "role", *SENDING)}
        await change.connection.execute(renewed.on_conflict_do_update(index_elements=["id"], set_=changed), rows)
        await change.notices(offering.kind, [{"data": {"offer": str(row["id"])}} for row in rows])
        return {"invitations": [Node(offering.type_name, row["id"]) for row in rows]}

    return await run_mutation(info, work)


async def resend(info: Info, offering: Offering, id: str) -> Any:
    """Sends the invitation again. The link in the previous mail becomes invalid."""
    table = offering.side.invitation

    async def work(change: MutationContext) -> dict[str, Any]:
        row = await change.authorize_id(offering.type_name, id, offering.action("RESEND"))
        known = sa.select(table.email, table.sendings).where(table.id == row.id)
        last = (await change.connection.execute(known)).one()
        await require_invitations(change, change.subject()[1], [last.email])
        again = _sending(change.context, offering, row.id, last.sendings + 1)
        await change.connection.execute(sa.update(table).where(table.id == row.id).values(again))
        await change.notice(offering.kind, offer=str(row.id))
        return {"invitation": Node(offering.type_name, row.id)}

    return await run_mutation(info, work)


async def revoke(info: Info, offering: Offering, id: str) -> Any:
    table = offering.side.invitation

    async def work(change: MutationContext) -> dict[str, Any]:
        row = await change.authorize_id(offering.type_name, id, offering.action("REVOKE"))
        await change.connection.execute(sa.update(table).where(table.id == row.id).values(state="void"))
        return {"invitation": Node(offering.type_name, row.id)}

    return await run_mutation(info, work)


async def accept(info: Info, offering: Offering, input: Acceptance) -> Any:
    """Accepts the invitation by the token of the last mail, which works once.

    Raises NotFound, with one text, for any other token. If the address belongs to a user, that user must be signed in.
    Otherwise a user is created; the password is hashed before a row is locked.
    """
    context, now, side = info.context, info.context.viewer.now, offering.side
    home, member, table = side.organisation, side.member, side.invitation

    async def work(change: MutationContext) -> dict[str, Any]:
        connection, good = change.connection, open_invitation(side, hash_of(input.token), now)
        offer = (await connection.execute(good)).one_or_none()
        if offer is None:
            raise NotFound
        known_id = person(context, offer.user_id)
        fresh = await somebody(context, input) if known_id is None else None
        user_id = known_id or uuid7(now)
        organisation_id = offer.organisation_id
        await connection.execute(sa.select(home.id).where(home.id == organisation_id).with_for_update(key_share=True))
        # A concurrent request may have used the token or revoked the invitation meanwhile.
        if (await connection.execute(good.with_for_update(of=table))).one_or_none() is None:
            raise NotFound
        if fresh is not None:
            known_by = {"id": user_id, "email": offer.email, "email_key": offer.email_key}
            await connection.execute(sa.insert(User).values(**known_by, **fresh, created_at=now))
        elif (await connection.execute(members_with(side, organisation_id, [offer.email_key]))).first():
            raise Conflict(ALREADY_IN)
        await require_room(connection, user_id)
        place = {side.home: organisation_id, "user_id": user_id, "role": offer.role, "state": "active"}
        await connection.execute(sa.insert(member).values(id=uuid7(now), **place, created_at=now))
        used = sa.update(table).where(table.id == offer.id)
        await connection.execute(used.values(state="accepted", accepted_by=user_id))
        change.joined = Joined(user_id, side.name, organisation_id)
        change.about = About(offering.type_name, offer.id, **{side.home: organisation_id})
        return {"membership": place_at(context, side.name, organisation_id, offer.organisation_name, offer.role)}

    return await run_mutation(info, work, by_token=True)


def _sending(context: Context, offering: Offering, key: UUID | None = None, number: int = 1) -> dict[str, Any]:
    by = {"invited_by": context.identity.user_id, "invited_at": context.viewer.now}
    return sending(context, offering.kind, TTL, key, number) | by


def _addresses(given: Sequence[Invitee]) -> dict[str, dict[str, str]]:
    """Returns email and role of each address, by its sign-in key."""
    return {address_key(one.email): {"email": one.email, "role": one.role.value.lower()} for one in given}
