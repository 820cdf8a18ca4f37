"""Who is in charge of clients (H49–H54)."""

import strawberry

from gateway.resolvers import assigning as how
from gateway.schema.clients import Client
from gateway.schema.fields import leaf, via


@strawberry.type(description="Clients and those who are in charge of them now.")
class AssignManagersPayload:
    clients: list[Client] | None = leaf("The clients.")


@strawberry.type(description="A client that somebody is no longer in charge of.")
class UnassignManagerPayload:
    client: Client | None = leaf("The client; null for a bookkeeper who has given it up.")


@strawberry.type
class Assignments:
    assign_managers: AssignManagersPayload | None = via(
        how.assign_managers, "Put people of the acting firm in charge of clients; who already is stays so."
    )
    unassign_manager: UnassignManagerPayload | None = via(
        how.unassign_manager, "End somebody's charge of a client; a bookkeeper's own, too."
    )
