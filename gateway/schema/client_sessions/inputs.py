"""Inputs for entering and leaving a client's account."""

import strawberry

from gateway.errors import Fault
from gateway.forms import checks
from gateway.schema.clients.enums import Section


@strawberry.input(description="The account to enter, and where to go in it: by default, to its first page.")
class EnterClientAccountInput:
    client: strawberry.ID = strawberry.field(description="The global id of the client.")
    activity: strawberry.ID | None = strawberry.field(
        description="The global id of a pending activity of the client: the address leads to it. Not accepted together"
        " with `section`.",
        default=None,
    )
    section: Section | None = strawberry.field(
        description="A section of the product: the address leads to it. Not accepted together with `activity`.",
        default=None,
    )

    def faults_together(self) -> list[Fault]:
        return checks.one_of(("activity", "section"), (self.activity, self.section), optional=True)


@strawberry.input(description="The session to end.")
class LeaveClientAccountInput:
    id: strawberry.ID = strawberry.field(description="The global id of the session.")
