"""Inputs about who is in charge of clients."""

import strawberry


@strawberry.input(description="The people to put in charge of clients.")
class AssignManagersInput:
    clients: list[strawberry.ID] = strawberry.field(description="The global ids of 1 to 100 clients.")
    members: list[strawberry.ID] = strawberry.field(description="The global ids of 1 to 20 people of the acting firm.")


@strawberry.input(description="The person who is no longer to be in charge of a client.")
class UnassignManagerInput:
    client: strawberry.ID = strawberry.field(description="The global id of the client.")
    member: strawberry.ID = strawberry.field(
        description="The global id of the person in the acting firm; a bookkeeper's own."
    )
