"""Whom a suspension and its end are mailed to: the firm once, and each client that it works for (D10, D68)."""

from typing import Final

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.db.queries.jobs import Priority
from gateway.db.seeds.demo import key
from tests.graph.conftest import Ask, recorded, run
from tests.support import make
from tests.support.collaborations import mailed, notices, rows
from tests.support.invoices import REINSTATE, SUSPEND

BULK: Final = int(Priority.BULK)
ACTIVE: Final = "SELECT id FROM collaboration WHERE firm_id = :firm AND state = 'active' ORDER BY id"


@pytest.mark.parametrize(
    ("change", "kind", "other"),
    [
        (SUSPEND, "FIRM_SUSPENDED", "BILLING_MODE_PAUSED"),
        (REINSTATE, "FIRM_REINSTATED", "BILLING_MODE_RESUMED"),
    ],
)
async def test_the_firm_is_told_once_and_each_client_that_it_works_for(
    ask: Ask, world: AsyncConnection, change: str, kind: str, other: str
) -> None:
    await make.collaboration(world, firm_id=key("F"), client_id=await make.client(world), state="ended")
    if change == REINSTATE:
        await ask.data("pia", SUSPEND, id=ask.id("Firm", "F"))
        await run(world, "DELETE FROM notice")
    await ask.data("pia", change, id=ask.id("Firm", "F"))
    clients = [key for (key,) in await rows(world, ACTIVE, firm=key("F"))]
    found = await mailed(world)

    assert len(clients) == 4
    assert [each for each in found if each[0] == kind] == [
        *((kind, "Collaboration", one, BULK) for one in clients),
        (kind, "Firm", key("F"), BULK),
    ]
    # Who pays is another matter, for the one that it paid for.
    assert [each for each in found if each[0] != kind] == [(other, "Collaboration", key("F-C3"), BULK)]
    assert {str(data) for *_, data in await notices(world)} == {"{}"}


async def test_what_is_refused_is_not_mailed(ask: Ask, world: AsyncConnection) -> None:
    reinstated = await ask("pia", REINSTATE, id=ask.id("Firm", "F"))
    suspended = await ask("rolf", SUSPEND, id=ask.id("Firm", "F"))

    assert (reinstated.codes, suspended.codes) == (["CONFLICT"], ["NOT_FOUND"])
    assert await mailed(world) == []


async def test_thousands_of_clients_take_as_many_statements_as_one(
    ask: Ask, world: AsyncConnection, engine: AsyncEngine
) -> None:
    counts = []
    for _ in range(2):
        with recorded(engine) as said:
            await ask.data("pia", SUSPEND, id=ask.id("Firm", "G"))
        counts.append(len(said))
        await ask.data("pia", REINSTATE, id=ask.id("Firm", "G"))
        await run(world, "DELETE FROM notice")
        for _ in range(40):
            await make.collaboration(world, firm_id=key("G"), client_id=await make.client(world))

    assert counts[0] == counts[1]


async def test_a_firm_without_clients_is_told_alone(ask: Ask, world: AsyncConnection) -> None:
    await run(world, "UPDATE firm SET programme_state = 'approved' WHERE id = :id", id=key("H"))
    await ask.data("pia", SUSPEND, id=ask.id("Firm", "H"))

    assert await mailed(world) == [("FIRM_SUSPENDED", "Firm", key("H"), BULK)]
