"""Ways to a collaboration: a client adds a firm, or asks one of the marketplace; the platform verifies who a client is (M5, M6)."""

import strawberry

from gateway.resolvers import requesting as how
from gateway.schema.clients import Client
from gateway.schema.collaborations import Collaboration
from gateway.schema.fields import leaf, via

PENDING = "The collaboration, which waits for the firm."


@strawberry.type(description="A firm that was added, and is to accept.")
class AddFirmAsBookkeeperPayload:
    collaboration: Collaboration | None = leaf(PENDING)


@strawberry.type(description="A firm that was asked.")
class RequestCollaborationPayload:
    collaboration: Collaboration | None = leaf(PENDING)


@strawberry.type(description="A client whose verification was decided.")
class DecideVerificationPayload:
    client: Client | None = leaf("The client.")


@strawberry.type
class Requests:
    add_firm_as_bookkeeper: AddFirmAsBookkeeperPayload | None = via(
        how.add_firm_as_bookkeeper, "Add a firm as the acting company's bookkeeper; it is to accept."
    )
    request_collaboration: RequestCollaborationPayload | None = via(
        how.request_collaboration, "Ask a firm of the marketplace to work for the acting company."
    )
    decide_verification: DecideVerificationPayload | None = via(
        how.decide_verification, "Decide who a company is. What it has accepted begins when it is verified."
    )
