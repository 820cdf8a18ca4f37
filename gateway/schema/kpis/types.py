"""Object types of pending work."""

from typing import Final

import strawberry

from gateway.db import models
from gateway.reads import by_policy, values
from gateway.reads.declarations import Row
from gateway.schema.clients.enums import Section
from gateway.schema.collaborations.enums import GrantableLevel
from gateway.schema.core.explain import HiddenField, hidden_fields
from gateway.schema.core.fields import leaf
from gateway.schema.core.node import Carrier, Money, Node
from gateway.schema.core.scalars import URL, DateTime
from gateway.schema.kpis.enums import KpiKind

COUNTED: Final = models.KpiSnapshot.count.label("items")


@strawberry.type(
    description="The amount of pending work of one kind for a client. Kinds that the viewer may not see are not in the list."
)
class KpiSnapshot(Row, row=models.KpiSnapshot):
    kind: KpiKind | None = leaf("The kind of work.", values.word(models.KpiSnapshot.kind))
    count: int | None = leaf(
        "The number of pending items; null for a kind that is an amount.",
        values.number(COUNTED),
    )
    amount: Money | None = leaf(
        "The amount; null for a kind that is counted.",
        values.money(models.KpiSnapshot.amount, models.KpiSnapshot.currency),
    )
    as_of: DateTime | None = leaf("The time of the reported state.", values.moment(models.KpiSnapshot.as_of))
    section: Section | None = leaf("The section of the product that it belongs to.", by_policy.first("section"))


@strawberry.type(
    description="A section of the product that a level of access opens to a firm, if the client's plan includes it."
)
class OpenSection(Carrier):
    section: Section = leaf("The section.")
    kinds: list[KpiKind] = leaf(
        "The kinds of pending work that belong to it. The firm sees those that the client shares."
    )
    levels: list[GrantableLevel] = leaf("The levels that open it.")


@strawberry.type(description="A task that is pending in a client's account.")
class PendingActivity(Node, row=models.PendingActivity):
    section: Section | None = leaf("The section of the product.", values.word(models.PendingActivity.section))
    kpi_kind: KpiKind | None = leaf(
        "The kind of pending work that the task belongs to.", values.word(models.PendingActivity.kind)
    )
    title: str | None = leaf("What has to be done.", values.text(models.PendingActivity.title))
    due_at: DateTime | None = leaf(
        "When it is due; null if it has no due date.",
        values.moment(models.PendingActivity.due_at),
    )
    deep_link: URL | None = leaf(
        "The address of the task in the product, for viewers who may enter the account; null if none was reported."
        " `enterClientAccount` leads there.",
        values.text(models.PendingActivity.deep_link),
    )
    hidden_fields: list[HiddenField] = hidden_fields()
