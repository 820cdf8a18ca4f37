"""Two who change one collaboration at the same time: one after the other, and nothing half done (L23, M6, M8, D16)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.db.engine import make_engine
from gateway.db.seeds.demo import key
from gateway.policy import Policy
from gateway.settings import Settings
from tests.conftest import Copy
from tests.graph.conftest import Answer, Ask, asker, run
from tests.support import make
from tests.support.collaborations import ALL_KPIS, WISHES, document, does, grants, notices, periods, rows

ROUNDS: Final = 20
PATIENCE: Final = 30  # seconds after which a test fails; none waits for them


@dataclass(frozen=True)
class Office:
    """An application on a database of its own."""

    ask: Ask
    engine: AsyncEngine

    async def begun(self, client: str, firm: str = "F", **given: Any) -> UUID:
        """A new collaboration of these two, whatever they had before: that is over now."""
        async with self.engine.begin() as connection:
            await connection.execute(text(OVER), {"firm": key(firm), "client": key(client)})
            await connection.execute(text(NO_GRANT), {"client": key(client)})
            await connection.execute(text(NO_PERIOD), {"client": key(client)})
            await connection.execute(text("DELETE FROM notice"))
            return await make.collaboration(connection, firm_id=key(firm), client_id=key(client), **given)

    async def opened(self, client: str, firm: str = "F") -> UUID:
        """As `begun`, with full access and the client as payer."""
        one = await self.begun(client, firm)
        async with self.engine.begin() as connection:
            await make.grant(connection, collaboration_id=one)
            await make.period(connection, collaboration_id=one)
        return one

    async def at_once(self, turn: int, *asked: Awaitable[Answer]) -> list[str]:
        """What came of each: its code, or `done`. Whoever is asked first changes with `turn`."""
        order = list(range(len(asked)))[:: -1 if turn % 2 else 1]
        answers = dict(zip(order, await asyncio.gather(*(asked[index] for index in order)), strict=True))
        outcomes = []
        for index in range(len(asked)):
            (data,) = answers[index].data.values()
            codes = [code for code in answers[index].codes if code != "FIELD_NOT_PERMITTED"]
            assert (data is None) == bool(codes)
            outcomes.append(codes[0] if codes else "done")
        return outcomes

    async def state(self, one: UUID) -> str:
        ((state,),) = await self.rows("SELECT state FROM collaboration WHERE id = :id", id=one)
        return str(state)

    async def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        async with self.engine.connect() as connection:
            return await rows(connection, statement, **values)

    async def grants(self, one: UUID) -> list[tuple[Any, ...]]:
        async with self.engine.connect() as connection:
            return await grants(connection, one)

    async def periods(self, one: UUID) -> list[tuple[Any, ...]]:
        async with self.engine.connect() as connection:
            return await periods(connection, one)

    async def told(self) -> list[str]:
        async with self.engine.connect() as connection:
            return [kind for kind, *_ in await notices(connection)]


OVER: Final = """UPDATE collaboration SET state = 'ended', ended_at = now(), ended_by = 'firm', started_at = now()
  WHERE firm_id = :firm AND client_id = :client AND state IN ('invited', 'pending', 'active')"""
NO_GRANT: Final = "UPDATE access_grant SET revoked_at = now() WHERE client_id = :client AND revoked_at IS NULL"
NO_PERIOD: Final = "DELETE FROM billing_mode_period WHERE client_id = :client"


@pytest.fixture(scope="module")
async def office(copy: Copy, policy: Policy, settings: Settings) -> AsyncIterator[Office]:
    engine = make_engine(await copy(), pool_timeout=PATIENCE)
    async with asker(settings, policy, engine) as ask:
        yield Office(ask, engine)
    await engine.dispose()


async def test_of_two_who_change_the_payer_from_the_same_one_does(office: Office) -> None:
    one = await office.opened("C2")
    modes = ["client"]
    for turn in range(ROUNDS):
        mode, expected = ("CLIENT", "PARTNER") if turn % 2 else ("PARTNER", "CLIENT")
        wish = {"mode": mode, "expectedMode": expected, "confirm": True}
        both = [does(office.ask, who, "changeBillingMode", one, **wish) for who in ("dag", "mila")]
        assert sorted(await office.at_once(turn // 2, *both)) == ["CONFLICT", "done"]
        modes.append(mode.lower())

    assert await office.periods(one) == [*((mode, False) for mode in modes[:-1]), (modes[-1], True)]
    assert await office.told() == ["BILLING_MODE_CHANGED"] * ROUNDS


async def test_of_an_acceptance_and_a_withdrawal_one_happens(office: Office) -> None:
    for turn in range(ROUNDS):
        one = await office.begun("C7", state="pending")
        accepted, withdrawn = await office.at_once(
            turn,
            does(office.ask, "ada", "acceptCollaboration", one),
            does(office.ask, "lucia", "withdrawCollaboration", one),
        )
        found = (accepted, withdrawn, await office.state(one), await office.told())

        assert found in (
            ("done", "CONFLICT", "active", ["COLLABORATION_ACCEPTED"]),
            ("NOT_FOUND", "done", "withdrawn", []),
        )


async def test_of_an_acceptance_and_a_refusal_by_one_person_one_happens(office: Office) -> None:
    for turn in range(ROUNDS):
        one = await office.begun("C7", state="pending")
        accepted, declined = await office.at_once(
            turn,
            does(office.ask, "ada", "acceptCollaboration", one),
            does(office.ask, "ada", "declineCollaboration", one),
        )
        found = (accepted, declined, await office.state(one), await office.told())

        assert found in (
            ("done", "CONFLICT", "active", ["COLLABORATION_ACCEPTED"]),
            ("NOT_FOUND", "done", "declined", ["COLLABORATION_DECLINED"]),
        )


async def test_whatever_comes_first_a_grant_leaves_nothing_open_after_an_end(office: Office) -> None:
    for turn in range(ROUNDS):
        one = await office.begun("C5")
        granted, ended = await office.at_once(
            turn,
            does(office.ask, "frida", "grantAccess", one),
            does(office.ask, "ada", "terminateCollaboration", one),
        )
        assert (ended, await office.state(one)) == ("done", "ended")
        if granted == "done":
            assert (await office.grants(one), await office.periods(one)) == ([(1, "full", False)], [("client", False)])
            assert await office.told() == ["ACCESS_CHANGED", "COLLABORATION_ENDED"]
        else:
            assert (granted, await office.grants(one), await office.periods(one)) == ("CONFLICT", [], [])
            assert await office.told() == ["COLLABORATION_ENDED"]


async def test_of_two_ends_one_is_told(office: Office) -> None:
    for turn in range(ROUNDS):
        one = await office.opened("C5")
        ends = [does(office.ask, who, "terminateCollaboration", one) for who in ("ada", "frida", "pia")]

        assert sorted(await office.at_once(turn, *ends)) == ["CONFLICT", "CONFLICT", "done"]
        assert await office.told() == ["COLLABORATION_ENDED"]


async def test_of_two_first_grants_one_is_made(office: Office) -> None:
    for turn in range(ROUNDS):
        one = await office.begun("C2")
        both = [does(office.ask, who, "grantAccess", one) for who in ("dag", "mila")]

        assert sorted(await office.at_once(turn, *both)) == ["CONFLICT", "done"]
        assert (await office.grants(one), await office.periods(one)) == ([(1, "full", True)], [("client", True)])


async def test_a_lower_level_never_keeps_a_payer(office: Office) -> None:
    for turn in range(ROUNDS):
        one = await office.opened("C2")
        lowered, moved = await office.at_once(
            turn,
            does(office.ask, "dag", "changeAccess", one, level="LIMITED", sharedKpis=ALL_KPIS),
            does(office.ask, "mila", "changeBillingMode", one),
        )

        assert (lowered, moved) in (("done", "done"), ("done", "CONFLICT"))
        assert await office.grants(one) == [(1, "full", False), (2, "limited", True)]
        passed = [("client", False), ("partner", False)] if moved == "done" else [("client", False)]
        assert await office.periods(one) == passed


async def test_a_hand_back_and_a_change_have_an_order(office: Office) -> None:
    for turn in range(ROUNDS):
        one = await office.opened("C2")
        given, changed = await office.at_once(
            turn,
            does(office.ask, "ada", "handBackAccess", one),
            does(office.ask, "dag", "changeAccess", one),
        )

        # Given back, there is nothing to change; changed, it is given back all the same.
        assert (given, changed) in (("done", "CONFLICT"), ("done", "done"))
        assert [current for *_, current in await office.grants(one)] == [False] * (2 if changed == "done" else 1)
        assert await office.periods(one) == [("client", False)]


async def test_of_two_firms_that_are_to_pay_one_does(office: Office) -> None:
    for turn in range(ROUNDS):
        first = await office.opened("C2")
        second = await office.begun("C2", "G")
        async with office.engine.begin() as connection:
            await make.grant(connection, collaboration_id=first, version=2)
            for one in (first, second):
                await make.period(connection, collaboration_id=one)
            await make.grant(connection, collaboration_id=second)
        moves = [does(office.ask, who, "changeBillingMode", one) for who, one in (("dag", first), ("mila", second))]

        assert sorted(await office.at_once(turn, *moves)) == ["CONFLICT", "done"]
        now = sorted([(await office.periods(one))[-1] for one in (first, second)])
        assert now == [("client", True), ("partner", True)]


async def test_of_two_firms_that_take_each_others_place_the_last_stays(office: Office) -> None:
    """Each names the other: both may happen, one after the other; there is always one payer and no gap."""
    first = await office.opened("C2")
    second = await office.begun("C2", "G")
    async with office.engine.begin() as connection:
        await make.grant(connection, collaboration_id=first, version=2)
        await make.grant(connection, collaboration_id=second)
        for one, mode in ((first, "partner"), (second, "client")):
            await make.period(connection, collaboration_id=one, mode=mode)
    ids = {one: office.ask.id("Collaboration", one) for one in (first, second)}
    for turn in range(ROUNDS):
        moves = [
            does(office.ask, who, "changeBillingMode", one, **WISHES["changeBillingMode"], confirmMovesFrom=ids[other])
            for who, one, other in (("dag", first, second), ("mila", second, first))
        ]
        assert set(await office.at_once(turn, *moves)) <= {"CONFLICT", "done"}
        now = sorted([(await office.periods(one))[-1] for one in (first, second)])
        assert now == [("client", True), ("partner", True)]

    for one in (first, second):
        spans = await office.rows(
            "SELECT from_at, to_at FROM billing_mode_period WHERE collaboration_id = :id ORDER BY from_at", id=one
        )
        assert [end for _, end in spans[:-1]] == [begin for begin, _ in spans[1:]]


async def test_one_who_asks_twice_at_once_with_one_key_is_answered_alike(office: Office) -> None:
    one = await office.opened("C2")
    for turn in range(ROUNDS):
        mode, expected = ("CLIENT", "PARTNER") if turn % 2 else ("PARTNER", "CLIENT")
        wish = {"id": office.ask.id("Collaboration", one), "mode": mode, "expectedMode": expected, "confirm": True}
        body = {"query": document("changeBillingMode"), "variables": {"input": wish}}
        headers = {**office.ask.headers("dag"), "Idempotency-Key": f"turn-{turn}"}
        first, second = await asyncio.gather(*(office.ask.sent(body, headers) for _ in range(2)))

        assert first.errors == []
        assert first.text == second.text
    assert len(await office.periods(one)) == ROUNDS + 1


async def test_whoever_waits_for_a_collaboration_that_ends_meanwhile_does_nothing(office: Office) -> None:
    one = await office.opened("C5")
    async with office.engine.begin() as other:
        await run(other, "SELECT id FROM client WHERE id = :id FOR UPDATE", id=key("C5"))
        asked = asyncio.create_task(does(office.ask, "frida", "changeBillingMode", one))
        asking = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        async with asyncio.timeout(PATIENCE):
            while await office.rows(asking) == [(0,)]:
                pass
        await run(
            other,
            "UPDATE collaboration SET state = 'ended', ended_at = now(), ended_by = 'firm' WHERE id = :id",
            id=one,
        )
    answer = await asked

    assert (answer.data, answer.codes) == ({"changeBillingMode": None}, ["CONFLICT"])
    assert await office.periods(one) == [("client", True)]
