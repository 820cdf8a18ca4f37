"""A firm invites a company that is not here (P14, M5)."""

import strawberry

from gateway.resolvers import inviting as how
from gateway.schema.collaborations import Collaboration
from gateway.schema.fields import leaf, via


@strawberry.type(description="A company that was invited.")
class InviteClientPayload:
    collaboration: Collaboration | None = leaf("What the firm typed, in stage INVITED until it is accepted.")


@strawberry.type(description="An invitation that was sent again.")
class ResendClientInvitationPayload:
    collaboration: Collaboration | None = leaf("The collaboration to be.")


@strawberry.type(description="A company that has come. It is one to act for from the next request on.")
class AcceptClientInvitationPayload:
    client_id: strawberry.ID | None = leaf("The company's global id, for the header X-Acting-As.")
    client_name: str | None = leaf("The company's name.")


@strawberry.type(description="An invitation that was declined.")
class DeclineClientInvitationPayload:
    declined: bool | None = leaf("Always true.")


@strawberry.type
class Inviting:
    invite_client: InviteClientPayload | None = via(
        how.invite_client, "Invite a company by mail, with an offer of a discount perhaps."
    )
    resend_client_invitation: ResendClientInvitationPayload | None = via(
        how.resend_client_invitation,
        "Send an invitation again: with a new link, for 30 days more. The old link ends. Once a day at most.",
    )
    accept_client_invitation: AcceptClientInvitationPayload | None = via(
        how.accept_client_invitation,
        "Bring a company here and choose what the inviting firm gets, with the token of its letter. It begins with the"
        " company's verification.",
    )
    decline_client_invitation: DeclineClientInvitationPayload | None = via(
        how.decline_client_invitation, "Decline an invitation, with the token of its letter."
    )
