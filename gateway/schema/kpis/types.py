"""Pending work."""

import strawberry

from gateway.resolvers.core.formats import moment, money
from gateway.schema.clients.enums import Section
from gateway.schema.core.fields import column, leaf
from gateway.schema.core.node import Money, Node
from gateway.schema.kpis.enums import KpiKind


@strawberry.type(
    description="How much of one kind is pending for a client. Kinds that the viewer may not see are not in the list."
)
class KpiSnapshot:
    kind: KpiKind | None = leaf("The kind of work.")
    count: int | None = leaf("How many, for what is counted.", "items")
    amount: Money | None = leaf("How much, for what is an amount.", lambda row: money(row.row.amount, row.row.currency))
    as_of: str | None = leaf("When the product reported it.", column("as_of", moment))
    section: Section | None = leaf(
        "The section of the product that it belongs to.", lambda row: row.situation.first("section")
    )


@strawberry.type(description="One task that waits in a client's account.")
class PendingActivity(Node):
    section: Section | None = leaf("The section of the product.")
    kind: KpiKind | None = leaf("The kind of work that it counts to.")
    title: str | None = leaf("What is to be done.")
    due_at: str | None = leaf("When it is due.", column("due_at", moment))
    deep_link: str | None = leaf("Where in the product it is done.")
