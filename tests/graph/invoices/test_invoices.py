"""Orders and invoices: who records, issues, credits and pays; whose each is; how each holder counts (D1, D17, D18, D47)."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.db.engine import make_engine
from gateway.db.seeds.demo import key
from gateway.policy import Policy
from gateway.resolvers.core.refusals import CONFLICTS
from gateway.settings import Settings
from tests.conftest import Copy
from tests.graph.conftest import CALLERS, NOW, Answer, Ask, asker, recorded, run
from tests.support import make
from tests.support.invoices import (
    CREDIT,
    ISSUE,
    PAY,
    PLAN,
    RECORD,
    SUSPEND,
    bill_of,
    books,
    credited,
    issued,
    key_of,
    order_of,
    recorded_order,
    refused,
    stamped,
)

ROUNDS: Final = 20
PATIENCE: Final = 30  # seconds after which a test fails; none waits for them
DEMO_NOW: Final = NOW - timedelta(minutes=5)


def days_ago(days: float) -> datetime:
    return DEMO_NOW - timedelta(days=days)


# ---- who may


SEE_C1: Final = ("ada", "ben", "bo", "cora", "emil", "pia", "firm-sync", "ben-sync", "shop-sync")
"""Everybody who knows of C1, but for the billing system, which may."""


def expected(who: str, may: tuple[str, ...], see: tuple[str, ...]) -> str | None:
    if who in may:
        return None
    if who == "anonymous":
        return "UNAUTHENTICATED"
    return "FORBIDDEN" if who in see else "NOT_FOUND"


@pytest.mark.parametrize("who", CALLERS)
async def test_only_the_billing_system_records_orders_and_issues_invoices(
    ask: Ask, world: AsyncConnection, who: str
) -> None:
    before = await books(world)
    good = {"recordOrder": (RECORD, order_of(ask, "C1", NOW)), "issueInvoice": (ISSUE, bill_of(ask, "C1"))}
    bad = {
        "recordOrder": (RECORD, order_of(ask, "C1", "tomorrow", collaboration=ask.id("Collaboration", "G-C6"))),
        "issueInvoice": (ISSUE, bill_of(ask, "C1", lines=[], taxPercent="x", order=ask.id("Order", make.new_key()))),
    }
    code = expected(who, ("billing",), SEE_C1)
    for field, (document, given) in good.items():
        answer = await ask(who, document, input=given)
        if code is None:
            assert answer.errors == []
            continue
        assert refused(answer, field, code)
        worse = await ask(who, document, input=bad[field][1])
        assert worse.text == answer.text  # authorization comes first
    assert (await books(world) == before) == (code is not None)


SEE: Final = {
    "C1#1": ("cora", "pia"),  # it lies in the client
    "C3#4": ("ada", "bo", "pia"),  # it lies in the firm
    "C4#6": ("gus", "pia"),
    "C1#4": ("pia",),  # a draft
}


@pytest.mark.parametrize("who", CALLERS)
async def test_only_the_billing_system_credits_an_invoice_and_the_other_side_is_not_told_of_it(
    ask: Ask, world: AsyncConnection, who: str
) -> None:
    before = await books(world)
    for handle, see in SEE.items():
        answer = await ask(who, CREDIT, id=ask.id("Invoice", handle))
        code = expected(who, ("billing",), see)
        if code is None:
            assert answer.codes == (["CONFLICT"] if handle == "C1#4" else [])
            continue
        assert refused(answer, "creditInvoice", code)
    assert (await books(world) == before) == (who != "billing")


PAYING: Final = {
    "C1#3": (("cora",), ("pia", "billing")),  # overdue, and the client's
    "C3#5": (("ada",), ("bo", "pia", "billing")),  # open, and the firm's: not even the client's owner knows of it
    "C6#3": (("gus",), ("pia", "billing")),
}


@pytest.mark.parametrize("handle", PAYING)
@pytest.mark.parametrize("who", CALLERS)
async def test_an_invoice_is_paid_by_whom_it_lies_with(ask: Ask, world: AsyncConnection, who: str, handle: str) -> None:
    before = await books(world)
    may, see = PAYING[handle]
    answer = await ask(who, PAY, id=ask.id("Invoice", handle))
    code = expected(who, may, see)

    if code is not None:
        assert refused(answer, "payInvoice", code)
        assert await books(world) == before
        return
    paid = {"id": ask.id("Invoice", handle), "invoiceState": "PAID", "paidAt": NOW.isoformat(), "viewerActions": []}
    assert answer.data == {"payInvoice": {"invoice": paid}}
    assert answer.errors == []


ACTIONS: Final = {
    "C1#1": {"cora": [], "billing": ["CREDIT_INVOICE"], "pia": []},  # paid
    "C1#3": {"cora": ["PAY_INVOICE"], "billing": ["CREDIT_INVOICE"], "pia": []},  # overdue
    "C1#4": {"billing": [], "pia": []},  # a draft
    "C3#5": {"ada": ["PAY_INVOICE"], "bo": [], "billing": ["CREDIT_INVOICE"], "pia": []},  # open
    "C4#2": {"ada": [], "billing": []},  # credited
    "C4#7": {"ada": [], "billing": []},  # a credit note
    "C4#6": {"gus": [], "billing": ["CREDIT_INVOICE"]},
}


@pytest.mark.parametrize("handle", ACTIONS)
async def test_who_sees_an_invoice_is_told_what_they_may_do_with_it(ask: Ask, handle: str) -> None:
    asked = "query ($id: ID!) { node(id: $id) { ... on Invoice { viewerActions } } }"
    told = {
        who: (await ask.data(who, asked, id=ask.id("Invoice", handle)))["node"]["viewerActions"]
        for who in ACTIONS[handle]
    }

    assert told == ACTIONS[handle]


async def test_a_suspended_firm_still_pays_what_lies_with_it(ask: Ask, world: AsyncConnection) -> None:
    await run(world, "UPDATE firm SET programme_state = 'suspended' WHERE id = :f", f=key("F"))
    answer = await ask("ada", PAY, id=ask.id("Invoice", "C3#5"))

    assert answer.errors == []


# ---- whose it is


STAMPS: Final[dict[str, tuple[str, float, str | None, str, str | None, str | None]]] = {
    # what: client, days ago, collaboration named; mode, firm, collaboration stamped
    "CLIENT at FULL": ("C1", 0, None, "CLIENT", None, None),
    "PARTNER": ("C3", 0, None, "PARTNER", "F", "F-C3"),
    "PARTNER, named": ("C3", 0, "F-C3", "PARTNER", "F", "F-C3"),
    "the moment in which it became PARTNER": ("C3", 250, None, "PARTNER", "F", "F-C3"),
    "the moment before": ("C3", 250.000001, None, "CLIENT", None, None),
    "before, named": ("C3", 251, "F-C3", "CLIENT", None, "F-C3"),
    "before there was anybody": ("C3", 600, None, "CLIENT", None, None),
    "a period that is closed": ("C4", 300, None, "PARTNER", "F", "F-C4"),
    "the moment in which it was closed": ("C4", 280, None, "CLIENT", None, None),
    "LIMITED": ("C4", 200, None, "CLIENT", None, None),
    "between two firms": ("C4", 130, None, "CLIENT", None, None),
    "the next firm": ("C4", 50, None, "PARTNER", "G", "G-C4"),
    "the next firm, the last one named": ("C4", 50, "F-C4", "CLIENT", None, "F-C4"),
    "LIMITED only": ("C2", 0, None, "CLIENT", None, None),
    "LIMITED only, named": ("C2", 0, "F-C2", "CLIENT", None, "F-C2"),
    "never any access": ("C5", 0, "F-C5", "CLIENT", None, "F-C5"),
    "nothing but a request": ("C7", 0, None, "CLIENT", None, None),
}


@pytest.mark.parametrize("case", STAMPS)
async def test_an_order_is_stamped_with_the_mode_that_was_in_force(ask: Ask, world: AsyncConnection, case: str) -> None:
    client, days, named, mode, firm, collaboration = STAMPS[case]
    given = {"collaboration": ask.id("Collaboration", named)} if named else {}
    order = await recorded_order(ask, client, days_ago(days), kind="RENEWAL", placedBy="CLIENT", **given)

    assert (order["kind"], order["placedBy"]) == ("RENEWAL", "CLIENT")
    assert (order["placedAt"], order["billingMode"]) == (days_ago(days).isoformat(), mode)
    assert await stamped(world, ask, order) == (
        mode.lower(),
        key(firm) if firm else None,
        key(collaboration) if collaboration else None,
    )


@pytest.mark.parametrize("case", STAMPS)
async def test_an_invoice_without_an_order_takes_the_mode_of_when_it_was_ordered(
    ask: Ask, world: AsyncConnection, case: str
) -> None:
    client, days, named, mode, firm, collaboration = STAMPS[case]
    given = {"collaboration": ask.id("Collaboration", named)} if named else {}
    if days:
        given["orderedAt"] = days_ago(days).isoformat()
    invoice = await issued(ask, client, **given)
    asked = text("SELECT firm_id, collaboration_id, ordered_at FROM invoice WHERE id = :id")

    assert (invoice["billingMode"], invoice["issuedTo"]["kind"]) == (mode, "FIRM" if firm else "CLIENT")
    assert (await world.execute(asked, {"id": key_of(ask, invoice["id"])})).one() == (
        key(firm) if firm else None,
        key(collaboration) if collaboration else None,
        days_ago(days) if days else NOW,
    )


async def test_an_expired_grant_ends_the_mode_before_anybody_closes_its_period(
    ask: Ask, world: AsyncConnection
) -> None:
    await run(
        world, "UPDATE access_grant SET expires_at = :at WHERE collaboration_id = :k", at=days_ago(7), k=key("F-C3")
    )
    modes = [
        (await recorded_order(ask, "C3", at))["billingMode"]
        for at in (days_ago(7) - timedelta(microseconds=1), days_ago(7), NOW)
    ]

    assert modes == ["PARTNER", "CLIENT", "CLIENT"]


async def test_a_grant_that_was_lowered_since_still_counts_for_the_time_before(
    ask: Ask, world: AsyncConnection
) -> None:
    of_c3 = {"k": key("F-C3"), "at": days_ago(7)}
    await run(world, "UPDATE access_grant SET revoked_at = :at WHERE collaboration_id = :k", **of_c3)
    await make.grant(world, collaboration_id=key("F-C3"), version=2, level="limited", granted_at=days_ago(7))
    modes = [(await recorded_order(ask, "C3", days_ago(days)))["billingMode"] for days in (8, 7, 0)]

    assert modes == ["PARTNER", "CLIENT", "CLIENT"]


WORLDS: Final = {
    "as it is": None,
    "without the grant": "UPDATE access_grant SET revoked_at = '2026-03-01T00:00:00Z' WHERE revoked_at IS NULL",
    "with grants that have run out": "UPDATE access_grant SET expires_at = '2026-03-01T00:00:00Z'",
    "with LIMITED grants": "UPDATE access_grant SET level = 'limited'",
    "with suspended firms": SUSPEND,
    "with all paying for themselves": "UPDATE billing_mode_period SET mode = 'client'",
    "with closed periods": "UPDATE billing_mode_period SET to_at = '2026-03-01T00:00:00Z' WHERE to_at = 'infinity'",
}


@pytest.mark.parametrize("case", WORLDS)
async def test_what_is_ordered_now_is_stamped_as_the_policy_tells_the_mode(
    ask: Ask, world: AsyncConnection, case: str
) -> None:
    change = WORLDS[case]
    if change == SUSPEND:
        for firm in ("F", "G"):
            await ask.data("pia", SUSPEND, id=ask.id("Firm", firm))
    elif change is not None:
        await run(world, change)
    listed = (
        await ask.data(
            "pia", "{ collaborations(first: 50) { nodes { id collaborationState billingMode client { id } } } }"
        )
    )["collaborations"]["nodes"]
    stamps = {}
    for node in listed:
        if node["collaborationState"] in ("ACTIVE", "ENDED"):
            given = order_of(ask, "C1", NOW, client=node["client"]["id"], collaboration=node["id"])
            order = (await ask.data("billing", RECORD, input=given))["recordOrder"]["order"]
            stamps[node["id"]] = order["billingMode"]

    assert len(stamps) == 7
    assert stamps == {node["id"]: node["billingMode"] or "CLIENT" for node in listed if node["id"] in stamps}


async def test_an_order_keeps_its_party_when_the_mode_is_switched_for_the_invoice_run(
    ask: Ask, world: AsyncConnection
) -> None:
    """L9: ordered in CLIENT, switched to PARTNER, invoiced, switched back."""
    order = await recorded_order(ask, "C1", NOW)
    closing = "UPDATE billing_mode_period SET to_at = :now WHERE collaboration_id = :k AND to_at = 'infinity'"
    await run(world, closing, now=NOW, k=key("F-C1"))
    await make.period(world, collaboration_id=key("F-C1"), mode="partner", from_at=NOW)
    invoice = await issued(ask, "C1", order=order["id"])
    meanwhile = await recorded_order(ask, "C1", NOW)
    await run(world, closing, now=NOW + timedelta(seconds=1), k=key("F-C1"))
    late = await issued(ask, "C1", order=meanwhile["id"])
    asked = "query ($id: ID!) { node(id: $id) { ... on Invoice { issuedTo { kind name } } } }"

    assert invoice["issuedTo"] == {"kind": "CLIENT", "name": "Ærø Tovværk"}
    assert late["issuedTo"] == {"kind": "FIRM", "name": "Havlygte Revision"}
    assert (await ask.data("cora", asked, id=invoice["id"]))["node"] == {"issuedTo": invoice["issuedTo"]}
    assert (await ask("ada", asked, id=invoice["id"])).codes == ["NOT_FOUND"]
    assert (await ask.data("ada", asked, id=late["id"]))["node"] == {"issuedTo": late["issuedTo"]}
    assert (await ask("cora", asked, id=late["id"])).codes == ["NOT_FOUND"]


async def test_an_order_has_one_invoice(ask: Ask, world: AsyncConnection) -> None:
    order = await recorded_order(ask, "C3", days_ago(2))
    invoice = await issued(ask, "C3", order=order["id"])
    before = await books(world)
    again = await ask("billing", ISSUE, input=bill_of(ask, "C3", order=order["id"]))
    malformed = await ask("billing", ISSUE, input=bill_of(ask, "C3", order=order["id"], lines=[]))
    unchanged = await books(world)
    await credited(ask, invoice["id"])
    after = await ask("billing", ISSUE, input=bill_of(ask, "C3", order=order["id"]))

    assert refused(again, "issueInvoice", "CONFLICT")
    assert again.errors[0]["message"] == "The order already has an invoice."
    assert malformed.codes == ["BAD_USER_INPUT"]  # before any data is read
    assert again.text == after.text
    assert unchanged == before


async def test_what_is_not_this_clients_is_not_there(ask: Ask, world: AsyncConnection) -> None:
    foreign = await recorded_order(ask, "C3", NOW)
    before = await books(world)
    nothing = ask.id("Order", make.new_key())
    answers = [
        *[
            await ask("billing", RECORD, input=order_of(ask, "C1", NOW, collaboration=given))
            for given in (
                ask.id("Collaboration", "F-C3"),
                ask.id("Collaboration", make.new_key()),
                ask.id("Client", "C1"),
                ask.id("Firm", "F"),
            )
        ],
        await ask("billing", RECORD, input=order_of(ask, "C7", NOW, collaboration=ask.id("Collaboration", "F-C7"))),
        await ask("billing", RECORD, input=order_of(ask, "C1", NOW, client=ask.id("Client", make.new_key()))),
        await ask("billing", RECORD, input=order_of(ask, "C1", NOW, client=ask.id("Firm", "F"))),
        *[
            await ask("billing", ISSUE, input=bill_of(ask, "C1", **given))
            for given in (
                {"order": foreign["id"]},
                {"order": nothing},
                {"order": ask.id("Collaboration", "F-C1")},
                {"collaboration": ask.id("Collaboration", "F-C3")},
                {"client": ask.id("Client", make.new_key())},
            )
        ],
    ]

    assert [answer.codes for answer in answers] == [["NOT_FOUND"]] * len(answers)
    assert {answer.errors[0]["message"] for answer in answers} == {"There is no such object."}
    assert await books(world) == before


async def test_an_order_is_known_by_its_id_to_the_billing_system_and_is_no_object_of_the_graph(
    ask: Ask, world: AsyncConnection
) -> None:
    order = await recorded_order(ask, "C3", NOW)
    answers = [
        await ask(who, document, id=order["id"])
        for who in ("billing", "pia", "ada", "hedda@C3", "anonymous")
        for document in (
            "query ($id: ID!) { node(id: $id) { id } }",
            "query ($id: ID!) { whyHidden(id: $id, fields: [id]) { visible } }",
        )
    ]

    assert [answer.codes for answer in answers] == [["NOT_FOUND"]] * len(answers)
    assert ask.gateway.seal.open_id(order["id"])[0] == "Order"


# ---- what an invoice is


async def test_an_invoice_is_open_at_once_and_tells_all_that_was_asked_for(ask: Ask, world: AsyncConnection) -> None:
    lines = [
        {"description": "  Plan, one quarter ", "quantity": 3, "unitAmount": "129.00"},
        {"description": "Free of charge", "quantity": 1000000, "unitAmount": "0.00"},
        {"description": "Øre", "quantity": 7, "unitAmount": "0.05"},
    ]
    due = NOW + timedelta(days=30)
    invoice = await issued(ask, "C3", lines=lines, taxPercent="8.1", currency="CHF", dueAt=due.isoformat())

    chf = {"currency": "CHF"}
    assert invoice == {
        "id": invoice["id"],
        "invoiceKind": "INVOICE",
        "number": "00006",
        "invoiceState": "OPEN",
        "billingMode": "PARTNER",
        "clientName": "Zürcher Käsekeller",
        "currency": "CHF",
        "issuedAt": NOW.isoformat(),
        "dueAt": due.isoformat(),
        "paidAt": None,
        "viewerActions": ["CREDIT_INVOICE"],
        "issuedTo": {"kind": "FIRM", "name": "Havlygte Revision"},
        "client": {"id": ask.id("Client", "C3")},
        "credits": None,
        "lines": [
            {
                "position": 1,
                "description": "Plan, one quarter",
                "quantity": 3,
                "unitAmount": {"amount": "129.00", **chf},
                "amount": {"amount": "387.00"},
            },
            {
                "position": 2,
                "description": "Free of charge",
                "quantity": 1000000,
                "unitAmount": {"amount": "0.00", **chf},
                "amount": {"amount": "0.00"},
            },
            {
                "position": 3,
                "description": "Øre",
                "quantity": 7,
                "unitAmount": {"amount": "0.05", **chf},
                "amount": {"amount": "0.35"},
            },
        ],
        "net": {"amount": "387.35", **chf},
        "tax": {"amount": "31.38"},
        "total": {"amount": "418.73"},
    }
    newest = await ask.data("ada", "{ invoices(first: 1) { totalCount nodes { id } } }")
    assert newest["invoices"] == {"totalCount": 6, "nodes": [{"id": invoice["id"]}]}


@pytest.mark.parametrize(("quantity", "unit", "percent", "tax"), [
    (1, "0.10", "25", "0.03"),  # 2.5
    (1, "0.10", "24.99", "0.02"),  # 2.499
    (1, "0.10", "5", "0.01"),  # 0.5
    (1, "0.09", "5", "0.00"),  # 0.45
    (3, "0.10", "5", "0.02"),  # 1.5: rounded once, not line by line
    (1, "387.00", "0", "0.00"),
    (1, "387.00", "0.01", "0.04"),
    (1, "387.00", "99.99", "386.96"),
    (1, "100.00", "07.5", "7.50"),
    (100, "100000000000.00", "99.99", "9999000000000.00"),
    (1000000, "10000000.00", "0.5", "50000000000.00"),
])  # fmt: skip
async def test_tax_is_rounded_half_up_once_for_the_invoice(
    ask: Ask, world: AsyncConnection, quantity: int, unit: str, percent: str, tax: str
) -> None:
    lines = [{"description": "Plan", "quantity": 1, "unitAmount": unit}] * min(quantity, 3)
    if quantity > 3:
        lines = [{"description": "Plan", "quantity": quantity, "unitAmount": unit}]
    invoice = await issued(ask, "C1", lines=lines, taxPercent=percent)

    assert invoice["tax"] == {"amount": tax}


async def test_the_names_on_an_invoice_stay_as_they_were(ask: Ask, world: AsyncConnection) -> None:
    invoice = await issued(ask, "C3")
    await run(world, "UPDATE client SET name = 'Another Name' WHERE id = :c", c=key("C3"))
    await run(world, "UPDATE firm SET name = 'Another Firm' WHERE id = :f", f=key("F"))
    note = await credited(ask, invoice["id"])

    assert (note["clientName"], note["issuedTo"]["name"]) == ("Zürcher Käsekeller", "Havlygte Revision")


BAD_ORDERS: Final[dict[str, dict[str, Any]]] = {
    "a moment to come": {"placedAt": (NOW + timedelta(microseconds=1)).isoformat()},
    "a moment to come, elsewhere": {"placedAt": "2026-03-02T09:04:00-01:00"},
    "a moment without an offset": {"placedAt": "2026-03-01T00:00:00"},
    "a day": {"placedAt": "2026-03-01"},
    "the year 1": {"placedAt": "0001-01-01T00:00:00+23:59"},
    "the last century": {"placedAt": "1999-12-31T23:59:59+00:00"},
    "a moment in words": {"placedAt": "yesterday"},
    "no end of time": {"placedAt": "-infinity"},
    "an empty moment": {"placedAt": ""},
    "a moment with NUL": {"placedAt": "2026-03-01T00:00:00+00:00\0"},
    "null for the moment": {"placedAt": None},
    "a kind that there is not": {"kind": "GIFT"},
    "a kind as it is stored": {"kind": "order"},
    "somebody else": {"placedBy": "PLATFORM"},
    "a client that is no id": {"client": "C1"},
    "a collaboration that is no id": {"collaboration": "F-C1"},
    "a mode": {"billingMode": "PARTNER"},  # it is no input (L22)
    "a firm": {"firm": "F"},
}
BAD_LINES: Final[dict[str, dict[str, Any]]] = {
    "no description": {"description": " \u2003"},
    "a description of 201 characters": {"description": "é" * 201},
    "a description of two lines": {"description": "Plan\nand more"},
    "a description with an escape": {"description": "Plan \x1b[31m"},
    "a description that turns around": {"description": "Plan \u202e1"},
    "a description with NUL": {"description": "Plan\0"},
    "a description with half a letter": {"description": "Plan \ud800"},
    "none of it": {"quantity": 0},
    "less than none": {"quantity": -1},
    "more than a million": {"quantity": 1_000_001},
    "more than an Int": {"quantity": 2**31},
    "half of it": {"quantity": 1.5},
    "a number for an amount": {"unitAmount": 387},
    "an amount without decimals": {"unitAmount": "387"},
    "an amount with one decimal": {"unitAmount": "387.0"},
    "an amount with three decimals": {"unitAmount": "387.000"},
    "an amount with a comma": {"unitAmount": "387,00"},
    "an amount below zero": {"unitAmount": "-387.00"},
    "an amount with its sign": {"unitAmount": "+387.00"},
    "an amount with spaces": {"unitAmount": " 387.00"},
    "an amount and a line's end": {"unitAmount": "387.00\n"},
    "an amount in powers": {"unitAmount": "1e2.00"},
    "an amount in other digits": {"unitAmount": "３８７.00"},
    "no number": {"unitAmount": "NaN"},
    "an amount with a gap": {"unitAmount": "1_000.00"},
    "an empty amount": {"unitAmount": ""},
    "an amount of thirteen digits": {"unitAmount": "1000000000000.00"},
    "more than an invoice holds": {"unitAmount": "999999999999.99", "quantity": 11},
    "more than a bigint holds": {"unitAmount": "999999999999.99", "quantity": 1000000},
}
BAD_INVOICES: Final[dict[str, dict[str, Any]]] = {
    "no line": {"lines": []},
    "101 lines": {"lines": [PLAN] * 101},
    "null for lines": {"lines": None},
    "null among the lines": {"lines": [PLAN, None]},
    "lines that sum up to too much": {"lines": [PLAN | {"unitAmount": "999999999999.99"}] * 11},
    "no tax": {"taxPercent": ""},
    "a tax of 100": {"taxPercent": "100"},
    "a tax below zero": {"taxPercent": "-1"},
    "a tax with three decimals": {"taxPercent": "8.125"},
    "a tax without a digit": {"taxPercent": "8."},
    "a tax in percent": {"taxPercent": "8%"},
    "a tax with a comma": {"taxPercent": "8,1"},
    "a tax in other digits": {"taxPercent": "１９"},
    "a tax and a line's end": {"taxPercent": "19\n"},
    "a number for the tax": {"taxPercent": 19},
    "a currency that there is not": {"currency": "ECU"},
    "a currency in which the platform does not bill": {"currency": "USD"},
    "a currency in small letters": {"currency": "eur"},
    "a day that was": {"dueAt": "2026-03-01T00:00:00+00:00"},
    "this moment as the day": {"dueAt": NOW.isoformat()},
    "a day in words": {"dueAt": "soon"},
    "an end of time": {"dueAt": "9999-12-31T23:59:59-23:59"},
    "an order to come": {"orderedAt": (NOW + timedelta(seconds=1)).isoformat()},
    "an order in words": {"orderedAt": "now"},
    "an order that is no id": {"order": "1"},
    "a collaboration that is no id": {"collaboration": "1"},
    "a client that is no id": {"client": "C1"},
    "a number of ours": {"number": "00001"},
    "a holder": {"issuedTo": "FIRM"},  # it is no input (L22)
} | {case: {"lines": [PLAN, PLAN | line]} for case, line in BAD_LINES.items()}


async def sent(ask: Ask, document: str, given: dict[str, Any]) -> Answer:
    """Letters that a library would refuse to send are sent, too."""
    body = json.dumps({"query": document, "variables": {"input": given}})
    headers = {**ask.headers("billing"), "Content-Type": "application/json"}
    return Answer(await ask.http.post("/graphql", content=body, headers=headers))


@pytest.mark.parametrize(
    "case", [*(("order", case) for case in BAD_ORDERS), *(("bill", case) for case in BAD_INVOICES)]
)
async def test_what_is_no_order_and_no_invoice_is_refused_and_nothing_is_written(
    ask: Ask, world: AsyncConnection, case: tuple[str, str]
) -> None:
    before = await books(world)
    if case[0] == "order":
        answer = await sent(ask, RECORD, order_of(ask, "C1", NOW) | BAD_ORDERS[case[1]])
    else:
        answer = await sent(ask, ISSUE, bill_of(ask, "C1") | BAD_INVOICES[case[1]])

    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.data in (None, {"recordOrder": None}, {"issueInvoice": None})
    assert len(answer.text) < 600
    assert await books(world) == before
    assert ask.log.calls == [] or not any(call.kwargs.get("exc_info") for call in ask.log.calls)


@pytest.mark.parametrize("given", [{"orderedAt": NOW.isoformat()}, {"collaboration": "F-C1"}])
async def test_an_order_tells_its_moment_and_its_collaboration_itself(
    ask: Ask, world: AsyncConnection, given: dict[str, str]
) -> None:
    order = await recorded_order(ask, "C1", NOW)
    before = await books(world)
    if "collaboration" in given:
        given = {"collaboration": ask.id("Collaboration", given["collaboration"])}
    answer = await ask("billing", ISSUE, input=bill_of(ask, "C1", order=order["id"], **given))

    assert refused(answer, "issueInvoice", "BAD_USER_INPUT")
    assert await books(world) == before


# ---- how each holder counts


async def test_each_holder_counts_its_own_without_a_gap(ask: Ask, world: AsyncConnection) -> None:
    """L25: what went to the firm leaves no gap among the client's, and the other way round."""
    before = days_ago(251).isoformat()  # C3 paid for itself then
    numbers: dict[str, list[str]] = {"FIRM": [], "CLIENT": []}
    for at in (None, before, None, None, before, before, None):
        invoice = await issued(ask, "C3", **({"orderedAt": at} if at else {}))
        numbers[invoice["issuedTo"]["kind"]].append(invoice["number"])
        refusal = await ask("billing", ISSUE, input=bill_of(ask, "C3", taxPercent="x"))
        assert refusal.codes == ["BAD_USER_INPUT"]
    listed = {
        who: (await ask.data(who, "{ invoices(first: 50) { nodes { number } } }"))["invoices"]["nodes"]
        for who in ("ada", "hedda@C3")
    }

    assert numbers == {"FIRM": ["00006", "00007", "00008", "00009"], "CLIENT": ["00003", "00004", "00005"]}
    assert {who: sorted(int(node["number"]) for node in nodes) for who, nodes in listed.items()} == {
        "ada": list(range(1, 10)),
        "hedda@C3": list(range(1, 6)),
    }


async def test_a_holder_without_any_begins_with_one(ask: Ask, world: AsyncConnection) -> None:
    assert [(await issued(ask, "C5"))["number"] for _ in range(3)] == ["00001", "00002", "00003"]


async def test_a_series_goes_on_from_the_greatest_number_whatever_else_was_written_for_one(
    ask: Ask, world: AsyncConnection
) -> None:
    for number in ("00041", "9", "X-77", "99999999999999999999", "12 "):
        await make.invoice(world, client_id=key("C5"), number=number)
    await make.invoice(world, client_id=key("C5"), state="draft")

    assert [(await issued(ask, "C5"))["number"] for _ in range(2)] == ["00042", "00043"]


async def test_a_series_outgrows_its_five_digits(ask: Ask, world: AsyncConnection) -> None:
    await make.invoice(world, client_id=key("C5"), number="99999")

    assert (await issued(ask, "C5"))["number"] == "100000"


# ---- credit notes


NOTES: Final = {"C1#1": "paid", "C1#3": "overdue", "C3#5": "open", "C4#6": "paid, another firm's"}


@pytest.mark.parametrize("handle", NOTES)
async def test_a_credit_note_takes_back_all_of_its_invoice_and_lies_where_it_lies(
    ask: Ask, world: AsyncConnection, handle: str
) -> None:
    asked = """query ($id: ID!) { node(id: $id) { ... on Invoice {
      billingMode clientName currency issuedTo { kind name } client { id }
      lines { position description quantity unitAmount { amount } amount { amount } }
      net { amount } tax { amount } total { amount }
    } } }"""
    was = (await ask.data("pia", asked, id=ask.id("Invoice", handle)))["node"]
    answer = (await ask.data("billing", CREDIT, id=ask.id("Invoice", handle)))["creditInvoice"]
    note = answer["creditNote"]
    became = (await ask.data("pia", asked, id=note["id"]))["node"]

    def taken(value: Any) -> Any:
        match value:
            case {"amount": str(amount)}:
                return {"amount": f"-{amount}"}
            case {"amount": inner, "unitAmount": unit, **rest}:
                return {**rest, "amount": taken(inner), "unitAmount": taken(unit)}
        return value

    money = {name: taken(was[name]) for name in ("net", "tax", "total")}
    assert became == {**was, **money, "lines": [taken(line) for line in was["lines"]]}
    assert answer["invoice"] == {"id": ask.id("Invoice", handle), "invoiceState": "CREDITED"}
    assert (note["invoiceKind"], note["invoiceState"], note["credits"]) == (
        "CREDIT_NOTE",
        "PAID",
        {"id": ask.id("Invoice", handle)},
    )
    assert (note["issuedAt"], note["paidAt"], note["dueAt"]) == (NOW.isoformat(), NOW.isoformat(), None)
    assert note["viewerActions"] == []


async def test_an_invoice_without_a_line_is_credited_by_a_note_without_one(ask: Ask, world: AsyncConnection) -> None:
    bare = await make.invoice(world, client_id=key("C5"), state="draft", net=0, tax=0, total=0)
    await run(world, "DELETE FROM invoice_line WHERE invoice_id = :id", id=bare)
    await run(
        world, "UPDATE invoice SET state = 'open', number = '00007', issued_at = :at WHERE id = :id", at=NOW, id=bare
    )
    note = await credited(ask, ask.id("Invoice", bare))

    assert (note["number"], note["lines"], note["total"]) == ("00008", [], {"amount": "0.00"})


async def test_a_credit_note_after_the_switch_goes_to_the_firm_and_the_client_sees_nothing(
    ask: Ask, world: AsyncConnection
) -> None:
    """L24."""
    listed = "{ invoices(first: 50) { totalCount nodes { id number invoiceKind } } }"
    invoice = await issued(ask, "C3")
    closing = "UPDATE billing_mode_period SET to_at = :now WHERE collaboration_id = :k AND to_at = 'infinity'"
    await run(world, closing, now=NOW, k=key("F-C3"))
    await make.period(world, collaboration_id=key("F-C3"), mode="client", from_at=NOW)
    before = await ask.data("hedda@C3", listed)
    note = await credited(ask, invoice["id"])
    mine = (await ask.data("ada", listed))["invoices"]

    assert note["number"] == "00007"
    assert note["issuedTo"] == {"kind": "FIRM", "name": "Havlygte Revision"}
    assert {"id": note["id"], "number": "00007", "invoiceKind": "CREDIT_NOTE"} in mine["nodes"]
    assert await ask.data("hedda@C3", listed) == before
    hidden = await ask("hedda@C3", "query ($id: ID!) { node(id: $id) { id } }", id=note["id"])
    assert (hidden.data, hidden.codes) == ({"node": None}, ["NOT_FOUND"])


@pytest.mark.parametrize(("handle", "why"), [
    ("C4#2", CONFLICTS["CREDITED"]),
    ("C4#7", CONFLICTS["CREDIT_NOTE"]),
    ("C1#4", CONFLICTS["NOT_ISSUED"]),
])  # fmt: skip
async def test_what_is_credited_a_credit_note_and_a_draft_are_not_credited(
    ask: Ask, world: AsyncConnection, handle: str, why: str
) -> None:
    before = await books(world)
    answer = await ask("billing", CREDIT, id=ask.id("Invoice", handle))

    assert refused(answer, "creditInvoice", "CONFLICT")
    assert answer.errors[0]["message"] == why
    assert await books(world) == before


async def test_an_invoice_is_credited_once_and_paid_once_and_not_paid_after_that(
    ask: Ask, world: AsyncConnection
) -> None:
    first, second = await issued(ask, "C1"), await issued(ask, "C1")
    paid = [await ask("cora", PAY, id=first["id"]) for _ in range(2)]
    both = [await ask("billing", CREDIT, id=id) for id in (first["id"], second["id"], first["id"])]
    late = await ask("cora", PAY, id=second["id"])

    assert [answer.codes for answer in paid] == [[], ["CONFLICT"]]
    assert [answer.codes for answer in both] == [[], [], ["CONFLICT"]]
    assert refused(late, "payInvoice", "CONFLICT")
    told = [answer.errors[0]["message"] for answer in (paid[1], both[2], late)]
    assert told == [CONFLICTS[why] for why in ("PAID", "CREDITED", "CREDITED")]


async def test_a_credit_note_is_not_paid(ask: Ask, world: AsyncConnection) -> None:
    note = await credited(ask, ask.id("Invoice", "C3#5"))
    await run(world, "UPDATE invoice SET state = 'open' WHERE id = :id", id=key_of(ask, note["id"]))  # were it open

    assert refused(await ask("ada", PAY, id=note["id"]), "payInvoice", "CONFLICT")


async def test_an_invoice_is_overdue_after_its_day_and_paid_all_the_same(
    ask: Ask, world: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = "query ($id: ID!) { node(id: $id) { ... on Invoice { invoiceState viewerActions } } }"
    invoice = await issued(ask, "C1", dueAt=(NOW + timedelta(minutes=1)).isoformat())
    open_ = (await ask.data("cora", state, id=invoice["id"]))["node"]
    later = NOW + timedelta(minutes=2)
    monkeypatch.setattr(ask.gateway, "clock", lambda: later)
    overdue = (await ask.data("cora", state, id=invoice["id"]))["node"]
    paid = (await ask.data("cora", PAY, id=invoice["id"]))["payInvoice"]["invoice"]

    assert open_ == {"invoiceState": "OPEN", "viewerActions": ["PAY_INVOICE"]}
    assert overdue == {"invoiceState": "OVERDUE", "viewerActions": ["PAY_INVOICE"]}
    assert (paid["invoiceState"], paid["paidAt"]) == ("PAID", later.isoformat())


@pytest.mark.parametrize("document", [CREDIT, PAY])
@pytest.mark.parametrize("who", ["billing", "ada", "cora"])
async def test_what_is_no_invoice_is_not_there(ask: Ask, world: AsyncConnection, who: str, document: str) -> None:
    wrong = [ask.id("Invoice", make.new_key()), ask.id("Client", "C1"), ask.id("Client", "C1#1"), ask.id("Order", "C1")]
    answers = [await ask(who, document, id=each) for each in wrong]
    rubbish = await ask(who, document, id="C1#1")

    assert len({answer.text for answer in answers}) == 1
    assert answers[0].codes == ["NOT_FOUND"]
    assert rubbish.codes == ["BAD_USER_INPUT"]


# ---- asked again, told to whom, at which price


async def test_who_asks_again_with_the_same_key_is_told_the_same_and_nothing_is_issued_twice(
    ask: Ask, world: AsyncConnection
) -> None:
    answers = []
    for number, (document, given) in enumerate([(RECORD, order_of(ask, "C3", NOW)), (ISSUE, bill_of(ask, "C3"))]):
        body = {"query": document, "variables": {"input": given}}
        headers = {**ask.headers("billing"), "Idempotency-Key": f"run-{number}"}
        first = await ask.sent(body, headers)
        state = await books(world)
        answers.append((first, await ask.sent(body, headers)))
        assert await books(world) == state

    for first, again in answers:
        assert first.errors == []
        assert again.payload == first.payload


async def test_each_act_stands_in_its_holders_audit_trail_alone(ask: Ask, world: AsyncConnection) -> None:
    order = await recorded_order(ask, "C3", NOW)
    firms, clients = await issued(ask, "C3", order=order["id"]), await issued(ask, "C1")
    note = await credited(ask, firms["id"])
    await ask.data("cora", PAY, id=clients["id"])
    await ask("cora", PAY, id=clients["id"])
    asked = text(
        """SELECT action, outcome, code, subject_type, subject_id, client_id, firm_id, collaboration_id, acting_side,
          actor_name FROM audit_entry WHERE at = :now ORDER BY id"""
    )
    entries = [tuple(row) for row in await world.execute(asked, {"now": NOW})]
    f, c1, machine = key("F"), key("C1"), ("platform", "Billing run")

    def about(id: str) -> tuple[str, UUID]:
        return ("Order" if id == order["id"] else "Invoice", key_of(ask, id))

    assert sorted(entries, key=repr) == sorted(
        [
            ("RECORD_ORDER", "done", None, *about(order["id"]), key("C3"), None, None, *machine),
            ("ISSUE_INVOICE", "done", None, *about(firms["id"]), None, f, None, *machine),
            ("ISSUE_INVOICE", "done", None, *about(clients["id"]), c1, None, None, *machine),
            ("CREDIT_INVOICE", "done", None, *about(note["id"]), None, f, None, *machine),
            ("PAY_INVOICE", "done", None, *about(clients["id"]), c1, None, None, "client", None),
            ("PAY_INVOICE", "refused", "CONFLICT", *about(clients["id"]), *[None] * 3, "client", None),
        ],
        key=repr,
    )


async def test_nobody_is_told_by_mail(ask: Ask, world: AsyncConnection) -> None:
    await credited(ask, (await issued(ask, "C3"))["id"])

    assert await world.scalar(text("SELECT count(*) FROM notice")) == 0


async def test_a_hundred_lines_take_as_many_statements_as_one(
    ask: Ask, world: AsyncConnection, engine: AsyncEngine
) -> None:
    counts = []
    for lines in ([PLAN], [PLAN] * 100):
        with recorded(engine) as issuing:
            invoice = await issued(ask, "C3", lines=lines)
        with recorded(engine) as crediting:
            await credited(ask, invoice["id"])
        counts.append((len(issuing), len(crediting)))

    assert counts[0] == counts[1]


# ---- at once


class Till:
    """An application on a database of its own."""

    def __init__(self, ask: Ask, engine: AsyncEngine) -> None:
        self.ask, self.engine = ask, engine

    async def issue(self, of: str, **more: Any) -> Answer:
        return await self.ask("billing", ISSUE, input=bill_of(self.ask, of, **more))

    async def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        async with self.engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(statement), values)]

    async def waiting(self, how_many: int) -> None:
        """Once so many transactions wait for a lock. Every look is a round trip, and so lets the others go on."""
        asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        async with asyncio.timeout(PATIENCE):
            while (await self.rows(asked))[0][0] < how_many:
                pass

    async def numbers(self, holder: str) -> list[int]:
        asked = "SELECT number::int FROM invoice WHERE holder_id = :holder AND number IS NOT NULL ORDER BY 1"
        return [number for (number,) in await self.rows(asked, holder=key(holder))]


@pytest.fixture(scope="module")
async def till(copy: Copy, policy: Policy, settings: Settings) -> AsyncIterator[Till]:
    engine = make_engine(await copy(), pool_timeout=PATIENCE)
    async with engine.begin() as connection:
        # Two more clients for whom F pays: what is issued for different clients meets in F's series alone.
        for client in ("C1", "C5"):
            closing = "UPDATE billing_mode_period SET to_at = :now WHERE client_id = :c AND to_at = 'infinity'"
            await connection.execute(text(closing), {"now": days_ago(1), "c": key(client)})
            if client == "C5":
                await make.grant(connection, collaboration_id=key("F-C5"), granted_at=days_ago(2))
            await make.period(connection, collaboration_id=key(f"F-{client}"), mode="partner", from_at=days_ago(1))
    async with asker(settings, policy, engine) as ask:
        yield Till(ask, engine)
    await engine.dispose()


@pytest.mark.parametrize("clients", [("C2", "C2"), ("C3", "C5"), ("C3", "C1", "C5", "C3")])
async def test_what_is_issued_at_once_to_one_holder_is_numbered_without_a_gap(
    till: Till, clients: tuple[str, ...]
) -> None:
    holder = "C2" if clients[0] == "C2" else "F"
    for _ in range(ROUNDS // 2):
        answers = await asyncio.gather(*(till.issue(client) for client in clients))
        assert [answer.errors for answer in answers] == [[]] * len(clients)
    numbers = await till.numbers(holder)

    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= ROUNDS // 2 * len(clients)


async def test_the_first_two_of_a_holder_at_once_are_one_and_two(till: Till) -> None:
    for turn in range(ROUNDS):
        async with till.engine.begin() as connection:
            client = await make.client(connection, name=f"Client {turn}")
        given = {"client": till.ask.id("Client", client)}
        answers = await asyncio.gather(*(till.issue("C1", **given) for _ in range(3)))
        told = sorted(answer.data["issueInvoice"]["invoice"]["number"] for answer in answers)

        assert told == ["00001", "00002", "00003"]


async def test_a_number_that_is_not_given_after_all_is_given_to_whoever_waited_for_it(till: Till) -> None:
    await till.issue("C2")
    before = await till.numbers("C2")
    async with till.engine.connect() as other:
        await run(other, "UPDATE invoice_series SET last = last + 1 WHERE holder_id = :id", id=key("C2"))
        asked = asyncio.create_task(till.issue("C2"))
        await till.waiting(1)
        await other.rollback()
        answer = await asked

    assert answer.errors == []
    assert await till.numbers("C2") == [*before, len(before) + 1]


async def test_what_is_issued_while_the_mode_changes_goes_to_whoever_pays_then(till: Till) -> None:
    """The client's lock is waited for, and the mode read behind it."""
    async with till.engine.begin() as other:
        await run(other, "SELECT id FROM client WHERE id = :id FOR NO KEY UPDATE", id=key("C6"))
        asked = asyncio.create_task(till.issue("C6"))
        await till.waiting(1)
        await run(other, "UPDATE billing_mode_period SET to_at = :now WHERE client_id = :c", now=NOW, c=key("C6"))
    answer = await asked

    assert answer.data["issueInvoice"]["invoice"]["billingMode"] == "CLIENT"


async def test_of_two_invoices_for_one_order_at_once_one_is_issued(till: Till) -> None:
    for _ in range(ROUNDS):
        order = (await till.ask.data("billing", RECORD, input=order_of(till.ask, "C2", NOW)))["recordOrder"]["order"]
        answers = await asyncio.gather(*(till.issue("C2", order=order["id"]) for _ in range(2)))

        assert sorted(answer.codes for answer in answers) == [[], ["CONFLICT"]]
    numbers = await till.numbers("C2")
    assert numbers == list(range(1, len(numbers) + 1))


async def test_a_payment_and_a_credit_at_once_have_an_order(till: Till) -> None:
    for turn in range(ROUNDS):
        id = (await till.issue("C2")).data["issueInvoice"]["invoice"]["id"]
        both = [till.ask("dag", PAY, id=id), till.ask("billing", CREDIT, id=id)]
        paid, credit = (await asyncio.gather(*both)) if turn % 2 else (await asyncio.gather(*both[::-1]))[::-1]
        ((state, paid_at),) = await till.rows(
            "SELECT state, paid_at FROM invoice WHERE id = :id", id=key_of(till.ask, id)
        )

        # Paid and then credited, or credited and then not to be paid any more; never credited and paid afterwards.
        assert credit.errors == []
        assert state == "credited"
        assert paid.codes in ([], ["CONFLICT"])
        assert (paid_at is not None) == (paid.errors == [])


@pytest.mark.parametrize(("document", "who"), [(PAY, "dag"), (CREDIT, "billing")])
async def test_of_two_who_do_the_same_at_once_one_does(till: Till, document: str, who: str) -> None:
    for _ in range(ROUNDS):
        id = (await till.issue("C2")).data["issueInvoice"]["invoice"]["id"]
        answers = await asyncio.gather(*(till.ask(who, document, id=id) for _ in range(2)))

        assert sorted(answer.codes for answer in answers) == [[], ["CONFLICT"]]
    numbers = await till.numbers("C2")
    assert numbers == list(range(1, len(numbers) + 1))
