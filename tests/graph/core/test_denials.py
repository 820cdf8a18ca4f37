"""Hidden fields over HTTP: one error for each type, field and reason (D35), the first reason that applies (D39), and why (§3.10)."""

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.db.enums import KPI_KINDS, SECTIONS
from gateway.db.seeds.demo import key
from gateway.reads.formats import graph_name
from tests.graph.conftest import Ask, recorded, run
from tests.support import make

DASHBOARD = """{ clients(first: 10) { nodes {
  id
  wallet { balance { amount } }
  again: wallet { balance { currency } }
  outlays: pendingActivities(section: OUTLAYS, first: 50) { nodes { title } }
  journal: pendingActivities(section: JOURNAL, first: 50) { nodes { title } }
  kpis { kind }
} } }"""


async def test_each_reason_is_told_once_at_its_first_path_with_how_often(ask: Ask) -> None:
    answer = await ask("ada", DASHBOARD)

    # C1 is FULL without the expenses, C2 LIMITED, C5 without access, C3 FULL on a plan without a journal.
    assert ask.handles(answer.data["clients"]["nodes"]) == ["C1", "C2", "C5", "C3"]
    assert answer.denials == [
        ("Client", "pendingActivities(OUTLAYS)", "NOT_SHARED", 1, ["clients", "nodes", 0, "outlays"]),
        ("Client", "wallet", "LEVEL", 4, ["clients", "nodes", 1, "wallet"]),
        ("Client", "pendingActivities(JOURNAL)", "LEVEL", 1, ["clients", "nodes", 1, "journal"]),
        ("Client", "pendingActivities", "LEVEL", 2, ["clients", "nodes", 2, "outlays"]),
        ("Client", "kpis", "LEVEL", 1, ["clients", "nodes", 2, "kpis"]),
        ("Client", "pendingActivities(JOURNAL)", "PLAN", 1, ["clients", "nodes", 3, "journal"]),
    ]
    assert set(answer.codes) == {"FIELD_NOT_PERMITTED"}
    assert {error["message"] for error in answer.errors} == {"You do not have permission to read this field."}


async def test_a_role_and_an_end_are_reasons_too(ask: Ask) -> None:
    role = await ask("ben", "{ clients(first: 10) { nodes { name contactEmail } } }")
    ended = await ask(
        "ada", "{ collaborations(states: [ENDED], first: 5) { nodes { collaborationState level client { id } } } }"
    )

    assert role.data["clients"]["nodes"] == [
        {"name": "Ærø Tovværk", "contactEmail": None},
        {"name": "Björkdunge Bageri", "contactEmail": None},
    ]
    assert role.denials == [("Client", "contactEmail", "ROLE", 2, ["clients", "nodes", 0, "contactEmail"])]
    assert ended.data == {"collaborations": {"nodes": [{"collaborationState": "ENDED", "level": None, "client": None}]}}
    assert ended.denials == [
        ("Collaboration", "level", "ENDED", 1, ["collaborations", "nodes", 0, "level"]),
        ("Collaboration", "client", "ENDED", 1, ["collaborations", "nodes", 0, "client"]),
    ]


async def test_many_rows_make_no_more_errors_than_one(ask: Ask) -> None:
    question = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Client { wallet { balance { amount } } } } }"
    answer = await ask("ben", question, ids=[ask.id("Client", "C2")] * 100)

    assert answer.denials == [("Client", "wallet", "LEVEL", 100, ["nodes", 0, "wallet"])]


# ---- what may be seen, row by row


EVERYONES = [
    "accountManagers",
    "collaboration",
    "collaborations",
    "country",
    "id",
    "invoices",
    "name",
    "sessions",
    "verificationState",
]
ALWAYS = [*EVERYONES, "viewerActions", "visibleFields"]
PENDING_WORK = ["kpis", "pendingActivities", "pendingTotal"]
OF_THE_SCOPE = ["country", "id", "name", "verificationState", "viewerActions", "visibleFields"]
OF_THE_FIRM = ["collaboration", "collaborations"]
VISIBLE = {
    ("ada", "C1"): [*ALWAYS, *PENDING_WORK, "address", "companyNumber", "contactEmail", "members", "plan", "wallet"],
    ("ada", "C2"): [*ALWAYS, *PENDING_WORK, "contactEmail"],
    ("ada", "C5"): [*ALWAYS, "contactEmail"],
    ("ada", "C7"): [*ALWAYS, "contactEmail"],
    ("ben", "C1"): [*ALWAYS, *PENDING_WORK, "address", "companyNumber", "members", "plan", "wallet"],
    ("ben", "C2"): [*ALWAYS, *PENDING_WORK],
    ("hedda@F", "C5"): ALWAYS,
    ("emil", "C1"): ["collaborations", "country", "id", "members", "name", "viewerActions", "visibleFields"],
    ("billing", "C1"): ["id", "invoices", "name", "viewerActions", "visibleFields"],
    ("firm-sync", "C1"): [*OF_THE_SCOPE, *OF_THE_FIRM, "address", "companyNumber", "plan"],
    ("firm-sync", "C2"): [*OF_THE_SCOPE, *OF_THE_FIRM],
    ("firm-sync", "C5"): [*OF_THE_SCOPE, *OF_THE_FIRM],
    ("ben-sync", "C1"): [*OF_THE_SCOPE, *OF_THE_FIRM, "address", "companyNumber", "plan"],
    ("ben-sync", "C2"): [*OF_THE_SCOPE, *OF_THE_FIRM],
    ("shop-sync", "C1"): [*OF_THE_SCOPE, "address", "companyNumber", "plan"],
}


@pytest.mark.parametrize(("who", "client"), VISIBLE)
async def test_visible_fields_tell_hidden_from_empty(ask: Ask, who: str, client: str) -> None:
    question = "query ($id: ID!) { client(id: $id) { visibleFields } }"
    data = await ask.data(who, question, id=ask.id("Client", client))
    fields = {name for name in data["client"]["visibleFields"] if "_" not in name}

    assert fields == set(VISIBLE[who, client])


async def test_asking_for_exactly_the_visible_fields_brings_no_error(ask: Ask) -> None:
    leaves = {"wallet": "{ balance { amount } }", "plan": "{ tier }", "kpis": "{ kind }", "collaboration": "{ id }"}
    lists = ("accountManagers", "collaborations", "invoices", "members", "pendingActivities", "sessions")
    shapes = {**leaves, **dict.fromkeys(lists, "(first: 1) { totalCount nodes { id } }")}
    for (who, client), fields in VISIBLE.items():
        selection = " ".join(f"{field} {shapes.get(field, '')}" for field in fields)
        data = await ask.data(
            who, f"query ($id: ID!) {{ client(id: $id) {{ {selection} }} }}", id=ask.id("Client", client)
        )

        assert set(data["client"]) == set(fields)


# ---- KPIs (D45)


PENDING = """query ($id: ID!) { client(id: $id) {
  kpis { kind count amount { amount currency } section } pendingTotal pendingActivities(first: 50) { nodes { kpiKind } }
  receipts: pendingActivities(section: RECEIPTS, first: 50) { nodes { title } }
  outlays: pendingActivities(section: OUTLAYS, first: 50) { nodes { title } }
} }"""
KINDS = {
    ("ada", "C1"): {name for name in KPI_KINDS if name != "EXPENSES_READY_FOR_EXPORT"},
    ("ben", "C1"): {name for name in KPI_KINDS if name != "EXPENSES_READY_FOR_EXPORT"},
    ("ben", "C2"): {"MISSING_RECEIPTS", "EXPENSES_READY_FOR_EXPORT", "PAYROLL_BASIS_PENDING"},
    ("bo", "C3"): {name for name in KPI_KINDS if name not in {"JOURNAL_PENDING", "INBOX_DOCUMENTS"}},
    ("gus", "C4"): set(KPI_KINDS),
    ("cora", "C1"): set(KPI_KINDS),
    ("dag", "C2"): set(KPI_KINDS),
}
TOTALS = {
    ("ada", "C1"): 7 + 2 + 4 + 2 + 5 + 3 + 1,
    ("ben", "C1"): 7 + 2 + 4 + 2 + 5 + 3 + 1,
    ("ben", "C2"): 3 + 1 + 1,
    ("bo", "C3"): 0 + 2 + 1 + 2 + 4 + 3,
    ("gus", "C4"): 4 + 0 + 2 + 1 + 3 + 2 + 5 + 1,
    ("cora", "C1"): 7 + 3 + 2 + 4 + 2 + 5 + 3 + 1,
    ("dag", "C2"): 3 + 1 + 1 + 2 + 1 + 2 + 1 + 2,
}


@pytest.mark.parametrize(("who", "client"), KINDS)
async def test_kpis_are_there_or_not_by_level_plan_and_sharing(ask: Ask, who: str, client: str) -> None:
    answer = await ask(who, PENDING, id=ask.id("Client", client))
    found = answer.data["client"]
    kinds = KINDS[who, client]

    assert {kpi["kind"] for kpi in found["kpis"]} == kinds
    assert all((kpi["amount"] is None) == (kpi["kind"] != "WALLET_BALANCE") for kpi in found["kpis"])
    assert all((kpi["count"] is None) == (kpi["kind"] == "WALLET_BALANCE") for kpi in found["kpis"])
    assert found["pendingTotal"] == TOTALS[who, client]
    assert {activity["kpiKind"] for activity in found["pendingActivities"]["nodes"]} == {
        kpi["kind"] for kpi in found["kpis"] if kpi["count"] != 0
    }
    if "EXPENSES_READY_FOR_EXPORT" in kinds:
        assert answer.errors == []
    else:
        assert found["outlays"] is None
        assert answer.denials == [("Client", "pendingActivities(OUTLAYS)", "NOT_SHARED", 1, ["client", "outlays"])]


@pytest.mark.parametrize(("who", "client", "reason"), [
    ("ada", "C5", "LEVEL"),
    ("hedda@F", "C5", "LEVEL"),
    ("ada", "C7", "LEVEL"),
    ("ada", "C8", "LEVEL"),  # its grant opens nothing before the verification
    ("emil", "C1", "ROLE"),
    ("pia", "C1", "ROLE"),
    ("billing", "C1", "ROLE"),
    ("firm-sync", "C1", "ROLE"),  # at FULL, with all of its kinds but one shared
    ("firm-sync", "C5", "ROLE"),
    ("ben-sync", "C2", "ROLE"),
    ("shop-sync", "C1", "ROLE"),
])  # fmt: skip
async def test_without_a_level_pending_work_is_null_and_nothing_of_it_is_read(
    ask: Ask, engine: AsyncEngine, who: str, client: str, reason: str
) -> None:
    with recorded(engine) as said:
        answer = await ask(who, PENDING, id=ask.id("Client", client))

    assert set(answer.data["client"].values()) == {None}
    assert [denial[1:4] for denial in answer.denials] == [
        ("kpis", reason, 1),
        ("pendingTotal", reason, 1),
        ("pendingActivities", reason, 3),
    ]
    assert not any("FROM kpi_snapshot" in each or "FROM pending_activity" in each for each in said)


async def test_when_nothing_is_shared_the_list_is_empty_and_the_total_nothing(ask: Ask, world: AsyncConnection) -> None:
    await run(world, "UPDATE access_grant SET shared_kpis = 0 WHERE collaboration_id = :id", id=key("F-C2"))
    answer = await ask("ben", PENDING, id=ask.id("Client", "C2"))

    assert answer.data["client"] == {
        "kpis": [],
        "pendingTotal": 0,
        "pendingActivities": {"nodes": []},
        "receipts": None,
        "outlays": None,
    }
    assert [denial[1:4] for denial in answer.denials] == [
        ("pendingActivities(RECEIPTS)", "NOT_SHARED", 1),
        ("pendingActivities(OUTLAYS)", "NOT_SHARED", 1),
    ]


async def test_at_limited_what_the_plan_lacks_is_an_empty_list_and_no_reason(ask: Ask, world: AsyncConnection) -> None:
    without = ((1 << len(SECTIONS)) - 1) & ~(1 << SECTIONS.index("RECEIPTS"))
    await run(
        world,
        "UPDATE plan SET sections = :without WHERE id = (SELECT plan_id FROM client WHERE id = :id)",
        without=without,
        id=key("C2"),
    )
    answer = await ask("ben", PENDING, id=ask.id("Client", "C2"))

    assert answer.errors == []
    assert answer.data["client"]["receipts"] == {"nodes": []}
    assert {kpi["kind"] for kpi in answer.data["client"]["kpis"]} == {
        "EXPENSES_READY_FOR_EXPORT",
        "PAYROLL_BASIS_PENDING",
    }


async def test_l28_when_the_plan_is_cut_the_next_read_is_cut(ask: Ask, world: AsyncConnection) -> None:
    question = """query ($id: ID!) { client(id: $id) {
      journal: pendingActivities(section: JOURNAL, first: 50) { nodes { title } } kpis { kind } wallet { balance { amount } } } }"""
    before = await ask.data("ada", question, id=ask.id("Client", "C1"))
    await run(world, "UPDATE client SET plan_id = :basic WHERE id = :id", basic=key("plan basic"), id=key("C1"))
    after = await ask("ada", question, id=ask.id("Client", "C1"))

    assert len(before["client"]["journal"]["nodes"]) == 4
    assert after.data["client"]["journal"] is None
    assert {kpi["kind"] for kpi in after.data["client"]["kpis"]} == {
        "MISSING_RECEIPTS",
        "PAYROLL_BASIS_PENDING",
        "WALLET_BALANCE",
    }
    assert after.data["client"]["wallet"] == {"balance": {"amount": "48250.00"}}
    assert after.denials == [
        ("Client", "pendingActivities(JOURNAL)", "PLAN", 1, ["client", "journal"]),
    ]


# ---- edges that lead nowhere (D40)


async def test_an_edge_to_what_is_not_there_for_the_viewer_is_null_without_a_word(ask: Ask) -> None:
    data = await ask.data(
        "elena",
        "query ($id: ID!) { collaboration(id: $id) { firmName firm { name } } }",
        id=ask.id("Collaboration", "F-C4"),
    )

    assert data == {"collaboration": {"firmName": "Havlygte Revision", "firm": None}}


async def test_an_edge_to_a_client_that_was_lost_says_that_it_ended(ask: Ask) -> None:
    answer = await ask(
        "ada",
        """query ($bill: ID!, $of: ID!) {
          node(id: $bill) { ... on Invoice { clientName client { name } } }
          collaboration(id: $of) { clientName client { name } }
        }""",
        bill=ask.id("Invoice", "C4#2"),
        of=ask.id("Collaboration", "F-C4"),
    )

    assert answer.data == {
        "node": {"clientName": "Talleres Riomanso", "client": None},
        "collaboration": {"clientName": "Talleres Riomanso", "client": None},
    }
    assert answer.denials == [
        ("Invoice", "client", "ENDED", 1, ["node", "client"]),
        ("Collaboration", "client", "ENDED", 1, ["collaboration", "client"]),
    ]


async def test_after_the_end_names_stay_as_they_were(ask: Ask, world: AsyncConnection) -> None:
    await run(world, "UPDATE client SET name = 'Otra Cosa', name_key = 'otra cosa' WHERE id = :id", id=key("C4"))
    question = "query ($id: ID!) { collaboration(id: $id) { clientName } }"
    ended = await ask.data("ada", question, id=ask.id("Collaboration", "F-C4"))
    running = await ask.data("gus", question, id=ask.id("Collaboration", "G-C4"))

    assert ended == {"collaboration": {"clientName": "Talleres Riomanso"}}
    assert running == {"collaboration": {"clientName": "Otra Cosa"}}


async def test_an_invitation_that_was_not_accepted_shows_what_was_typed_and_no_client(
    ask: Ask, world: AsyncConnection
) -> None:
    question = """query ($id: ID!) { collaboration(id: $id) {
      collaborationState stage clientName invitedEmail invitedCountry client { name } level
    } }"""
    answers = []
    for companies in ((), (key("C6"),), (key("C6"), key("C4"))):
        # The same whether the company exists or not (D42).
        await world.exec_driver_sql("SAVEPOINT invitation")
        typed = {
            "invited_email": "who@typed.example",
            "invited_email_key": "who@typed.example",
            "invited_country": "DE",
        }
        await make.invited(world, *companies, firm_id=key("F"), key=key("F-new"), **typed)
        answers.append(await ask("ada", question, id=ask.id("Collaboration", "F-new")))
        answers.append(await ask("ada", "{ clientTabs { tab totalCount } clients(first: 50) { nodes { name } } }"))
        await world.exec_driver_sql("ROLLBACK TO SAVEPOINT invitation")

    assert answers[0].text == answers[2].text == answers[4].text
    assert answers[1].text == answers[3].text == answers[5].text
    assert answers[0].data["collaboration"] == {
        "collaborationState": "PENDING",
        "stage": "INVITED",
        "clientName": "As Typed",
        "invitedEmail": "who@typed.example",
        "invitedCountry": "DE",
        "client": None,
        "level": None,
    }


# ---- why a field is hidden


WHY = """query ($id: ID!, $fields: [FieldName!]!) {
  whyHidden(id: $id, fields: $fields) { type field visible reason requires { fact value } statements }
}"""
LEVEL_FULL = {"LEVEL": "FULL"}
EXPLAINED = [
    ("ada", "Client", "C1", "wallet", None, {}),
    ("ben", "Client", "C2", "pendingActivities(RECEIPTS)", None, {}),
    ("ada", "Invoice", "C3#5", "client", None, {}),
    ("ben", "Client", "C2", "wallet", "LEVEL", LEVEL_FULL),
    ("ben", "Client", "C2", "companyNumber", "LEVEL", LEVEL_FULL),
    ("ben", "Client", "C2", "plan", "LEVEL", LEVEL_FULL),
    ("ben", "Client", "C2", "pendingActivities(WALLET)", "LEVEL", LEVEL_FULL),
    ("ada", "Client", "C5", "kpis", "LEVEL", {"LEVEL": "LIMITED"}),
    ("ada", "Client", "C5", "plan", "LEVEL", LEVEL_FULL),
    ("bo", "Client", "C3", "pendingActivities(JOURNAL)", "PLAN", {"SECTIONS": "JOURNAL"}),
    ("ada", "Client", "C1", "pendingActivities(OUTLAYS)", "NOT_SHARED", {"SHARED": "EXPENSES_READY_FOR_EXPORT"}),
    ("ben", "Client", "C1", "contactEmail", "ROLE", {"ROLE": "ADMIN"}),
    ("emil", "Client", "C1", "invoices", "ROLE", {"ROLE": "OWNER"}),
    ("pia", "Client", "C1", "wallet", "ROLE", {}),
    ("billing", "Client", "C1", "plan", "ROLE", {}),
    ("firm-sync", "Client", "C1", "plan", None, {}),
    ("firm-sync", "Client", "C1", "wallet", "ROLE", {}),
    ("firm-sync", "Client", "C2", "wallet", "ROLE", {}),
    ("firm-sync", "Client", "C2", "plan", "LEVEL", LEVEL_FULL),
    ("ben-sync", "Client", "C2", "address", "LEVEL", LEVEL_FULL),
    ("ben-sync", "Collaboration", "F-C1", "requestMessage", "ROLE", {}),
    ("firm-sync", "Firm", "F", "cashbackRate", "ROLE", {}),
    ("shop-sync", "Client", "C1", "wallet", "ROLE", {}),
    ("cora", "FirmMember", "F/ben", "email", "ROLE", {}),
    ("ben", "FirmMember", "F/bo", "email", "ROLE", {"ROLE": "ADMIN"}),
    ("finn", "Firm", "F", "cashbackRate", "ROLE", {"ROLE": "ADMIN"}),
    ("ben", "Collaboration", "F-C1", "billingModePeriods", "ROLE", {"ROLE": "ADMIN"}),
    ("ada", "Collaboration", "F-C4", "level", "ENDED", {}),
    ("ada", "Invoice", "C4#2", "client", "ENDED", {}),
]


@pytest.mark.parametrize(("who", "type_name", "handle", "field", "reason", "requires"), EXPLAINED)
async def test_why_hidden_gives_the_reason_what_it_rests_on_and_what_would_open_it(
    ask: Ask, who: str, type_name: str, handle: str, field: str, reason: str | None, requires: dict[str, str]
) -> None:
    data = await ask.data(who, WHY, id=ask.id(type_name, handle), fields=[graph_name(field)])
    [told] = data["whyHidden"]

    assert (told["type"], told["field"]) == (type_name, graph_name(field))
    assert (told["visible"], told["reason"]) == (reason is None, reason)
    assert {each["fact"]: each["value"] for each in told["requires"]} == requires
    assert told["statements"]
    assert ("D39" in told["statements"]) == (reason is not None)


@pytest.mark.parametrize(("who", "type_name", "handle"), [
    ("ben", "Client", "C3"),
    ("ada", "Invoice", "C1#1"),
    ("cora", "Firm", "G"),
    ("firm-sync", "Client", "C7"),  # pending: a token finds what is active
    ("firm-sync", "Collaboration", "F-C7"),
    ("anonymous", "Client", "C1"),
])  # fmt: skip
async def test_why_hidden_says_nothing_of_what_is_not_there(ask: Ask, who: str, type_name: str, handle: str) -> None:
    for field in ("id", "name", "wallet", "scopes"):
        answer = await ask(who, WHY, id=ask.id(type_name, handle), fields=[field])

        assert (answer.data, answer.codes) == ({"whyHidden": None}, ["NOT_FOUND"])


@pytest.mark.parametrize(
    "field", ["", "walet", "Wallet", "wallet.balance", "pendingActivities(JOURNAL)", "__typename", "scopes"]
)
async def test_why_hidden_knows_only_fields_that_there_are(ask: Ask, field: str) -> None:
    answer = await ask("ada", WHY, id=ask.id("Client", "C1"), fields=[field])

    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.data in (None, {"whyHidden": None})
    assert "wallet" not in answer.text.lower()


UNKNOWN_TO_THEM = {
    "the plan at LIMITED": ("ben", "C2", "UPDATE client SET plan_id = :pro WHERE id = :id"),
    "the plan without access": ("ada", "C5", "UPDATE client SET plan_id = :basic WHERE id = :id"),
    "the plan to its member": ("emil", "C1", "UPDATE client SET plan_id = :basic WHERE id = :id"),
    "the plan at LIMITED to a machine": ("ben-sync", "C2", "UPDATE client SET plan_id = :pro WHERE id = :id"),
    "the plan without access to a machine": ("firm-sync", "C5", "UPDATE client SET plan_id = :basic WHERE id = :id"),
    "the sharing to a machine": ("firm-sync", "C1", "UPDATE access_grant SET shared_kpis = 0 WHERE client_id = :id"),
    "the level to a machine of the company": (
        "shop-sync",
        "C1",
        "UPDATE access_grant SET level = 'limited' WHERE client_id = :id",
    ),
    "the sharing to its member": (
        "emil",
        "C1",
        "UPDATE access_grant SET shared_kpis = 0 WHERE client_id = :id",
    ),
}


@pytest.mark.parametrize("case", UNKNOWN_TO_THEM)
async def test_why_hidden_never_rests_on_what_the_viewer_may_not_know(
    ask: Ask, world: AsyncConnection, case: str
) -> None:
    who, client, change = UNKNOWN_TO_THEM[case]
    fields = [graph_name(field) for field in sorted(ask.gateway.policy.bits("Client"))]
    hidden = """query ($id: ID!) { client(id: $id) {
      hiddenFields { field reason requires { fact value } } unavailableActions { action reason requires { fact value } } } }"""

    async def told() -> list[str]:
        id = ask.id("Client", client)
        return [(await ask(who, WHY, id=id, fields=fields)).text, (await ask(who, hidden, id=id)).text]

    before = await told()
    parameters = {name: key(f"plan {name}") for name in ("pro", "basic") if f":{name}" in change}
    await run(world, change, id=key(client), **parameters)

    assert await told() == before
