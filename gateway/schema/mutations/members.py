"""A company's own people: invited, changed and removed; and who owns a company or a firm (D52)."""

import strawberry

from gateway.resolvers import membering as how
from gateway.resolvers import placing
from gateway.schema.clients import Client, ClientMember, ClientMemberInvitation
from gateway.schema.fields import leaf, via
from gateway.schema.node import Node
from gateway.schema.words import ClientRole


@strawberry.type(description="Invitations into a company that were made, or renewed.")
class InviteMemberPayload:
    invitations: list[ClientMemberInvitation] | None = leaf("The invitations, in the order of their addresses.")


@strawberry.type(description="An invitation into a company that was sent again.")
class ResendMemberInvitationPayload:
    invitation: ClientMemberInvitation | None = leaf("The invitation.")


@strawberry.type(description="An invitation into a company that was taken back.")
class RevokeMemberInvitationPayload:
    invitation: ClientMemberInvitation | None = leaf("The invitation.")


@strawberry.type(description="A place in a company that was taken. It is one to act for from the next request on.")
class AcceptMemberInvitationPayload:
    client_id: strawberry.ID | None = leaf("The company's global id, for the header X-Acting-As.")
    client_name: str | None = leaf("The company's name.")
    role: ClientRole | None = leaf("The role in the company.")


@strawberry.type(description="A person of a company whose role was changed.")
class ChangeMemberRolePayload:
    member: ClientMember | None = leaf("The person; null for the viewer, whose place is another now.")


@strawberry.type(description="A person who was removed from a company.")
class RemoveMemberPayload:
    client: Client | None = leaf("The company, with its people as they are now; null to whoever left it.")


@strawberry.type(description="An ownership that was handed over.")
class TransferOwnershipPayload:
    owner: Node | None = leaf("The new owner: a `FirmMember` or a `ClientMember`.")


@strawberry.type
class Members:
    invite_member: InviteMemberPayload | None = via(
        how.invite_member, "Invite people into the acting company by mail. Who has an open invitation gets it anew."
    )
    resend_member_invitation: ResendMemberInvitationPayload | None = via(
        how.resend_member_invitation, "Send an invitation again: with a new link, for 14 days more. The old link ends."
    )
    revoke_member_invitation: RevokeMemberInvitationPayload | None = via(
        how.revoke_member_invitation, "Take an invitation back. Its link ends."
    )
    accept_member_invitation: AcceptMemberInvitationPayload | None = via(
        how.accept_member_invitation, "Take the place in a company that an invitation offers, with the letter's token."
    )
    change_member_role: ChangeMemberRolePayload | None = via(
        how.change_member_role, "Change a person's role in the acting company. The owner's stays."
    )
    remove_member: RemoveMemberPayload | None = via(
        how.remove_member, "Remove a person from the acting company, at once. The owner stays."
    )
    transfer_ownership: TransferOwnershipPayload | None = via(
        placing.transfer_ownership,
        "Hand the ownership of the acting firm or company over to another active administrator of it.",
    )
