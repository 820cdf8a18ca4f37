"""Object types of firms, their staff and their profiles."""

import strawberry

from gateway.resolvers.core.connections import nested_list
from gateway.resolvers.core.formats import moment, word
from gateway.resolvers.firms import invitation_codes, programme
from gateway.resolvers.firms import queries as firms_queries
from gateway.schema.core.enums import InvitationState
from gateway.schema.core.fields import column, leaf, via, word_of, words_of
from gateway.schema.core.node import Carrier, Connection, Node
from gateway.schema.firms.enums import (
    AccountState,
    FirmAction,
    FirmMemberState,
    FirmRole,
    PreconditionCode,
    ProfileAction,
    ProfileState,
    ProgrammeState,
    StaffAction,
    StaffInvitationAction,
)


@strawberry.type(description="A revision of a firm's profile. It is public once it has been reviewed and published.")
class FirmProfile(Node):
    display_name: str = leaf("The name in the directory.")
    description: str = leaf("What the firm does.")
    specialties: list[str] = leaf("The firm's specialties.")
    location: str = leaf("The place where the firm is.")
    languages: list[str] = leaf("The codes of the languages that the firm works in, such as `sv`.")
    website: str | None = leaf("The firm's website.")
    state: ProfileState | None = leaf("The state of this revision.", column("state", word))
    revision: int | None = leaf("The number of the revision, counted from 1 for each firm.")
    comment: str | None = leaf("The reviewer's comment.")
    viewer_actions: list[ProfileAction] = leaf(
        "The actions that the viewer may take on the revision now.", words_of("may")
    )


@strawberry.type(description="A member of a firm.")
class FirmMember(Node):
    name: str = leaf("The member's name.")
    firm_name: str = leaf("The firm's name.")
    role: FirmRole | None = leaf("The member's role in the firm.", column("role", word))
    email: str | None = leaf("The member's mail address.")
    state: FirmMemberState | None = leaf("The state of the membership.", column("state", word))
    is_owner: bool | None = leaf("Whether the member owns the firm's account.")
    viewer_actions: list[StaffAction] = leaf("The actions that the viewer may take on the member now.", words_of("may"))


@strawberry.type(description="An invitation into a firm, sent to a mail address.")
class StaffInvitation(Node):
    email: str = leaf("The invited mail address.")
    role: FirmRole = leaf("The offered role.", column("role", word))
    state: InvitationState = leaf("The state of the invitation.", word_of("status"))
    invited_at: str = leaf("When the last mail was sent (ISO 8601 with UTC offset).", column("invited_at", moment))
    expires_at: str = leaf(
        "Until when the link in the last mail works (ISO 8601 with UTC offset).", column("expires_at", moment)
    )
    viewer_actions: list[StaffInvitationAction] = leaf(
        "The actions that the viewer may take on the invitation now.", words_of("may")
    )


@strawberry.type(description="A precondition for the approval of an application.")
class Precondition(Carrier):
    code: PreconditionCode = leaf("The precondition.")
    ok: bool = leaf("Whether it is met now.")


@strawberry.type(description="A firm's application for the partner programme.")
class FirmApplication(Carrier):
    state: ProgrammeState = leaf("The state of the firm in the programme.")
    preconditions: list[Precondition] = leaf("All preconditions for the approval, and whether each is met.")
    submitted_at: str | None = leaf("When it was last submitted (ISO 8601 with UTC offset); null before that.")
    webinar_watched_at: str | None = leaf("When the webinar was watched (ISO 8601 with UTC offset); null before that.")
    agreed_at: str | None = leaf("When the agreement was accepted (ISO 8601 with UTC offset); null before that.")
    decided_at: str | None = leaf("When it was last decided (ISO 8601 with UTC offset); null before that.")
    reason: str | None = leaf("The reason for a rejection or suspension.")


@strawberry.type(description="The reported state of a firm's own subscription to the platform.")
class FirmSubscription(Carrier):
    paid: bool = leaf("Whether the subscription is reported as paid and `paidUntil` has not passed.")
    paid_until: str | None = leaf("Until when it is paid (ISO 8601 with UTC offset); null if no end was reported.")
    lapsed: bool = leaf("Whether the firm is in the programme although its subscription is not paid.")


@strawberry.type(description="A firm that works for clients.")
class Firm(Node):
    name: str = leaf("The firm's name.")
    profile: FirmProfile | None = via(firms_queries.profile, "The firm's published profile; null if none is published.")
    profile_revisions: Connection[FirmProfile] | None = via(
        nested_list("Firm.profileRevisions"), "All revisions of the firm's profile, published or not, newest first."
    )
    staff: Connection[FirmMember] | None = via(
        nested_list("Firm.staff"), "The members of the firm that the viewer may see, by name."
    )
    staff_invitations: Connection[StaffInvitation] | None = via(
        nested_list("Firm.staffInvitations"), "The staff invitations that are not answered yet, newest first."
    )
    client_count: int | None = via(
        firms_queries.client_count, "The number of the firm's clients that the viewer may see."
    )
    account_state: AccountState | None = leaf("The state of the firm's account.", word_of("account_state"))
    trial_ends_at: str | None = leaf(
        "When the trial ends or ended (ISO 8601 with UTC offset).", column("trial_ends_at", moment)
    )
    reseller_tier: str | None = leaf("The firm's tier as a reseller.")
    cashback_rate: str | None = leaf(
        "The firm's cashback in percent, as a decimal number with two decimals such as `12.50`.",
        column("cashback_rate", firms_queries.percent),
    )

    has_own_account: bool | None = leaf(
        "Whether the firm has an account for its own spending.", column("own_client_id", lambda key: key is not None)
    )
    subscription: FirmSubscription | None = leaf("The firm's own subscription to the platform.", programme.subscription)
    invitation_code: str | None = leaf(
        "The code by which a client adds the firm as its bookkeeper; null while the firm is not in the programme.",
        invitation_codes.shown_code,
    )
    application: FirmApplication | None = leaf(
        "The firm's application for the partner programme.", programme.application
    )
    viewer_actions: list[FirmAction] = leaf("The actions that the viewer may take on the firm now.", words_of("may"))
