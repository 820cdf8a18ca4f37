"""How many statements a request takes: one for each table at each level, whatever the size of the page."""

import re
from typing import Final

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.graph.conftest import Ask, recorded

DASHBOARD: Final = """query ($first: Int) {
  viewer { user { name } actingAs { name } menus banners }
  clientTabs { tab totalCount }
  clients(first: $first, orderBy: {field: NAME, direction: DESC}) {
    totalCount
    edges { cursor node {
      id name state viewerActions visibleFields pendingTotal
      plan { tier sections } wallet { balance { amount } } kpis { kind count } pendingActivities { title }
      accountManagers { name } members { name }
      collaboration { level billingMode expiresAt billingModePeriods { mode } firm { name profile { description } }
        auditEntries(first: 2) { totalCount nodes { action } } }
      invoices(first: 2) { totalCount nodes { number lines { description } } }
    } }
    pageInfo { hasNextPage endCursor }
  }
}"""
NEEDED: Final = [
    "who asks",
    "person",
    "firm, for menus, banners and collaborations",
    "tabs",
    "clients",
    "clients counted",
    "plans",
    "wallets",
    "kpis, for the total too",
    "activities",
    "managers",
    "members",
    "collaborations",
    "expiries",
    "periods",
    "profiles",
    "entries",
    "entries counted",
    "invoices",
    "invoices counted",
    "lines",
]
# What a role never sees is not read: a bookkeeper has no periods, and Ben no invoices that could have lines.
FEWER: Final = {"ada": set(), "ben": {"periods", "lines"}, "bo": {"periods"}, "gus": set()}


@pytest.mark.parametrize("who", FEWER)
async def test_the_dashboard_takes_as_many_statements_for_one_client_as_for_all(
    ask: Ask, engine: AsyncEngine, who: str
) -> None:
    taken = []
    for first in (2 if who == "ben" else 1, 3, 100):  # Ben's first alone is LIMITED
        with recorded(engine) as said:
            answer = await ask(who, DASHBOARD, first=first)
        taken.append(sorted(said))
        assert answer.data["clients"]["edges"]

    assert taken[0] == taken[1] == taken[2]
    assert len(taken[0]) == len(set(taken[0])) == len(NEEDED) - len(FEWER[who])


EXACT: Final = {
    "the tabs": ("ada", "{ clientTabs { tab totalCount } }", 2),
    "a page": ("ada", "{ clients(first: 9) { nodes { name } } }", 2),
    "a page that is counted": ("ada", "{ clients(first: 9) { totalCount nodes { name } } }", 3),
    "a count alone": ("ada", "{ clients(first: 0) { totalCount } }", 3),
    "totals beside kpis": ("ada", "{ clients(first: 9) { nodes { pendingTotal kpis { kind } } } }", 3),
    "sections of activities": (
        "cora",
        "{ clients(first: 9) { nodes { a: pendingActivities(section: BANK) { id } b: pendingActivities { id } } } }",
        3,
    ),
    "aliases of an edge": (
        "ada",
        "{ clients(first: 9) { nodes { a: wallet { balance { amount } } b: wallet { balance { amount } } } } }",
        3,
    ),
    "what is hidden in every row": ("billing", "{ clients(first: 9) { nodes { plan { tier } members { id } } } }", 2),
    "there and back": (
        "ada",
        "{ clients(first: 9) { nodes { collaboration { client { collaboration { client { name } } } } } } }",
        4,
    ),
    "invoices of clients with their lines": (
        "pia",
        "{ clients(first: 9) { nodes { invoices(first: 5) { nodes { lines { amount { amount } } credits { id } } } } } }",
        5,
    ),
    "two pages of one edge": (
        "pia",
        "{ clients(first: 9) { nodes { a: invoices(first: 1) { nodes { id } } b: invoices(last: 1) { nodes { id } } } } }",
        4,
    ),
    "the same list twice": (
        "ada",
        "{ a: clients(first: 1) { nodes { id } } b: clients(first: 1) { nodes { id } } }",
        3,
    ),
    "one who is nobody": ("anonymous", "{ publicDirectory(first: 9) { nodes { displayName } } }", 1),
    "nothing at all": ("anonymous", "{ viewer { menus } __typename }", 0),
}


@pytest.mark.parametrize("case", EXACT)
async def test_so_many_statements_and_no_more(ask: Ask, engine: AsyncEngine, case: str) -> None:
    who, document, expected = EXACT[case]
    await ask(who, document)
    with recorded(engine) as said:
        answer = await ask(who, document)

    assert answer.data
    assert len(said) == expected, "\n\n".join(said)


async def test_many_ids_of_one_type_take_one_statement(ask: Ask, engine: AsyncEngine) -> None:
    clients = [ask.id("Client", handle) for handle in ("C1", "C2", "C3", "C4", "C5", "C6") * 10]
    with recorded(engine) as said:
        await ask("ada", "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=clients)

    assert len(said) == 2


async def test_no_statement_has_a_text_that_grows_with_the_page(ask: Ask, engine: AsyncEngine) -> None:
    with recorded(engine) as said:
        await ask("ada", DASHBOARD, first=100)

    for statement in said:
        # `= ANY($1)` is one parameter for any number of keys; lists of parameters would make a plan for each length.
        assert not re.search(r"IN \(\$\d+", statement)


async def test_a_read_takes_one_connection(ask: Ask, engine: AsyncEngine) -> None:
    taken = []

    def note(*_: object) -> None:
        taken.append(1)

    event.listen(engine.sync_engine, "checkout", note)
    try:
        await ask("ada", DASHBOARD, first=100)
    finally:
        event.remove(engine.sync_engine, "checkout", note)

    assert len(taken) == 2  # who asks, and what they ask for
