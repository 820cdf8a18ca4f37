"""Invoices about one client, also after the end: found by what the viewer holds, and by nothing else (H63, L4, L13)."""

from typing import Any, Final

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.db.seeds.demo import key
from tests.graph.conftest import CALLERS, Answer, Ask, recorded
from tests.support import make

FOUND: Final = "totalCount nodes { id number clientName client { id } }"
ABOUT: Final = f"query ($id: ID!) {{ invoices(client: $id, first: 50) {{ {FOUND} }} }}"
OF: Final = f"query ($id: ID!) {{ invoices(collaboration: $id, first: 50) {{ {FOUND} }} }}"
ALL: Final = f"{{ invoices(first: 500) {{ {FOUND} }} }}"


async def own(ask: Ask, who: str, *names: str) -> list[Any]:
    nodes = (await ask(who, ALL)).data["invoices"]["nodes"]
    return [node["id"] for node in nodes if node["clientName"] in names]


def found(answer: Answer) -> list[str]:
    listed = answer.data["invoices"]
    assert listed["totalCount"] == len(listed["nodes"])
    return [node["id"] for node in listed["nodes"]]


async def name_of(ask: Ask, client: str) -> str:
    told = await ask.data("pia", "query ($id: ID!) { client(id: $id) { name } }", id=ask.id("Client", client))
    return str(told["client"]["name"])


async def test_a_firm_finds_its_invoices_of_a_client_whose_collaboration_ended(ask: Ask) -> None:
    mine = await own(ask, "ada", await name_of(ask, "C4"))
    about = await ask("ada", ABOUT, id=ask.id("Client", "C4"))
    of = await ask("ada", OF, id=ask.id("Collaboration", "F-C4"))

    assert found(about) == found(of) == mine
    assert len(mine) > 1
    assert [node["client"] for node in about.data["invoices"]["nodes"]] == [None] * len(mine)
    assert {denial[1:3] for denial in about.denials} == {("client", "ENDED")}


async def test_each_firm_finds_only_what_lies_with_it(ask: Ask) -> None:
    name = await name_of(ask, "C4")
    adas, guss = [found(await ask(who, ABOUT, id=ask.id("Client", "C4"))) for who in ("ada", "gus")]

    assert adas == await own(ask, "ada", name)
    assert guss == await own(ask, "gus", name)
    assert set(adas).isdisjoint(guss)


async def test_states_and_client_narrow_together_and_cursors_belong_to_the_filter(ask: Ask) -> None:
    paged = """query ($id: ID!, $after: String, $states: [InvoiceState!]) {
      invoices(client: $id, states: $states, first: 1, after: $after) { totalCount edges { cursor node { id invoiceState } } } }"""
    c4, c3 = ask.id("Client", "C4"), ask.id("Client", "C3")
    whole = found(await ask("ada", ABOUT, id=c4))
    first = (await ask.data("ada", paged, id=c4))["invoices"]
    state = first["edges"][0]["node"]["invoiceState"]
    some = (await ask.data("ada", paged, id=c4, states=[state]))["invoices"]
    second = (await ask.data("ada", paged, id=c4, after=first["edges"][0]["cursor"]))["invoices"]
    elsewhere = await ask("ada", paged, id=c3, after=first["edges"][0]["cursor"])

    assert first["totalCount"] == len(whole) > some["totalCount"] > 0
    assert [first["edges"][0]["node"]["id"], second["edges"][0]["node"]["id"]] == whole[:2]
    assert elsewhere.codes == ["BAD_USER_INPUT"]


async def test_a_client_that_is_reached_and_has_none_is_an_empty_list(ask: Ask) -> None:
    answer = await ask("ada", ABOUT, id=ask.id("Client", "C5"))

    assert answer.errors == []
    assert found(answer) == []


NAMES_NOTHING: Final = {
    "a client that nobody has": ("Client", "no such client"),
    "another firm's client": ("Client", "C6"),
    "a firm": ("Firm", "F"),
    "an invoice": ("Invoice", "C4#2"),
}


@pytest.mark.parametrize("document", [ABOUT, OF], ids=["client", "collaboration"])
async def test_what_names_nothing_of_ones_own_is_not_found_whatever_it_is(ask: Ask, document: str) -> None:
    answers = {(await ask("ada", document, id=ask.id(*named))).text for named in NAMES_NOTHING.values()}
    others = await ask("ada", OF, id=ask.id("Collaboration", "G-C4"))

    assert len(answers) == 1
    assert others.text in answers
    assert others.codes == ["NOT_FOUND"]


async def test_to_a_bookkeeper_a_client_that_ended_is_as_one_that_never_was(ask: Ask) -> None:
    gone = await ask("ben", ABOUT, id=ask.id("Client", "C4"))
    unknown = await ask("ben", ABOUT, id=ask.id("Client", "no such client"))

    assert gone.codes == ["NOT_FOUND"]
    assert gone.text == unknown.text


@pytest.mark.parametrize("who", CALLERS)
async def test_nobody_learns_of_invoices_that_lie_elsewhere(ask: Ask, world: AsyncConnection, who: str) -> None:
    """One more invoice to the client, and one to a firm, change the answer for those alone who hold or issue them."""
    clients = ("C1", "C3", "C4", "C6")
    before = {client: (await ask(who, ABOUT, id=ask.id("Client", client))).text for client in clients}
    for client in clients:
        await make.invoice(world, client_id=key(client), number=f"to {client}")
    await make.invoice(world, client_id=key("C6"), firm_id=key("G"), number="to G")
    after = {client: (await ask(who, ABOUT, id=ask.id("Client", client))).text for client in clients}
    moved = {client for client in clients if before[client] != after[client]}

    assert moved == {
        "pia": {*clients},
        "billing": {*clients},
        "gus": {"C6"},
        "cora": {"C1"},
        "hedda@C3": {"C3"},
        "elena": {"C4"},
        "jonas": {"C6"},
    }.get(who, set())


async def test_what_is_unknown_and_what_is_hidden_take_the_same_statements(ask: Ask, engine: AsyncEngine) -> None:
    taken = []
    for named in NAMES_NOTHING.values():
        await ask("ada", ABOUT, id=ask.id(*named))
        with recorded(engine) as said:
            await ask("ada", ABOUT, id=ask.id(*named))
        taken.append(said)

    assert taken[0]
    assert all(said == taken[0] for said in taken)


async def test_a_new_collaboration_with_the_same_client_has_invoices_of_its_own(
    ask: Ask, world: AsyncConnection
) -> None:
    again = await make.collaboration(world, firm_id=key("F"), client_id=key("C4"))
    invoice = await make.invoice(world, client_id=key("C4"), firm_id=key("F"), collaboration_id=again, number="anew")
    of_the_new = await ask("ada", OF, id=ask.id("Collaboration", again))
    of_the_old = await ask("ada", OF, id=ask.id("Collaboration", "F-C4"))
    about = await ask("ada", ABOUT, id=ask.id("Client", "C4"))

    assert found(of_the_new) == [ask.id("Invoice", invoice)]
    assert found(about) == [*found(of_the_new), *found(of_the_old)]
