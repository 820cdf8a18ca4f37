"""The staff of a firm: invited by mail, accepted, changed, suspended and removed by its admins (P16, H22–H29, M4)."""

from collections.abc import Awaitable, Callable
from typing import Any

import sqlalchemy as sa

from gateway.context import Info
from gateway.db.models import Assignment, ClientSession
from gateway.db.queries.by_state import assignments_of_staff
from gateway.db.queries.memberships import FIRM
from gateway.resolvers.client_sessions.mutations import end_lost
from gateway.resolvers.memberships import invitations
from gateway.resolvers.memberships.roles import Place, placed
from gateway.schema.firms.inputs import (
    AcceptStaffInvitationInput,
    ChangeStaffRoleInput,
    InviteStaffInput,
    ReinstateStaffInput,
    RemoveStaffInput,
    ResendStaffInvitationInput,
    RevokeStaffInvitationInput,
    SuspendStaffInput,
)


async def invite_staff(info: Info, input: InviteStaffInput) -> Any:
    return await invitations.invite(info, invitations.STAFF, input.addresses)


async def resend_staff_invitation(info: Info, input: ResendStaffInvitationInput) -> Any:
    return await invitations.resend(info, invitations.STAFF, input.id)


async def revoke_staff_invitation(info: Info, input: RevokeStaffInvitationInput) -> Any:
    return await invitations.revoke(info, invitations.STAFF, input.id)


async def accept_staff_invitation(info: Info, input: AcceptStaffInvitationInput) -> Any:
    return await invitations.accept(info, invitations.STAFF, input)


async def change_staff_role(info: Info, input: ChangeStaffRoleInput) -> Any:
    """Changes the role. A person who becomes STAFF loses all assignments (H22)."""

    async def write(place: Place) -> None:
        await place.write(role=input.role.value.lower())
        await _end(place, assignments_of_staff(place.id))

    return await _placed(info, input.id, "CHANGE_STAFF_ROLE", write)


async def suspend_staff(info: Info, input: SuspendStaffInput) -> Any:
    return await _placed(info, input.id, "SUSPEND_STAFF", lambda place: place.write(state="suspended"))


async def reinstate_staff(info: Info, input: ReinstateStaffInput) -> Any:
    return await _placed(info, input.id, "REINSTATE_STAFF", lambda place: place.write(state="active"))


async def remove_staff(info: Info, input: RemoveStaffInput) -> Any:
    """Removes the person and ends the assignments. Tokens that the person made for the firm become invalid (M4, D41).

    The person's sign-in sessions stay valid, for memberships in other organisations.
    """

    async def write(place: Place) -> None:
        await place.write(state="removed")
        held = sa.and_(Assignment.member_id == place.id, Assignment.ended_at.is_(None))
        await _end(place, sa.update(Assignment).where(held))

    return await _placed(info, input.id, "REMOVE_STAFF", write)


async def _placed(info: Info, id: str, action: str, write: Callable[[Place], Awaitable[None]]) -> Any:
    """Changes the membership, then closes the person's sessions in clients' accounts that are no longer allowed (M11)."""

    async def placing(place: Place) -> None:
        await write(place)
        await end_lost(place.change, ClientSession.member_id == place.id)

    return await placed(info, FIRM, id, action, placing)


async def _end(place: Place, assignments: sa.Update) -> None:
    change = place.change
    await change.connection.execute(assignments.values(ended_at=change.context.viewer.now))
