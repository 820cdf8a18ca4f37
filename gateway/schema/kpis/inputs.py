"""Inputs with which machines report clients' pending work."""

import strawberry

from gateway.forms import checks, entry
from gateway.schema.core.enums import Currency
from gateway.schema.core.scalars import URL, DateTime, Decimal
from gateway.schema.kpis.enums import KpiKind

AS_OF = "The time of the reported state, at most five minutes in the future."


@strawberry.input(description="An amount of money.")
class MoneyInput:
    amount: Decimal = strawberry.field(
        description="A decimal number with two decimals, such as `129.00`. Negative amounts begin with a minus."
    )
    currency: Currency = strawberry.field(description="The currency.")


@strawberry.input(
    description="The amount of pending work of one kind for one client. It has either `count` or `amount`, depending on the kind."
)
class KpiReport:
    client: strawberry.ID = strawberry.field(description="The client's global id.")
    kind: KpiKind = strawberry.field(description="The kind of work.")
    count: int | None = strawberry.field(
        description="The number of pending items, 0 to 100,000,000. Required for kinds that are counted.", default=None
    )
    amount: MoneyInput | None = strawberry.field(
        description="The amount. Required for kinds that are an amount.", default=None
    )
    as_of: DateTime = strawberry.field(description=AS_OF)


@strawberry.input(description="The amount of pending work of any number of clients, by kind.")
class ReportKpisInput:
    items: list[KpiReport] = entry(
        check=checks.anything,
        apart=True,
        description="From 1 to 10,000 items. Of two for the same client and kind, the newer one is used.",
    )


@strawberry.input(description="A task that is pending in a client's account, or no longer pending.")
class PendingActivityReport:
    client: strawberry.ID = strawberry.field(description="The client's global id.")
    reference: str = strawberry.field(
        description="The caller's own key of the task, in 1 to 200 characters, without "
        "white space at either end. It is unique for each client."
    )
    kind: KpiKind = strawberry.field(
        description="The kind of pending work that the task belongs to. It also determines the section."
    )
    title: str = strawberry.field(description="What has to be done, in 1 to 200 characters.")
    due_at: DateTime | None = strawberry.field(
        description="When it is due. Without it, the task has no due date.",
        default=None,
    )
    deep_link: URL | None = strawberry.field(
        description="The address of the task in the product, with the product's scheme, host and port, "
        "at most 2,000 characters. It is not accepted if no product is configured.",
        default=None,
    )
    done: bool = strawberry.field(
        description="Whether the task is done. A task that is done is removed from all lists.", default=False
    )
    as_of: DateTime = strawberry.field(description=AS_OF)


@strawberry.input(description="The tasks of any number of clients.")
class ReportPendingActivitiesInput:
    items: list[PendingActivityReport] = entry(
        check=checks.anything,
        apart=True,
        description="From 1 to 10,000 items. Of two for the same client and reference, the newer one is used.",
    )
