"""A firm's account and its way into the partner programme (M1, M2)."""

import strawberry

from gateway.resolvers import closing as closing_how
from gateway.resolvers import invitation_codes as codes_how
from gateway.resolvers import programme as how
from gateway.schema.fields import leaf, via
from gateway.schema.firms import Firm

CHANGED = "The firm, for whom may see it now."


@strawberry.type(description="A firm's account that was activated.")
class ActivateFirmAccountPayload:
    firm: Firm | None = leaf(CHANGED)


@strawberry.type(description="An application that was submitted.")
class SubmitPartnerApplicationPayload:
    firm: Firm | None = leaf(CHANGED)


@strawberry.type(description="An application whose webinar was watched.")
class WebinarWatchedPayload:
    firm: Firm | None = leaf(CHANGED)


@strawberry.type(description="An application whose agreement was accepted.")
class AcceptAgreementPayload:
    firm: Firm | None = leaf(CHANGED)


@strawberry.type(description="An application that was decided.")
class DecideApplicationPayload:
    firm: Firm | None = leaf(CHANGED)


@strawberry.type(description="A firm that was suspended.")
class SuspendFirmPayload:
    firm: Firm | None = leaf(CHANGED)


@strawberry.type(description="A firm whose suspension ended.")
class ReinstateFirmPayload:
    firm: Firm | None = leaf(CHANGED)


@strawberry.type(description="A firm whose subscription was reported.")
class ReportSubscriptionPayload:
    firm: Firm | None = leaf(CHANGED)


@strawberry.type(description="A firm whose account was closed.")
class CloseFirmPayload:
    firm: Firm | None = leaf(CHANGED)


@strawberry.type(description="A firm with a new invitation code.")
class RotateInvitationCodePayload:
    firm: Firm | None = leaf(CHANGED)


@strawberry.type
class Programme:
    activate_firm_account: ActivateFirmAccountPayload | None = via(
        how.activate_firm_account, "Activate the acting firm's account after its trial."
    )
    submit_partner_application: SubmitPartnerApplicationPayload | None = via(
        how.submit_partner_application,
        "Apply for the partner programme with the acting firm. What is not met yet is shown, not refused.",
    )
    webinar_watched: WebinarWatchedPayload | None = via(
        how.webinar_watched, "Say that the webinar was watched; the agreement comes by mail."
    )
    accept_agreement: AcceptAgreementPayload | None = via(how.accept_agreement, "Accept the partner agreement.")
    decide_application: DecideApplicationPayload | None = via(
        how.decide_application, "Approve or reject an application."
    )
    suspend_firm: SuspendFirmPayload | None = via(
        how.suspend_firm, "Suspend a firm: its access to clients rests, nothing is deleted."
    )
    reinstate_firm: ReinstateFirmPayload | None = via(how.reinstate_firm, "End a firm's suspension.")
    report_subscription: ReportSubscriptionPayload | None = via(
        how.report_subscription,
        "Report whether a firm's own subscription is paid: the platform and its billing system.",
    )
    close_firm: CloseFirmPayload | None = via(
        closing_how.close_firm,
        "Close a firm's account for good: its owner once no collaboration is alive, the platform at any time.",
    )
    rotate_invitation_code: RotateInvitationCodePayload | None = via(
        codes_how.rotate_invitation_code, "Replace the acting firm's invitation code; the current one stops working."
    )
