"""The history below Table E, in C4's books and played anew: who sees which invoice, by every way that leads to one."""

from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.seeds.demo import key
from tests.graph.conftest import NOW, Ask
from tests.support import make
from tests.support.collaborations import ALL_KPIS, done
from tests.support.invoices import credited, issued, recorded_order

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
  id invoiceKind number billingMode clientName currency invoiceState issuedAt dueAt paidAt viewerActions
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
    data = await ask.data(
        "ada", "{ invoices(first: 50) { nodes { id invoiceKind billingMode issuedTo { kind name } } } }"
    )
    of_c4 = {
        handle: node
        for handle, node in zip(ask.handles(data["invoices"]["nodes"]), data["invoices"]["nodes"], strict=True)
        if handle in ROWS
    }

    assert {handle: node["invoiceKind"] for handle, node in of_c4.items()} == {"C4#7": "CREDIT_NOTE", "C4#2": "INVOICE"}
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


async def test_f_lists_its_own_invoices_of_the_client_it_has_lost(ask: Ask) -> None:
    question = "query ($id: ID!) { invoices(client: $id, first: 50) { totalCount nodes { id } } }"
    answer = await ask.data("ada", question, id=ask.id("Client", "C4"))

    assert ask.handles(answer["invoices"]["nodes"]) == ["C4#7", "C4#2"]
    assert answer["invoices"]["totalCount"] == 2


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
        "query ($states: [InvoiceState!]) { invoices(states: $states, first: 50) { totalCount nodes { id invoiceState } } }",
        states=states,
    )

    assert ask.handles(data["invoices"]["nodes"]) == rows.split()
    assert data["invoices"]["totalCount"] == len(rows.split())
    assert {node["invoiceState"] for node in data["invoices"]["nodes"]} <= set(states)


# ---- played by changes alone


OWN: Final = """query ($ids: [ID!]!) {
  invoices(first: 50) { totalCount nodes { id } pageInfo { hasNextPage } }
  nodes(ids: $ids) { id ... on Invoice { number issuedTo { name } billingMode clientName lines { position } } }
}"""
AT_CLIENT: Final = "query ($id: ID!) { client(id: $id) { invoices(first: 50) { totalCount nodes { id } } } }"
NODE: Final = "query ($id: ID!) { node(id: $id) { ... on Invoice { number } } }"
BEFORE: Final = {"frida": 0, "ada": 5, "hedda@F": 5, "gus": 4}
"""How many invoices the holder for whom they look has in the demo world: it counts on from there. Hedda keeps C5's books at F."""


class History:
    """C5, which has no invoice yet; first with F, then with G. Every row is a minute after the last."""

    def __init__(self, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ask, self.patch = ask, monkeypatch
        self.minutes = 0
        self.bills: dict[str, str] = {}

    def later(self) -> None:
        self.minutes += 1
        moment = NOW + timedelta(minutes=self.minutes)
        self.patch.setattr(self.ask.gateway, "clock", lambda: moment)

    async def issue(self, name: str) -> None:
        self.bills[name] = (await issued(self.ask, "C5"))["id"]

    async def seen(self, who: str) -> str:
        """The names of the bills that this side has, by every way that leads to one."""
        names = {id: name for name, id in self.bills.items()}
        answer = await self.ask(who, OWN, ids=list(self.bills.values()))
        listed, nodes = answer.data["invoices"], answer.data["nodes"]
        found = [names[node["id"]] for node in nodes if node]
        assert answer.codes == ["NOT_FOUND"] * (len(self.bills) - len(found))
        assert {names[node["id"]] for node in listed["nodes"] if node["id"] in names} == set(found)
        others = 0 if who == "hedda@F" else BEFORE[who]  # hers are of C5 alone (D8)
        assert listed["totalCount"] == len(listed["nodes"]) == others + len(found)
        assert listed["pageInfo"] == {"hasNextPage": False}
        for name, id in self.bills.items():
            one = await self.ask(who, NODE, id=id)
            assert (one.data["node"] is not None) == (name in found)
            assert one.codes == ([] if name in found else ["NOT_FOUND"])
        numbers = sorted(int(node["number"]) for node in nodes if node)
        assert numbers == list(range(BEFORE[who] + 1, BEFORE[who] + 1 + len(found)))  # L25
        assert all(node["lines"] and node["clientName"] == "Uhrenatelier Gänseblum" for node in nodes if node)
        through = await self.ask(who, AT_CLIENT, id=self.ask.id("Client", "C5"))
        if through.data["client"] is not None:
            there = through.data["client"]["invoices"]
            assert {names[node["id"]] for node in there["nodes"]} == set(found)
            assert there["totalCount"] == len(found)
        return " ".join(found)

    async def sees(self, *, frida: str, ada: str = "", hedda: str = "", gus: str = "") -> None:
        seen = {who: await self.seen(who) for who in BEFORE}
        assert seen == {"frida": frida, "ada": ada, "hedda@F": hedda, "gus": gus}
        for stranger in ("ben", "bo", "finn", "hedda@C3", "cora", "jonas", "rolf", "anonymous"):
            answer = await self.ask(
                stranger, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[*self.bills.values()]
            )
            assert answer.codes == ["NOT_FOUND"] * len(self.bills)


async def test_the_seven_rows_played_by_changes_give_each_side_its_own_after_each_row(
    ask: Ask, world: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History(ask, monkeypatch)
    everything: dict[str, Any] = {"level": "FULL", "sharedKpis": ALL_KPIS}

    history.later()
    await done(ask, "frida", "grantAccess", "F-C5", **everything, billingMode="CLIENT")
    await history.issue("#1")
    await history.sees(frida="#1")

    history.later()
    switch = {"mode": "PARTNER", "expectedMode": "CLIENT", "confirm": True}
    await done(ask, "frida", "changeBillingMode", "F-C5", **switch)
    await history.issue("#2")
    await history.sees(frida="#1", ada="#2", hedda="#2")

    history.later()
    back = {"mode": "CLIENT", "expectedMode": "PARTNER", "confirm": True}
    await done(ask, "frida", "changeBillingMode", "F-C5", **back)
    await history.issue("#3")
    await history.sees(frida="#1 #3", ada="#2", hedda="#2")

    history.later()
    await done(ask, "frida", "changeAccess", "F-C5", level="LIMITED", sharedKpis=ALL_KPIS)
    await history.issue("#4")
    await history.sees(frida="#1 #3 #4", ada="#2", hedda="#2")

    history.later()
    await done(ask, "frida", "terminateCollaboration", "F-C5", confirm=True)
    await history.issue("#5")
    await history.sees(frida="#1 #3 #4 #5", ada="#2")
    ended = "query ($id: ID!) { node(id: $id) { ... on Invoice { clientName client { id } } } }"
    kept = await ask("ada", ended, id=history.bills["#2"])
    assert kept.data["node"] == {"clientName": "Uhrenatelier Gänseblum", "client": None}
    assert kept.denials == [("Invoice", "client", "ENDED", 1, ["node", "client"])]

    history.later()
    asked = await make.collaboration(world, firm_id=key("G"), client_id=key("C5"), state="pending")
    await done(ask, "gus", "acceptCollaboration", asked, confirm=True)
    await done(ask, "frida", "grantAccess", asked, **everything, billingMode="PARTNER")
    await history.issue("#6")
    await history.sees(frida="#1 #3 #4 #5", ada="#2", gus="#6")

    history.later()
    note = await credited(ask, history.bills["#2"])
    history.bills["note"] = note["id"]
    assert note["issuedTo"] == {"kind": "FIRM", "name": "Havlygte Revision"}
    await history.sees(frida="#1 #3 #4 #5", ada="#2 note", gus="#6")


async def test_who_orders_in_client_mode_does_not_leave_the_bill_to_the_firm_by_a_switch(
    ask: Ask, world: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """L9, by the client's own changes."""
    history = History(ask, monkeypatch)
    order = await recorded_order(ask, "C1", NOW, placedBy="CLIENT")
    history.later()
    await done(ask, "cora", "changeBillingMode", "F-C1", mode="PARTNER", expectedMode="CLIENT", confirm=True)
    history.later()
    invoice = await issued(ask, "C1", order=order["id"])
    without = await issued(ask, "C1")
    history.later()
    await done(ask, "cora", "changeBillingMode", "F-C1", mode="CLIENT", expectedMode="PARTNER", confirm=True)
    after = await issued(ask, "C1", orderedAt=(NOW + timedelta(minutes=1)).isoformat())
    found = [(await ask("ada", NODE, id=each["id"])).data["node"] for each in (invoice, without, after)]

    assert order["billingMode"] == "CLIENT"
    assert [each["issuedTo"]["kind"] for each in (invoice, without, after)] == ["CLIENT", "FIRM", "FIRM"]
    assert found == [None, {"number": "00006"}, {"number": "00007"}]
