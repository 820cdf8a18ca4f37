"""A firm's profile: written, submitted, reviewed, withdrawn (M3)."""

import strawberry

from gateway.resolvers import profiles as how
from gateway.schema.fields import leaf, via
from gateway.schema.firms import FirmProfile


@strawberry.type(description="A draft of a profile that was saved.")
class SaveProfileDraftPayload:
    profile: FirmProfile | None = leaf("The revision that was begun or changed.")


@strawberry.type(description="A revision that was submitted for review.")
class SubmitProfilePayload:
    profile: FirmProfile | None = leaf("The revision.")


@strawberry.type(description="A revision that was reviewed.")
class DecideProfileRevisionPayload:
    profile: FirmProfile | None = leaf("The revision.")


@strawberry.type(description="A profile that was taken off the lists.")
class WithdrawProfilePayload:
    profile: FirmProfile | None = leaf("The revision that was published.")


@strawberry.type
class Profiles:
    save_profile_draft: SaveProfileDraftPayload | None = via(
        how.save_profile_draft,
        "Save what the acting firm wants to say of itself. What is published stays so until a reviewer decides.",
    )
    submit_profile: SubmitProfilePayload | None = via(how.submit_profile, "Submit a draft for review.")
    decide_profile_revision: DecideProfileRevisionPayload | None = via(
        how.decide_profile_revision, "Publish a revision that was submitted, or ask for changes."
    )
    withdraw_profile: WithdrawProfilePayload | None = via(
        how.withdraw_profile, "Take a published profile off the lists."
    )
