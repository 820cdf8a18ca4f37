"""What a firm may do for a client and who pays: granted, changed, taken back, given back (M7, M8)."""

import strawberry

from gateway.resolvers.collaborations import access, invitations, lifecycle, requests
from gateway.schema.collaborations.enums import RevokedKind
from gateway.schema.collaborations.types import Collaboration
from gateway.schema.core.fields import leaf, via
from gateway.schema.core.node import Carrier

CHANGED = "The collaboration as it is now."


@strawberry.type(description="Access that was asked for.")
class RequestAccessPayload(Carrier):
    collaboration: Collaboration | None = leaf(CHANGED)


@strawberry.type(description="A request for access that was dismissed.")
class DismissAccessRequestPayload(Carrier):
    collaboration: Collaboration | None = leaf(CHANGED)


@strawberry.type(description="Access that was granted.")
class GrantAccessPayload(Carrier):
    collaboration: Collaboration | None = leaf(CHANGED)


@strawberry.type(description="Access that was changed.")
class ChangeAccessPayload(Carrier):
    collaboration: Collaboration | None = leaf(CHANGED)


@strawberry.type(description="Access that was taken back.")
class RemoveAccessPayload(Carrier):
    collaboration: Collaboration | None = leaf(CHANGED)


@strawberry.type(description="What is shared from now on.")
class SetKpiSharingPayload(Carrier):
    collaboration: Collaboration | None = leaf(CHANGED)


@strawberry.type(description="Access that was given back.")
class HandBackAccessPayload(Carrier):
    collaboration: Collaboration | None = leaf(CHANGED)


@strawberry.type(description="Who pays from now on.")
class ChangeBillingModePayload(Carrier):
    collaboration: Collaboration | None = leaf(CHANGED)


@strawberry.type
class Access:
    request_access: RequestAccessPayload | None = via(
        access.request_access,
        "Request a level above the one in force. The same request again within 24 hours changes nothing and sends no mail.",
    )
    dismiss_access_request: DismissAccessRequestPayload | None = via(
        access.dismiss_access_request, "Dismiss the firm's request for access. The access stays as it is."
    )
    grant_access: GrantAccessPayload | None = via(
        access.grant_access, "Grant a firm access, and with FULL say who pays."
    )
    change_access: ChangeAccessPayload | None = via(access.change_access, "Change the access that a firm has.")
    remove_access: RemoveAccessPayload | None = via(access.remove_access, "Take a firm's access back, at once.")
    set_kpi_sharing: SetKpiSharingPayload | None = via(
        access.set_kpi_sharing, "Choose which kinds of pending work a firm may see."
    )
    hand_back_access: HandBackAccessPayload | None = via(
        access.hand_back_access, "Give the firm's access back, or keep a lower level of it."
    )
    change_billing_mode: ChangeBillingModePayload | None = via(
        access.change_billing_mode, "Change who pays for what is ordered from now on. The firm is told by e-mail."
    )


UNSEEN = "The collaboration, for whom may still see it."


@strawberry.type(description="A collaboration that was accepted.")
class AcceptCollaborationPayload(Carrier):
    collaboration: Collaboration | None = leaf(CHANGED)


@strawberry.type(description="A collaboration that was declined.")
class DeclineCollaborationPayload(Carrier):
    collaboration: Collaboration | None = leaf(UNSEEN)


@strawberry.type(description="A collaboration that was withdrawn.")
class WithdrawCollaborationPayload(Carrier):
    collaboration: Collaboration | None = leaf(UNSEEN)


@strawberry.type(description="Something that ended with a collaboration.")
class Revoked(Carrier):
    kind: RevokedKind = leaf("What it was.")
    count: int = leaf("How many of them.")


@strawberry.type(description="A collaboration that was ended.")
class TerminateCollaborationPayload(Carrier):
    collaboration: Collaboration | None = leaf(CHANGED)
    revoked: list[Revoked] | None = via(lifecycle.revoked, "What ended with it.")


@strawberry.type
class Collaborating:
    accept_collaboration: AcceptCollaborationPayload | None = via(
        lifecycle.accept_collaboration,
        "Accept a client's request; as a client, accept a firm's invitation. The collaboration that begins by an invitation "
        "has an id of its own.",
    )
    decline_collaboration: DeclineCollaborationPayload | None = via(
        lifecycle.decline_collaboration, "Decline a client's request; as a client, decline a firm's invitation."
    )
    withdraw_collaboration: WithdrawCollaborationPayload | None = via(
        lifecycle.withdraw_collaboration,
        "Withdraw one's own request or invitation before it has led to a collaboration.",
    )
    terminate_collaboration: TerminateCollaborationPayload | None = via(
        lifecycle.terminate_collaboration, "End a collaboration and every access with it, at once and for good."
    )


@strawberry.type(description="A company that was invited.")
class InviteClientPayload(Carrier):
    collaboration: Collaboration | None = leaf("What the firm typed, in stage INVITED until it is accepted.")


@strawberry.type(description="An invitation that was sent again.")
class ResendClientInvitationPayload(Carrier):
    collaboration: Collaboration | None = leaf("The collaboration to be.")


@strawberry.type(description="A company that has come. It is one to act for from the next request on.")
class AcceptClientInvitationPayload(Carrier):
    client_id: strawberry.ID | None = leaf("The company's global id, for the header X-Acting-As.")
    client_name: str | None = leaf("The company's name.")


@strawberry.type(description="An invitation that was declined.")
class DeclineClientInvitationPayload(Carrier):
    declined: bool | None = leaf("Always true.")


@strawberry.type
class Inviting:
    invite_client: InviteClientPayload | None = via(
        invitations.invite_client, "Invite a company by mail, with an offer of a discount perhaps."
    )
    resend_client_invitation: ResendClientInvitationPayload | None = via(
        invitations.resend_client_invitation,
        "Send an invitation again: with a new link, for 30 days more. The old link ends. Once a day at most.",
    )
    accept_client_invitation: AcceptClientInvitationPayload | None = via(
        invitations.accept_client_invitation,
        "Bring a company here and choose what the inviting firm gets, with the token of its letter. It begins with the"
        " company's verification.",
    )
    decline_client_invitation: DeclineClientInvitationPayload | None = via(
        invitations.decline_client_invitation, "Decline an invitation, with the token of its letter."
    )


PENDING = "The collaboration, which waits for the firm."


@strawberry.type(description="A firm that was added, and is to accept.")
class AddFirmAsBookkeeperPayload(Carrier):
    collaboration: Collaboration | None = leaf(PENDING)


@strawberry.type(description="A firm that was asked.")
class RequestCollaborationPayload(Carrier):
    collaboration: Collaboration | None = leaf(PENDING)


@strawberry.type
class Requests:
    add_firm_as_bookkeeper: AddFirmAsBookkeeperPayload | None = via(
        requests.add_firm_as_bookkeeper, "Add a firm as the acting company's bookkeeper; it is to accept."
    )
    request_collaboration: RequestCollaborationPayload | None = via(
        requests.request_collaboration, "Ask a firm of the marketplace to work for the acting company."
    )
