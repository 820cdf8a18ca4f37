"""Inputs about what clients have pending, as machines report it."""

import strawberry

from gateway.schema.core.enums import Currency
from gateway.schema.kpis.enums import KpiKind

AS_OF = "Since when it is so, as ISO 8601 with an offset; a few minutes ahead at most."


@strawberry.input(description="An amount of money.")
class MoneyInput:
    amount: str = strawberry.field(description="A decimal number with two decimals; below zero with a minus.")
    currency: Currency = strawberry.field(description="Its currency.")


@strawberry.input(description="How much of one kind is pending for one client.")
class KpiReport:
    client: strawberry.ID = strawberry.field(description="The client's global id.")
    kind: KpiKind = strawberry.field(description="The kind of work.")
    count: int | None = strawberry.field(
        description="How many, from 0 to 1,000,000,000: for what is counted.", default=None
    )
    amount: MoneyInput | None = strawberry.field(description="How much: for what is an amount.", default=None)
    as_of: str = strawberry.field(description=AS_OF)


@strawberry.input(description="What is pending for any number of clients, by kind.")
class ReportKpisInput:
    items: list[KpiReport] = strawberry.field(
        description="From 1 to 10,000. Of two for the same client and kind, the newer one counts."
    )


@strawberry.input(description="One task that waits in a client's account, or no longer waits.")
class PendingActivityReport:
    client: strawberry.ID = strawberry.field(description="The client's global id.")
    reference: str = strawberry.field(
        description="The caller's own key of the task, in 1 to 200 characters: one for each client."
    )
    kind: KpiKind = strawberry.field(description="The kind of work that it counts to; it says the section, too.")
    title: str = strawberry.field(description="What is to be done, in 1 to 200 characters.")
    due_at: str | None = strawberry.field(description="When it is due, as ISO 8601 with an offset.", default=None)
    deep_link: str | None = strawberry.field(
        description="Where it is done: an address of the product, with its scheme, host and port, of at most 2,000 "
        "characters. It is refused where no product is configured.",
        default=None,
    )
    done: bool = strawberry.field(description="Whether it is done, and so gone from every list.", default=False)
    as_of: str = strawberry.field(description=AS_OF)


@strawberry.input(description="Tasks of any number of clients.")
class ReportPendingActivitiesInput:
    items: list[PendingActivityReport] = strawberry.field(
        description="From 1 to 10,000. Of two for the same client and reference, the newer one counts."
    )
