"""Mutations of client companies: members, ownership, assignments, verification and names (D52)."""

import strawberry

from gateway.resolvers.clients import assignments, members, verification
from gateway.resolvers.core import names
from gateway.resolvers.memberships import roles
from gateway.schema.accounts.types import Membership
from gateway.schema.clients.types import Client, ClientMember, ClientMemberInvitation
from gateway.schema.core.fields import leaf, via
from gateway.schema.core.node import Carrier, Node
from gateway.schema.firms.types import Firm


@strawberry.type(description="The invitations into a company that were created or sent again.")
class InviteMemberPayload(Carrier):
    invitations: list[ClientMemberInvitation] | None = leaf("The invitations, in the order of their addresses.")


@strawberry.type(description="The result of `resendMemberInvitation`.")
class ResendMemberInvitationPayload(Carrier):
    invitation: ClientMemberInvitation | None = leaf("The invitation.")


@strawberry.type(description="The result of `revokeMemberInvitation`.")
class RevokeMemberInvitationPayload(Carrier):
    invitation: ClientMemberInvitation | None = leaf("The invitation.")


@strawberry.type(
    description="The new membership in a company. The caller can act for the company from the next request on."
)
class AcceptMemberInvitationPayload(Carrier):
    membership: Membership | None = leaf("The person's membership of the company.")


@strawberry.type(description="The result of `changeMemberRole`.")
class ChangeMemberRolePayload(Carrier):
    member: ClientMember | None = leaf("The member; null if it is the viewer, whose own membership has changed.")


@strawberry.type(description="The result of `removeMember`.")
class RemoveMemberPayload(Carrier):
    client: Client | None = leaf("The company with its present members; null if the viewer has left it.")


@strawberry.type(description="The result of `transferOwnership`.")
class TransferOwnershipPayload(Carrier):
    owner: Node | None = leaf("The new owner: a `FirmMember` or a `ClientMember`.")


@strawberry.type
class Members:
    invite_member: InviteMemberPayload | None = via(
        members.invite_member,
        "Invite people into the acting company by mail. An address with an open "
        "invitation is sent a new link, and the old link stops working.",
    )
    resend_member_invitation: ResendMemberInvitationPayload | None = via(
        members.resend_member_invitation,
        "Send an invitation again, with a new link that works for 14 days. The old link stops working.",
    )
    revoke_member_invitation: RevokeMemberInvitationPayload | None = via(
        members.revoke_member_invitation, "Revoke an invitation. Its link stops working."
    )
    accept_member_invitation: AcceptMemberInvitationPayload | None = via(
        members.accept_member_invitation,
        "Accept an invitation into a company, with the token from the mail.",
    )
    change_member_role: ChangeMemberRolePayload | None = via(
        members.change_member_role, "Change a member's role in the acting company. The owner's role cannot be changed."
    )
    remove_member: RemoveMemberPayload | None = via(
        members.remove_member,
        "Remove a member from the acting company, with immediate effect. The owner cannot be removed.",
    )
    transfer_ownership: TransferOwnershipPayload | None = via(
        roles.transfer_ownership,
        "Transfer the ownership of the acting firm or company to another active administrator of it.",
    )


@strawberry.type(description="The clients with their new assignments.")
class AssignManagersPayload(Carrier):
    clients: list[Client] | None = leaf("The clients.")


@strawberry.type(description="The result of `unassignManager`.")
class UnassignManagerPayload(Carrier):
    client: Client | None = leaf(
        "The client; null if the viewer may not see it any more, as a bookkeeper who has ended their own assignment."
    )


@strawberry.type
class Assignments:
    assign_managers: AssignManagersPayload | None = via(
        assignments.assign_managers,
        "Assign members of the acting firm to clients: all of them to each client. Present assignments stay.",
    )
    unassign_manager: UnassignManagerPayload | None = via(
        assignments.unassign_manager,
        "End the assignment of a member of the acting firm to a client. A bookkeeper may end only their own.",
    )


@strawberry.type(description="The result of `decideVerification`.")
class DecideVerificationPayload(Carrier):
    client: Client | None = leaf("The client.")


@strawberry.type(description="The result of `requestVerification`.")
class RequestVerificationPayload(Carrier):
    client: Client | None = leaf("The company.")


@strawberry.type
class Verifying:
    decide_verification: DecideVerificationPayload | None = via(
        verification.decide_verification,
        "Decide the verification of a company. When it is verified, the collaborations "
        "that it has accepted begin, on the terms that it offers at that time.",
    )
    request_verification: RequestVerificationPayload | None = via(
        verification.request_verification,
        "Request the verification of the acting company again, after a rejection.",
    )


@strawberry.type(description="The result of `renameCompany`.")
class RenameCompanyPayload(Carrier):
    client: Client | None = leaf("The company.")


@strawberry.type(description="The result of `renameFirm`.")
class RenameFirmPayload(Carrier):
    firm: Firm | None = leaf("The firm.")


@strawberry.type
class Renaming:
    rename_company: RenameCompanyPayload | None = via(
        names.rename_company,
        "Change the name of the acting company. Its pending and active collaborations show the new name. "
        "Invitations that it has not accepted, ended collaborations and invoices keep the old name.",
    )
    rename_firm: RenameFirmPayload | None = via(
        names.rename_firm,
        "Change the name of the acting firm. Collaborations that have not ended show the new "
        "name. Ended collaborations, invoices and the published profile keep the old name.",
    )
