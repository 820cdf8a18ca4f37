"""Object types of pending work."""

import strawberry

from gateway.resolvers.core.formats import moment, money
from gateway.schema.clients.enums import Section
from gateway.schema.core.fields import column, leaf
from gateway.schema.core.node import Money, Node
from gateway.schema.kpis.enums import KpiKind


@strawberry.type(
    description="The amount of pending work of one kind for a client. Kinds that the viewer may not see are not in the list."
)
class KpiSnapshot:
    kind: KpiKind | None = leaf("The kind of work.")
    count: int | None = leaf("The number of pending items; null for a kind that is an amount.", "items")
    amount: Money | None = leaf(
        "The amount; null for a kind that is counted.", lambda row: money(row.row.amount, row.row.currency)
    )
    as_of: str | None = leaf("The time of the reported state (ISO 8601 with UTC offset).", column("as_of", moment))
    section: Section | None = leaf(
        "The section of the product that it belongs to.", lambda row: row.situation.first("section")
    )


@strawberry.type(description="A task that is pending in a client's account.")
class PendingActivity(Node):
    section: Section | None = leaf("The section of the product.")
    kind: KpiKind | None = leaf("The kind of pending work that the task belongs to.")
    title: str | None = leaf("What has to be done.")
    due_at: str | None = leaf(
        "When it is due (ISO 8601 with UTC offset); null if it has no due date.", column("due_at", moment)
    )
    deep_link: str | None = leaf("The address of the task in the product; null if none was reported.")
