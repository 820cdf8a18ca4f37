"""The people of a firm: invited, changed, suspended and removed (M4)."""

import strawberry

from gateway.resolvers import staffing as how
from gateway.schema.fields import leaf, via
from gateway.schema.firms import Firm, FirmMember, StaffInvitation
from gateway.schema.words import FirmRole


@strawberry.type(description="Invitations that were made, or renewed.")
class InviteStaffPayload:
    invitations: list[StaffInvitation] | None = leaf("The invitations, in the order of their addresses.")


@strawberry.type(description="An invitation that was sent again.")
class ResendStaffInvitationPayload:
    invitation: StaffInvitation | None = leaf("The invitation.")


@strawberry.type(description="An invitation that was taken back.")
class RevokeStaffInvitationPayload:
    invitation: StaffInvitation | None = leaf("The invitation.")


@strawberry.type(description="A place that was taken. It is one to act for from the next request on.")
class AcceptStaffInvitationPayload:
    firm_id: strawberry.ID | None = leaf("The firm's global id, for the header X-Acting-As.")
    firm_name: str | None = leaf("The firm's name.")
    role: FirmRole | None = leaf("The role in the firm.")


@strawberry.type(description="A person whose role was changed.")
class ChangeStaffRolePayload:
    member: FirmMember | None = leaf("The person; null for the viewer, whose place is another now.")


@strawberry.type(description="A person who was suspended.")
class SuspendStaffPayload:
    member: FirmMember | None = leaf("The person; null for the viewer, whose place is another now.")


@strawberry.type(description="A person whose suspension ended.")
class ReinstateStaffPayload:
    member: FirmMember | None = leaf("The person.")


@strawberry.type(description="A person who was removed from the firm.")
class RemoveStaffPayload:
    firm: Firm | None = leaf("The firm, with its staff as it is now; null to whoever left it.")


@strawberry.type
class Staff:
    invite_staff: InviteStaffPayload | None = via(
        how.invite_staff, "Invite people into the acting firm by mail. Who has an open invitation gets it anew."
    )
    resend_staff_invitation: ResendStaffInvitationPayload | None = via(
        how.resend_staff_invitation, "Send an invitation again: with a new link, for 14 days more. The old link ends."
    )
    revoke_staff_invitation: RevokeStaffInvitationPayload | None = via(
        how.revoke_staff_invitation, "Take an invitation back. Its link ends."
    )
    accept_staff_invitation: AcceptStaffInvitationPayload | None = via(
        how.accept_staff_invitation, "Take the place that an invitation offers, with the token of its letter."
    )
    change_staff_role: ChangeStaffRolePayload | None = via(
        how.change_staff_role,
        "Change a person's role in the acting firm. Whoever becomes STAFF is in charge of nobody.",
    )
    suspend_staff: SuspendStaffPayload | None = via(
        how.suspend_staff, "Suspend a person of the acting firm: their place opens nothing until it is reinstated."
    )
    reinstate_staff: ReinstateStaffPayload | None = via(
        how.reinstate_staff, "End the suspension of a person of the acting firm."
    )
    remove_staff: RemoveStaffPayload | None = via(
        how.remove_staff, "Remove a person from the acting firm, with all that they are in charge of, at once."
    )
