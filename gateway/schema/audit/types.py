"""Object types of the audit trail: actions that were done or refused."""

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


@strawberry.type(description="An entry of the audit trail: an action that was done or refused.")
class AuditEntry(Node):
    at: str | None = leaf(
        "When it was done or refused (ISO 8601 with UTC offset); for repeated attempts, the first one.",
        column("at", moment),
    )
    last_at: str | None = leaf(
        "When it was last attempted (ISO 8601 with UTC offset); the same as `at` for a single action.",
        column("last_at", moment),
    )
    count: int | None = leaf(
        "The number of attempts. Attempts that found nothing, reused refresh tokens and "
        "delayed sign-ins of one person are combined into one entry per hour and action."
    )
    action: str | None = leaf("The name of the action, such as `GRANT_ACCESS`.")
    actor_name: str | None = leaf("The name of the person or machine that acted.")
    acting_side: Side | None = leaf(
        "The side that the actor acted for; null if the actor acted for no organisation, as when signing in.",
        column("acting_side", word),
    )
    on_behalf_of: OneClient | None = via(
        audit_queries.on_behalf_of,
        "The client in whose account the person was when they acted; null if they were in none.",
    )
    outcome: AuditOutcome | None = leaf("The outcome of the action.", column("outcome", word))
    code: str | None = leaf("The error code of a refusal; null if the action was done.")
    request_id: str | None = leaf("The id of the request, as in the X-Request-Id header of its response.")
