"""Entering and leaving the account of a client (M11)."""

import strawberry

from gateway.resolvers.client_sessions import mutations as client_sessions_mutations
from gateway.schema.client_sessions.types import ClientSession
from gateway.schema.core.fields import leaf, via
from gateway.schema.core.node import Carrier


@strawberry.type(description="An account that was entered.")
class EnterClientAccountPayload(Carrier):
    session: ClientSession | None = leaf("The session.")
    url: str | None = leaf(
        "Where to go: an address of the product that lets in once, within a minute. Shown once; null if it is asked for again."
    )


@strawberry.type(description="An account that was left.")
class LeaveClientAccountPayload(Carrier):
    session: ClientSession | None = leaf("The session.")


@strawberry.type
class Sessions:
    enter_client_account: EnterClientAccountPayload | None = via(
        client_sessions_mutations.enter_client_account,
        "Enter a client's account in the product. It takes FULL. Whoever was in another account has left that one.",
    )
    leave_client_account: LeaveClientAccountPayload | None = via(
        client_sessions_mutations.leave_client_account,
        "Leave a client's account. The product lets nobody do anything more by that session.",
    )
