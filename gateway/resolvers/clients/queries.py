"""Clients: the dashboard's list with its tabs and filters, and the fields of one client."""

from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from gateway.context import Info
from gateway.db.models import Client, KpiSnapshot
from gateway.errors import Forbidden
from gateway.loaders import VisibleRow
from gateway.loaders.pagination import without_unused_joins
from gateway.policy import Plan
from gateway.resolvers.core.connections import Connection, Listing, PageArguments, Query, by_name, listed
from gateway.resolvers.core.nodes import found
from gateway.resolvers.core.search import contains, search_terms
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
    """Returns the tabs of the viewer's role, without empty tabs that are shown only with content (P37–P40).

    One statement counts all tabs.
    """
    context = info.context
    plan = context.plan("Client")
    tabs = [tab for tab in TABS if plan.can_ever("tab", tab)]
    if not tabs:
        return []

    def build() -> sa.Select[Any]:
        # One subquery per tab, each along its own index: a single pass would evaluate every tab for every row.
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
    """Lists the clients of one tab by name (D43).

    Each filter is added to the scope, together with the visibility of the field that it reads (D28).
    """
    context = info.context
    plan = context.plan("Client")
    shown = _tab(plan, tab)
    terms = search_terms(search)
    missing = bool(only_missing_receipts)
    descending = order_by is not None and order_by.direction is OrderDirection.DESC
    listing = Listing(context, "clients", (shown, terms, missing, descending), by_name)
    page = listing.page(PageArguments(first, after, last, before))

    # A firm's clients are listed in the order of its own collaborations, which an index keeps for each firm. Both columns of a
    # cursor's position must be in that table. Otherwise a page reads the whole list before it, and a search for a short word
    # reads the names of all clients.
    name = plan.column("order_name")
    if name is None:
        name, spelled, key = Client.name_key, Client.spelled_key, Client.id
    else:
        spelled, key = name.table.c.client_spelled_key, name.table.c.client_id

    def narrowed(statement: sa.Select[Any]) -> sa.Select[Any]:
        if shown is not None:
            statement = statement.where(plan.predicate("tab", shown))
        if terms is not None:
            statement = statement.where(contains(name, spelled))
        if missing:
            statement = statement.where(
                plan.predicate("sees_kind", "MISSING_RECEIPTS"), _has_pending("MISSING_RECEIPTS")
            )
        return statement

    parameters = {} if terms is None else terms.parameters()
    # A viewer who sees only assigned clients has few of them. They are found first: without a filter, nothing else could drive
    # the statement.
    few = plan.settles("assigned") and terms is None and not missing
    query = Query(plan, (shown, terms is not None, missing), narrowed, (name, key), descending, parameters, few)
    return await listed(listing, page, query)


def _tab(plan: Plan, tab: ClientTab | None) -> str | None:
    """Returns the tab to show. Raises Forbidden for a tab that the viewer's role never has, before any data is read (D36)."""
    if tab is None:
        return next(iter(plan.constant_words("first_tab")), None)
    if not plan.can_ever("tab", tab.value):
        raise Forbidden("Your role does not have this tab.")
    return str(tab.value)


def _has_pending(kind: str) -> sa.ColumnElement[bool]:
    pending: sa.Select[Any] = sa.select(sa.literal_column("1")).where(
        KpiSnapshot.client_id == Client.id,
        KpiSnapshot.kind == sa.literal_column(f"'{kind}'"),
        KpiSnapshot.count > sa.literal_column("0"),
    )
    return sa.exists(pending.correlate(Client))
