"""Entering and leaving the account of a client (M11)."""

import strawberry

from gateway.resolvers import entering as how
from gateway.schema.fields import leaf, via
from gateway.schema.sessions import ClientSession


@strawberry.type(description="An account that was entered.")
class EnterClientAccountPayload:
    session: ClientSession | None = leaf("The session.")
    url: str | None = leaf(
        "Where to go: an address of the product that lets in once, within a minute. Shown once; null if it is asked for again."
    )


@strawberry.type(description="An account that was left.")
class LeaveClientAccountPayload:
    session: ClientSession | None = leaf("The session.")


@strawberry.type
class Sessions:
    enter_client_account: EnterClientAccountPayload | None = via(
        how.enter_client_account,
        "Enter a client's account in the product. It takes FULL. Whoever was in another account has left that one.",
    )
    leave_client_account: LeaveClientAccountPayload | None = via(
        how.leave_client_account, "Leave a client's account. The product lets nobody do anything more by that session."
    )
