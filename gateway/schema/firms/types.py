"""Object types of firms, their staff and their profiles."""

import strawberry

from gateway.db import models
from gateway.reads import by_policy, values
from gateway.schema.core.actions import Action, UnavailableAction, unavailable_actions, viewer_actions
from gateway.schema.core.enums import InvitationState
from gateway.schema.core.explain import HiddenField, hidden_fields
from gateway.schema.core.fields import count_of, leaf, newest_of, one_of, pages_of, part
from gateway.schema.core.node import Carrier, Connection, Node
from gateway.schema.core.scalars import URL, DateTime, Decimal, EmailAddress
from gateway.schema.firms.enums import (
    AccountState,
    FirmRole,
    MembershipState,
    PreconditionCode,
    ProfileState,
    ProgrammeState,
)


@strawberry.type(description="A revision of a firm's profile. It is public once it has been reviewed and published.")
class FirmProfile(Node, row=models.FirmProfile, more=(models.FirmProfile.name_key,)):
    display_name: str = leaf("The name in the directory.", values.text(models.FirmProfile.display_name))
    description: str = leaf("What the firm does.", values.text(models.FirmProfile.description))
    specialties: list[str] = leaf("The firm's specialties.", values.text(models.FirmProfile.specialties))
    location: str = leaf("The place where the firm is.", values.text(models.FirmProfile.location))
    languages: list[str] = leaf(
        "The codes of the languages that the firm works in, such as `sv`.", values.text(models.FirmProfile.languages)
    )
    website: URL | None = leaf("The firm's website.", values.text(models.FirmProfile.website))
    profile_state: ProfileState | None = leaf("The state of this revision.", values.word(models.FirmProfile.state))
    revision: int | None = leaf(
        "The number of the revision, counted from 1 for each firm.", values.number(models.FirmProfile.revision)
    )
    comment: str | None = leaf("The reviewer's comment.", values.text(models.FirmProfile.comment))
    viewer_actions: list[Action] = viewer_actions()
    unavailable_actions: list[UnavailableAction] = unavailable_actions()
    hidden_fields: list[HiddenField] = hidden_fields()


@strawberry.type(description="A member of a firm.")
class FirmMember(
    Node,
    row=models.FirmMember,
    joins=(
        (models.User, models.User.id == models.FirmMember.user_id),
        (models.Firm, models.Firm.id == models.FirmMember.firm_id),
    ),
    more=(models.User.name_key,),
):
    name: str = leaf("The member's name.", values.text(models.User.name))
    firm_name: str = leaf("The firm's name.", values.text(models.Firm.name.label("firm_name")))
    firm_role: FirmRole | None = leaf("The member's role in the firm.", values.word(models.FirmMember.role))
    email: EmailAddress | None = leaf("The member's mail address.", values.text(models.User.email))
    membership_state: MembershipState | None = leaf(
        "The state of the membership.", values.word(models.FirmMember.state)
    )
    is_owner: bool | None = leaf(
        "Whether the member owns the firm's account.", values.truth(models.FirmMember.is_owner)
    )
    viewer_actions: list[Action] = viewer_actions()
    unavailable_actions: list[UnavailableAction] = unavailable_actions()
    hidden_fields: list[HiddenField] = hidden_fields()


@strawberry.type(description="An invitation into a firm, sent to a mail address.")
class StaffInvitation(Node, row=models.StaffInvitation):
    email: EmailAddress | None = leaf("The invited mail address.", values.text(models.StaffInvitation.email))
    firm_role: FirmRole | None = leaf("The offered role.", values.word(models.StaffInvitation.role))
    invitation_state: InvitationState = leaf("The state of the invitation.", by_policy.first("status"))
    invited_at: DateTime = leaf("When the last mail was sent.", values.moment(models.StaffInvitation.invited_at))
    expires_at: DateTime | None = leaf(
        "Until when the link in the last mail works.",
        values.moment(models.StaffInvitation.expires_at),
    )
    viewer_actions: list[Action] = viewer_actions()
    unavailable_actions: list[UnavailableAction] = unavailable_actions()


@strawberry.type(description="A precondition for the approval of an application.")
class Precondition(Carrier):
    code: PreconditionCode = leaf("The precondition.")
    ok: bool = leaf("Whether it is met now.")


@strawberry.type(description="A firm's application for the partner programme.")
class FirmApplication(Carrier):
    state: ProgrammeState = leaf("The state of the firm in the programme.", by_policy.first("status"))
    preconditions: list[Precondition] = leaf(
        "All preconditions for the approval, and whether each is met.", by_policy.each("met", PreconditionCode)
    )
    submitted_at: DateTime | None = leaf(
        "When it was last submitted; null before that.",
        values.moment(models.Firm.submitted_at),
    )
    webinar_watched_at: DateTime | None = leaf(
        "When the webinar was watched; null before that.",
        values.moment(models.Firm.webinar_watched_at),
    )
    agreed_at: DateTime | None = leaf(
        "When the agreement was accepted; null before that.",
        values.moment(models.Firm.agreed_at),
    )
    decided_at: DateTime | None = leaf(
        "When it was last decided; null before that.",
        values.moment(models.Firm.decided_at),
    )
    reason: str | None = leaf(
        "The reason for a rejection or suspension.",
        values.text(models.Firm.decision_reason),
    )


@strawberry.type(description="The reported state of a firm's own subscription to the platform.")
class FirmSubscription(Carrier):
    paid: bool = leaf(
        "Whether the subscription is reported as paid and `paidUntil` has not passed.",
        by_policy.holds("subscription", "PAID"),
    )
    paid_until: DateTime | None = leaf(
        "Until when it is paid; null if no end was reported.",
        values.moment(models.Firm.subscription_paid_until),
    )
    lapsed: bool = leaf(
        "Whether the firm is in the programme although its subscription is not paid.",
        by_policy.holds("subscription", "LAPSED"),
    )


@strawberry.type(description="A firm that works for clients.")
class Firm(Node, row=models.Firm, more=(models.Firm.name_key,)):
    name: str = leaf("The firm's name.", values.text(models.Firm.name))
    profile: FirmProfile | None = one_of(
        "The firm's published profile; null if none is published.",
        models.FirmProfile.firm_id,
        rules=(("listed",),),
    )
    profile_revisions: Connection[FirmProfile] | None = pages_of(
        "All revisions of the firm's profile, published or not, newest first.",
        models.FirmProfile.firm_id,
        models.FirmProfile.revision,
        models.FirmProfile.id,
        descending=True,
    )
    staff: Connection[FirmMember] | None = pages_of(
        "The members of the firm that the viewer may see, by name.",
        models.FirmMember.firm_id,
        models.User.name_key,
        models.FirmMember.id,
    )
    staff_invitations: Connection[StaffInvitation] | None = newest_of(
        "The staff invitations that are not answered yet, newest first.",
        models.StaffInvitation.firm_id,
        models.StaffInvitation.id,
        ("waiting",),
    )
    client_count: int | None = count_of(
        "The number of the firm's clients that the viewer may see.",
        models.Collaboration.firm_id,
        ("status", "ACTIVE"),
    )
    account_state: AccountState | None = leaf("The state of the firm's account.", by_policy.first("account_state"))
    trial_ends_at: DateTime | None = leaf("When the trial ends or ended.", values.moment(models.Firm.trial_ends_at))
    reseller_tier: str | None = leaf("The firm's tier as a reseller.", values.text(models.Firm.reseller_tier))
    cashback_rate: Decimal | None = leaf(
        "The firm's cashback in percent, as a decimal number with two decimals such as `12.50`.",
        values.percent(models.Firm.cashback_rate),
    )

    has_own_account: bool | None = leaf(
        "Whether the firm has an account for its own spending.", values.known(models.Firm.own_client_id)
    )
    subscription: FirmSubscription | None = part("The firm's own subscription to the platform.", FirmSubscription)
    invitation_code: str | None = leaf(
        "The code by which a client adds the firm as its bookkeeper; null while the firm is not in the programme.",
        by_policy.where("invites", values.code(models.Firm.invitation_code)),
    )
    application: FirmApplication | None = part("The firm's application for the partner programme.", FirmApplication)
    viewer_actions: list[Action] = viewer_actions()
    unavailable_actions: list[UnavailableAction] = unavailable_actions()
    hidden_fields: list[HiddenField] = hidden_fields()
