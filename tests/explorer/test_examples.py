"""The examples that the explorer opens, run as the people whom their first lines name: they show what these lines say."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse, validate

from gateway.app import load_policy, policy_folder
from gateway.demo import world
from gateway.schema.build import build_schema
from gateway.settings import Settings
from tests.graph.conftest import Ask

FOLDER = Path(__file__).parents[2] / "explorer" / "examples"
EXAMPLES = sorted(path.name for path in FOLDER.glob("*.graphql"))


OPERATIONS = {"4-why-hidden.graphql": 2, "6-a-day.graphql": 17, "7-billing-run.graphql": 2}


def example(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


def delivered(name: str) -> dict[str, str]:
    """The variables that the explorer fills in."""
    variables: dict[str, str] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))["variables"]
    return variables


def test_there_are_seven_and_each_says_first_what_to_look_at() -> None:
    assert EXAMPLES == [
        "1-clients-page.graphql",
        "2-one-client.graphql",
        "3-invoices.graphql",
        "4-why-hidden.graphql",
        "5-public-directory.graphql",
        "6-a-day.graphql",
        "7-billing-run.graphql",
    ]
    for name in EXAMPLES:
        comment = re.match(r"(#.*\n)+", example(name))
        assert comment, name
        assert re.search(r"\bRun it as|\bAs Ben ask", comment[0]), name
        assert max(map(len, comment[0].splitlines())) <= 48, name  # the editor's width in a small window


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_has_named_operations_of_which_the_first_names_its_tab(name: str) -> None:
    document = parse(example(name))
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]

    assert all(each.name is not None for each in operations)
    assert len(operations) == OPERATIONS.get(name, 1)
    assert validate(build_schema(load_policy(policy_folder(Settings()))), document) == []


@pytest.mark.parametrize("name", ["2-one-client", "4-why-hidden"])
def test_variables_are_delivered_with_the_documents_that_declare_them(name: str) -> None:
    declared = set(re.findall(r"\$(\w+):", example(f"{name}.graphql")))
    known = world.rows()

    assert delivered(name).keys() == declared
    assert [text for text in delivered(name).values() if text.startswith("Client:") and text not in known] == []


async def cost(ask: Ask, name: str, **variables: Any) -> Any:
    body = {"query": example(name), "variables": variables, "extensions": {"cost": True}}
    return (await ask.sent(body, ask.headers("ada"))).payload["extensions"]["cost"]


async def test_the_whole_clients_page_is_cheap(ask: Ask) -> None:
    assert await cost(ask, "1-clients-page.graphql") == {"requested": 1840, "limit": 200_000}


LIMITED = ["MISSING_RECEIPTS", "EXPENSES_READY_FOR_EXPORT", "PAYROLL_BASIS_PENDING"]
REST = ["WALLET_BALANCE", "JOURNAL_PENDING", "SALES_TO_REVIEW", "BANK_TO_RECONCILE", "INBOX_DOCUMENTS", "BILLS_TO_PAY"]
EVERY = [*LIMITED, *REST]
NOT_THE_EXPENSES = [kind for kind in EVERY if kind != "EXPENSES_READY_FOR_EXPORT"]
PLUS = [kind for kind in EVERY if kind not in ("JOURNAL_PENDING", "INBOX_DOCUMENTS")]

# What a row of the page shows to the firm, whoever of it looks: plan, KPIs, their sum, wallet, people, level, mode.
TOVVÆRK = ("PRO", NOT_THE_EXPENSES, 24, "48250.00 DKK", ["Ben Kjærgaard", "Bo Lindqvist"], "FULL", "CLIENT")
BAGERI = (None, LIMITED, 5, None, ["Ben Kjærgaard"], "LIMITED", None)
GÄNSEBLUM = (None, None, None, None, ["Hedda Zürcher"], "NONE", None)
KÄSEKELLER = ("PLUS", PLUS, 12, "9180.50 CHF", ["Bo Lindqvist"], "FULL", "PARTNER")

BANNER_OF_ADMINS = ["CREATE_OWN_ACCOUNT"]
ADAS_ROWS = {
    "Ærø Tovværk": TOVVÆRK,
    "Björkdunge Bageri": BAGERI,
    "Uhrenatelier Gänseblum": GÄNSEBLUM,
    "Zürcher Käsekeller": KÄSEKELLER,
}
WAITING = [
    (
        "CLIENT_ADDED_FIRM",
        "Azulejos Marduña",
        "FULL",
        "Could you take us on?",
        ["ACCEPT_COLLABORATION", "DECLINE_COLLABORATION"],
    ),
    ("FIRM_INVITATION", "Skogslykta Möbler", "LIMITED", None, ["WITHDRAW_COLLABORATION"]),
]


def row(client: dict[str, Any]) -> tuple[Any, ...]:
    balance = client["wallet"] and client["wallet"]["balance"]
    kinds = client["kpis"] and sorted((kpi["kind"] for kpi in client["kpis"]), key=EVERY.index)
    return (
        client["plan"] and client["plan"]["tier"],
        kinds,
        client["pendingTotal"],
        balance and f"{balance['amount']} {balance['currency']}",
        [manager["name"] for manager in client["accountManagers"]["nodes"]],
        client["collaboration"]["level"],
        client["collaboration"]["billingMode"],
    )


@pytest.mark.parametrize(
    ("who", "role", "banners", "tabs", "waiting", "rows", "hidden"),
    [
        (
            "ada",
            "ADMIN",
            BANNER_OF_ADMINS,
            {"INVITES": 1, "ONBOARDING": 1, "MINE": 0, "ALL": 4},
            WAITING,
            ADAS_ROWS,
            {("plan", 2), ("wallet", 2), ("kpis", 1), ("pendingTotal", 1)},
        ),
        (
            "ben",
            "BOOKKEEPER",
            [],
            {"MINE": 2},
            [],
            {"Ærø Tovværk": TOVVÆRK, "Björkdunge Bageri": BAGERI},
            {("plan", 1), ("wallet", 1)},
        ),
        (
            "bo",
            "BOOKKEEPER",
            [],
            {"MINE": 2},
            [],
            {"Ærø Tovværk": TOVVÆRK, "Zürcher Käsekeller": KÄSEKELLER},
            set(),
        ),
    ],
)
async def test_the_clients_page_shows_each_their_own_clients_and_says_what_it_hides(
    ask: Ask,
    who: str,
    role: str,
    banners: list[str],
    tabs: dict[str, int],
    waiting: list[tuple[Any, ...]],
    rows: dict[str, tuple[Any, ...]],
    hidden: set[tuple[str, int]],
) -> None:
    answer = await ask(who, example("1-clients-page.graphql"))
    data = answer.data

    assert data["viewer"]["actingAs"] == {"name": "Havlygte Revision", "role": role}
    assert (data["viewer"]["menus"], data["viewer"]["banners"]) == (["PARTNER_PORTAL"], banners)
    assert {tab["tab"]: tab["totalCount"] for tab in data["clientTabs"]} == tabs
    assert data["waiting"]["totalCount"] == len(waiting)
    assert [
        (each["origin"], each["clientName"], each["requestedLevel"], each["requestMessage"], each["viewerActions"])
        for each in data["waiting"]["nodes"]
    ] == waiting
    assert {client["name"]: row(client) for client in data["clients"]["nodes"]} == rows
    assert data["clients"]["totalCount"] == len(rows)
    assert data["clients"]["pageInfo"]["hasNextPage"] is False
    assert {(field, count) for _, field, reason, count, _ in answer.denials if reason == "LEVEL"} == hidden
    assert len(answer.errors) == len(hidden)


@pytest.mark.parametrize(
    ("who", "actions"),
    [
        (
            "ada",
            {
                *("ENTER_CLIENT_ACCOUNT", "ASSIGN_MANAGERS", "UNASSIGN_MANAGER"),
                *("HAND_BACK_ACCESS", "TERMINATE_COLLABORATION"),
            },
        ),
        ("ben", {"ENTER_CLIENT_ACCOUNT", "UNASSIGN_MANAGER"}),
    ],
)
async def test_the_buttons_of_a_row_are_those_of_the_role(ask: Ask, who: str, actions: set[str]) -> None:
    data = (await ask(who, example("1-clients-page.graphql"))).data

    assert set(data["clients"]["nodes"][0]["viewerActions"]) == actions


@pytest.mark.parametrize(
    ("who", "managers", "actors", "buttons"),
    [
        (
            "ada",
            ["ben@havlygte-revision.example", "bo@havlygte-revision.example"],
            ["Ada Nørgård", "Ada Nørgård", None, "Ada Nørgård", None],
            {"HAND_BACK_ACCESS", "TERMINATE_COLLABORATION"},
        ),
        ("ben", ["ben@havlygte-revision.example", None], [], set()),
        (
            "cora",
            [None, None],
            [None, None, "Cora Aagaard", None, "Cora Aagaard"],
            {"TERMINATE_COLLABORATION", "CHANGE_ACCESS", "REMOVE_ACCESS", "SET_KPI_SHARING", "CHANGE_BILLING_MODE"},
        ),
    ],
)
async def test_firm_and_client_see_one_collaboration_each_with_their_own_buttons_and_names(
    ask: Ask, who: str, managers: list[str | None], actors: list[str | None], buttons: set[str]
) -> None:
    (client,) = (await ask(who, example("2-one-client.graphql"))).data["clients"]["nodes"]
    (collaboration,) = client["collaborations"]["nodes"]

    assert ask.handles([client]) == ["C1"]
    assert client["wallet"] == {"balance": {"amount": "48250.00", "currency": "DKK"}}
    assert [task["title"] for task in client["pendingActivities"]["nodes"]] == [
        f"Find the receipt no. {n}" for n in range(1, 8)
    ]
    assert collaboration["effectiveAccess"] == {"level": "FULL", "because": "GRANTED"}
    assert [manager["email"] for manager in client["accountManagers"]["nodes"]] == managers
    assert [entry["actorName"] for entry in collaboration["auditEntries"]["nodes"]] == actors
    assert set(collaboration["viewerActions"]) == buttons


async def test_a_limited_access_opens_payroll_and_receipts_and_visible_fields_tells(ask: Ask) -> None:
    (bens,) = (await ask("ben", example("2-one-client.graphql"), name="bageri")).data["clients"]["nodes"]
    (dags,) = (await ask("dag", example("2-one-client.graphql"), name="bageri")).data["clients"]["nodes"]
    hidden = {"companyNumber", "address", "plan", "wallet", "members"}

    assert ask.handles([bens, dags]) == ["C2", "C2"]
    assert {name for name in hidden if bens[name] is not None} == set()
    assert {name for name in hidden if dags[name] is None} == set()
    assert hidden & set(bens["visibleFields"]) == set()
    assert hidden <= set(dags["visibleFields"])
    assert len(bens["pendingActivities"]["nodes"]) == len(dags["pendingActivities"]["nodes"]) == 3


@pytest.mark.parametrize(
    ("who", "invoices"),
    [
        (
            "ada",
            [
                ("00005", "PARTNER", "FIRM", "172.20 CHF", "OPEN"),
                ("00003", "PARTNER", "FIRM", "172.20 CHF", "PAID"),
                ("00002", "PARTNER", "FIRM", "172.20 CHF", "PAID"),
            ],
        ),
        (
            "hedda@C3",
            [("00002", "CLIENT", "CLIENT", "191.33 CHF", "PAID"), ("00001", "CLIENT", "CLIENT", "191.33 CHF", "PAID")],
        ),
    ],
)
async def test_who_pays_has_the_invoice_and_the_other_side_does_not(
    ask: Ask, who: str, invoices: list[tuple[str, ...]]
) -> None:
    (client,) = (await ask.data(who, example("3-invoices.graphql")))["clients"]["nodes"]
    (collaboration,) = client["collaborations"]["nodes"]

    assert [period["mode"] for period in collaboration["billingModePeriods"]["nodes"]] == ["CLIENT", "PARTNER"]
    assert client["invoices"]["totalCount"] == len(invoices)
    assert [
        (
            each["number"],
            each["billingMode"],
            each["issuedTo"]["kind"],
            f"{each['total']['amount']} {each['total']['currency']}",
            each["invoiceState"],
        )
        for each in client["invoices"]["nodes"]
    ] == invoices


async def test_for_the_firm_where_she_keeps_other_books_hedda_does_not_find_her_own_company(ask: Ask) -> None:
    assert await ask.data("hedda@F", example("3-invoices.graphql")) == {"clients": {"nodes": []}}


@pytest.mark.parametrize(
    ("who", "operation", "reason", "requirement"),
    [
        ("ben", "WhyHidden", "LEVEL", {"fact": "LEVEL", "value": "FULL"}),
        ("emil", "WhyHiddenAtWork", "ROLE", {"fact": "ROLE", "value": "OWNER"}),
    ],
)
async def test_a_hidden_field_says_why_and_what_would_open_it(
    ask: Ask, who: str, operation: str, reason: str, requirement: dict[str, str]
) -> None:
    ids = {name: ask.id("Client", text.removeprefix("Client:")) for name, text in delivered("4-why-hidden").items()}
    body = {"query": example("4-why-hidden.graphql"), "operationName": operation, "variables": ids}
    data = (await ask.sent(body, ask.headers(who))).data

    hidden = {each.pop("field"): each for each in data["client"]["hiddenFields"]}
    *explained, name = data["whyHidden"]
    for each in explained:
        assert hidden[each["field"]] == {"reason": reason, "requires": [requirement]}
        assert (each["visible"], each["reason"], each["requires"]) == (False, reason, [requirement])
        assert "D39" in each["statements"]
    assert "name" not in hidden
    assert (name["visible"], name["reason"], name["requires"]) == (True, None, [])


async def test_nobody_reads_the_published_profiles_and_no_trace_of_anything_else(ask: Ask) -> None:
    data = await ask.data("anonymous", example("5-public-directory.graphql"))

    assert data["viewer"] is None
    assert data["clients"] == {"totalCount": 0, "nodes": []}
    assert data["publicDirectory"]["totalCount"] == 2
    names = [profile["displayName"] for profile in data["publicDirectory"]["nodes"]]
    assert names == ["Havlygte Revision", "Steinfirn Treuhand"]
