"""What a firm may do for a client and who pays: granted, changed, taken back, given back (M7, M8)."""

import strawberry

from gateway.resolvers import governing as how
from gateway.schema.collaborations import Collaboration
from gateway.schema.fields import leaf, via

CHANGED = "The collaboration as it is now."


@strawberry.type(description="Access that was asked for.")
class RequestAccessPayload:
    collaboration: Collaboration | None = leaf(CHANGED)


@strawberry.type(description="A request for access that was dismissed.")
class DismissAccessRequestPayload:
    collaboration: Collaboration | None = leaf(CHANGED)


@strawberry.type(description="Access that was granted.")
class GrantAccessPayload:
    collaboration: Collaboration | None = leaf(CHANGED)


@strawberry.type(description="Access that was changed.")
class ChangeAccessPayload:
    collaboration: Collaboration | None = leaf(CHANGED)


@strawberry.type(description="Access that was taken back.")
class RemoveAccessPayload:
    collaboration: Collaboration | None = leaf(CHANGED)


@strawberry.type(description="What is shared from now on.")
class SetKpiSharingPayload:
    collaboration: Collaboration | None = leaf(CHANGED)


@strawberry.type(description="Access that was given back.")
class HandBackAccessPayload:
    collaboration: Collaboration | None = leaf(CHANGED)


@strawberry.type(description="Who pays from now on.")
class ChangeBillingModePayload:
    collaboration: Collaboration | None = leaf(CHANGED)


@strawberry.type
class Access:
    request_access: RequestAccessPayload | None = via(
        how.request_access,
        "Request a level above the one in force. The same request again within 24 hours changes nothing and sends no mail.",
    )
    dismiss_access_request: DismissAccessRequestPayload | None = via(
        how.dismiss_access_request, "Dismiss the firm's request for access. The access stays as it is."
    )
    grant_access: GrantAccessPayload | None = via(how.grant_access, "Grant a firm access, and with FULL say who pays.")
    change_access: ChangeAccessPayload | None = via(how.change_access, "Change the access that a firm has.")
    remove_access: RemoveAccessPayload | None = via(how.remove_access, "Take a firm's access back, at once.")
    set_kpi_sharing: SetKpiSharingPayload | None = via(
        how.set_kpi_sharing, "Choose which kinds of pending work a firm may see."
    )
    hand_back_access: HandBackAccessPayload | None = via(
        how.hand_back_access, "Give the firm's access back, or keep a lower level of it."
    )
    change_billing_mode: ChangeBillingModePayload | None = via(
        how.change_billing_mode, "Change who pays for what is ordered from now on. The firm is told by e-mail."
    )
