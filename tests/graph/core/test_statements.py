"""How many statements a request takes: one for each table at each level, whatever the size of the page."""

import re
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.db.seeds.demo import DEMO_NOW, key
from gateway.global_ids import Seal
from tests.graph.conftest import SEALING_KEY, Ask, recorded
from tests.support import make
from tests.support.invoices import bill_of, order_of

pytestmark = pytest.mark.usefixtures("walked")
Wish = Callable[[Ask], dict[str, Any]]

DASHBOARD: Final = """query ($first: Int) {
  viewer { user { name } actingAs { name } menus banners }
  clientTabs { tab totalCount }
  clients(first: $first, orderBy: {field: NAME, direction: DESC}) {
    totalCount
    edges { cursor node {
      id name verificationState viewerActions visibleFields pendingTotal
      plan { tier sections } wallet { balance { amount } } kpis { kind count } pendingActivities(first: 50) { nodes { title } }
      accountManagers(first: 50) { nodes { name } } members(first: 50) { nodes { name } }
      collaboration { level billingMode expiresAt billingModePeriods(first: 50) { nodes { mode } }
      firm { name profile { description } }
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


BEN: Final = Seal(bytes.fromhex(SEALING_KEY)).id("FirmMember", key("F/ben"))


def aliased(field: str) -> str:
    """As often as a document may: 20 of them at the root."""
    return "{{ {} }}".format(" ".join(f"a{number}: {field}" for number in range(20)))


EXACT: Final = {
    "the tabs": ("ada", "{ clientTabs { tab totalCount } }", 2),
    "a page": ("ada", "{ clients(first: 9) { nodes { name } } }", 2),
    "a page that is counted": ("ada", "{ clients(first: 9) { totalCount nodes { name } } }", 3),
    "a count alone": ("ada", "{ clients(first: 0) { totalCount } }", 3),
    "totals beside kpis": ("ada", "{ clients(first: 9) { nodes { pendingTotal kpis { kind } } } }", 3),
    "sections of activities": (
        "cora",
        "{ clients(first: 9) { nodes { a: pendingActivities(section: BANK, first: 50) { nodes { "
        "id } } b: pendingActivities(first: 50) { nodes { id } } } } }",
        4,
    ),
    "aliases of an edge": (
        "ada",
        "{ clients(first: 9) { nodes { a: wallet { balance { amount } } b: wallet { balance { amount } } } } }",
        3,
    ),
    "what is hidden in every row": (
        "billing",
        "{ clients(first: 9) { nodes { plan { tier } members(first: 50) { nodes { id } } } } }",
        2,
    ),
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
        2,
    ),
    "the tabs, again and again": ("ada", aliased("clientTabs { tab totalCount }"), 2),
    "one count of a list for all its pages and orders": (
        "ada",
        """{ a: clients(first: 1) { totalCount } b: clients(last: 2) { totalCount edges { cursor } }
        c: clients(first: 3, orderBy: {field: NAME, direction: DESC}) { totalCount } d: clients(first: 3) { totalCount } }""",
        1 + 4 + 1,
    ),
    "a count, again and again": ("ada", aliased("clients(first: 0) { totalCount }"), 3),
    "a filtered count, again and again": ("ada", aliased("invoices(first: 0, states: [OPEN]) { totalCount }"), 3),
    "a search, again and again": ("ada", aliased('clients(first: 5, search: "a") { totalCount nodes { name } }'), 3),
    "the directory, again and again": ("anonymous", aliased("publicDirectory(first: 2) { totalCount }"), 2),
    "counts by other filters": (
        "ada",
        """{ a: clients(first: 0) { totalCount } b: clients(first: 0, search: "a") { totalCount }
        c: clients(first: 0, search: "b") { totalCount } d: clients(first: 0, tab: MINE) { totalCount } }""",
        1 + 4 + 4,
    ),
    "nested counts, again and again": (
        "cora",
        "{{ clients(first: 9) {{ nodes {{ {} }} }} }}".format(
            aliased("pendingActivities(first: 0) { totalCount }")[1:-1]
        ),
        4,
    ),
    "a nested list and its count, again and again": (
        "ada",
        "{{ firm {{ {} }} }}".format(aliased("staff(first: 5) { totalCount nodes { name } }")[1:-1]),
        4,
    ),
    "whose acts, again and again": (
        "ada",
        aliased(f'auditLog(first: 0, actor: "{BEN}") {{ totalCount }}'),
        4,
    ),
    "tokens with their makers": ("ada", "{ integrationTokens(first: 9) { totalCount nodes { name createdBy } } }", 3),
    "the scopes of tokens": ("ada", "{ viewer { tokenScopes user { name } } }", 3),
    "the scopes of nobody's tokens": ("nora", "{ viewer { tokenScopes } }", 1),
    "a machine's page": (
        "firm-sync",
        "{ clients(first: 9) { nodes { name plan { tier } wallet { balance { amount } } } } }",
        3,
    ),
    "who a machine is": (
        "shop-sync",
        "{ viewer { user { name } actingAs { name } memberships { id } menus banners } }",
        1,
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


CREATE: Final = """mutation ($scope: TokenScope = CLIENTS_READ) {
  createToken(input: {name: "Till", scopes: [$scope]}) { secret token { name scopes createdBy } }
}"""
REVOKE: Final = "mutation ($id: ID!) { revokeToken(input: {id: $id}) { token { name revokedAt } } }"
# Who asks; the time for locks; whether they stand there still; what it is about, its lock, and what it is about now; the change;
# its entry; the answer.
CHANGING: Final = 1 + 1 + 1 + 3 + 1 + 1 + 1
COUNTING: Final = 1


@pytest.mark.parametrize("beside", [0, 50])
@pytest.mark.parametrize(("who", "owner", "locking"), [
    ("ada", {"firm_id": key("F")}, 0),
    ("cora", {"client_id": key("C1")}, 0),
    ("pia", {}, 1),  # the platform is no row
])  # fmt: skip
async def test_a_change_takes_as_many_statements_beside_many_tokens_as_beside_none(
    ask: Ask, engine: AsyncEngine, world: AsyncConnection, who: str, owner: dict[str, UUID], locking: int, beside: int
) -> None:
    tokens = [await make.token(world, f"gwt_{n}", created_by=key(who), **owner) for n in range(beside + 1)]
    with recorded(engine) as making:
        await ask.data(who, CREATE, scope="CLIENTS_READ" if owner else "KPIS_WRITE")
    with recorded(engine) as revoking:
        await ask.data(who, REVOKE, id=ask.id("IntegrationToken", tokens[0]))

    # Each test is one transaction, in which a change is a savepoint.
    made, revoked = ([each for each in said if "SAVEPOINT" not in each] for said in (making, revoking))
    assert len(made) == CHANGING + COUNTING + locking, "\n\n".join(made)
    assert len(revoked) == CHANGING, "\n\n".join(revoked)
    assert [sum("FOR NO KEY UPDATE" in each for each in said) for said in (made, revoked)] == [1, 1]


@pytest.mark.parametrize(("who", "expected"), [
    ("ben", 5),  # who asks, the time for locks, whether they stand there still, what they ask about, the refusal's entry
    ("rolf", 5),
    ("firm-sync", 6),  # stands on its creator's place and on its token
    ("billing", 4),
    ("nora", 3),
    ("anonymous", 0),
])  # fmt: skip
async def test_who_may_never_change_it_is_told_so_and_locks_nothing_of_the_organisation(
    ask: Ask, engine: AsyncEngine, world: AsyncConnection, who: str, expected: int
) -> None:
    with recorded(engine) as said:
        answer = await ask(who, CREATE)
    stated = [each for each in said if "SAVEPOINT" not in each]

    assert answer.data == {"createToken": None}
    assert len(stated) == expected, "\n\n".join(stated)
    assert not any("FOR NO KEY UPDATE" in each for each in stated)


async def test_many_ids_of_one_type_take_one_statement(ask: Ask, engine: AsyncEngine) -> None:
    clients = [ask.id("Client", handle) for handle in ("C1", "C2", "C3", "C4", "C5", "C6") * 10]
    with recorded(engine) as said:
        await ask("ada", "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=clients)

    assert len(said) == 3  # the last one counts that some were not found


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

    assert len(taken) == 1  # who asks, and then what they ask for


# ---- every other change, beside few and beside many


def _of(handle: str, **given: Any) -> Wish:
    return lambda ask: {"id": ask.id("Collaboration", handle), **given}


def _member(name: str = "id", **given: Any) -> Wish:
    return lambda ask: {name: ask.id("FirmMember", "F/ben"), **given}


TERMS: Final = {"sharedKpis": ["MISSING_RECEIPTS"], "level": "FULL", "billingMode": "PARTNER"}
CHANGES: Final[dict[str, tuple[str, str, Wish]]] = {
    "a request is accepted": ("ada", "acceptCollaboration", _of("F-C7", confirm=True)),
    "a request is declined": ("ada", "declineCollaboration", _of("F-C7")),
    "a request is withdrawn": ("lucia", "withdrawCollaboration", _of("F-C7")),
    "a firm ends it": ("ada", "terminateCollaboration", _of("F-C1", confirm=True)),
    "a client ends it": ("cora", "terminateCollaboration", _of("F-C1", confirm=True)),
    "the platform ends it": ("pia", "terminateCollaboration", _of("F-C1", confirm=True)),
    "access is asked for": ("ben", "requestAccess", _of("F-C2", level="FULL")),
    "access is granted": ("frida", "grantAccess", _of("F-C5", **TERMS)),
    "access is changed": ("cora", "changeAccess", _of("F-C1", **TERMS)),
    "access is taken back": ("cora", "removeAccess", _of("F-C1")),
    "access is given back": ("ada", "handBackAccess", _of("F-C1")),
    "other kinds are shared": ("cora", "setKpiSharing", _of("F-C1", sharedKpis=[])),
    "a firm is added": ("cora", "addFirmAsBookkeeper", lambda ask: {"profile": ask.id("FirmProfile", "G profile 1")}),
    "a firm is asked": ("cora", "requestCollaboration", lambda ask: {"profile": ask.id("FirmProfile", "G profile 1")}),
    "a client is verified": (
        "pia",
        "decideVerification",
        lambda ask: {"id": ask.id("Client", "C8"), "decision": "VERIFY"},
    ),
    "a client is rejected": (
        "pia",
        "decideVerification",
        lambda ask: {"id": ask.id("Client", "C8"), "decision": "REJECT", "reason": "No."},
    ),
    "an order is recorded": ("billing", "recordOrder", lambda ask: order_of(ask, "C1", DEMO_NOW)),
    "an invoice is issued": ("billing", "issueInvoice", lambda ask: bill_of(ask, "C1")),
    "an invoice is credited": ("billing", "creditInvoice", lambda ask: {"id": ask.id("Invoice", "C1#3")}),
    "an invoice is paid": ("cora", "payInvoice", lambda ask: {"id": ask.id("Invoice", "C1#3")}),
    "people are put in charge": (
        "ada",
        "assignManagers",
        lambda ask: {
            "clients": [ask.id("Client", handle) for handle in ("C2", "C5")],
            "members": [ask.id("FirmMember", handle) for handle in ("F/ben", "F/bo")],
        },
    ),
    "a charge ends": (
        "ada",
        "unassignManager",
        lambda ask: {"client": ask.id("Client", "C1")} | _member("member")(ask),
    ),
    "people are invited": (
        "ada",
        "inviteStaff",
        lambda ask: {"addresses": [{"email": "x@y.example", "role": "STAFF"}]},
    ),
    "a role is changed": ("ada", "changeStaffRole", _member(role="STAFF")),
    "a person is suspended": ("ada", "suspendStaff", _member()),
    "a person is removed": ("ada", "removeStaff", _member()),
    "a firm is suspended": ("pia", "suspendFirm", lambda ask: {"id": ask.id("Firm", "F")}),
    "a firm is closed": ("pia", "closeFirm", lambda ask: {"id": ask.id("Firm", "F"), "confirm": True}),
}
"""Who, what, and with which words."""


async def crowd(world: AsyncConnection, how_many: int) -> None:
    """So many more of everything that a change of F, of C1 or of C8 might go over one by one."""
    for number in range(how_many):
        member = await make.member(world, firm_id=key("F"), role=("bookkeeper", "admin")[number % 2])
        for client in ("C1", "C2", "C5", "C7", "C8"):
            await make.assignment(world, member_id=member, client_id=key(client))
        await make.client_member(world, client_id=key("C1"))
        await make.invoice(world, client_id=key("C1"), number=f"X{number}")
        await make.invitation(world, f"gws_{number}", firm_id=key("F"), invited_by=key("ada"))
        ended = {"granted_at": DEMO_NOW, "revoked_at": DEMO_NOW}
        await make.grant(world, collaboration_id=key("F-C5"), version=number + 1, **ended)
        await make.collaboration(world, firm_id=key("F"), client_id=key("C7"), state="ended")
        await make.audit(world, client_id=key("C1"), firm_id=key("F"), collaboration_id=key("F-C1"))


@pytest.mark.parametrize("case", CHANGES)
async def test_a_change_takes_as_many_statements_beside_few_as_beside_many(
    ask: Ask, engine: AsyncEngine, world: AsyncConnection, case: str
) -> None:
    who, verb, wish = CHANGES[case]
    document = f"mutation ($input: {verb[0].upper()}{verb[1:]}Input!) {{ {verb}(input: $input) {{ __typename }} }}"
    taken = []
    for how_many in (1, 20):
        async with world.begin_nested() as tried:
            await crowd(world, how_many)
            with recorded(engine) as said:
                await ask.data(who, document, input=wish(ask))
            await tried.rollback()
        taken.append([each for each in said if "SAVEPOINT" not in each])

    assert taken[0] == taken[1]
    assert len(taken[0]) >= CHANGING - 1  # nothing is shown of it but the name of its payload
