"""The audit trail: what was done and refused."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.resolvers.audit import queries as audit_queries
from gateway.resolvers.core.formats import moment, word
from gateway.schema.audit.enums import AuditOutcome
from gateway.schema.core.enums import Side
from gateway.schema.core.fields import column, leaf, via
from gateway.schema.core.node import Node

if TYPE_CHECKING:
    from gateway.schema.clients.types import Client

OneClient = Annotated["Client", strawberry.lazy("gateway.schema.clients.types")]


@strawberry.type(description="One act that concerns a collaboration.")
class AuditEntry(Node):
    at: str | None = leaf("When; of repeated attempts, the first.", column("at", moment))
    last_at: str | None = leaf("When it was tried for the last time.", column("last_at", moment))
    count: int | None = leaf(
        "How often it was tried. Attempts that found nothing, reused refresh tokens and delayed sign-ins of one person "
        "are one entry for each hour and action."
    )
    action: str | None = leaf("What was done.")
    actor_name: str | None = leaf("Who did it.")
    acting_side: Side | None = leaf(
        "For which side; null for whoever was only signing in.", column("acting_side", word)
    )
    on_behalf_of: OneClient | None = via(
        audit_queries.on_behalf_of, "The client in whose account the person was as they did it."
    )
    outcome: AuditOutcome | None = leaf("What came of it.", column("outcome", word))
    code: str | None = leaf("The code of a refusal.")
    request_id: str | None = leaf("The request that it came with, as its answer's X-Request-Id said.")
