"""Numbers of rows that a query begins at, as the walker reads them."""

from typing import Any, NamedTuple

import sqlalchemy as sa

from gateway.context import Context
from gateway.reads.pages import without_unused_joins
from gateway.reads.roots import RootCount, RootTabs


class TabSummary(NamedTuple):
    tab: str
    total_count: int


async def count_of_rows(context: Context, root: RootCount) -> int:
    plan = context.plan(root.target)

    def build() -> sa.Select[Any]:
        counted = plan.plain(sa.func.count()).where(*(plan.predicate(*rule) for rule in root.rules))
        return without_unused_joins(counted)

    return int((await context.load.rows(plan, plan.keep(("count", root.name), build), {}))[0][0])


async def counted_tabs(context: Context, root: RootTabs) -> list[TabSummary]:
    """Returns the tabs of the viewer's role, without empty tabs that are shown only with content (P37–P40).

    One statement counts all tabs.
    """
    plan = context.plan(root.target)
    tabs = root.possible(plan)
    if not tabs:
        return []

    def build() -> sa.Select[Any]:
        # One subquery per tab, each along its own index: a single pass would evaluate every tab for every row.
        listed = [plan.plain(sa.func.count()).where(plan.predicate(root.rule, tab)) for tab in tabs]
        return sa.select(*(without_unused_joins(one).scalar_subquery() for one in listed))

    row = (await context.load.rows(plan, plan.keep(("tabs", root.name), build), {}))[0]
    vanishing = plan.constant_words(root.vanishing)
    return [TabSummary(tab, count) for tab, count in zip(tabs, row, strict=True) if count or tab not in vanishing]
