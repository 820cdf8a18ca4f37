"""The history below Table E, as it stands in C4's books: who sees which invoice, by every way that leads to one."""

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.seeds.demo import key
from tests import make
from tests.graph.conftest import Ask

ROWS = ("C4#1", "C4#2", "C4#3", "C4#4", "C4#5", "C4#6", "C4#7")
SEEN = {
    "elena": "C4#1 C4#3 C4#4 C4#5",  # CO: what was issued to the client
    "ada": "C4#2 C4#7",  # FA of F, after the end: what was issued to F
    "gus": "C4#6",  # FA of G: what was issued to G
    "ben": "",
    "bo": "",  # was assigned, until the end
    "hedda@F": "",
    "finn": "",
    "emil": "",
    "cora": "",
    "rolf": "",
    "nora": "",
    "anonymous": "",
    "firm-sync": "",  # whose scope names no invoice
    "ben-sync": "",
    "shop-sync": "",
    "pia": "C4#1 C4#2 C4#3 C4#4 C4#5 C4#6 C4#7",
    "billing": "C4#1 C4#2 C4#3 C4#4 C4#5 C4#6 C4#7",
}
EVERY_FIELD = """
  id kind number billingMode clientName currency state issuedAt dueAt paidAt
  issuedTo { kind name } credits { id } lines { position description quantity unitAmount { amount } amount { amount } }
  net { amount currency } tax { amount } total { amount }
"""


@pytest.mark.parametrize("who", SEEN)
async def test_each_side_finds_its_rows_in_its_list(ask: Ask, who: str) -> None:
    data = await ask.data(who, "{ invoices(first: 50) { nodes { id } } }")
    found = ask.handles(data["invoices"]["nodes"])

    assert sorted(handle for handle in found if handle in ROWS) == SEEN[who].split()


@pytest.mark.parametrize("who", SEEN)
async def test_each_side_finds_its_rows_by_id_with_all_fields_and_the_others_not_at_all(ask: Ask, who: str) -> None:
    answer = await ask(
        who,
        f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Invoice {{ {EVERY_FIELD} }} }} }}",
        ids=[ask.id("Invoice", row) for row in ROWS],
    )
    seen = SEEN[who].split()

    for row, node in zip(ROWS, answer.data["nodes"], strict=True):
        assert (node is not None) == (row in seen)
        if node is not None:
            assert node["number"] is not None
            assert node["lines"]
    assert answer.denials == []
    assert answer.codes == ["NOT_FOUND"] * (len(ROWS) - len(seen))


@pytest.mark.parametrize("who", ["elena", "gus", "pia"])
async def test_each_side_finds_its_rows_at_the_client(ask: Ask, who: str) -> None:
    data = await ask.data(
        who,
        "query ($id: ID!) { client(id: $id) { invoices(first: 50) { totalCount nodes { id } pageInfo { hasNextPage } } } }",
        id=ask.id("Client", "C4"),
    )
    invoices = data["client"]["invoices"]

    assert sorted(ask.handles(invoices["nodes"])) == SEEN[who].split()
    assert invoices["totalCount"] == len(SEEN[who].split())
    assert invoices["pageInfo"] == {"hasNextPage": False}


async def test_after_the_end_the_firm_keeps_its_documents_without_the_way_to_the_client(ask: Ask) -> None:
    answer = await ask(
        "ada",
        "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Invoice { clientName client { id } credits { id } } } }",
        ids=[ask.id("Invoice", "C4#2"), ask.id("Invoice", "C4#7")],
    )

    assert answer.data["nodes"] == [
        {"clientName": "Talleres Riomanso", "client": None, "credits": None},
        {"clientName": "Talleres Riomanso", "client": None, "credits": {"id": ask.id("Invoice", "C4#2")}},
    ]
    assert answer.denials == [("Invoice", "client", "ENDED", 2, ["nodes", 0, "client"])]
    assert answer.codes == ["FIELD_NOT_PERMITTED"]


async def test_what_elena_holds_is_issued_to_her_company_and_numbered_without_a_gap(ask: Ask) -> None:
    data = await ask.data("elena", "{ invoices(first: 50) { nodes { number billingMode issuedTo { kind name } } } }")

    mine = {"kind": "CLIENT", "name": "Talleres Riomanso"}
    assert data["invoices"]["nodes"] == [
        {"number": number, "billingMode": "CLIENT", "issuedTo": mine} for number in ("00004", "00003", "00002", "00001")
    ]


async def test_what_f_holds_is_issued_to_f_by_name(ask: Ask) -> None:
    data = await ask.data("ada", "{ invoices(first: 50) { nodes { id kind billingMode issuedTo { kind name } } } }")
    of_c4 = {
        handle: node
        for handle, node in zip(ask.handles(data["invoices"]["nodes"]), data["invoices"]["nodes"], strict=True)
        if handle in ROWS
    }

    assert {handle: node["kind"] for handle, node in of_c4.items()} == {"C4#7": "CREDIT_NOTE", "C4#2": "INVOICE"}
    assert all(node["billingMode"] == "PARTNER" for node in of_c4.values())
    assert all(node["issuedTo"] == {"kind": "FIRM", "name": "Havlygte Revision"} for node in of_c4.values())


async def test_the_stamped_mode_decides_even_where_the_invoice_names_a_firm(ask: Ask, world: AsyncConnection) -> None:
    bill = await make.invoice(world, client_id=key("C1"), firm_id=key("F"), billing_mode="client")
    question = "query ($id: ID!) { node(id: $id) { ... on Invoice { issuedTo { kind name } } } }"
    firm = await ask("ada", question, id=ask.id("Invoice", bill))
    client = await ask("cora", question, id=ask.id("Invoice", bill))
    listed = await ask.data("ada", "{ invoices(first: 50) { totalCount } }")

    assert (firm.data, firm.codes) == ({"node": None}, ["NOT_FOUND"])
    assert client.data == {"node": {"issuedTo": {"kind": "CLIENT", "name": "Ærø Tovværk"}}}
    assert listed == {"invoices": {"totalCount": 5}}


async def test_f_cannot_list_invoices_by_the_client_it_has_lost(ask: Ask) -> None:
    answer = await ask(
        "ada", "query ($id: ID!) { invoices(client: $id, first: 50) { totalCount } }", id=ask.id("Client", "C4")
    )

    assert (answer.data, answer.codes) == ({"invoices": None}, ["NOT_FOUND"])


@pytest.mark.parametrize(("who", "states", "rows"), [
    ("ada", ["CREDITED"], "C4#2"),
    ("ada", ["PAID"], "C4#7 C3#4 C3#3"),
    ("ada", ["OPEN", "CREDITED"], "C3#5 C4#2"),
    ("ada", ["OVERDUE"], ""),
    ("ada", ["DRAFT"], ""),
    ("cora", ["OVERDUE"], "C1#3"),
    ("cora", ["OPEN"], ""),
    ("cora", ["DRAFT"], ""),
    ("billing", ["DRAFT"], "C1#4"),
    ("elena", [], ""),
])  # fmt: skip
async def test_a_filter_by_state_stays_within_ones_own(ask: Ask, who: str, states: list[str], rows: str) -> None:
    data = await ask.data(
        who,
        "query ($states: [InvoiceState!]) { invoices(states: $states, first: 50) { totalCount nodes { id state } } }",
        states=states,
    )

    assert ask.handles(data["invoices"]["nodes"]) == rows.split()
    assert data["invoices"]["totalCount"] == len(rows.split())
    assert {node["state"] for node in data["invoices"]["nodes"]} <= set(states)
