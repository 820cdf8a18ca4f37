"""Clients: the dashboard's list with its tabs and filters, and what hangs on one client."""

from collections.abc import Awaitable
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from gateway.context import Info
from gateway.db.enums import SECTIONS, chosen
from gateway.db.models import Client, KpiSnapshot
from gateway.errors import Forbidden
from gateway.loaders import VisibleRow
from gateway.loaders.pagination import without_unused_joins
from gateway.policy import Plan
from gateway.resolvers.core.connections import Listing, PageArguments, Query, by_name, listed
from gateway.resolvers.core.formats import Connection, Money, money
from gateway.resolvers.core.nodes import found
from gateway.resolvers.core.search import contains, sought_in
from gateway.schema.clients.enums import ClientTab
from gateway.schema.core.arguments import After, Before, First, Id, Last, MissingReceipts, OrderBy, Search, Tab
from gateway.schema.core.enums import OrderDirection

TABS: Final = ("INVITES", "ONBOARDING", "MINE", "ALL")


class TabSummary(NamedTuple):
    tab: str
    total_count: int


async def client(info: Info, id: Id) -> VisibleRow:
    return await found(info.context, "Client", id)


async def client_tabs(info: Info) -> list[TabSummary]:
    """The tabs of this role, those that vanish when empty left out (P37–P40). One statement counts them all."""
    context = info.context
    plan = context.plan("Client")
    tabs = [tab for tab in TABS if plan.can_ever("tab", tab)]
    if not tabs:
        return []

    def build() -> sa.Select[Any]:
        # Each by itself, along an index of its own: one pass would ask every row about every tab.
        listed = [plan.plain(sa.func.count()).where(plan.predicate("tab", tab)) for tab in tabs]
        return sa.select(*(without_unused_joins(one).scalar_subquery() for one in listed))

    row = (await context.load.rows(plan, plan.keep("tabs", build), {}))[0]
    vanishing = plan.constant_words("vanishing_tab")
    return [TabSummary(tab, count) for tab, count in zip(tabs, row, strict=True) if count or tab not in vanishing]


async def clients(
    info: Info,
    tab: Tab = None,
    search: Search = None,
    only_missing_receipts: MissingReceipts = None,
    order_by: OrderBy = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Connection:
    """One tab's clients by name (D43). Every filter stands beside the scope, with the visibility of what it asks (D28)."""
    context = info.context
    plan = context.plan("Client")
    shown = _tab(plan, tab)
    sought = sought_in(search)
    missing = bool(only_missing_receipts)
    descending = order_by is not None and order_by.direction is OrderDirection.DESC
    listing = Listing(context, "clients", (shown, sought, missing, descending), by_name)
    page = listing.page(PageArguments(first, after, last, before))

    # A firm's clients stand in the order of its own collaborations, which an index keeps for each firm: in that table
    # both halves of a position must be, or the whole list before a page is read, and short words are sought among all.
    name = plan.column("order_name")
    if name is None:
        name, spelled, key = Client.name_key, Client.spelled_key, Client.id
    else:
        spelled, key = name.table.c.client_spelled_key, name.table.c.client_id

    def narrowed(statement: sa.Select[Any]) -> sa.Select[Any]:
        if shown is not None:
            statement = statement.where(plan.predicate("tab", shown))
        if sought is not None:
            statement = statement.where(contains(name, spelled))
        if missing:
            statement = statement.where(
                plan.predicate("sees_kind", "MISSING_RECEIPTS"), _has_pending("MISSING_RECEIPTS")
            )
        return statement

    parameters = {} if sought is None else sought.parameters()
    # Whoever has only what is assigned to them has few, and those are found first: nothing else could drive the statement.
    few = plan.settles("assigned") and sought is None and not missing
    query = Query(plan, (shown, sought is not None, missing), narrowed, (name, key), descending, parameters, few)
    return await listed(listing, page, query)


def _tab(plan: Plan, tab: ClientTab | None) -> str | None:
    """The tab to show; Forbidden, from the role alone, for one that this role never has (D36)."""
    if tab is None:
        return next(iter(plan.constant_words("first_tab")), None)
    if not plan.can_ever("tab", tab.value):
        raise Forbidden("This tab is not one of yours.")
    return str(tab.value)


def _has_pending(kind: str) -> sa.ColumnElement[bool]:
    pending: sa.Select[Any] = sa.select(sa.literal_column("1")).where(
        KpiSnapshot.client_id == Client.id,
        KpiSnapshot.kind == sa.literal_column(f"'{kind}'"),
        KpiSnapshot.count > sa.literal_column("0"),
    )
    return sa.exists(pending.correlate(Client))


# ---- what hangs on a client


class ClientPlan(NamedTuple):
    tier: str
    sections: list[str]
    fee: Money | None


class Balance(NamedTuple):
    balance: Money | None


async def subscription(root: VisibleRow, info: Info) -> ClientPlan | None:
    row = await info.context.load.subscription_of(root.id)
    if row is None:
        return None
    return ClientPlan(row.tier.upper(), chosen(SECTIONS, row.sections), money(row.fee_amount, row.fee_currency))


async def wallet(root: VisibleRow, info: Info) -> Balance | None:
    row = await info.context.load.wallet_of(root.id)
    return None if row is None else Balance(money(row.amount, row.currency))


def collaboration(root: VisibleRow, info: Info) -> Awaitable[VisibleRow | None]:
    return info.context.load.collaboration_of(root.id)
