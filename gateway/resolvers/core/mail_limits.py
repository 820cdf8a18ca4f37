"""Bounds on the mails that a caller causes by a mutation (L18)."""

import math
from collections.abc import Collection
from datetime import timedelta
from typing import Final
from uuid import UUID

from gateway.errors import RateLimited
from gateway.resolvers.core.transaction import MutationContext

TOO_MANY_TO_ADDRESS: Final = "Too many mails were sent to this address or by this firm. Try again later."
TOO_MANY_ASKED: Final = "Too many mails were requested. Try again later."


async def require_invitations(change: MutationContext, sender: UUID, addresses: Collection[str]) -> None:
    """RateLimited where an organisation sends one of these addresses more than it may, or a firm too many before approval."""
    context = change.context
    _require(await context.bounds.invite(change.connection, sender, addresses, context.viewer.now), TOO_MANY_TO_ADDRESS)


async def require_few_asked(change: MutationContext, kind: str) -> None:
    """RateLimited where anonymous callers ask for too many mails, from one network or from all."""
    context = change.context
    network = context.envelope.network if context.envelope else ""
    _require(await context.bounds.ask(change.connection, kind, network, context.viewer.now), TOO_MANY_ASKED)


def _require(wait: timedelta, message: str) -> None:
    if wait:
        raise RateLimited(message, retry_after=math.ceil(wait.total_seconds()))
