"""Clients: the dashboard's list with its tabs and filters."""

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from gateway.db.models import Client, KpiSnapshot
from gateway.errors import Forbidden
from gateway.messages import text
from gateway.policy import Plan
from gateway.reads.roots import RootById, RootList, RootTabs, Rows, Selection
from gateway.resolvers.core.search import contains, search_terms
from gateway.schema.clients.enums import ClientTab
from gateway.schema.core.arguments import MissingReceipts, OrderBy, Search, Tab
from gateway.schema.core.enums import OrderDirection

TABS: Final = ("INVITES", "ONBOARDING", "MINE", "ALL")


def _order(rows: Rows) -> tuple[Any, Any, Any]:
    """The name, its other key and the client's key.

    A firm's clients are listed in the order of its own collaborations, which an index keeps for each firm. Both columns of a
    cursor's position must be in that table. Otherwise a page reads the whole list before it, and a search for a short word
    reads the names of all clients.
    """
    name = rows.column("order_name")
    if name is None:
        return rows.own(Client.name_key), rows.own(Client.spelled_key), rows.own(Client.id)
    return name, rows.near("order_name", "client_spelled_key"), rows.near("order_name", "client_id")


def _select(
    plan: Plan,
    tab: Tab = None,
    search: Search = None,
    only_missing_receipts: MissingReceipts = None,
    order_by: OrderBy = None,
) -> Selection:
    """Selects the clients of one tab (D43).

    Each filter is added to the scope, together with the visibility of the field that it reads (D28).
    """
    shown = _tab(plan, tab)
    terms = search_terms(search)
    missing = bool(only_missing_receipts)
    descending = order_by is not None and order_by.direction is OrderDirection.DESC

    def conditions(rows: Rows) -> Sequence[Any]:
        found = [] if shown is None else [rows.predicate("tab", shown)]
        if terms is not None:
            name, spelled, _ = _order(rows)
            found.append(contains(name, spelled))
        if missing:
            found += [rows.predicate("sees_kind", "MISSING_RECEIPTS"), rows.own(_has_pending("MISSING_RECEIPTS"))]
        return found

    return Selection(
        kind=(shown, terms is not None, missing),
        filter=(shown, terms, missing, descending),
        conditions=conditions,
        parameters={} if terms is None else terms.parameters(),
        descending=descending,
        # A viewer who sees only assigned clients has few of them. They are found first: without a filter, nothing else could
        # drive the statement.
        by_few_keys=plan.settles("assigned") and terms is None and not missing,
    )


CLIENT: Final = RootById(target="Client")
CLIENTS: Final = RootList(target="Client", order=lambda rows: (_order(rows)[0], _order(rows)[2]), select=_select)
CLIENT_TABS: Final = RootTabs(target="Client", tabs=TABS, rule="tab", vanishing="vanishing_tab")


def _tab(plan: Plan, tab: ClientTab | None) -> str | None:
    """Returns the tab to show. Raises Forbidden for a tab that the viewer's role never has, before any data is read (D36)."""
    if tab is None:
        return next(iter(plan.constant_words("first_tab")), None)
    if not plan.can_ever("tab", tab.value):
        raise Forbidden(text("forbidden", "TAB"))
    return str(tab.value)


def _has_pending(kind: str) -> sa.ColumnElement[bool]:
    pending: sa.Select[Any] = sa.select(sa.literal_column("1")).where(
        KpiSnapshot.client_id == Client.id,
        KpiSnapshot.kind == sa.literal_column(f"'{kind}'"),
        KpiSnapshot.count > sa.literal_column("0"),
    )
    return sa.exists(pending.correlate_except(KpiSnapshot))
