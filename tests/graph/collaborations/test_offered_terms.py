"""Terms chosen at acceptance, before the client is verified: the client's alone until they are in force (M5, M7, D60)."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.seeds.demo import key
from gateway.loaders import Loaders, VisibleRow
from gateway.reads.edges import Joined
from gateway.resolvers.collaborations.billing_mode import ANOTHER_PAYS
from tests.graph.collaborations.test_requests import DECIDE
from tests.graph.conftest import NOW, Ask
from tests.support import make
from tests.support.accounts import refused
from tests.support.collaborations import ALL_KPIS, does, done, grants, notices, periods, read, rows

OFFERED: Final = """query ($id: ID!) { collaboration(id: $id) { collaborationState viewerActions visibleFields
  offeredTerms { level sharedKpis billingMode expiresAt } } }"""
TRAIL: Final = "query ($id: ID!) { collaboration(id: $id) { auditEntries(first: 50) { nodes { action } } } }"
OFFERS: Final = {"CHANGE_ACCESS", "SET_KPI_SHARING", "REMOVE_ACCESS", "GRANT_ACCESS"}
PAYS: Final = {"level": "FULL", "sharedKpis": ["BILLS_TO_PAY"], "billingMode": "PARTNER"}


async def offered(ask: Ask, who: str = "saga", one: str | UUID = "F-C8") -> Any:
    answer = await ask(who, OFFERED, id=ask.id("Collaboration", one))
    return answer.data["collaboration"]["offeredTerms"]


async def acts(ask: Ask, who: str) -> set[str]:
    """What the trail of the collaboration tells somebody."""
    answer = await ask(who, TRAIL, id=ask.id("Collaboration", "F-C8"))
    return {entry["action"] for entry in answer.data["collaboration"]["auditEntries"]["nodes"]}


async def verify(ask: Ask) -> None:
    await ask.data("pia", DECIDE, id=ask.id("Client", "C8"), decision="VERIFY")


async def test_the_client_sees_what_it_offers_and_the_firm_does_not(ask: Ask) -> None:
    mine = await ask("saga", OFFERED, id=ask.id("Collaboration", "F-C8"))
    theirs = await ask("ada", OFFERED, id=ask.id("Collaboration", "F-C8"))
    terms = {"level": "LIMITED", "sharedKpis": ALL_KPIS, "billingMode": None, "expiresAt": None}

    assert (mine.errors, mine.data["collaboration"]["offeredTerms"]) == ([], terms)
    assert theirs.data["collaboration"]["offeredTerms"] is None
    assert [denial[:3] for denial in theirs.denials] == [("Collaboration", "offeredTerms", "ROLE")]
    assert "offeredTerms" not in theirs.data["collaboration"]["visibleFields"]
    assert await offered(ask, "cora", "F-C1") is None  # a grant in force is no offer


async def test_what_is_taken_back_while_it_is_read_is_no_error(
    ask: Ask, walked: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(self: Loaders, edge: Joined, row: VisibleRow) -> list[VisibleRow]:
        assert edge.name == "Collaboration.offeredTerms"
        return []

    monkeypatch.setattr(Loaders, "joined", gone)
    answer = await ask("saga", OFFERED, id=ask.id("Collaboration", "F-C8"))

    assert (answer.errors, answer.data["collaboration"]["offeredTerms"]) == ([], None)


async def test_what_the_client_offers_by_then_is_granted(ask: Ask, world: AsyncConnection) -> None:
    told = await done(ask, "saga", "changeAccess", "F-C8", **PAYS)
    terms = await offered(ask)
    before = (await grants(world, "F-C8"), await periods(world, "F-C8"), await notices(world))
    await done(ask, "saga", "setKpiSharing", "F-C8", sharedKpis=["INBOX_DOCUMENTS"])
    await verify(ask)
    (granted,) = await rows(
        world, "SELECT granted_by, granted_at FROM access_grant WHERE client_id = :id", id=key("C8")
    )
    begun = await read(ask, "ada", "F-C8")

    assert (told["collaborationState"], told["level"], told["billingMode"]) == ("PENDING", "NONE", None)
    assert terms == PAYS | {"expiresAt": None}
    assert before == ([], [], [])
    assert granted == (key("saga"), NOW)
    assert (begun["collaborationState"], begun["level"], begun["billingMode"]) == ("ACTIVE", "FULL", "PARTNER")
    assert begun["sharedKpis"] == ["INBOX_DOCUMENTS"]
    assert await offered(ask) is None
    assert await notices(world) == [
        ("BILLING_MODE_CHANGED", key("F-C8"), {"mode": "partner"}),
        ("CLIENT_VERIFIED", None, {}),
        ("COLLABORATION_ACCEPTED", key("F-C8"), {}),
    ]


async def test_what_is_taken_back_is_not_granted_and_may_be_offered_again(ask: Ask, world: AsyncConnection) -> None:
    await done(ask, "saga", "removeAccess", "F-C8")
    gone = await offered(ask)
    again = await does(ask, "saga", "removeAccess", "F-C8")
    anew = await done(ask, "saga", "grantAccess", "F-C8", **PAYS)
    terms = await offered(ask)
    await done(ask, "saga", "removeAccess", "F-C8")
    await verify(ask)
    begun = await read(ask, "saga", "F-C8")

    assert (gone, again.codes, anew["level"], terms) == (None, ["CONFLICT"], "NONE", PAYS | {"expiresAt": None})
    assert (begun["collaborationState"], begun["level"]) == ("ACTIVE", "NONE")
    assert (await grants(world, "F-C8"), await periods(world, "F-C8")) == ([], [])


async def test_the_client_declines_what_it_has_accepted(ask: Ask, world: AsyncConnection) -> None:
    told = await done(ask, "saga", "declineCollaboration", "F-C8")
    await verify(ask)

    assert told["collaborationState"] == "DECLINED"
    assert (await read(ask, "saga", "F-C8"))["collaborationState"] == "DECLINED"
    assert await read(ask, "ada", "F-C8") is None
    assert await rows(world, "SELECT collaboration_id FROM offered_terms") == []


@pytest.mark.parametrize(("hours", "level"), [(-1, "NONE"), (1, "LIMITED")])
async def test_an_offer_ends_at_its_time(ask: Ask, world: AsyncConnection, hours: int, level: str) -> None:
    """The clock of the tests stands still: the offer is moved instead."""
    moved = {"at": NOW + timedelta(hours=hours)}
    await world.execute(text("UPDATE offered_terms SET expires_at = :at"), moved)
    terms = await offered(ask)
    await verify(ask)
    begun = await read(ask, "ada", "F-C8")

    assert (terms is not None) == (level != "NONE")
    assert (begun["level"], begun["expiresAt"] is not None) == (level, level != "NONE")


@pytest.mark.parametrize("hours", [-1, 1])
async def test_another_firm_that_is_to_pay_is_named_while_its_offer_lasts(
    ask: Ask, world: AsyncConnection, hours: int
) -> None:
    other = await make.collaboration(
        world, firm_id=key("G"), client_id=key("C8"), origin="firm_invitation", state="pending"
    )
    terms = {"level": "full", "mode": "partner", "expires_at": NOW + timedelta(hours=hours)}
    await make.offered_terms(world, collaboration_id=other, offered_by=key("saga"), **terms)

    answer = await does(ask, "saga", "changeAccess", "F-C8", **PAYS)
    assert refused(answer, "CONFLICT", ANOTHER_PAYS) if hours > 0 else answer.errors == []
    named = await does(ask, "saga", "changeAccess", "F-C8", **PAYS, confirmMovesFrom=ask.id("Collaboration", other))
    assert named.codes == []


async def test_nothing_that_the_firm_sees_tells_what_is_offered(ask: Ask, world: AsyncConnection) -> None:
    """Nor that it was changed: neither the open request, nor the trail, nor later the periods (L18, L21)."""
    before = await read(ask, "ada", "F-C8")
    shares = {"sharedKpis": ["INBOX_DOCUMENTS"]}
    pays_itself = PAYS | {"billingMode": "CLIENT"}
    wishes = {"changeAccess": PAYS, "setKpiSharing": shares, "removeAccess": {}, "grantAccess": pays_itself}
    for verb, wish in wishes.items():
        answer = await does(ask, "saga", verb, "F-C8", **({"id": ask.id("Collaboration", "F-C8")} | wish))
        assert answer.errors == []
    after = await read(ask, "ada", "F-C8")
    await verify(ask)
    begun = await read(ask, "ada", "F-C8")
    # Of two requests at once, the one with the later clock may be the first to commit: no moment decides here.
    await world.execute(
        text("UPDATE collaboration SET started_at = started_at - interval '1 minute' WHERE id = :id"),
        {"id": key("F-C8")},
    )
    trail, own = await acts(ask, "ada"), await acts(ask, "saga")

    assert before == after
    assert before["requestedLevel"] == "LIMITED"
    assert begun["billingModePeriods"]["nodes"] == [{"mode": "CLIENT", "from": NOW.isoformat(), "to": None}]
    assert OFFERS & trail == set()
    assert own >= OFFERS


async def test_what_is_changed_once_it_is_in_force_is_in_the_firms_trail(ask: Ask, world: AsyncConnection) -> None:
    """Also where the clock of the change is behind that of the beginning."""
    await verify(ask)
    await world.execute(
        text("UPDATE collaboration SET started_at = started_at + interval '1 minute' WHERE id = :id"),
        {"id": key("F-C8")},
    )
    await done(ask, "saga", "changeAccess", "F-C8", **PAYS)
    await done(ask, "saga", "removeAccess", "F-C8")

    assert {"CHANGE_ACCESS", "REMOVE_ACCESS"} <= await acts(ask, "ada")


async def test_a_suspended_firm_begins_without_a_mode(ask: Ask, world: AsyncConnection) -> None:
    """The choice of PARTNER waits for the firm, as of a grant (D59)."""
    await done(ask, "saga", "changeAccess", "F-C8", **PAYS)
    await world.execute(text("UPDATE firm SET programme_state = 'suspended' WHERE id = :id"), {"id": key("F")})
    await verify(ask)
    begun = (await ask("saga", "query ($id: ID!) { collaboration(id: $id) { level pausedBillingMode } }",
                       id=ask.id("Collaboration", "F-C8"))).data["collaboration"]  # fmt: skip

    assert begun == {"level": "NONE", "pausedBillingMode": "PARTNER"}
    assert (await grants(world, "F-C8"), await periods(world, "F-C8")) == ([(1, "full", True)], [])
