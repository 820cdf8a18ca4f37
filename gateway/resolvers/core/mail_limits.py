"""Limits on the mails that a caller causes by mutations (L18)."""

import math
from collections.abc import Collection
from datetime import timedelta
from typing import Final
from uuid import UUID

from gateway.errors import RateLimited
from gateway.messages import text
from gateway.resolvers.core.transaction import MutationContext

TOO_MANY_TO_ADDRESS: Final = text("general", "MAILS_TO_ADDRESS")
TOO_MANY_ASKED: Final = text("general", "MAILS")


async def require_invitations(change: MutationContext, sender: UUID, addresses: Collection[str]) -> None:
    """Raises RateLimited if an organisation sends too many invitations to one of these addresses.

    The same holds for a firm that sends too many in total before its approval.
    """
    context = change.context
    _require(await context.bounds.invite(change.connection, sender, addresses, context.viewer.now), TOO_MANY_TO_ADDRESS)


async def require_few_asked(change: MutationContext, kind: str) -> None:
    """Raises RateLimited if anonymous callers request too many mails, from one network or in total."""
    context = change.context
    network = context.envelope.network if context.envelope else ""
    _require(await context.bounds.ask(change.connection, kind, network, context.viewer.now), TOO_MANY_ASKED)


def _require(wait: timedelta, message: str) -> None:
    if wait:
        raise RateLimited(message, retry_after=math.ceil(wait.total_seconds()))
