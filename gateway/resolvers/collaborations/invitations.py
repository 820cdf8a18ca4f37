"""Invitations of companies, which a firm sends by mail to an address (P14, M5, X-P4).

The gateway never reveals whether the address belongs to a company: the responses, the rows that the firm can read and the number
of statements are the same until the invitation is accepted (D30, D42, L18).
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from gateway.auth.memberships import Identity
from gateway.auth.secret_tokens import hash_of
from gateway.auth.viewers import ClientViewer
from gateway.context import Info
from gateway.db.enums import PLAN_TIERS, bits
from gateway.db.ids import uuid7
from gateway.db.models import ClientInvitation, Collaboration, Firm, User
from gateway.db.queries import client_invitations as invitations
from gateway.db.queries.invitation_copies import address_of, companies_of, copies
from gateway.errors import Conflict, InvalidInput, NotFound
from gateway.messages import text
from gateway.resolvers.clients import creation
from gateway.resolvers.collaborations import invitation_copies
from gateway.resolvers.collaborations.access import note
from gateway.resolvers.collaborations.lifecycle import accept
from gateway.resolvers.core.audit_trail import About, Joined
from gateway.resolvers.core.idempotency import Node
from gateway.resolvers.core.mail_limits import require_invitations
from gateway.resolvers.core.places import place_at
from gateway.resolvers.core.refusals import MOVED_ON
from gateway.resolvers.core.transaction import MutationContext, run_mutation
from gateway.resolvers.memberships.recipients import person, sending, somebody
from gateway.schema.collaborations.inputs import (
    AcceptClientInvitationInput,
    DeclineClientInvitationInput,
    DiscountInput,
    InviteClientInput,
    ResendClientInvitationInput,
)
from gateway.text.addresses import address_key
from gateway.text.keys import sort_key, spelled_key

KIND: Final = "CLIENT_INVITATION"
KIND_IN_PORTAL: Final = "COLLABORATION_REQUESTED"
TTL: Final = timedelta(days=30)
DAY: Final = timedelta(days=1)
MAX_A_DAY: Final = 200  # invitation mails of one firm

UNANSWERED: Final = text("conflict", "UNANSWERED")


async def invite_client(info: Info, input: InviteClientInput) -> Any:
    """Mails the invitation to the address or, if its person belongs to companies, shows it to each of them in the portal (D30)."""

    async def work(change: MutationContext) -> dict[str, Any]:
        context, now = info.context, info.context.viewer.now
        # Lock the companies before the firm, in the order of every change of a collaboration. The other order could deadlock,
        # and the refusal would reveal to the firm that there is a company (L18).
        behind = companies_of(address_key(input.email))
        firm = await change.authorize(*change.subject(), "INVITE_CLIENT", clients=behind)
        email, email_key = input.email, address_key(input.email)
        await _require_few(change, firm.id)
        await require_invitations(change, firm.id, [email])
        if (await change.connection.execute(invitations.unanswered(firm.id, email_key))).first():
            raise Conflict(UNANSWERED)
        discount = await _discount(change, input.discount)
        key, user_id = uuid7(now), context.identity.user_id
        row = {
            "id": key,
            "firm_id": firm.id,
            "origin": "firm_invitation",
            "state": "invited",
            "requested_by": user_id,
            "requested_level": input.requested_level and input.requested_level.value.lower(),
            "request_message": input.message,
            "invited_email": email,
            "invited_email_key": email_key,
            "invited_country": input.country.value,
            "firm_name": sa.select(Firm.name).where(Firm.id == firm.id).scalar_subquery(),
            "client_name": input.company_name,
            "client_name_key": sort_key(input.company_name),
            "client_spelled_key": spelled_key(input.company_name),
            "created_at": now,
        }
        await change.connection.execute(sa.insert(Collaboration).values(row))
        sent = sending(context, KIND, TTL)
        offer = {"collaboration_id": key, "email": email, "email_key": email_key, **discount}
        by = {"invited_by": user_id, "invited_at": now}
        await change.connection.execute(sa.insert(ClientInvitation).values(**sent, **offer, **by))
        await _deliver(change, "INVITE_CLIENT", firm.id, key, email_key, sent)
        change.about = About("Collaboration", key, firm_id=firm.id, collaboration_id=key)
        return {"collaboration": Node("Collaboration", key)}

    return await run_mutation(info, work)


async def resend_client_invitation(info: Info, input: ResendClientInvitationInput) -> Any:
    """Sends the invitation again with a new token; the token of the earlier mail stops working.

    Companies that the person has joined since then get the invitation too.
    """
    action = "RESEND_CLIENT_INVITATION"

    async def work(change: MutationContext) -> dict[str, Any]:
        key = change.key_of("Collaboration", input.id)
        row = await change.authorize("Collaboration", key, action, clients=companies_of(address_of(key)))
        firm_id, mine = row.row.firm_id, ClientInvitation.collaboration_id == row.id
        last = (await change.connection.execute(sa.select(ClientInvitation.__table__).where(mine))).one_or_none()
        if last is None:
            raise Conflict(MOVED_ON)
        await _require_few(change, firm_id)
        await require_invitations(change, firm_id, [last.email])
        sent = sending(info.context, KIND, TTL, last.id, last.sendings + 1)
        again_at = {"invited_at": info.context.viewer.now}
        await change.connection.execute(sa.update(ClientInvitation).where(mine).values(sent | again_at))
        await note(change, row)
        await _deliver(change, action, firm_id, row.id, last.email_key, sent)
        return {"collaboration": Node("Collaboration", row.id)}

    return await run_mutation(info, work)


async def accept_client_invitation(info: Info, input: AcceptClientInvitationInput) -> Any:
    """Creates the company, whose verification begins, and accepts the invitation with the access chosen now (P33, P34, M5).

    The token of the last mail works once; any other token raises NotFound with the same text. A user who has the address must be
    signed in. Otherwise a user is created, whose password is hashed before any row is locked. The invitation can be accepted also
    while the firm is suspended, since a suspended firm gets no access (D10, D46).
    """
    context, now = info.context, info.context.viewer.now

    async def work(change: MutationContext) -> dict[str, Any]:
        offer = await _offered(change, input.token)
        known_id = person(context, offer.user_id)
        fresh = await somebody(context, input) if known_id is None else None
        user_id = known_id or uuid7(now)
        await _hold(change, input.token, offer)
        if fresh is not None:
            known_by = {"id": user_id, "email": offer.email, "email_key": offer.email_key}
            await change.connection.execute(sa.insert(User).values(**known_by, **fresh, created_at=now))
        name = input.company_name
        client_id, member_id = await creation.begun(
            change,
            user_id,
            name=name,
            country=offer.country,
            contact_email=offer.email,
            number=input.company_number,
            place=input.address,
        )
        copy = uuid7(now)
        await change.connection.execute(copies(offer.collaboration_id, [copy], [client_id], now))
        taken = sa.update(ClientInvitation).where(ClientInvitation.id == offer.id)
        await change.connection.execute(taken.values(state="accepted", accepted_by=user_id))
        owner = _as(change, ClientViewer(user_id, member_id, client_id, "owner", now))
        row = await owner.authorize("Collaboration", copy, "ACCEPT_COLLABORATION")
        await accept(owner, row, input)
        change.about, change.joined = owner.about, Joined(user_id, "client", client_id)
        return {"membership": place_at(context, "client", client_id, name, "owner")}

    return await run_mutation(info, work, by_token=True)


async def decline_client_invitation(info: Info, input: DeclineClientInvitationInput) -> Any:
    """Declines the invitation by the token of its mail. For the firm this looks as if an existing company had declined."""

    async def work(change: MutationContext) -> dict[str, Any]:
        offer = await _offered(change, input.token)
        if info.context.identity.signed_in:
            person(info.context, offer.user_id)
        await _hold(change, input.token, offer)
        key = offer.collaboration_id
        over = {"state": "declined", "ended_by": "client", "version": Collaboration.version + 1}
        await change.connection.execute(sa.update(Collaboration).where(Collaboration.id == key).values(over))
        await change.connection.execute(invitations.voided(key))
        await change.notice("COLLABORATION_DECLINED", subject=("ClientInvitation", offer.id))
        change.about = About("Collaboration", key, firm_id=offer.firm_id, collaboration_id=key)
        return {"declined": True}

    return await run_mutation(info, work, by_token=True)


# ---- sending


async def _require_few(change: MutationContext, firm_id: UUID) -> None:
    """Raises Conflict above the daily limit: a firm that sends many invitations mails many strangers."""
    today = invitations.good_beyond(firm_id, change.context.viewer.now + TTL - DAY)
    if (await change.connection.execute(today)).scalar_one() >= MAX_A_DAY:
        raise Conflict(text("conflict", "DAILY_INVITATIONS", most=MAX_A_DAY))


async def _discount(change: MutationContext, given: DiscountInput | None) -> dict[str, int]:
    """Returns the columns of the discount, none where no discount is given (P5). Raises InvalidInput for a free plan."""
    if given is None:
        return {}
    tiers = sorted({plan.value.lower() for plan in given.plans})
    if len((await change.connection.execute(invitations.paid_plans(tiers))).all()) < len(tiers):
        raise InvalidInput.of("PAID_PLANS", "discount", "plans")
    return {"discount_percent": given.percent, "discount_plans": bits(PLAN_TIERS, tiers)}


async def _deliver(
    change: MutationContext, action: str, firm_id: UUID, invitation: UUID, email_key: str, sent: dict[str, Any]
) -> None:
    """Queues a mail to the owner and admins of each company that has not answered, or to the address if there is no company."""
    waiting = await invitation_copies.invite(change, action, firm_id, invitation, email_key)
    kind, subjects = (KIND_IN_PORTAL, waiting) if waiting else (KIND, [invitation])
    await change.notices_of(kind, subjects, offer=str(sent["id"]), sending=sent["sendings"])


# ---- answering


async def _offered(change: MutationContext, token: str) -> Any:
    """Returns the open invitation of the token. Raises NotFound for any other token."""
    good = invitations.of_token(hash_of(token), change.context.viewer.now)
    offer = (await change.connection.execute(good)).one_or_none()
    if offer is None:
        raise NotFound
    return offer


async def _hold(change: MutationContext, token: str, offer: Any) -> None:
    """Locks the invitation and checks the token again: it may have been used or replaced meanwhile, or the invitation withdrawn."""
    row = sa.select(Collaboration.id).where(Collaboration.id == offer.collaboration_id)
    await change.connection.execute(row.with_for_update(key_share=True))
    await _offered(change, token)


def _as(change: MutationContext, viewer: ClientViewer) -> MutationContext:
    """Returns the same transaction with another viewer, whose membership was created in it."""
    identity = Identity(viewer, viewer.user_id, (), signed_in=True)
    return replace(change, context=replace(change.context, identity=identity), about=About())
