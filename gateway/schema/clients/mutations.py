"""A company's own people: invited, changed and removed; and who owns a company or a firm (D52)."""

import strawberry

from gateway.resolvers.clients import assignments, members, verification
from gateway.resolvers.core import names
from gateway.resolvers.memberships import roles
from gateway.schema.clients.enums import ClientRole
from gateway.schema.clients.types import Client, ClientMember, ClientMemberInvitation
from gateway.schema.core.fields import leaf, via
from gateway.schema.core.node import Carrier, Node
from gateway.schema.firms.types import Firm


@strawberry.type(description="Invitations into a company that were made, or renewed.")
class InviteMemberPayload(Carrier):
    invitations: list[ClientMemberInvitation] | None = leaf("The invitations, in the order of their addresses.")


@strawberry.type(description="An invitation into a company that was sent again.")
class ResendMemberInvitationPayload(Carrier):
    invitation: ClientMemberInvitation | None = leaf("The invitation.")


@strawberry.type(description="An invitation into a company that was taken back.")
class RevokeMemberInvitationPayload(Carrier):
    invitation: ClientMemberInvitation | None = leaf("The invitation.")


@strawberry.type(description="A place in a company that was taken. It is one to act for from the next request on.")
class AcceptMemberInvitationPayload(Carrier):
    client_id: strawberry.ID | None = leaf("The company's global id, for the header X-Acting-As.")
    client_name: str | None = leaf("The company's name.")
    role: ClientRole | None = leaf("The role in the company.")


@strawberry.type(description="A person of a company whose role was changed.")
class ChangeMemberRolePayload(Carrier):
    member: ClientMember | None = leaf("The person; null for the viewer, whose place is another now.")


@strawberry.type(description="A person who was removed from a company.")
class RemoveMemberPayload(Carrier):
    client: Client | None = leaf("The company, with its people as they are now; null to whoever left it.")


@strawberry.type(description="An ownership that was handed over.")
class TransferOwnershipPayload(Carrier):
    owner: Node | None = leaf("The new owner: a `FirmMember` or a `ClientMember`.")


@strawberry.type
class Members:
    invite_member: InviteMemberPayload | None = via(
        members.invite_member, "Invite people into the acting company by mail. Who has an open invitation gets it anew."
    )
    resend_member_invitation: ResendMemberInvitationPayload | None = via(
        members.resend_member_invitation,
        "Send an invitation again: with a new link, for 14 days more. The old link ends.",
    )
    revoke_member_invitation: RevokeMemberInvitationPayload | None = via(
        members.revoke_member_invitation, "Take an invitation back. Its link ends."
    )
    accept_member_invitation: AcceptMemberInvitationPayload | None = via(
        members.accept_member_invitation,
        "Take the place in a company that an invitation offers, with the letter's token.",
    )
    change_member_role: ChangeMemberRolePayload | None = via(
        members.change_member_role, "Change a person's role in the acting company. The owner's stays."
    )
    remove_member: RemoveMemberPayload | None = via(
        members.remove_member, "Remove a person from the acting company, at once. The owner stays."
    )
    transfer_ownership: TransferOwnershipPayload | None = via(
        roles.transfer_ownership,
        "Hand the ownership of the acting firm or company over to another active administrator of it.",
    )


@strawberry.type(description="Clients and those who are in charge of them now.")
class AssignManagersPayload(Carrier):
    clients: list[Client] | None = leaf("The clients.")


@strawberry.type(description="A client that somebody is no longer in charge of.")
class UnassignManagerPayload(Carrier):
    client: Client | None = leaf("The client; null for a bookkeeper who has given it up.")


@strawberry.type
class Assignments:
    assign_managers: AssignManagersPayload | None = via(
        assignments.assign_managers, "Put people of the acting firm in charge of clients; who already is stays so."
    )
    unassign_manager: UnassignManagerPayload | None = via(
        assignments.unassign_manager, "End somebody's charge of a client; a bookkeeper's own, too."
    )


@strawberry.type(description="A client whose verification was decided.")
class DecideVerificationPayload(Carrier):
    client: Client | None = leaf("The client.")


@strawberry.type(description="A company that is verified once more.")
class RequestVerificationPayload(Carrier):
    client: Client | None = leaf("The company.")


@strawberry.type
class Verifying:
    decide_verification: DecideVerificationPayload | None = via(
        verification.decide_verification,
        "Decide who a company is. What it has accepted begins when it is verified, on the terms that it offers by then.",
    )
    request_verification: RequestVerificationPayload | None = via(
        verification.request_verification,
        "Ask for the verification of the acting company again, after it was rejected.",
    )


@strawberry.type(description="A company with a new name.")
class RenameCompanyPayload(Carrier):
    client: Client | None = leaf("The company.")


@strawberry.type(description="A firm with a new name.")
class RenameFirmPayload(Carrier):
    firm: Firm | None = leaf("The firm.")


@strawberry.type
class Renaming:
    rename_company: RenameCompanyPayload | None = via(
        names.rename_company,
        "Change the name of the acting company. Its pending and active collaborations show the new name. Invitations that"
        " it has not accepted, ended collaborations and invoices keep theirs.",
    )
    rename_firm: RenameFirmPayload | None = via(
        names.rename_firm,
        "Change the name of the acting firm. Collaborations that have not ended show the new name. Ended ones, invoices and"
        " the published profile keep theirs.",
    )
