"""Mutations of collaborations: requests, invitations, access, billing mode and the end (M7, M8)."""

import strawberry

from gateway.resolvers.collaborations import access, invitations, lifecycle, requests
from gateway.schema.accounts.types import Membership
from gateway.schema.collaborations.enums import RevokedKind
from gateway.schema.collaborations.types import Collaboration
from gateway.schema.core.fields import leaf, via
from gateway.schema.core.node import Carrier

CHANGED = "The collaboration after the change."


@strawberry.type(description="The result of `requestAccess`.")
class RequestAccessPayload(Carrier):
    collaboration: Collaboration | None = leaf(CHANGED)


@strawberry.type(description="The result of `dismissAccessRequest`.")
class DismissAccessRequestPayload(Carrier):
    collaboration: Collaboration | None = leaf(CHANGED)


@strawberry.type(description="The result of `grantAccess`.")
class GrantAccessPayload(Carrier):
    collaboration: Collaboration | None = leaf(CHANGED)


@strawberry.type(description="The result of `changeAccess`.")
class ChangeAccessPayload(Carrier):
    collaboration: Collaboration | None = leaf(CHANGED)


@strawberry.type(description="The result of `removeAccess`.")
class RemoveAccessPayload(Carrier):
    collaboration: Collaboration | None = leaf(CHANGED)


@strawberry.type(description="The result of `setKpiSharing`.")
class SetKpiSharingPayload(Carrier):
    collaboration: Collaboration | None = leaf(CHANGED)


@strawberry.type(description="The result of `handBackAccess`.")
class HandBackAccessPayload(Carrier):
    collaboration: Collaboration | None = leaf(CHANGED)


@strawberry.type(description="The result of `changeBillingMode`.")
class ChangeBillingModePayload(Carrier):
    collaboration: Collaboration | None = leaf(CHANGED)


@strawberry.type
class Access:
    request_access: RequestAccessPayload | None = via(
        access.request_access,
        "Request a level above the one in force. The same request again within 24 hours changes nothing and sends no mail.",
    )
    dismiss_access_request: DismissAccessRequestPayload | None = via(
        access.dismiss_access_request, "Dismiss the firm's request for access. The access does not change."
    )
    grant_access: GrantAccessPayload | None = via(
        access.grant_access, "Grant access to a firm, and with FULL choose who pays."
    )
    change_access: ChangeAccessPayload | None = via(access.change_access, "Change the access that a firm has.")
    remove_access: RemoveAccessPayload | None = via(
        access.remove_access, "Remove a firm's access, with immediate effect."
    )
    set_kpi_sharing: SetKpiSharingPayload | None = via(
        access.set_kpi_sharing, "Choose the kinds of pending work that a firm may see."
    )
    hand_back_access: HandBackAccessPayload | None = via(
        access.hand_back_access, "Give the firm's access back, or keep a lower level of it."
    )
    change_billing_mode: ChangeBillingModePayload | None = via(
        access.change_billing_mode, "Change who pays for later orders. The firm is notified by mail."
    )


UNSEEN = "The collaboration; null if the viewer may not see it any more."


@strawberry.type(description="The result of `acceptCollaboration`.")
class AcceptCollaborationPayload(Carrier):
    collaboration: Collaboration | None = leaf(CHANGED)


@strawberry.type(description="The result of `declineCollaboration`.")
class DeclineCollaborationPayload(Carrier):
    collaboration: Collaboration | None = leaf(UNSEEN)


@strawberry.type(description="The result of `withdrawCollaboration`.")
class WithdrawCollaborationPayload(Carrier):
    collaboration: Collaboration | None = leaf(UNSEEN)


@strawberry.type(description="Something that ended with a collaboration.")
class Revoked(Carrier):
    kind: RevokedKind = leaf("The kind of what ended.")
    count: int = leaf("The number of items that ended.")


@strawberry.type(description="The result of `terminateCollaboration`.")
class TerminateCollaborationPayload(Carrier):
    collaboration: Collaboration | None = leaf(CHANGED)
    revoked: list[Revoked] | None = via(
        lifecycle.revoked, "The access, billing mode, assignments and sessions that ended with it."
    )


@strawberry.type
class Collaborating:
    accept_collaboration: AcceptCollaborationPayload | None = via(
        lifecycle.accept_collaboration,
        "Accept a client's request, or, as a client, a firm's invitation. The collaboration that "
        "begins with an invitation has its own id, which differs from the one in the input.",
    )
    decline_collaboration: DeclineCollaborationPayload | None = via(
        lifecycle.decline_collaboration, "Decline a client's request, or, as a client, a firm's invitation."
    )
    withdraw_collaboration: WithdrawCollaborationPayload | None = via(
        lifecycle.withdraw_collaboration,
        "Withdraw the viewer's own request or invitation before it leads to a collaboration.",
    )
    terminate_collaboration: TerminateCollaborationPayload | None = via(
        lifecycle.terminate_collaboration,
        "End a collaboration and all access with it, with immediate effect and permanently.",
    )


@strawberry.type(description="The result of `inviteClient`.")
class InviteClientPayload(Carrier):
    collaboration: Collaboration | None = leaf(
        "The collaboration with the data that the firm entered, in stage INVITED until the invitation is accepted."
    )


@strawberry.type(description="The result of `resendClientInvitation`.")
class ResendClientInvitationPayload(Carrier):
    collaboration: Collaboration | None = leaf("The collaboration of the invitation.")


@strawberry.type(description="The new company. The caller can act for it from the next request on.")
class AcceptClientInvitationPayload(Carrier):
    membership: Membership | None = leaf("The person's membership of the company.")


@strawberry.type(description="The result of `declineClientInvitation`.")
class DeclineClientInvitationPayload(Carrier):
    declined: bool | None = leaf("Always true.")


@strawberry.type
class Inviting:
    invite_client: InviteClientPayload | None = via(
        invitations.invite_client, "Invite a company by mail, optionally with a discount."
    )
    resend_client_invitation: ResendClientInvitationPayload | None = via(
        invitations.resend_client_invitation,
        "Send an invitation again, with a new link that works for 30 days. "
        "The old link stops working. This is possible once a day.",
    )
    accept_client_invitation: AcceptClientInvitationPayload | None = via(
        invitations.accept_client_invitation,
        "Create a company from an invitation and choose the access of the inviting firm, "
        "with the token from the mail. The verification of the company begins.",
    )
    decline_client_invitation: DeclineClientInvitationPayload | None = via(
        invitations.decline_client_invitation, "Decline an invitation, with the token from the mail."
    )


PENDING = "The collaboration, which waits for the firm's answer."


@strawberry.type(description="The result of `addFirmAsBookkeeper`.")
class AddFirmAsBookkeeperPayload(Carrier):
    collaboration: Collaboration | None = leaf(PENDING)


@strawberry.type(description="The result of `requestCollaboration`.")
class RequestCollaborationPayload(Carrier):
    collaboration: Collaboration | None = leaf(PENDING)


@strawberry.type
class Requests:
    add_firm_as_bookkeeper: AddFirmAsBookkeeperPayload | None = via(
        requests.add_firm_as_bookkeeper, "Add a firm as the acting company's bookkeeper. The firm has to accept."
    )
    request_collaboration: RequestCollaborationPayload | None = via(
        requests.request_collaboration,
        "Request that a firm of the marketplace works for the acting company. The firm has to accept.",
    )
