"""A firm's account and its way into the partner programme (M1, M2)."""

import strawberry

from gateway.resolvers.firms import closure, invitation_codes, profiles, programme, staff
from gateway.schema.core.fields import leaf, via
from gateway.schema.core.node import Carrier
from gateway.schema.firms.enums import FirmRole
from gateway.schema.firms.types import Firm, FirmMember, FirmProfile, StaffInvitation

CHANGED = "The firm, for whom may see it now."


@strawberry.type(description="A firm's account that was activated.")
class ActivateFirmAccountPayload(Carrier):
    firm: Firm | None = leaf(CHANGED)


@strawberry.type(description="An application that was submitted.")
class SubmitPartnerApplicationPayload(Carrier):
    firm: Firm | None = leaf(CHANGED)


@strawberry.type(description="An application whose webinar was watched.")
class WebinarWatchedPayload(Carrier):
    firm: Firm | None = leaf(CHANGED)


@strawberry.type(description="An application whose agreement was accepted.")
class AcceptAgreementPayload(Carrier):
    firm: Firm | None = leaf(CHANGED)


@strawberry.type(description="An application that was decided.")
class DecideApplicationPayload(Carrier):
    firm: Firm | None = leaf(CHANGED)


@strawberry.type(description="A firm that was suspended.")
class SuspendFirmPayload(Carrier):
    firm: Firm | None = leaf(CHANGED)


@strawberry.type(description="A firm whose suspension ended.")
class ReinstateFirmPayload(Carrier):
    firm: Firm | None = leaf(CHANGED)


@strawberry.type(description="A firm whose subscription was reported.")
class ReportSubscriptionPayload(Carrier):
    firm: Firm | None = leaf(CHANGED)


@strawberry.type(description="A firm whose account was closed.")
class CloseFirmPayload(Carrier):
    firm: Firm | None = leaf(CHANGED)


@strawberry.type(description="A firm with a new invitation code.")
class RotateInvitationCodePayload(Carrier):
    firm: Firm | None = leaf(CHANGED)


@strawberry.type
class Programme:
    activate_firm_account: ActivateFirmAccountPayload | None = via(
        programme.activate_firm_account, "Activate the acting firm's account after its trial."
    )
    submit_partner_application: SubmitPartnerApplicationPayload | None = via(
        programme.submit_partner_application,
        "Apply for the partner programme with the acting firm. What is not met yet is shown, not refused.",
    )
    webinar_watched: WebinarWatchedPayload | None = via(
        programme.webinar_watched, "Say that the webinar was watched; the agreement comes by mail."
    )
    accept_agreement: AcceptAgreementPayload | None = via(programme.accept_agreement, "Accept the partner agreement.")
    decide_application: DecideApplicationPayload | None = via(
        programme.decide_application, "Approve or reject an application."
    )
    suspend_firm: SuspendFirmPayload | None = via(
        programme.suspend_firm, "Suspend a firm: its access to clients rests, nothing is deleted."
    )
    reinstate_firm: ReinstateFirmPayload | None = via(programme.reinstate_firm, "End a firm's suspension.")
    report_subscription: ReportSubscriptionPayload | None = via(
        programme.report_subscription,
        "Report whether a firm's own subscription is paid: the platform and its billing system.",
    )
    close_firm: CloseFirmPayload | None = via(
        closure.close_firm,
        "Close a firm's account for good: its owner once no collaboration is alive, the platform at any time.",
    )
    rotate_invitation_code: RotateInvitationCodePayload | None = via(
        invitation_codes.rotate_invitation_code,
        "Replace the acting firm's invitation code; the current one stops working.",
    )


@strawberry.type(description="A draft of a profile that was saved.")
class SaveProfileDraftPayload(Carrier):
    profile: FirmProfile | None = leaf("The revision that was begun or changed.")


@strawberry.type(description="A revision that was submitted for review.")
class SubmitProfilePayload(Carrier):
    profile: FirmProfile | None = leaf("The revision.")


@strawberry.type(description="A revision that was reviewed.")
class DecideProfileRevisionPayload(Carrier):
    profile: FirmProfile | None = leaf("The revision.")


@strawberry.type(description="A profile that was taken off the lists.")
class WithdrawProfilePayload(Carrier):
    profile: FirmProfile | None = leaf("The revision that was published.")


@strawberry.type
class Profiles:
    save_profile_draft: SaveProfileDraftPayload | None = via(
        profiles.save_profile_draft,
        "Save what the acting firm wants to say of itself. What is published stays so until a reviewer decides.",
    )
    submit_profile: SubmitProfilePayload | None = via(profiles.submit_profile, "Submit a draft for review.")
    decide_profile_revision: DecideProfileRevisionPayload | None = via(
        profiles.decide_profile_revision, "Publish a revision that was submitted, or ask for changes."
    )
    withdraw_profile: WithdrawProfilePayload | None = via(
        profiles.withdraw_profile, "Take a published profile off the lists."
    )


@strawberry.type(description="Invitations that were made, or renewed.")
class InviteStaffPayload(Carrier):
    invitations: list[StaffInvitation] | None = leaf("The invitations, in the order of their addresses.")


@strawberry.type(description="An invitation that was sent again.")
class ResendStaffInvitationPayload(Carrier):
    invitation: StaffInvitation | None = leaf("The invitation.")


@strawberry.type(description="An invitation that was taken back.")
class RevokeStaffInvitationPayload(Carrier):
    invitation: StaffInvitation | None = leaf("The invitation.")


@strawberry.type(description="A place that was taken. It is one to act for from the next request on.")
class AcceptStaffInvitationPayload(Carrier):
    firm_id: strawberry.ID | None = leaf("The firm's global id, for the header X-Acting-As.")
    firm_name: str | None = leaf("The firm's name.")
    role: FirmRole | None = leaf("The role in the firm.")


@strawberry.type(description="A person whose role was changed.")
class ChangeStaffRolePayload(Carrier):
    member: FirmMember | None = leaf("The person; null for the viewer, whose place is another now.")


@strawberry.type(description="A person who was suspended.")
class SuspendStaffPayload(Carrier):
    member: FirmMember | None = leaf("The person; null for the viewer, whose place is another now.")


@strawberry.type(description="A person whose suspension ended.")
class ReinstateStaffPayload(Carrier):
    member: FirmMember | None = leaf("The person.")


@strawberry.type(description="A person who was removed from the firm.")
class RemoveStaffPayload(Carrier):
    firm: Firm | None = leaf("The firm, with its staff as it is now; null to whoever left it.")


@strawberry.type
class Staff:
    invite_staff: InviteStaffPayload | None = via(
        staff.invite_staff, "Invite people into the acting firm by mail. Who has an open invitation gets it anew."
    )
    resend_staff_invitation: ResendStaffInvitationPayload | None = via(
        staff.resend_staff_invitation, "Send an invitation again: with a new link, for 14 days more. The old link ends."
    )
    revoke_staff_invitation: RevokeStaffInvitationPayload | None = via(
        staff.revoke_staff_invitation, "Take an invitation back. Its link ends."
    )
    accept_staff_invitation: AcceptStaffInvitationPayload | None = via(
        staff.accept_staff_invitation, "Take the place that an invitation offers, with the token of its letter."
    )
    change_staff_role: ChangeStaffRolePayload | None = via(
        staff.change_staff_role,
        "Change a person's role in the acting firm. Whoever becomes STAFF is in charge of nobody.",
    )
    suspend_staff: SuspendStaffPayload | None = via(
        staff.suspend_staff, "Suspend a person of the acting firm: their place opens nothing until it is reinstated."
    )
    reinstate_staff: ReinstateStaffPayload | None = via(
        staff.reinstate_staff, "End the suspension of a person of the acting firm."
    )
    remove_staff: RemoveStaffPayload | None = via(
        staff.remove_staff, "Remove a person from the acting firm, with all that they are in charge of, at once."
    )
