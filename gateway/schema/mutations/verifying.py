"""Who a company is: decided by the platform, and asked again by a company that was rejected (M5, D67)."""

import strawberry

from gateway.resolvers import verifying as how
from gateway.schema.clients import Client
from gateway.schema.fields import leaf, via


@strawberry.type(description="A client whose verification was decided.")
class DecideVerificationPayload:
    client: Client | None = leaf("The client.")


@strawberry.type(description="A company that is verified once more.")
class RequestVerificationPayload:
    client: Client | None = leaf("The company.")


@strawberry.type
class Verifying:
    decide_verification: DecideVerificationPayload | None = via(
        how.decide_verification,
        "Decide who a company is. What it has accepted begins when it is verified, on the terms that it offers by then.",
    )
    request_verification: RequestVerificationPayload | None = via(
        how.request_verification, "Ask for the verification of the acting company again, after it was rejected."
    )
