"""The leak scenarios of product.md, section 5, that reading can meet. Each test is named after its row."""

import asyncio
import inspect
import re
from datetime import timedelta

import pytest
from graphql import GraphQLEnumType, GraphQLObjectType
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.auth.viewers import FirmViewer
from gateway.db.enums import KPI_KINDS
from gateway.db.seeds.demo import DEMO_NOW, key
from gateway.policy import Policy
from gateway.schema.build import declared
from gateway.settings import Settings
from tests.graph.conftest import NOW, Ask, asker, recorded, run
from tests.support import make

RECEIPTS = 1 << KPI_KINDS.index("MISSING_RECEIPTS")


# ---- L1, L2, L3: filters, orders and counts


MISSING = (
    "{ clients(tab: MINE, onlyMissingReceipts: true, first: 10) { totalCount nodes { id } pageInfo { hasNextPage } } }"
)


async def test_l1_a_client_that_stops_sharing_leaves_the_filter_whatever_the_truth(
    ask: Ask, world: AsyncConnection
) -> None:
    before = await ask.data("ben", MISSING)
    await run(
        world,
        "UPDATE access_grant SET shared_kpis = shared_kpis & ~(:receipts)::int WHERE collaboration_id = :id",
        receipts=RECEIPTS,
        id=key("F-C1"),
    )
    answers = []
    for count in (7, 0, 1, 1_000):
        await run(
            world,
            "UPDATE kpi_snapshot SET count = :count WHERE client_id = :id AND kind = 'MISSING_RECEIPTS'",
            count=count,
            id=key("C1"),
        )
        answers.append((await ask("ben", MISSING)).text)

    assert ask.handles(before["clients"]["nodes"]) == ["C1", "C2"]
    only = f'[{{"id":"{ask.id("Client", "C2")}"}}]'
    assert set(answers) == {
        f'{{"data":{{"clients":{{"totalCount":1,"nodes":{only},"pageInfo":{{"hasNextPage":false}}}}}}}}'
    }


@pytest.mark.parametrize(("who", "found"), [
    ("ada", "C1 C2"),  # C3 has none missing, C5 shares nothing: no access
    ("ben", "C1 C2"),
    ("bo", "C1"),
    ("hedda@F", ""),  # level NONE
    ("gus", "C6 C4"),
    ("cora", "C1"),
    ("emil", ""),  # a member sees no KPI
    ("hedda@C3", ""),
    ("pia", ""),  # the platform sees none (D41)
    ("billing", ""),
    ("firm-sync", ""),  # whose scope names no KPI
    ("ben-sync", ""),
    ("shop-sync", ""),
    ("finn", ""),
    ("nora", ""),
    ("anonymous", ""),
])  # fmt: skip
async def test_l1_the_filter_answers_from_what_the_viewer_sees(ask: Ask, who: str, found: str) -> None:
    data = await ask.data(who, "{ clients(onlyMissingReceipts: true, first: 10) { totalCount nodes { id } } }")

    assert ask.handles(data["clients"]["nodes"]) == found.split()
    assert data["clients"]["totalCount"] == len(found.split())


def test_l1_there_is_no_other_filter() -> None:
    query = declared().query_type
    assert query is not None

    lists = {name: set(field.args) for name, field in query.fields.items() if "first" in field.args}
    page = {"first", "after", "last", "before"}
    assert {name: arguments - page for name, arguments in lists.items()} == {
        "clients": {"tab", "search", "onlyMissingReceipts", "orderBy"},
        "auditLog": {"since", "until", "action", "actor"},
        "firms": {"search", "subscriptionLapsed"},
        "collaborations": {"states"},
        "clientInvitations": {"states"},
        "conversations": set(),
        "collaborationRequests": {"answered"},
        "invoices": {"client", "collaboration", "states"},
        "integrationTokens": set(),
        "publicDirectory": {"search"},
        "marketplace": {"search"},
        "reviewQueue": set(),
    }


async def test_l2_clients_are_ordered_by_name_alone(ask: Ask) -> None:
    orders = declared().type_map["ClientOrderField"]
    assert isinstance(orders, GraphQLEnumType)
    answer = await ask(
        "ada",
        "query ($by: ClientOrder) { clients(first: 5, orderBy: $by) { totalCount } }",
        by={"field": "PENDING_TOTAL"},
    )

    assert list(orders.values) == ["NAME"]
    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.data is None


async def test_l2_a_cursor_shows_nothing_of_where_it_stands(ask: Ask) -> None:
    data = await ask.data("ada", "{ clients(first: 10) { edges { cursor node { name } } } }")
    cursors = [edge["cursor"] for edge in data["clients"]["edges"]]

    assert len({len(cursor) for cursor in cursors}) == 1
    assert sorted(cursors) != cursors  # no order of names in them
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", cursor) for cursor in cursors)


async def test_l3_a_bookkeeper_counts_assigned_clients_alone(ask: Ask) -> None:
    tabs = await ask.data("ben", "{ clientTabs { tab totalCount } }")
    refused = await ask("ben", "{ clients(tab: ALL, first: 1) { totalCount } }")

    assert tabs["clientTabs"] == [{"tab": "MINE", "totalCount": 2}]
    assert (refused.data, refused.codes) == ({"clients": None}, ["FORBIDDEN"])


async def test_l3_the_refused_tab_is_refused_from_the_role_alone(ask: Ask, engine: AsyncEngine) -> None:
    with recorded(engine) as said:
        answer = await ask("ben", "{ clients(tab: ALL, first: 1) { totalCount } }")

    assert answer.codes == ["FORBIDDEN"]
    assert len(said) == 1  # who asks


async def test_l3_a_firm_with_full_access_counts_no_invoice_of_its_client(ask: Ask) -> None:
    data = await ask.data(
        "ada",
        """query ($id: ID!) {
          client(id: $id) { invoices(first: 5) { totalCount nodes { id } edges { cursor } pageInfo {
            hasNextPage hasPreviousPage startCursor endCursor } } }
          invoices(client: $id, last: 5) { totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage } }
        }""",
        id=ask.id("Client", "C1"),
    )

    assert data["client"]["invoices"] == {
        "totalCount": 0,
        "nodes": [],
        "edges": [],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
    }
    assert data["invoices"] == {
        "totalCount": 0,
        "nodes": [],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False},
    }


# ---- L5, L26: from what is open to what is not


async def test_l5_a_wallet_stays_closed_however_one_comes_to_it(ask: Ask) -> None:
    answer = await ask(
        "ben",
        """query ($id: ID!, $activity: ID!) {
          client(id: $id) { collaboration { client { wallet { balance { amount } } plan { tier } companyNumber } } }
          node(id: $activity) { ... on Client { wallet { balance { amount } } } }
          clients(search: "bjork", first: 1) { nodes { wallet { balance { amount } } } }
        }""",
        id=ask.id("Client", "C2"),
        activity=ask.id("Client", "C2"),
    )

    closed = {"wallet": None, "plan": None, "companyNumber": None}
    assert answer.data == {
        "client": {"collaboration": {"client": closed}},
        "node": {"wallet": None},
        "clients": {"nodes": [{"wallet": None}]},
    }
    assert sorted(answer.denials) == [
        ("Client", "companyNumber", "LEVEL", 1, ["client", "collaboration", "client", "companyNumber"]),
        ("Client", "plan", "LEVEL", 1, ["client", "collaboration", "client", "plan"]),
        ("Client", "wallet", "LEVEL", 3, ["client", "collaboration", "client", "wallet"]),
    ]


async def test_l5_an_invoice_does_not_lead_to_a_lost_client(ask: Ask) -> None:
    answer = await ask(
        "ada",
        "query ($id: ID!) { node(id: $id) { ... on Invoice { client { name members(first: 50) { "
        "nodes { name } } } credits { client { name } } } } }",
        id=ask.id("Invoice", "C4#7"),
    )

    assert answer.data == {"node": {"client": None, "credits": {"client": None}}}
    assert answer.denials == [("Invoice", "client", "ENDED", 2, ["node", "client"])]


async def test_l5_a_client_never_learns_of_other_clients(ask: Ask) -> None:
    answer = await ask(
        "cora",
        """query ($id: ID!) {
          client(id: $id) { collaborations(first: 50) { nodes { firm { clientCount resellerTier
          cashbackRate staff(first: 50) { nodes { name email firmRole firmName } } } } } }
        }""",
        id=ask.id("Client", "C1"),
    )

    firm = answer.data["client"]["collaborations"]["nodes"][0]["firm"]
    assert {name: firm[name] for name in ("clientCount", "resellerTier", "cashbackRate")} == {
        "clientCount": None,
        "resellerTier": None,
        "cashbackRate": None,
    }
    assert sorted((person["name"], person["email"], person["firmRole"]) for person in firm["staff"]["nodes"]) == [
        ("Ben Kjærgaard", None, None),
        ("Bo Lindqvist", None, None),
    ]
    assert {denial[2] for denial in answer.denials} == {"ROLE"}


def test_l5_no_edge_leads_from_a_firm_or_its_people_to_clients() -> None:
    types = declared().type_map

    def fields(name: str) -> set[str]:
        of = types[name]
        assert isinstance(of, GraphQLObjectType)
        return {str(field.type).strip("[]!") for field in of.fields.values()}

    assert fields("Firm").isdisjoint({"Client", "ClientConnection", "Collaboration", "CollaborationConnection"})
    assert fields("FirmMember").isdisjoint({"Client", "ClientConnection", "Collaboration", "User", "Firm"})
    assert fields("FirmProfile").isdisjoint({"Firm", "Client", "FirmMember"})


AROUND_C4 = """query ($id: ID!) {
  client(id: $id) {
    accountManagers(first: 50) { nodes { name } }
    members(first: 50) { nodes { name } }
    collaboration { id billingModePeriods(first: 50) { nodes { mode } } auditEntries(first: 50) {
    totalCount nodes { actorName action } } }
    collaborations(first: 50) { nodes { id firmName } }
    invoices(first: 50) { nodes { id } }
  }
}"""


async def test_l26_the_next_firm_finds_nothing_of_the_one_before(ask: Ask) -> None:
    answer = await ask("gus", AROUND_C4, id=ask.id("Client", "C4"))
    client = answer.data["client"]

    assert client["accountManagers"]["nodes"] == []
    assert client["members"]["nodes"] == [{"name": "Elena Ibáñez"}]
    assert client["collaborations"]["nodes"] == [
        {"id": ask.id("Collaboration", "G-C4"), "firmName": "Steinfirn Treuhand"}
    ]
    assert client["collaboration"]["billingModePeriods"]["nodes"] == [{"mode": "PARTNER"}]
    assert ask.handles(client["invoices"]["nodes"]) == ["C4#6"]
    entries = client["collaboration"]["auditEntries"]
    assert {entry["actorName"] for entry in entries["nodes"]} <= {None, "Gus Aebischer"}
    assert answer.codes == ["FIELD_NOT_PERMITTED"]
    assert entries["totalCount"] == len(entries["nodes"])


async def test_l26_what_g_is_answered_does_not_say_that_f_ever_was(ask: Ask) -> None:
    answer = await ask("gus", AROUND_C4, id=ask.id("Client", "C4"))

    for trace in ("Havlygte", "Ada", "Bo ", ask.id("Firm", "F"), ask.id("Collaboration", "F-C4")):
        assert trace not in answer.text


async def test_l26_the_first_firm_finds_nothing_of_the_next(ask: Ask) -> None:
    answer = await ask(
        "ada",
        """query ($id: ID!) { collaboration(id: $id) {
          collaborationState firmName clientName endedBy effectiveAccess { level because }
          billingModePeriods(first: 50) { nodes { mode to } } auditEntries(first: 50) { nodes { at actorName } }
        } }""",
        id=ask.id("Collaboration", "F-C4"),
    )
    found = answer.data["collaboration"]
    end = DEMO_NOW - timedelta(days=160)

    assert answer.codes == ["FIELD_NOT_PERMITTED"]  # who acted for the client is not the firm's to know by name
    assert {entry["actorName"] for entry in found["auditEntries"]["nodes"]} == {None, "Ada Nørgård"}
    assert found["collaborationState"] == "ENDED"
    assert found["effectiveAccess"] == {"level": "NONE", "because": "ENDED"}
    assert [(period["mode"], period["to"] is None) for period in found["billingModePeriods"]["nodes"]] == [
        ("CLIENT", False),
        ("PARTNER", False),
        ("CLIENT", False),
    ]
    assert max(entry["at"] for entry in found["auditEntries"]["nodes"]) <= end.isoformat()
    assert "Steinfirn" not in answer.text
    assert "Gus" not in answer.text


# ---- L6: aliases, fragments, interfaces


BY_ALL_SHAPES = """query ($id: ID!, $yes: Boolean!, $no: Boolean!) {
  node(id: $id) {
    ... on Client { a: wallet { balance { amount } } b: wallet { balance { amount } } }
    ...Money
    ... @include(if: $yes) { ... on Client { c: wallet { balance { currency } } } }
    ... @skip(if: $yes) { ... on Client { d: wallet { balance { currency } } } }
    ... @include(if: $no) { ... on Client { e: wallet { balance { currency } } } }
    ... on Node { id ... on Client { f: wallet { __typename } } }
  }
}
fragment Money on Node { ... on Client { g: wallet { ...Balance } name } }
fragment Balance on Wallet { balance { amount } }"""


async def test_l6_each_alias_and_each_fragment_gets_the_same_answer(ask: Ask) -> None:
    answer = await ask("ben", BY_ALL_SHAPES, id=ask.id("Client", "C2"), yes=True, no=False)

    assert answer.data["node"] == {
        **dict.fromkeys("abgcf"),
        "name": "Björkdunge Bageri",
        "id": ask.id("Client", "C2"),
    }
    assert answer.denials == [("Client", "wallet", "LEVEL", 5, ["node", "a"])]
    assert len(answer.errors) == 1


async def test_l6_the_same_shapes_open_what_is_open(ask: Ask) -> None:
    data = await ask.data("ben", BY_ALL_SHAPES, id=ask.id("Client", "C1"), yes=True, no=False)

    assert data["node"]["a"] == data["node"]["b"] == data["node"]["g"] == {"balance": {"amount": "48250.00"}}
    assert data["node"]["c"] == {"balance": {"currency": "DKK"}}
    assert data["node"]["f"] == {"__typename": "Wallet"}


async def test_l6_a_fragment_on_another_type_gives_nothing(ask: Ask) -> None:
    data = await ask.data(
        "ada",
        "query ($id: ID!) { node(id: $id) { __typename ... on Invoice { number } ... on Firm { cashbackRate } } }",
        id=ask.id("Client", "C1"),
    )

    assert data == {"node": {"__typename": "Client"}}


# ---- L8: the mode flips while one pages


async def test_l8_a_flip_of_the_mode_between_pages_changes_nothing_behind_the_cursor(
    ask: Ask, world: AsyncConnection
) -> None:
    document = """query ($after: String, $id: ID!) { invoices(client: $id, first: 1, after: $after) {
      totalCount edges { cursor node { id } } pageInfo { hasNextPage }
    } }"""
    c3 = ask.id("Client", "C3")
    first = (await ask.data("ada", document, id=c3))["invoices"]

    await run(
        world,
        "UPDATE billing_mode_period SET to_at = :now WHERE collaboration_id = :id AND to_at = 'infinity'",
        now=DEMO_NOW - timedelta(minutes=1),
        id=key("F-C3"),
    )
    await make.period(world, collaboration_id=key("F-C3"), mode="client", from_at=DEMO_NOW - timedelta(minutes=1))
    for days in (0, 100, 200):  # also where an older one would stand, by its key
        to_client = make.new_key(DEMO_NOW - timedelta(days=days))
        await make.invoice(world, client_id=key("C3"), id=to_client, number=f"C{days}")
    to_firm = make.new_key(DEMO_NOW - timedelta(days=30))
    await make.invoice(world, client_id=key("C3"), firm_id=key("F"), id=to_firm, number="F1")

    found, after = list(first["edges"]), first["edges"][-1]["cursor"]
    while True:
        page = (await ask.data("ada", document, id=c3, after=after))["invoices"]
        assert page["totalCount"] == first["totalCount"] + 1  # by F's own
        found += page["edges"]
        after = page["edges"][-1]["cursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    expected = [ask.id("Invoice", each) for each in ("C3#5", to_firm, "C3#4", "C3#3")]
    assert [edge["node"]["id"] for edge in found] == expected


async def test_l8_the_client_side_keeps_its_own_through_the_same_flip(ask: Ask, world: AsyncConnection) -> None:
    document = "{ invoices(first: 10) { totalCount nodes { id } } }"
    before = await ask.data("hedda@C3", document)
    await make.invoice(world, client_id=key("C3"), firm_id=key("F"), number="F1")
    await run(
        world,
        "UPDATE billing_mode_period SET to_at = :now WHERE collaboration_id = :id AND to_at = 'infinity'",
        now=DEMO_NOW,
        id=key("F-C3"),
    )

    assert ask.handles(before["invoices"]["nodes"]) == ["C3#2", "C3#1"]
    assert await ask.data("hedda@C3", document) == before


# ---- L14: null stays where it is


async def test_l14_a_hidden_field_is_null_beside_those_that_are_open(ask: Ask) -> None:
    answer = await ask(
        "ben",
        "query ($id: ID!) { client(id: $id) { name wallet { balance { amount } } verificationState country } }",
        id=ask.id("Client", "C2"),
    )

    assert answer.status == 200
    assert answer.data == {
        "client": {"name": "Björkdunge Bageri", "wallet": None, "verificationState": "VERIFIED", "country": "SE"}
    }
    assert answer.errors == [
        {
            "message": "You do not have permission to read this field.",
            "path": ["client", "wallet"],
            "extensions": {
                "code": "FIELD_NOT_PERMITTED",
                "type": "Client",
                "field": "wallet",
                "reason": "LEVEL",
                "count": 1,
            },
        }
    ]


async def test_l14_a_hidden_field_is_decided_before_its_data_is_read(ask: Ask, engine: AsyncEngine) -> None:
    question = """query ($id: ID!) { client(id: $id) {
      name wallet { balance { amount } } plan { tier } members(first: 9) { nodes { name } } } }"""
    with recorded(engine) as said:
        await ask("ben", question, id=ask.id("Client", "C2"))

    assert len(said) == 2  # who asks, and the client
    assert not any("wallet" in statement for statement in said)


# ---- L16: two hats


HATS = """query ($c3: ID!, $c5: ID!) {
  viewer { actingAs { id } }
  own: client(id: $c3) { wallet { balance { amount } } invoices(first: 9) { nodes { id } } }
  charge: client(id: $c5) { name kpis { kind } }
  invoices(first: 9) { nodes { id } }
}"""


async def test_l16_as_a_bookkeeper_the_owner_of_c3_reaches_nothing_of_c3(ask: Ask) -> None:
    answer = await ask("hedda@F", HATS, c3=ask.id("Client", "C3"), c5=ask.id("Client", "C5"))

    assert answer.data == {
        "viewer": {"actingAs": {"id": ask.id("Firm", "F")}},
        "own": None,
        "charge": {"name": "Uhrenatelier Gänseblum", "kpis": None},
        "invoices": {"nodes": []},
    }
    assert answer.codes == ["NOT_FOUND", "FIELD_NOT_PERMITTED"]


async def test_l16_as_the_owner_of_c3_the_bookkeeper_reaches_nothing_of_f(ask: Ask) -> None:
    answer = await ask("hedda@C3", HATS, c3=ask.id("Client", "C3"), c5=ask.id("Client", "C5"))

    own = {"nodes": [{"id": ask.id("Invoice", "C3#2")}, {"id": ask.id("Invoice", "C3#1")}]}
    assert answer.data == {
        "viewer": {"actingAs": {"id": ask.id("Client", "C3")}},
        "own": {"wallet": {"balance": {"amount": "9180.50"}}, "invoices": own},
        "charge": None,
        "invoices": own,
    }
    assert answer.codes == ["NOT_FOUND"]


async def test_l16_a_cursor_belongs_to_the_hat_it_was_got_with(ask: Ask) -> None:
    document = (
        "query ($after: String) { collaborations(first: 1, after: $after) { pageInfo { endCursor } nodes { id } } }"
    )
    cursor = (await ask.data("hedda@C3", document))["collaborations"]["pageInfo"]["endCursor"]
    answer = await ask("hedda@F", document, after=cursor)

    assert cursor is not None
    assert (answer.data, answer.codes) == ({"collaborations": None}, ["BAD_USER_INPUT"])


# ---- L17: nothing is kept between viewers


async def test_l17_the_same_invoice_is_there_for_one_and_not_for_the_other_at_once(ask: Ask) -> None:
    question = "query ($id: ID!) { node(id: $id) { ... on Invoice { number } } }"
    asked = {"id": ask.id("Invoice", "C1#1")}
    callers = ("cora", "ada", "ben", "pia", "emil", "gus") * 5
    answers = await asyncio.gather(*(ask(who, question, **asked) for who in callers))

    for who, answer in zip(callers, answers, strict=True):
        expected = {"number": "00001"} if who in ("cora", "pia") else None
        assert (who, answer.data) == (who, {"node": expected})


async def test_l17_a_batch_is_refused(ask: Ask) -> None:
    answer = await ask.sent([{"query": "{ viewer { user { name } } }"}] * 2, ask.headers("ada"))

    assert (answer.status, answer.codes, answer.data) == (400, ["BAD_USER_INPUT"], None)


async def test_l17_a_persisted_query_is_not_taken(ask: Ask) -> None:
    body = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}}
    answer = await ask.sent(body, ask.headers("ada"))

    assert (answer.codes, answer.data) == (["PERSISTED_QUERY_NOT_SUPPORTED"], None)


async def test_l17_no_answer_may_be_kept_by_a_cache(ask: Ask) -> None:
    for who in ("ada", "anonymous"):
        response = (await ask(who, "{ clients(first: 1) { totalCount } }")).response

        assert response.headers["cache-control"] == "no-store"
        assert "etag" not in response.headers
        assert "last-modified" not in response.headers


# ---- L20: probing


@pytest.mark.parametrize("document", [
    "{ invoce }",
    "{ client { id } }",
    "{ clients(first: 1, tabb: ALL) { totalCount } }",
    "{ clients(first: 1, tab: AL) { totalCount } }",
    "{ clients(first: 1) { nodes { wallett } } }",
    "query ($x: Clien) { clients(first: 1) { totalCount } }",
    "{ clients(first: 1, orderBy: {fild: NAME}) { totalCount } }",
    "{ node(id: 1) { ... on Cliend { id } } }",
    "{ ...Frag }",
])  # fmt: skip
async def test_l20_no_suggestion_is_made(ask: Ask, engine: AsyncEngine, document: str) -> None:
    with recorded(engine) as said:
        answer = await ask("ada", document)

    assert answer.errors
    assert "did you mean" not in answer.text.lower()
    assert answer.data is None
    assert said == []


@pytest.mark.parametrize(("variables", "document"), [
    ({"tab": "AL"}, "query ($tab: ClientTab) { clients(first: 1, tab: $tab) { totalCount } }"),
    ({"by": {"fild": "NAME"}}, "query ($by: ClientOrder) { clients(first: 1, orderBy: $by) { totalCount } }"),
])  # fmt: skip
async def test_l20_no_suggestion_is_made_about_variables(ask: Ask, variables: dict[str, object], document: str) -> None:
    answer = await ask("ada", document, **variables)

    assert answer.codes
    assert set(answer.codes) == {"BAD_USER_INPUT"}
    assert "did you mean" not in answer.text.lower()
    assert "ALL" not in answer.text


BOMBS = {
    "aliases": "{" + " ".join(f'a{n}: node(id: "x") {{ id }}' for n in range(1_000)) + "}",
    "depth": '{ client(id: "x") '
    + "{ collaborations(first: 50) { nodes { client " * 10
    + "{ id }"
    + " } } }" * 10
    + "}",
    "cost": "{ clients(first: 500) { nodes { invoices(first: 500) { nodes { lines { position } } } } } }",
    "roots": "{" + " ".join(f"r{n}: clientTabs {{ tab }}" for n in range(21)) + "}",
}


@pytest.mark.parametrize("bomb", BOMBS)
async def test_l20_a_document_that_asks_for_too_much_is_refused_unread(
    ask: Ask, engine: AsyncEngine, bomb: str
) -> None:
    with recorded(engine) as said:
        answer = await ask("ada", BOMBS[bomb])

    assert (answer.codes, answer.data) == (["COST_LIMIT_EXCEEDED"], None)
    assert said == []


@pytest.mark.parametrize(("setting", "who", "is_open"), [
    ("signed-in", "ada", True),
    ("signed-in", "anonymous", False),
    ("off", "pia", False),
    ("on", "anonymous", True),
])  # fmt: skip
async def test_l20_introspection_is_as_open_as_it_was_set(
    settings: Settings, policy: Policy, engine: AsyncEngine, setting: str, who: str, is_open: bool
) -> None:
    async with asker(settings.model_copy(update={"introspection": setting}), policy, engine) as other:
        answer = await other(who, '{ __schema { queryType { name } } __type(name: "Client") { name } }')

    if is_open:
        client = {"name": "Client"} if who == "ada" else None  # nobody else ever sees one
        assert answer.data == {"__schema": {"queryType": {"name": "Query"}}, "__type": client}
    else:
        assert answer.codes == ["GRAPHQL_VALIDATION_FAILED"]
        assert answer.data is None


# ---- L25: numbers and sums


@pytest.mark.parametrize("who", ["ada", "gus", "cora", "dag", "hedda@C3", "elena"])
async def test_l25_numbers_run_without_a_gap_for_each_who_may_see_them_all(ask: Ask, who: str) -> None:
    data = await ask.data(who, "{ invoices(first: 50) { nodes { number } } }")
    numbers = [int(node["number"]) for node in data["invoices"]["nodes"]]

    assert numbers == list(range(len(numbers), 0, -1))
    assert numbers


async def test_l25_the_pending_total_is_the_sum_of_what_is_listed(ask: Ask) -> None:
    for who in ("ada", "ben", "bo", "gus", "cora", "elena"):
        data = await ask.data(who, "{ clients(first: 9) { nodes { id } } }")
        for node in data["clients"]["nodes"]:
            answer = await ask(
                who, "query ($id: ID!) { client(id: $id) { pendingTotal kpis { count } } }", id=node["id"]
            )
            client = answer.data["client"]
            listed = client["kpis"] and sum(kpi["count"] or 0 for kpi in client["kpis"])
            assert client["pendingTotal"] == listed


# ---- L27: a decision is a value, at once


def test_l27_a_decision_is_a_plain_value(policy: Policy) -> None:
    viewer = FirmViewer(key("ada"), key("F/ada"), key("F"), "admin", NOW)
    for type_name in sorted(policy.types):
        situation = policy.plan(viewer, type_name).situation(tuple(0 for _ in policy.plan(viewer, type_name).order))

        assert type(situation.mask) is int
        assert type(situation.sees("id")) is bool
        assert not inspect.isawaitable(situation.mask)


def test_l27_what_no_rule_speaks_of_is_denied(policy: Policy) -> None:
    viewer = FirmViewer(key("ada"), key("F/ada"), key("F"), "admin", NOW)
    plan = policy.plan(viewer, "Client")
    nothing = plan.situation(tuple(0 for _ in plan.order))

    assert nothing.mask == 0
    assert nothing.visible() == []
