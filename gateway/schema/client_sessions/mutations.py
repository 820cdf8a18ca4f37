"""Mutations for entering and leaving a client's account (M11)."""

import strawberry

from gateway.resolvers.client_sessions import mutations as client_sessions_mutations
from gateway.schema.client_sessions.types import ClientSession
from gateway.schema.core.fields import leaf, via
from gateway.schema.core.node import Carrier
from gateway.schema.core.scalars import URL


@strawberry.type(description="The result of `enterClientAccount`.")
class EnterClientAccountPayload(Carrier):
    session: ClientSession | None = leaf("The session.")
    url: URL | None = leaf(
        "The address in the product that opens the account. It works once, within one minute. It is "
        "returned once: null if the request is repeated with the same Idempotency-Key."
    )


@strawberry.type(description="The result of `leaveClientAccount`.")
class LeaveClientAccountPayload(Carrier):
    session: ClientSession | None = leaf("The session.")


@strawberry.type
class Sessions:
    enter_client_account: EnterClientAccountPayload | None = via(
        client_sessions_mutations.enter_client_account,
        "Enter a client's account in the product. This requires the access level FULL. "
        "Any other open session of the viewer in a client's account ends.",
    )
    leave_client_account: LeaveClientAccountPayload | None = via(
        client_sessions_mutations.leave_client_account,
        "Leave a client's account. The session then gives no more access in the product.",
    )
