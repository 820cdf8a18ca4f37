"""Who pays for a moment, and where a partner orders: the same answer whenever it is read (D15, D17, D47, D59)."""

from datetime import datetime, timedelta
from typing import Final

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.seeds.demo import key
from gateway.messages import text as message
from tests.graph.conftest import NOW, Ask, Clock, run
from tests.support.invoices import (
    ISSUE,
    RECORD,
    REINSTATE,
    SUSPEND,
    bill_of,
    books,
    issued,
    order_of,
    recorded_order,
    refused,
)

NO_FULL_ACCESS: Final = message("conflict", "NO_FULL_ACCESS")
NAME_IT: Final = message("input", "COLLABORATION_REQUIRED")
DEMO_NOW: Final = NOW - timedelta(minutes=5)


def days_ago(days: float) -> datetime:
    return DEMO_NOW - timedelta(days=days)


async def test_a_moment_before_the_named_collaboration_began_is_refused(ask: Ask, world: AsyncConnection) -> None:
    named, before = ask.id("Collaboration", "G-C4"), await books(world)
    early = days_ago(100) - timedelta(microseconds=1)
    order = await ask("billing", RECORD, input=order_of(ask, "C4", early, collaboration=named))
    bill = await ask("billing", ISSUE, input=bill_of(ask, "C4", orderedAt=early.isoformat(), collaboration=named))
    unchanged = await books(world)
    first = await recorded_order(ask, "C4", days_ago(100), collaboration=named)

    assert refused(order, "recordOrder", "CONFLICT")
    assert refused(bill, "issueInvoice", "CONFLICT")
    assert order.errors[0]["message"] == "The collaboration had not begun at that time."
    assert bill.errors[0]["message"] == "The collaboration had not begun at that time."
    assert unchanged == before
    assert first["billingMode"] == "PARTNER"


PLACED: Final[dict[str, tuple[str, float, str | None, str | None]]] = {
    # client, days ago, collaboration named; the refusal, or None
    "FULL, the client pays": ("C1", 0, "F-C1", None),
    "FULL, the firm pays": ("C3", 0, "F-C3", None),
    "the moment in which FULL was granted": ("C3", 445, "F-C3", None),
    "FULL then, and an end since": ("C4", 300, "F-C4", None),
    "LIMITED": ("C2", 0, "F-C2", NO_FULL_ACCESS),
    "LIMITED since": ("C4", 220, "F-C4", NO_FULL_ACCESS),
    "after the end": ("C4", 160, "F-C4", NO_FULL_ACCESS),
    "never any access": ("C5", 0, "F-C5", NO_FULL_ACCESS),
    "before it began": ("C4", 300, "G-C4", "The collaboration had not begun at that time."),
    "no collaboration named": ("C3", 0, None, NAME_IT),
}


@pytest.mark.parametrize("case", PLACED)
async def test_a_partner_places_orders_where_it_had_full_access(ask: Ask, world: AsyncConnection, case: str) -> None:
    client, days, named, problem = PLACED[case]
    given = {"collaboration": ask.id("Collaboration", named)} if named else {}
    before = await books(world)
    answer = await ask("billing", RECORD, input=order_of(ask, client, days_ago(days), placedBy="PARTNER", **given))

    if problem is None:
        assert answer.data["recordOrder"]["order"]["placedBy"] == "PARTNER"
        return
    assert refused(answer, "recordOrder", "CONFLICT" if named else "BAD_USER_INPUT")
    assert answer.errors[0]["message"] == problem
    assert await books(world) == before


async def test_a_partner_places_no_order_once_its_grant_has_run_out_or_while_it_is_suspended(
    ask: Ask, world: AsyncConnection, clock: Clock
) -> None:
    await run(world, "UPDATE access_grant SET expires_at = :at WHERE collaboration_id = :k", at=NOW, k=key("F-C3"))
    clock.goes_on(minutes=1)
    await ask.data("pia", SUSPEND, id=ask.id("Firm", "F"))
    clock.goes_on(minutes=1)
    await ask.data("pia", REINSTATE, id=ask.id("Firm", "F"))
    clock.goes_on(minutes=1)
    second = timedelta(seconds=1)

    async def placed(client: str, at: datetime) -> list[str]:
        given = order_of(ask, client, at, placedBy="PARTNER", collaboration=ask.id("Collaboration", f"F-{client}"))
        return (await ask("billing", RECORD, input=given)).codes

    assert [await placed("C3", at) for at in (NOW - second, NOW)] == [[], ["CONFLICT"]]
    suspended, back = NOW + timedelta(minutes=1), NOW + timedelta(minutes=2)
    moments = (suspended - second, suspended, back - second, back)
    assert [await placed("C1", at) for at in moments] == [[], ["CONFLICT"], ["CONFLICT"], []]


async def test_one_moment_has_one_answer_before_during_and_after_a_suspension(
    ask: Ask, world: AsyncConnection, clock: Clock
) -> None:
    """D59: also when nobody has noticed meanwhile that a grant ran out."""
    expires = "UPDATE access_grant SET expires_at = :at WHERE collaboration_id = :k"
    await run(world, expires, at=NOW + timedelta(minutes=4), k=key("G-C6"))
    clients, moments = ("C3", "C4", "C6"), [days_ago(300), days_ago(30), NOW]
    found: dict[tuple[str, datetime], set[tuple[str, str]]] = {}

    async def look() -> None:
        for client in clients:
            for at in moments:
                order = await recorded_order(ask, client, at)
                bill = await issued(ask, client, orderedAt=at.isoformat())
                found.setdefault((client, at), set()).add((order["billingMode"], bill["billingMode"]))

    for firm, change in (("G", SUSPEND), ("F", SUSPEND), ("G", REINSTATE), ("F", REINSTATE)):
        await look()
        clock.goes_on(minutes=1)
        await ask.data("pia", change, id=ask.id("Firm", firm))
        clock.goes_on(minutes=1)
        moments.append(ask.gateway.clock() - timedelta(seconds=30))
    await look()

    assert {len(answers) for answers in found.values()} == {1}
    modes = {client: [found[client, at].copy().pop()[0] for at in moments] for client in clients}
    assert modes == {
        "C3": ["CLIENT" if at == days_ago(300) else "PARTNER" for at in moments[:4]] + ["CLIENT"] * 2 + ["PARTNER"],
        "C4": ["PARTNER", "PARTNER", "PARTNER", "CLIENT", "CLIENT", "PARTNER", "PARTNER"],
        "C6": ["PARTNER", "PARTNER", "PARTNER", "CLIENT", "CLIENT", "CLIENT", "CLIENT"],
    }
