"""A firm's suspension and its reinstatement: who pays, who is mailed, and what the client may decide meanwhile (D15, D16, D59)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.db.engine import make_engine
from gateway.db.seeds.demo import key
from gateway.policy import Policy
from gateway.settings import Settings
from tests.conftest import Copy
from tests.graph.conftest import NOW, Ask, Clock, asker, recorded, run
from tests.support import collaborations as partnerships
from tests.support import make
from tests.support.collaborations import ALL_KPIS, acts, does, done, grants, kept, periods, rows
from tests.support.invoices import REINSTATE, SUSPEND

PARTNER: Final = {"mode": "PARTNER", "expectedMode": "CLIENT", "confirm": True}
WITHDRAW: Final = {"mode": "CLIENT", "expectedMode": "PARTNER", "confirm": True}
FULL: Final = {"level": "FULL", "sharedKpis": ALL_KPIS}
SEEN: Final = """query ($id: ID!) { collaboration(id: $id) {
  collaborationState level billingMode pausedBillingMode viewerActions billingModePeriods(first: 50) { nodes { mode to } }
} }"""


async def suspend(ask: Ask, firm: str = "F") -> None:
    await ask.data("pia", SUSPEND, id=ask.id("Firm", firm))


async def reinstate(ask: Ask, firm: str = "F") -> None:
    await ask.data("pia", REINSTATE, id=ask.id("Firm", firm))


async def seen(ask: Ask, who: str, one: str | UUID) -> Any:
    return (await ask(who, SEEN, id=ask.id("Collaboration", one))).data["collaboration"]


async def payers_told(world: AsyncConnection) -> list[tuple[Any, ...]]:
    """The notices of who pays; what else a suspension tells is in test_standing.py."""
    return [each for each in await partnerships.notices(world) if each[0].startswith("BILLING_MODE_")]


@pytest.fixture
async def rival(world: AsyncConnection) -> UUID:
    """G has FULL access to C3, for which F pays."""
    one = await make.collaboration(world, firm_id=key("G"), client_id=key("C3"))
    await make.grant(world, collaboration_id=one)
    await make.period(world, collaboration_id=one)
    return one


async def test_a_suspension_ends_every_mode_at_its_moment_and_a_reinstatement_begins_them_again(
    ask: Ask, world: AsyncConnection, clock: Clock
) -> None:
    before = await grants(world, "F-C3")
    clock.goes_on(minutes=1)
    suspended = clock()
    await suspend(ask)
    during = await seen(ask, "hedda@C3", "F-C3")
    clock.goes_on(minutes=1)
    await reinstate(ask)
    after = await seen(ask, "hedda@C3", "F-C3")
    moments = await rows(
        world, "SELECT from_at, to_at FROM billing_mode_period WHERE from_at >= :at OR to_at = :at", at=suspended
    )

    assert (during["level"], during["billingMode"], during["pausedBillingMode"]) == ("NONE", None, "PARTNER")
    assert (after["level"], after["billingMode"], after["pausedBillingMode"]) == ("FULL", "PARTNER", None)
    assert await periods(world, "F-C3") == [("client", False), ("partner", False), ("partner", True)]
    assert await periods(world, "F-C1") == [("client", False), ("client", True)]
    assert await periods(world, "G-C6") == [("partner", True)]
    assert await grants(world, "F-C3") == before
    assert sorted(to for _, to in moments if to == suspended) == [suspended] * 2
    assert sorted(since for since, to in moments if to != suspended) == [clock()] * 2


async def test_both_sides_are_mailed_where_the_firm_paid_and_each_has_its_entry(
    ask: Ask, world: AsyncConnection
) -> None:
    await suspend(ask)
    paused = await payers_told(world)
    await reinstate(ask)

    assert paused == [("BILLING_MODE_PAUSED", key("F-C3"), {})]
    assert await payers_told(world) == [*paused, ("BILLING_MODE_RESUMED", key("F-C3"), {})]
    assert await acts(world, "F-C3") == [("CHANGE_BILLING_MODE", "done", None, "platform")] * 2
    assert await acts(world, "F-C1") == []


async def test_a_paused_mode_is_the_clients_and_the_platforms_to_see(ask: Ask, world: AsyncConnection) -> None:
    await suspend(ask)
    answer = await ask("ada", SEEN, id=ask.id("Collaboration", "F-C3"))

    assert answer.data["collaboration"]["pausedBillingMode"] is None
    assert [denial[:3] for denial in answer.denials] == [("Collaboration", "pausedBillingMode", "ROLE")]
    assert (await seen(ask, "pia", "F-C3"))["pausedBillingMode"] == "PARTNER"
    assert (await seen(ask, "cora", "F-C1"))["pausedBillingMode"] is None


async def test_while_the_firm_is_suspended_the_client_withdraws_its_choice(ask: Ask, world: AsyncConnection) -> None:
    await suspend(ask)
    state = await kept(world, "billing_mode_period", "notice")
    offered = await seen(ask, "hedda@C3", "F-C3")
    stale = await does(ask, "hedda@C3", "changeBillingMode", "F-C3", **PARTNER)
    unconfirmed = await does(ask, "hedda@C3", "changeBillingMode", "F-C3", **{**WITHDRAW, "confirm": False})
    await done(ask, "hedda@C3", "changeBillingMode", "F-C3", **WITHDRAW)
    withdrawn = await seen(ask, "hedda@C3", "F-C3")
    again = await does(ask, "hedda@C3", "changeBillingMode", "F-C3", **WITHDRAW)
    unchanged = await kept(world, *state)
    await reinstate(ask)

    assert "CHANGE_BILLING_MODE" in offered["viewerActions"]
    assert (stale.codes, unconfirmed.codes, again.codes) == (["CONFLICT"], ["BAD_USER_INPUT"], ["CONFLICT"])
    assert "CHANGE_BILLING_MODE" not in withdrawn["viewerActions"]
    assert withdrawn["pausedBillingMode"] is None
    assert unchanged == state
    assert (await seen(ask, "hedda@C3", "F-C3"))["billingMode"] == "CLIENT"
    assert [kind for kind, *_ in await payers_told(world)] == ["BILLING_MODE_PAUSED"]


CHOICES: Final[dict[str, tuple[str, dict[str, Any], tuple[str, str | None]]]] = {
    # what the client of F-C3 does meanwhile; level and mode once the firm is back
    "takes the access back": ("removeAccess", {}, ("NONE", None)),
    "lowers it": ("changeAccess", {"level": "LIMITED", "sharedKpis": []}, ("LIMITED", None)),
    "chooses CLIENT": ("changeAccess", {**FULL, "billingMode": "CLIENT"}, ("FULL", "CLIENT")),
    "chooses PARTNER again": ("changeAccess", {**FULL, "billingMode": "PARTNER"}, ("FULL", "PARTNER")),
    "shares less": ("setKpiSharing", {"sharedKpis": []}, ("FULL", "PARTNER")),
}


@pytest.mark.parametrize("case", CHOICES)
async def test_what_the_client_decides_meanwhile_counts_when_the_firm_is_back(
    ask: Ask, world: AsyncConnection, case: str
) -> None:
    verb, wish, then = CHOICES[case]
    await suspend(ask)
    state = await kept(world, "billing_mode_period")
    given = {"id": ask.id("Collaboration", "F-C3"), **wish}
    document = f"mutation ($input: {verb[0].upper()}{verb[1:]}Input!) {{ {verb}(input: $input) {{ __typename }} }}"
    await ask.data("hedda@C3", document, input=given)
    unchanged = await kept(world, "billing_mode_period")
    await reinstate(ask)
    after = await seen(ask, "hedda@C3", "F-C3")

    assert unchanged == state
    assert (after["level"], after["billingMode"]) == then


async def test_a_choice_of_partner_made_while_the_firm_is_suspended_begins_with_its_reinstatement(
    ask: Ask, world: AsyncConnection
) -> None:
    await suspend(ask)
    await done(ask, "cora", "changeAccess", "F-C1", **FULL, billingMode="PARTNER")
    during = await seen(ask, "cora", "F-C1")
    await reinstate(ask)

    assert (during["billingMode"], during["pausedBillingMode"]) == (None, "PARTNER")
    assert (await seen(ask, "cora", "F-C1"))["billingMode"] == "PARTNER"
    assert ("BILLING_MODE_RESUMED", key("F-C1"), {}) in await payers_told(world)


async def test_a_firm_does_not_pay_again_where_another_does_by_then(
    ask: Ask, world: AsyncConnection, rival: UUID
) -> None:
    await suspend(ask)
    await done(ask, "hedda@C3", "changeBillingMode", rival, **PARTNER)
    await reinstate(ask)

    assert (await seen(ask, "hedda@C3", "F-C3"))["billingMode"] == "CLIENT"
    assert (await seen(ask, "hedda@C3", rival))["billingMode"] == "PARTNER"
    assert [kind for kind, *_ in await payers_told(world)] == ["BILLING_MODE_CHANGED", "BILLING_MODE_PAUSED"]


EXPIRES: Final = "UPDATE access_grant SET expires_at = :at WHERE collaboration_id = :k"


async def test_a_payer_whose_grant_has_run_out_unnoticed_is_no_payer_by_then(
    ask: Ask, world: AsyncConnection, rival: UUID, clock: Clock
) -> None:
    await suspend(ask)
    await done(ask, "hedda@C3", "changeBillingMode", rival, **PARTNER)
    clock.goes_on(minutes=1)
    expired = clock()
    await run(world, EXPIRES, at=expired, k=rival)
    clock.goes_on(minutes=1)
    await reinstate(ask)
    ended = await rows(world, "SELECT max(to_at) FROM billing_mode_period WHERE collaboration_id = :k", k=rival)

    assert (await seen(ask, "hedda@C3", "F-C3"))["billingMode"] == "PARTNER"
    assert ended == [(expired,)]


async def test_a_grant_that_runs_out_before_or_during_the_suspension_brings_no_mode_back(
    ask: Ask, world: AsyncConnection, clock: Clock
) -> None:
    await run(world, EXPIRES, at=clock(), k=key("F-C3"))
    clock.goes_on(minutes=1)
    await suspend(ask)
    await run(world, EXPIRES, at=clock(), k=key("F-C1"))
    clock.goes_on(minutes=1)
    await reinstate(ask)
    ended = await rows(world, "SELECT max(to_at) FROM billing_mode_period WHERE collaboration_id = :k", k=key("F-C3"))

    assert await periods(world, "F-C3") == [("client", False), ("partner", False)]
    assert await periods(world, "F-C1") == [("client", False)]
    assert ended == [(NOW,)]  # the grant's own end, not the suspension
    assert await payers_told(world) == []


async def test_a_suspension_takes_as_many_statements_for_many_clients_as_for_few(
    ask: Ask, world: AsyncConnection, engine: AsyncEngine
) -> None:
    counts = []
    for _ in range(2):
        for change in (suspend, reinstate):
            with recorded(engine) as said:
                await change(ask)
            counts.append(len(said))
        for _ in range(25):
            one = await make.collaboration(world, firm_id=key("F"), client_id=await make.client(world))
            await make.grant(world, collaboration_id=one)
            await make.period(world, collaboration_id=one, mode="partner")

    assert counts[2:] == counts[:2]
    assert len(await rows(world, "SELECT id FROM notice WHERE kind = 'BILLING_MODE_RESUMED'")) == 27


# ---- at once


@pytest.fixture
async def shared(copy: Copy, policy: Policy, settings: Settings) -> AsyncIterator[tuple[Ask, AsyncEngine]]:
    """An application on a database of its own, where several change things at once."""
    engine = make_engine(await copy(), pool_timeout=30)
    async with asker(settings, policy, engine) as ask:
        yield ask, engine
    await engine.dispose()


async def test_whatever_comes_first_no_mode_is_open_while_the_firm_is_suspended(
    shared: tuple[Ask, AsyncEngine],
) -> None:
    ask, engine = shared
    for turn in range(10):
        to, expected = ("CLIENT", "PARTNER") if turn % 2 else ("PARTNER", "CLIENT")
        wish = {"mode": to, "expectedMode": expected, "confirm": True}
        both = [suspend(ask), does(ask, "cora", "changeBillingMode", "F-C1", **wish)]
        _, answer = await asyncio.gather(*both) if turn % 3 else (await asyncio.gather(*both[::-1]))[::-1]
        async with engine.connect() as connection:
            opened = await rows(connection, OPEN)
            choice = await rows(connection, "SELECT partner_paused FROM collaboration WHERE id = :k", k=key("F-C1"))
        await reinstate(ask)
        after = await seen(ask, "cora", "F-C1")

        assert opened == []
        assert {*answer.codes} <= {"CONFLICT"}
        assert after["billingMode"] == ("PARTNER" if choice == [(True,)] else "CLIENT")
        if after["billingMode"] != to:
            await done(ask, "cora", "changeBillingMode", "F-C1", **wish)


OPEN: Final = """SELECT p.id FROM billing_mode_period p JOIN collaboration k ON k.id = p.collaboration_id
  JOIN firm f ON f.id = k.firm_id WHERE f.programme_state = 'suspended' AND p.to_at = 'infinity'"""


async def test_a_mode_that_is_about_to_begin_waits_for_the_suspension(shared: tuple[Ask, AsyncEngine]) -> None:
    """Also of a client that the suspension has not locked: the firm's own lock keeps it from beginning behind its back."""
    ask, engine = shared
    async with engine.begin() as other:
        await run(other, "UPDATE firm SET programme_state = 'suspended' WHERE id = :id", id=key("F"))
        asked = asyncio.create_task(does(ask, "frida", "grantAccess", "F-C5", **FULL, billingMode="PARTNER"))
        await waiting(engine)
    answer = await asked
    during = await seen(ask, "frida", "F-C5")
    async with engine.connect() as connection:
        opened = await periods(connection, "F-C5")
    await reinstate(ask)

    assert {*answer.codes} <= {"FIELD_NOT_PERMITTED"}
    assert (during["level"], during["pausedBillingMode"], opened) == ("NONE", "PARTNER", [])
    assert (await seen(ask, "frida", "F-C5"))["billingMode"] == "PARTNER"


async def waiting(engine: AsyncEngine) -> None:
    """Until a statement waits for a lock."""
    asked = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with engine.connect() as connection:
        while not await rows(connection, asked):
            await connection.rollback()
            await asyncio.sleep(0.02)
