"""The people of a firm: invited by mail, come, changed, suspended and removed by its admins (P16, H22–H29, M4)."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from gateway.auth.opaque import hash_of
from gateway.auth.sign_in import address_key
from gateway.context import Context, Info
from gateway.db.ids import uuid7
from gateway.db.models import Assignment, Firm, FirmMember, StaffInvitation, User
from gateway.db.selections import assignments_of_staff, members_with, open_invitation, open_invitations
from gateway.errors import BadInput, Conflict, NotFound
from gateway.resolvers.changes import About, Change, Joined, changed
from gateway.resolvers.newcomers import address, person, sending, somebody
from gateway.resolvers.outcomes import Node
from gateway.schema.inputs.staff import (
    AcceptStaffInvitationInput,
    ChangeStaffRoleInput,
    InviteStaffInput,
    ReinstateStaffInput,
    RemoveStaffInput,
    ResendStaffInvitationInput,
    RevokeStaffInvitationInput,
    StaffAddress,
    SuspendStaffInput,
)

KIND: Final = "STAFF_INVITATION"
LASTS: Final = timedelta(days=14)
MOST_AT_ONCE: Final = 20
MOST_WAITING: Final = 100  # invitations of one firm

TWICE: Final = "Each address stands once."
HERE_ALREADY: Final = "One of these people belongs to the firm already."
ALREADY_IN: Final = "You belong to this firm already."


# ---- invitations


async def invite_staff(info: Info, input: InviteStaffInput) -> Any:
    """The answer is the same whether an address is known here, belongs to another firm or to nobody (D30, L18)."""

    async def work(change: Change) -> dict[str, Any]:
        type_name, firm_id = change.subject()
        firm = await change.judged(type_name, firm_id, "INVITE_STAFF")
        change.about = About("Firm", firm.id, firm_id=firm.id)
        wanted = _addresses(input.addresses)
        if (await change.connection.execute(members_with(firm.id, list(wanted)))).first():
            raise Conflict(HERE_ALREADY)
        waiting = {row.email_key: row for row in await change.connection.execute(open_invitations(firm.id))}
        if len(wanted.keys() | waiting.keys()) > MOST_WAITING:
            raise Conflict(f"A firm has at most {MOST_WAITING} open invitations. Take back one that is not answered.")
        rows = []
        for email_key, given in wanted.items():
            known = waiting.get(email_key)
            sent = _sending(change.context, known.id, known.sendings + 1) if known else _sending(change.context)
            rows.append({**sent, "firm_id": firm.id, "email_key": email_key, **given})
        renewed = insert(StaffInvitation)
        again = {name: renewed.excluded[name] for name in ("email", "role", *_SENDING)}
        await change.connection.execute(renewed.on_conflict_do_update(index_elements=["id"], set_=again), rows)
        await change.notices(KIND, [{"offer": str(row["id"])} for row in rows])
        return {"invitations": [Node("StaffInvitation", row["id"]) for row in rows]}

    return await changed(info, work)


async def resend_staff_invitation(info: Info, input: ResendStaffInvitationInput) -> Any:
    """The letter of before opens nothing any more."""

    async def work(change: Change) -> dict[str, Any]:
        row = await _invitation(change, input.id, "RESEND")
        mine = StaffInvitation.id == row.id
        sendings = (await change.connection.execute(sa.select(StaffInvitation.sendings).where(mine))).scalar_one()
        again = _sending(change.context, row.id, sendings + 1)
        await change.connection.execute(sa.update(StaffInvitation).where(mine).values(again))
        await change.notice(KIND, offer=str(row.id))
        return {"invitation": Node("StaffInvitation", row.id)}

    return await changed(info, work)


async def revoke_staff_invitation(info: Info, input: RevokeStaffInvitationInput) -> Any:
    async def work(change: Change) -> dict[str, Any]:
        row = await _invitation(change, input.id, "REVOKE")
        void = sa.update(StaffInvitation).where(StaffInvitation.id == row.id).values(state="void")
        await change.connection.execute(void)
        return {"invitation": Node("StaffInvitation", row.id)}

    return await changed(info, work)


async def accept_staff_invitation(info: Info, input: AcceptStaffInvitationInput) -> Any:
    """By the token of the last letter, once; NotFound with one text for every other.

    Whoever is known by the address must be signed in; somebody new is made, and hashed while no row is locked yet.
    """
    context, now = info.context, info.context.viewer.now

    async def work(change: Change) -> dict[str, Any]:
        connection, good = change.connection, open_invitation(hash_of(input.token), now)
        offer = (await connection.execute(good)).one_or_none()
        if offer is None:
            raise NotFound
        known_id = person(context, offer.user_id)
        fresh = await somebody(context, input) if known_id is None else None
        user_id = known_id or uuid7(now)
        await connection.execute(sa.select(Firm.id).where(Firm.id == offer.firm_id).with_for_update(key_share=True))
        # Whoever was first has used it up meanwhile, or it was taken back.
        if (await connection.execute(good.with_for_update(of=StaffInvitation))).one_or_none() is None:
            raise NotFound
        if fresh is not None:
            known_by = {"id": user_id, "email": offer.email, "email_key": offer.email_key}
            await connection.execute(sa.insert(User).values(**known_by, **fresh, created_at=now))
        elif (await connection.execute(members_with(offer.firm_id, [offer.email_key]))).first():
            raise Conflict(ALREADY_IN)
        place = {"firm_id": offer.firm_id, "user_id": user_id, "role": offer.role, "state": "active"}
        await connection.execute(sa.insert(FirmMember).values(id=uuid7(now), **place, created_at=now))
        used = sa.update(StaffInvitation).where(StaffInvitation.id == offer.id)
        await connection.execute(used.values(state="accepted", accepted_by=user_id))
        change.joined = Joined(user_id, "firm", offer.firm_id)
        change.about = About("StaffInvitation", offer.id, firm_id=offer.firm_id)
        firm_id = context.seal.id("Firm", offer.firm_id)
        return {"firm_id": firm_id, "firm_name": offer.firm_name, "role": offer.role.upper()}

    return await changed(info, work, by_token=True)


_SENDING: Final = ("token_hash", "sendings", "expires_at", "invited_by", "invited_at")


def _sending(context: Context, key: UUID | None = None, number: int = 1) -> dict[str, Any]:
    by = {"invited_by": context.identity.user_id, "invited_at": context.viewer.now}
    return sending(context, KIND, LASTS, key, number) | by


async def _invitation(change: Change, id: str, action: str) -> Any:
    row = await change.named("StaffInvitation", id, action)
    change.about = About("StaffInvitation", row.id, firm_id=row.row.firm_id)
    return row


def _addresses(given: Sequence[StaffAddress]) -> dict[str, dict[str, str]]:
    """email and role of each address, by the key under which it signs in."""
    if not 0 < len(given) <= MOST_AT_ONCE:
        raise BadInput(f"`addresses` are 1 to {MOST_AT_ONCE}.")
    found = {}
    for one in given:
        email = address(one.email)
        found[address_key(email)] = {"email": email, "role": one.role.value.lower()}
    if len(found) < len(given):
        raise BadInput(TWICE)
    return found


# ---- places


async def change_staff_role(info: Info, input: ChangeStaffRoleInput) -> Any:
    """Whoever becomes STAFF works for no client any more (H22)."""

    async def write(place: Place) -> None:
        await place.write(role=input.role.value.lower())
        await place.end(assignments_of_staff(place.id))

    return await _placed(info, input.member, "CHANGE_ROLE", write)


async def suspend_staff(info: Info, input: SuspendStaffInput) -> Any:
    return await _placed(info, input.member, "SUSPEND", lambda place: place.write(state="suspended"))


async def reinstate_staff(info: Info, input: ReinstateStaffInput) -> Any:
    return await _placed(info, input.member, "REINSTATE", lambda place: place.write(state="active"))


async def remove_staff(info: Info, input: RemoveStaffInput) -> Any:
    """Tokens that the person made for the firm die with the place; their sessions stay, for other places (M4, D41)."""

    async def write(place: Place) -> None:
        await place.write(state="removed")
        held = sa.and_(Assignment.member_id == place.id, Assignment.ended_at.is_(None))
        await place.end(sa.update(Assignment).where(held))

    return await _placed(info, input.member, "REMOVE", write)


@dataclass(frozen=True, slots=True)
class Place:
    """A person's place in the viewer's firm, locked and judged."""

    change: Change
    id: UUID

    async def write(self, **values: str) -> None:
        await self.change.connection.execute(sa.update(FirmMember).where(FirmMember.id == self.id).values(values))

    async def end(self, assignments: sa.Update) -> None:
        await self.change.connection.execute(assignments.values(ended_at=self.change.context.viewer.now))


async def _placed(info: Info, id: str, action: str, write: Callable[[Place], Awaitable[None]]) -> Any:
    """What becomes of the viewer's own place is not shown in the answer: the viewer is another from now on."""

    async def work(change: Change) -> dict[str, Any]:
        row = await change.named("FirmMember", id, action)
        change.about = About("FirmMember", row.id, firm_id=row.row.firm_id)
        await write(Place(change, row.id))
        if row.id == getattr(info.context.viewer, "member_id", None):
            return {"member": None, "firm": None}
        return {"member": Node("FirmMember", row.id), "firm": Node("Firm", row.row.firm_id)}

    return await changed(info, work, colleagues=[id])
