"""What may not be seen is answered as what is not there: L4, L13 and D36 (product.md, sections 4.9 and 5)."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.db.seeds.demo import key
from tests.graph.conftest import Ask, recorded

NOT_THERE = {"message": "There is no such object.", "extensions": {"code": "NOT_FOUND"}}
NOWHERE = UUID("01890000-0000-7000-8000-00000000dead")


HIDDEN = [
    ("ben", "Client", "C3"),
    ("ben", "Client", "C5"),
    ("ben", "Client", "C6"),
    ("ben", "Collaboration", "F-C3"),
    ("ben", "Collaboration", "F-C7"),
    ("ben", "Invoice", "C3#5"),
    ("ada", "Client", "C4"),
    ("ada", "Client", "C6"),
    ("ada", "Invoice", "C1#1"),
    ("ada", "Invoice", "C1#4"),
    ("ada", "Invoice", "C4#6"),
    ("ada", "Collaboration", "G-C4"),
    ("ada", "Firm", "G"),
    ("ada", "Firm", "H"),
    ("ada", "FirmProfile", "H profile 1"),
    ("ben", "FirmProfile", "F profile 2"),
    ("gus", "FirmProfile", "F profile 2"),
    ("cora", "FirmProfile", "F profile 2"),
    ("ada", "FirmMember", "G/gus"),
    ("ada", "User", "ben"),
    ("ada", "ClientMember", "C2/dag"),
    ("gus", "Collaboration", "F-C4"),
    ("gus", "Invoice", "C4#2"),
    ("gus", "FirmMember", "F/bo"),
    ("cora", "Client", "C2"),
    ("cora", "Firm", "G"),
    ("cora", "FirmMember", "F/ada"),
    ("cora", "Invoice", "C1#4"),
    ("emil", "Invoice", "C1#1"),
    ("emil", "Firm", "F"),
    ("emil", "ClientMember", "C1/cora"),
    ("elena", "Invoice", "C4#2"),
    ("elena", "Firm", "F"),
    ("hedda@F", "Client", "C3"),
    ("hedda@C3", "Invoice", "C3#3"),
    ("finn", "Client", "C1"),
    ("finn", "FirmMember", "F/ada"),
    ("rolf", "Client", "C1"),
    ("rolf", "Firm", "F"),
    ("pia", "User", "ada"),
    ("billing", "Collaboration", "F-C1"),
    ("billing", "ClientMember", "C1/cora"),
    ("billing", "IntegrationToken", "billing"),
    ("pia", "IntegrationToken", "firm-sync"),
    ("ben", "IntegrationToken", "ben-sync"),
    ("gus", "IntegrationToken", "firm-sync"),
    ("cora", "IntegrationToken", "firm-sync"),
    ("emil", "IntegrationToken", "shop-sync"),
    ("rolf", "IntegrationToken", "billing"),
    ("anonymous", "IntegrationToken", "shop-sync"),
    ("firm-sync", "IntegrationToken", "firm-sync"),
    ("firm-sync", "Client", "C4"),
    ("firm-sync", "Client", "C6"),
    ("firm-sync", "Collaboration", "F-C4"),
    ("firm-sync", "Invoice", "C3#5"),
    ("firm-sync", "FirmMember", "F/ada"),
    ("firm-sync", "ClientMember", "C1/cora"),
    ("firm-sync", "User", "ada"),
    ("firm-sync", "FirmProfile", "F profile 1"),
    ("ben-sync", "Client", "C3"),
    ("ben-sync", "Collaboration", "F-C3"),
    ("ben-sync", "Firm", "G"),
    ("shop-sync", "Collaboration", "F-C1"),
    ("shop-sync", "Client", "C2"),
    ("shop-sync", "Firm", "F"),
    ("shop-sync", "Invoice", "C1#1"),
    ("shop-sync", "ClientMember", "C1/cora"),
    ("nora", "Client", "C1"),
    ("anonymous", "Client", "C1"),
    ("anonymous", "Firm", "F"),
    ("anonymous", "FirmProfile", "H profile 1"),
]
ROOTS = {
    "Client": ("client(id: $id) { id }", "invoices(client: $id, first: 1) { totalCount }"),
    "Firm": ("firm(id: $id) { id }",),
    "Collaboration": ("collaboration(id: $id) { id }",),
}


def questions(type_name: str) -> list[str]:
    """Every way to ask for an object of this type by its id."""
    fields = (*ROOTS.get(type_name, ()), "node(id: $id) { id }", "whyHidden(id: $id, fields: [id]) { visible }")
    return ["query ($id: ID!) { " + field + " }" for field in fields] + [
        "query ($id: ID!) { nodes(ids: [$id]) { id } }"
    ]


KEEPS_INVOICES_OF = {("ada", "C4")}
"""Whose client a firm reaches no more, and whose invoices lie in the firm still: it filters them (I21, H63)."""


@pytest.mark.parametrize(("who", "type_name", "handle"), HIDDEN)
async def test_l4_a_hidden_object_is_answered_byte_for_byte_as_one_that_never_was(
    ask: Ask, engine: AsyncEngine, who: str, type_name: str, handle: str
) -> None:
    await ask(who, "{ __typename }")  # a machine's first use is noted
    other = "Firm" if type_name != "Firm" else "Client"  # the same key under another type
    for question in questions(type_name):
        if "invoices(" in question and (who, handle) in KEEPS_INVOICES_OF:
            continue
        with recorded(engine) as hidden_said:
            hidden = await ask(who, question, id=ask.id(type_name, handle))
        with recorded(engine) as absent_said:
            absent = await ask(who, question, id=ask.id(type_name, NOWHERE))
        swapped = await ask(who, question, id=ask.id(other, handle))

        assert hidden.codes == ["NOT_FOUND"]
        assert [value for value in hidden.data.values() if value not in (None, [None])] == []
        assert hidden.text == absent.text == swapped.text
        assert hidden.status == absent.status == swapped.status == 200
        assert hidden_said == absent_said


@pytest.mark.parametrize("type_name", ["PendingActivity", "AuditEntry", "Order", "Platform"])
async def test_l4_what_hangs_on_a_hidden_client_is_not_there_either(
    ask: Ask, engine: AsyncEngine, type_name: str
) -> None:
    keys = {
        "PendingActivity": key("C3 OUTLAYS 1", 3),
        "AuditEntry": key("audit 1", 450),
        "Order": NOWHERE,
        "Platform": UUID(int=0),
    }
    question = "query ($id: ID!) { node(id: $id) { __typename id } }"
    with recorded(engine) as hidden_said:
        hidden = await ask("ben", question, id=ask.id(type_name, keys[type_name]))
    with recorded(engine) as absent_said:
        absent = await ask("ben", question, id=ask.id("Client", NOWHERE))

    assert (hidden.data, hidden.codes) == ({"node": None}, ["NOT_FOUND"])
    assert hidden.text == absent.text
    assert len(hidden_said) == len(absent_said)


async def test_l4_many_ids_are_capped_before_anything_is_read(ask: Ask, engine: AsyncEngine) -> None:
    ids = [ask.id("Client", UUID(int=number)) for number in range(101)]
    with recorded(engine) as said:
        answer = await ask("ben", "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)

    assert (answer.data, answer.codes) == ({"nodes": None}, ["BAD_USER_INPUT"])
    assert len(said) == 1  # who asks


async def test_l4_one_answer_for_each_id_asked_for_in_order(ask: Ask) -> None:
    handles = ["C1", "C3", "C2", "C3", "C1"]
    answer = await ask(
        "ben",
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }",
        ids=[ask.id("Client", handle) for handle in handles],
    )

    seen = [{"id": ask.id("Client", handle)} if handle != "C3" else None for handle in handles]
    assert answer.data == {"nodes": seen}
    assert [(error["path"], error["extensions"]) for error in answer.errors] == [
        (["nodes", 1], {"code": "NOT_FOUND"}),
        (["nodes", 3], {"code": "NOT_FOUND"}),
    ]


async def test_l13_an_error_says_neither_more_nor_less_for_hidden_rows(ask: Ask) -> None:
    question = (
        "query ($id: ID!) { client(id: $id) { wallet { balance { amount } } invoices(first: 0) { totalCount } } }"
    )
    answers = {(await ask("ben", question, id=ask.id("Client", handle))).text for handle in ("C3", "C4", "C6", "C8")}
    random = await ask("ben", question, id=ask.id("Client", NOWHERE))

    assert answers == {random.text}
    (error,) = random.errors
    assert {name: error[name] for name in NOT_THERE} == NOT_THERE
    assert error["path"] == ["client"]


async def test_l13_a_bad_page_is_refused_before_the_client_is_looked_for(ask: Ask, engine: AsyncEngine) -> None:
    question = "query ($id: ID!) { invoices(client: $id, first: 1, last: 1) { totalCount } }"
    with recorded(engine) as said:
        answers = {(await ask("ben", question, id=ask.id("Client", of))).text for of in ("C1", "C3", NOWHERE)}

    assert len(answers) == 1
    assert "BAD_USER_INPUT" in next(iter(answers))
    assert len(said) == 3  # who asks, three times


# ---- D36: malformed values


MALFORMED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "no id": ("ada", 'query { node(id: "C1") { id } }', {}),
    "an id by number": ("ada", "query { client(id: 7) { id } }", {}),
    "an id with a bit flipped": ("ada", "query ($id: ID!) { client(id: $id) { id } }", {"id": "FLIP"}),
    "an id cut short": ("ada", "query ($id: ID!) { firm(id: $id) { id } }", {"id": "CUT"}),
    "an id of nothing": ("ada", 'query { invoices(client: "", first: 1) { totalCount } }', {}),
    "one bad id among good ones": ("ada", "query ($id: ID!) { nodes(ids: [$id, \"x\"]) { id } }", {"id": "GOOD"}),
    "a bad id to explain": ("ada", 'query { whyHidden(id: "x", fields: [wallet]) { visible } }', {}),
    "a bad cursor": ("ada", 'query { clients(first: 1, after: "x") { totalCount } }', {}),
    "a bad cursor before": ("cora", 'query { invoices(last: 1, before: "AAAA") { totalCount } }', {}),
    "both first and last": ("ada", "query { firms(first: 1, last: 1) { totalCount } }", {}),
    "too many": ("ada", "query { clients(first: 501) { totalCount } }", {}),
    "fewer than none": ("ada", "query { collaborations(last: -1) { totalCount } }", {}),
    "an unknown word": ("ada", "query ($tab: ClientTab) { clients(first: 1, tab: $tab) { totalCount } }", {"tab": "SOME"}),
    "an unknown state": ("ada", "query ($s: [InvoiceState!]) { invoices(first: 1, states: $s) { totalCount } }", {"s": ["LOST"]}),
    "a long search": ("ada", "query ($s: String) { clients(first: 1, search: $s) { totalCount } }", {"s": "x" * 101}),
}  # fmt: skip


@pytest.mark.parametrize("case", MALFORMED)
async def test_d36_a_malformed_value_is_refused_before_any_data_is_read(
    ask: Ask, engine: AsyncEngine, case: str
) -> None:
    who, document, variables = MALFORMED[case]
    good = ask.id("Client", "C1")
    flipped = good[:-1] + ("A" if good[-1] != "A" else "B")
    values = {"FLIP": flipped, "CUT": good[:-4], "GOOD": good}
    given = {name: values.get(str(value), value) for name, value in variables.items()}
    await ask(who, document, **given)  # from now on the caller is known
    with recorded(engine) as said:
        answer = await ask(who, document, **given)

    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.data is None or set(answer.data.values()) == {None}
    assert len(said) == 1  # who asks
