"""Members of a company: the owner and the admins invite them by mail, change their roles and remove them (D52)."""

from typing import Any

from gateway.context import Info
from gateway.db.queries.memberships import CLIENT
from gateway.resolvers.memberships import invitations
from gateway.resolvers.memberships.roles import placed
from gateway.schema.clients.inputs import (
    AcceptMemberInvitationInput,
    ChangeMemberRoleInput,
    InviteMemberInput,
    RemoveMemberInput,
    ResendMemberInvitationInput,
    RevokeMemberInvitationInput,
)


async def invite_member(info: Info, input: InviteMemberInput) -> Any:
    return await invitations.invite(info, invitations.MEMBERS, input.addresses)


async def resend_member_invitation(info: Info, input: ResendMemberInvitationInput) -> Any:
    return await invitations.resend(info, invitations.MEMBERS, input.id)


async def revoke_member_invitation(info: Info, input: RevokeMemberInvitationInput) -> Any:
    return await invitations.revoke(info, invitations.MEMBERS, input.id)


async def accept_member_invitation(info: Info, input: AcceptMemberInvitationInput) -> Any:
    return await invitations.accept(info, invitations.MEMBERS, input)


async def change_member_role(info: Info, input: ChangeMemberRoleInput) -> Any:
    role = input.role.value.lower()
    return await placed(info, CLIENT, input.id, "CHANGE_MEMBER_ROLE", lambda place: place.write(role=role))


async def remove_member(info: Info, input: RemoveMemberInput) -> Any:
    """Removes a member. Tokens that the person made for the company end with the membership.

    The person's sessions stay, since they also serve memberships in other organisations (D41).
    """
    return await placed(info, CLIENT, input.id, "REMOVE_MEMBER", lambda place: place.write(state="removed"))
