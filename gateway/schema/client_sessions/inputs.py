"""Inputs for entering and leaving a client's account."""

import strawberry


@strawberry.input(description="The account to enter.")
class EnterClientAccountInput:
    client: strawberry.ID = strawberry.field(description="The global id of the client.")


@strawberry.input(description="The session to end.")
class LeaveClientAccountInput:
    session: strawberry.ID = strawberry.field(description="The global id of the session.")
