"""Firms, their staff and their profiles."""

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


@strawberry.type(description="What a firm says of itself: in public, once it has been reviewed and published.")
class FirmProfile(Node):
    display_name: str = leaf("The name in the directory.")
    description: str = leaf("What the firm does.")
    specialties: list[str] = leaf("What it is good at.")
    location: str = leaf("Where it is.")
    languages: list[str] = leaf("The languages it works in.")
    website: str | None = leaf("Its website.")
    state: ProfileState | None = leaf("Where this revision is.", column("state", word))
    revision: int | None = leaf("Which revision it is: 1 is the firm's first.")
    comment: str | None = leaf("What the reviewer said of it.")
    viewer_actions: list[ProfileAction] = leaf("What the viewer may do with it now.", words_of("may"))


@strawberry.type(description="A person of a firm.")
class FirmMember(Node):
    name: str = leaf("The person's name.")
    firm_name: str = leaf("The firm's name.")
    role: FirmRole | None = leaf("The role in the firm.", column("role", word))
    email: str | None = leaf("The address.")
    state: FirmMemberState | None = leaf("Where the person's place is.", column("state", word))
    is_owner: bool | None = leaf("Whether the person owns the firm's account.")
    viewer_actions: list[StaffAction] = leaf("What the viewer may do with the person now.", words_of("may"))


@strawberry.type(description="A place in a firm, offered to an address by mail.")
class StaffInvitation(Node):
    email: str = leaf("The address.")
    role: FirmRole = leaf("The role that is offered.", column("role", word))
    state: InvitationState = leaf("Where it is.", word_of("status"))
    invited_at: str = leaf("When it was last sent.", column("invited_at", moment))
    expires_at: str = leaf("When it ends.", column("expires_at", moment))
    viewer_actions: list[StaffInvitationAction] = leaf("What the viewer may do with it now.", words_of("may"))


@strawberry.type(description="Something that must be true before an application is approved.")
class Precondition(Carrier):
    code: PreconditionCode = leaf("What.")
    ok: bool = leaf("Whether it is true now.")


@strawberry.type(description="How a firm comes into the partner programme.")
class FirmApplication(Carrier):
    state: ProgrammeState = leaf("Where it is.")
    preconditions: list[Precondition] = leaf("What must be true before it is approved, and whether it is.")
    submitted_at: str | None = leaf("When it was last submitted.")
    webinar_watched_at: str | None = leaf("When the webinar was watched.")
    agreed_at: str | None = leaf("When the agreement was accepted.")
    decided_at: str | None = leaf("When it was decided.")
    reason: str | None = leaf("Why it was rejected or suspended.")


@strawberry.type(description="What is reported of a firm's subscription to the platform.")
class FirmSubscription(Carrier):
    paid: bool = leaf("Whether it is reported as paid, and not past `paidUntil`.")
    paid_until: str | None = leaf("Until when it is paid; null where no end was reported.")
    lapsed: bool = leaf("Whether the firm is in the programme and its subscription is not paid.")


@strawberry.type(description="A firm that works for clients.")
class Firm(Node):
    name: str = leaf("The firm's name.")
    profile: FirmProfile | None = via(firms_queries.profile, "Its published profile.")
    profile_revisions: Connection[FirmProfile] | None = via(
        nested_list("Firm.profileRevisions"), "All revisions of its profile, published or not, the newest first."
    )
    staff: Connection[FirmMember] | None = via(
        nested_list("Firm.staff"), "Its people by name, as far as the viewer may know them."
    )
    staff_invitations: Connection[StaffInvitation] | None = via(
        nested_list("Firm.staffInvitations"), "The invitations of staff that are not answered yet, the newest first."
    )
    client_count: int | None = via(
        firms_queries.client_count, "How many clients it works for, of those that the viewer may know."
    )
    account_state: AccountState | None = leaf("The state of its account.", word_of("account_state"))
    trial_ends_at: str | None = leaf("When its trial ends or ended.", column("trial_ends_at", moment))
    reseller_tier: str | None = leaf("Its tier as a reseller.")
    cashback_rate: str | None = leaf(
        "Its cashback in percent, as a decimal number.", column("cashback_rate", firms_queries.percent)
    )

    has_own_account: bool | None = leaf(
        "Whether it has an account for its own spending.", column("own_client_id", lambda key: key is not None)
    )
    subscription: FirmSubscription | None = leaf("Its own subscription to the platform.", programme.subscription)
    invitation_code: str | None = leaf(
        "The code by which a client adds the firm as its bookkeeper; null while the firm is not in the programme.",
        invitation_codes.shown_code,
    )
    application: FirmApplication | None = leaf("Its way into the partner programme.", programme.application)
    viewer_actions: list[FirmAction] = leaf("What the viewer may do with it now.", words_of("may"))
