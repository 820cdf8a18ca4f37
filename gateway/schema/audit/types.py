"""Object types of the audit trail: actions that were done or refused."""

from typing import TYPE_CHECKING, Annotated

import sqlalchemy as sa
import strawberry

from gateway.db import models
from gateway.reads import values
from gateway.schema.audit.enums import AuditOutcome
from gateway.schema.core.enums import Side
from gateway.schema.core.explain import HiddenField, hidden_fields
from gateway.schema.core.fields import leaf, to_one
from gateway.schema.core.late_enums import AuditAction
from gateway.schema.core.node import Node
from gateway.schema.core.scalars import DateTime

if TYPE_CHECKING:
    from gateway.schema.clients.types import Client

OneClient = Annotated["Client", strawberry.lazy("gateway.schema.clients.types")]

_NAME_NOW = sa.select(models.User.name).where(models.User.id == models.AuditEntry.actor_id).scalar_subquery()


@strawberry.type(description="An entry of the audit trail: an action that was done or refused.")
class AuditEntry(Node, row=models.AuditEntry):
    at: DateTime | None = leaf(
        "When it was done or refused; for repeated attempts, the first one.",
        values.moment(models.AuditEntry.at),
    )
    last_at: DateTime | None = leaf(
        "When it was last attempted; the same as `at` for a single action.",
        values.moment(sa.func.coalesce(models.AuditEntry.last_at, models.AuditEntry.at).label("last_at")),
    )
    count: int | None = leaf(
        "The number of attempts. Attempts that found nothing, reused refresh tokens and "
        "delayed sign-ins of one person are combined into one entry per hour and action.",
        values.number(models.AuditEntry.count),
    )
    action: AuditAction | None = leaf("The action.", values.text(models.AuditEntry.action))
    actor_name: str | None = leaf(
        "The name of the person or machine that acted.",
        values.text(sa.func.coalesce(models.AuditEntry.actor_name, _NAME_NOW).label("actor_name")),
    )
    acting_side: Side | None = leaf(
        "The side that the actor acted for; null if the actor acted for no organisation, as when signing in.",
        values.word(models.AuditEntry.acting_side),
    )
    on_behalf_of: OneClient | None = to_one(
        "The client in whose account the person was when they acted; null if they were in none.",
        models.AuditEntry.on_behalf_of_id,
    )
    outcome: AuditOutcome | None = leaf("The outcome of the action.", values.word(models.AuditEntry.outcome))
    code: str | None = leaf(
        "The error code of a refusal; null if the action was done.", values.text(models.AuditEntry.code)
    )
    request_id: str | None = leaf(
        "The id of the request, as in the X-Request-Id header of its response.",
        values.text(models.AuditEntry.request_id),
    )
    hidden_fields: list[HiddenField] = hidden_fields()
