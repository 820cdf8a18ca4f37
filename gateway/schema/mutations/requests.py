"""Ways to a collaboration: a client adds a firm, or asks one of the marketplace (M6)."""

import strawberry

from gateway.resolvers import requesting as how
from gateway.schema.collaborations import Collaboration
from gateway.schema.fields import leaf, via

PENDING = "The collaboration, which waits for the firm."


@strawberry.type(description="A firm that was added, and is to accept.")
class AddFirmAsBookkeeperPayload:
    collaboration: Collaboration | None = leaf(PENDING)


@strawberry.type(description="A firm that was asked.")
class RequestCollaborationPayload:
    collaboration: Collaboration | None = leaf(PENDING)


@strawberry.type
class Requests:
    add_firm_as_bookkeeper: AddFirmAsBookkeeperPayload | None = via(
        how.add_firm_as_bookkeeper, "Add a firm as the acting company's bookkeeper; it is to accept."
    )
    request_collaboration: RequestCollaborationPayload | None = via(
        how.request_collaboration, "Ask a firm of the marketplace to work for the acting company."
    )
