"""Mutations of firms: the account, the partner programme, the profile and staff (M1, M2)."""

import strawberry

from gateway.resolvers.firms import closure, invitation_codes, profiles, programme, staff
from gateway.schema.accounts.types import Membership
from gateway.schema.core.fields import leaf, via
from gateway.schema.core.node import Carrier
from gateway.schema.firms.types import Firm, FirmMember, FirmProfile, StaffInvitation

CHANGED = "The firm; null if the viewer may not see it any more."


@strawberry.type(description="The result of `activateFirmAccount`.")
class ActivateFirmAccountPayload(Carrier):
    firm: Firm | None = leaf(CHANGED)


@strawberry.type(description="The result of `submitPartnerApplication`.")
class SubmitPartnerApplicationPayload(Carrier):
    firm: Firm | None = leaf(CHANGED)


@strawberry.type(description="The result of `webinarWatched`.")
class WebinarWatchedPayload(Carrier):
    firm: Firm | None = leaf(CHANGED)


@strawberry.type(description="The result of `acceptAgreement`.")
class AcceptAgreementPayload(Carrier):
    firm: Firm | None = leaf(CHANGED)


@strawberry.type(description="The result of `decideApplication`.")
class DecideApplicationPayload(Carrier):
    firm: Firm | None = leaf(CHANGED)


@strawberry.type(description="The result of `suspendFirm`.")
class SuspendFirmPayload(Carrier):
    firm: Firm | None = leaf(CHANGED)


@strawberry.type(description="The result of `reinstateFirm`.")
class ReinstateFirmPayload(Carrier):
    firm: Firm | None = leaf(CHANGED)


@strawberry.type(description="The result of `reportSubscription`.")
class ReportSubscriptionPayload(Carrier):
    firm: Firm | None = leaf(CHANGED)


@strawberry.type(description="The result of `closeFirm`.")
class CloseFirmPayload(Carrier):
    firm: Firm | None = leaf(CHANGED)


@strawberry.type(description="The result of `rotateInvitationCode`.")
class RotateInvitationCodePayload(Carrier):
    firm: Firm | None = leaf(CHANGED)


@strawberry.type
class Programme:
    activate_firm_account: ActivateFirmAccountPayload | None = via(
        programme.activate_firm_account, "Activate the acting firm's account after its trial."
    )
    submit_partner_application: SubmitPartnerApplicationPayload | None = via(
        programme.submit_partner_application,
        "Apply for the partner programme with the acting firm. Preconditions "
        "that are not met are shown, and do not prevent the application.",
    )
    webinar_watched: WebinarWatchedPayload | None = via(
        programme.webinar_watched, "Confirm that the webinar was watched. The agreement is then sent by mail."
    )
    accept_agreement: AcceptAgreementPayload | None = via(programme.accept_agreement, "Accept the partner agreement.")
    decide_application: DecideApplicationPayload | None = via(
        programme.decide_application, "Approve or reject an application."
    )
    suspend_firm: SuspendFirmPayload | None = via(
        programme.suspend_firm, "Suspend a firm. Its access to clients is paused, and nothing is deleted."
    )
    reinstate_firm: ReinstateFirmPayload | None = via(programme.reinstate_firm, "End a firm's suspension.")
    report_subscription: ReportSubscriptionPayload | None = via(
        programme.report_subscription,
        "Report whether a firm's own subscription is paid. Only the platform and its billing system may do this.",
    )
    close_firm: CloseFirmPayload | None = via(
        closure.close_firm,
        "Close a firm's account permanently. The owner may do this when no collaboration "
        "is invited, pending or active; the platform may do it at any time.",
    )
    rotate_invitation_code: RotateInvitationCodePayload | None = via(
        invitation_codes.rotate_invitation_code,
        "Replace the acting firm's invitation code. The present code stops working.",
    )


@strawberry.type(description="The result of `saveProfileDraft`.")
class SaveProfileDraftPayload(Carrier):
    profile: FirmProfile | None = leaf("The revision that was created or changed.")


@strawberry.type(description="The result of `submitProfile`.")
class SubmitProfilePayload(Carrier):
    profile: FirmProfile | None = leaf("The revision.")


@strawberry.type(description="The result of `decideProfileRevision`.")
class DecideProfileRevisionPayload(Carrier):
    profile: FirmProfile | None = leaf("The revision.")


@strawberry.type(description="The result of `withdrawProfile`.")
class WithdrawProfilePayload(Carrier):
    profile: FirmProfile | None = leaf("The revision that was published.")


@strawberry.type
class Profiles:
    save_profile_draft: SaveProfileDraftPayload | None = via(
        profiles.save_profile_draft,
        "Save a draft of the acting firm's profile. The published revision does not change until a reviewer decides.",
    )
    submit_profile: SubmitProfilePayload | None = via(profiles.submit_profile, "Submit a draft for review.")
    decide_profile_revision: DecideProfileRevisionPayload | None = via(
        profiles.decide_profile_revision, "Publish a submitted revision, or request changes."
    )
    withdraw_profile: WithdrawProfilePayload | None = via(
        profiles.withdraw_profile, "Remove a published profile from the directory and the marketplace."
    )


@strawberry.type(description="The invitations that were created or sent again.")
class InviteStaffPayload(Carrier):
    invitations: list[StaffInvitation] | None = leaf("The invitations, in the order of their addresses.")


@strawberry.type(description="The result of `resendStaffInvitation`.")
class ResendStaffInvitationPayload(Carrier):
    invitation: StaffInvitation | None = leaf("The invitation.")


@strawberry.type(description="The result of `revokeStaffInvitation`.")
class RevokeStaffInvitationPayload(Carrier):
    invitation: StaffInvitation | None = leaf("The invitation.")


@strawberry.type(description="The new membership in a firm. The caller can act for the firm from the next request on.")
class AcceptStaffInvitationPayload(Carrier):
    membership: Membership | None = leaf("The person's membership of the firm.")


@strawberry.type(description="The result of `changeStaffRole`.")
class ChangeStaffRolePayload(Carrier):
    member: FirmMember | None = leaf("The member; null if it is the viewer, whose own membership has changed.")


@strawberry.type(description="The result of `suspendStaff`.")
class SuspendStaffPayload(Carrier):
    member: FirmMember | None = leaf("The member; null if it is the viewer, whose own membership has changed.")


@strawberry.type(description="The result of `reinstateStaff`.")
class ReinstateStaffPayload(Carrier):
    member: FirmMember | None = leaf("The member.")


@strawberry.type(description="The result of `removeStaff`.")
class RemoveStaffPayload(Carrier):
    firm: Firm | None = leaf("The firm with its present staff; null if the viewer has left it.")


@strawberry.type
class Staff:
    invite_staff: InviteStaffPayload | None = via(
        staff.invite_staff,
        "Invite people into the acting firm by mail. An address with an open "
        "invitation is sent a new link, and the old link stops working.",
    )
    resend_staff_invitation: ResendStaffInvitationPayload | None = via(
        staff.resend_staff_invitation,
        "Send an invitation again, with a new link that works for 14 days. The old link stops working.",
    )
    revoke_staff_invitation: RevokeStaffInvitationPayload | None = via(
        staff.revoke_staff_invitation, "Revoke an invitation. Its link stops working."
    )
    accept_staff_invitation: AcceptStaffInvitationPayload | None = via(
        staff.accept_staff_invitation, "Accept an invitation into a firm, with the token from the mail."
    )
    change_staff_role: ChangeStaffRolePayload | None = via(
        staff.change_staff_role,
        "Change a member's role in the acting firm. A person who becomes STAFF loses all assignments to clients.",
    )
    suspend_staff: SuspendStaffPayload | None = via(
        staff.suspend_staff,
        "Suspend a member of the acting firm: the membership gives no access until it is reinstated.",
    )
    reinstate_staff: ReinstateStaffPayload | None = via(
        staff.reinstate_staff, "End the suspension of a member of the acting firm."
    )
    remove_staff: RemoveStaffPayload | None = via(
        staff.remove_staff, "Remove a member from the acting firm and end all their assignments, with immediate effect."
    )
