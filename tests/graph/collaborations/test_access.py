"""What a firm may do for a client, over HTTP: granted, changed, taken back, given back; and who pays (M7, M8, D3, D13–D16, L10)."""

import json
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.db.seeds.demo import key
from gateway.idempotency import ANOTHER_BODY
from gateway.resolvers.collaborations.billing_mode import ANOTHER_PAYS
from gateway.resolvers.core.refusals import CONFLICTS, MOVED_ON, NOT_YOURS, RULES
from tests.graph.conftest import NOW, Answer, Ask, recorded, run
from tests.support import make
from tests.support.collaborations import (
    ALL_KPIS,
    WISHES,
    acts,
    both,
    document,
    does,
    done,
    grants,
    kept,
    notices,
    periods,
    read,
    rows,
)

FULL: Final = {"level": "FULL", "sharedKpis": ALL_KPIS}
LIMITED: Final = {"level": "LIMITED", "sharedKpis": ALL_KPIS}
SECOND: Final = timedelta(seconds=1)


def changed(one: str | UUID) -> tuple[Any, ...]:
    return ("ACCESS_CHANGED", key(one) if isinstance(one, str) else one, {})


def pays(one: str | UUID, who: str) -> tuple[Any, ...]:
    return ("BILLING_MODE_CHANGED", key(one) if isinstance(one, str) else one, {"mode": who})


# ---- the firm asks


@pytest.mark.parametrize("who", ["ada", "ben"])
async def test_a_firm_asks_and_nothing_opens(ask: Ask, world: AsyncConnection, who: str) -> None:
    before = await kept(world, "access_grant", "billing_mode_period")
    told = await done(ask, who, "requestAccess", "F-C2", level="FULL", message=" For the\r\nyear's end. ")
    asked = await read(ask, "dag", "F-C2")

    assert told["level"] == "LIMITED"
    assert (asked["requestedLevel"], asked["requestMessage"]) == ("FULL", "For the\nyear's end.")
    assert await kept(world, "access_grant", "billing_mode_period") == before
    assert await notices(world) == [("ACCESS_REQUEST", key("F-C2"), {"requested": "full"})]
    assert await acts(world, "F-C2") == [("REQUEST_ACCESS", "done", None, "firm")]


async def test_a_grant_answers_what_was_asked(ask: Ask, world: AsyncConnection) -> None:
    await done(ask, "ada", "requestAccess", "F-C5", level="LIMITED", message="Please.")
    granted = await done(ask, "frida", "grantAccess", "F-C5", **LIMITED)

    assert (granted["requestedLevel"], granted["requestMessage"]) == (None, None)


# ---- the client grants


async def test_limited_opens_the_closed_list_and_has_no_payer(ask: Ask, world: AsyncConnection) -> None:
    await done(ask, "frida", "grantAccess", "F-C5", level="LIMITED", sharedKpis=["MISSING_RECEIPTS", "BILLS_TO_PAY"])
    names = ("level", "sharedKpis", "billingMode", "expiresAt", "effectiveAccess")

    assert await both(ask, "ada", "frida", "F-C5", *names) == (
        "LIMITED",
        ["MISSING_RECEIPTS", "BILLS_TO_PAY"],
        None,
        None,
        {"because": "GRANTED"},
    )
    assert (await grants(world, "F-C5"), await periods(world, "F-C5")) == ([(1, "limited", True)], [])
    assert await notices(world) == [changed("F-C5")]
    assert await acts(world, "F-C5") == [("GRANT_ACCESS", "done", None, "client")]
    assert (await does(ask, "frida", "grantAccess", "F-C5", **LIMITED)).codes == ["CONFLICT"]


@pytest.mark.parametrize("mode", ["CLIENT", "PARTNER"])
async def test_full_comes_with_a_payer_whom_the_firm_is_told(ask: Ask, world: AsyncConnection, mode: str) -> None:
    await done(ask, "frida", "grantAccess", "F-C5", **FULL, billingMode=mode)

    assert await both(ask, "ada", "frida", "F-C5", "level", "billingMode") == ("FULL", mode)
    assert await periods(world, "F-C5") == [(mode.lower(), True)]
    assert await notices(world) == [changed("F-C5"), *([pays("F-C5", "partner")] if mode == "PARTNER" else [])]


async def test_a_grant_that_ends_by_itself_ends(
    ask: Ask, world: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = NOW + SECOND
    told = await done(ask, "frida", "grantAccess", "F-C5", **FULL, billingMode="PARTNER", expiresAt=end.isoformat())
    monkeypatch.setattr(ask.gateway, "clock", lambda: end)
    after = await both(ask, "ada", "frida", "F-C5", "level", "billingMode", "effectiveAccess")
    again = await done(ask, "frida", "grantAccess", "F-C5", **FULL, billingMode="CLIENT")

    assert told["expiresAt"] == end.isoformat()
    assert after == ("NONE", None, {"because": "EXPIRED"})
    # The mode that ran out ended with its grant, whoever notices when (D46).
    assert [(each["mode"], each["from"], each["to"]) for each in again["billingModePeriods"]["nodes"]] == [
        ("PARTNER", NOW.isoformat(), end.isoformat()),
        ("CLIENT", end.isoformat(), None),
    ]
    assert await rows(
        world, "SELECT version, revoked_at FROM access_grant WHERE collaboration_id = :id ORDER BY 1", id=key("F-C5")
    ) == [(1, end), (2, None)]


@pytest.mark.parametrize(
    ("verb", "given", "told"),
    [
        ("grantAccess", {**FULL, "billingMode": "CLIENT"}, [changed("F-C5"), pays("F-C5", "client")]),
        ("grantAccess", {**FULL, "billingMode": "PARTNER"}, [changed("F-C5")]),
        (
            "terminateCollaboration",
            {"confirm": True},
            [pays("F-C5", "client"), ("COLLABORATION_ENDED", key("F-C5"), {})],
        ),
    ],
)
async def test_a_firm_whose_mode_ran_out_unnoticed_is_told_with_the_next_change(
    ask: Ask,
    world: AsyncConnection,
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
    given: dict[str, Any],
    told: list[tuple[Any, ...]],
) -> None:
    end = NOW + SECOND
    await done(ask, "frida", "grantAccess", "F-C5", **FULL, billingMode="PARTNER", expiresAt=end.isoformat())
    await run(world, "DELETE FROM notice")
    monkeypatch.setattr(ask.gateway, "clock", lambda: end + SECOND)
    await done(ask, "frida", verb, "F-C5", **given)

    assert await notices(world) == told


async def test_a_mode_that_ran_out_yields_without_being_named(
    ask: Ask, world: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await make.collaboration(world, firm_id=key("G"), client_id=key("C5"))
    end = NOW + SECOND
    await done(ask, "frida", "grantAccess", one, **FULL, billingMode="PARTNER", expiresAt=end.isoformat())
    monkeypatch.setattr(ask.gateway, "clock", lambda: end + SECOND)
    told = await done(ask, "frida", "grantAccess", "F-C5", **FULL, billingMode="PARTNER")

    assert told["billingMode"] == "PARTNER"
    assert await rows(world, "SELECT mode, to_at FROM billing_mode_period WHERE collaboration_id = :id", id=one) == [
        ("partner", end)
    ]


BAD: Final[dict[str, dict[str, Any]]] = {
    "FULL without a payer": FULL,
    "LIMITED with a payer": {**LIMITED, "billingMode": "CLIENT"},
    "an end that is now": {**LIMITED, "expiresAt": NOW.isoformat()},
    "an end that was": {**LIMITED, "expiresAt": (NOW - SECOND).isoformat()},
    "an end without an offset": {**LIMITED, "expiresAt": "2027-01-01T00:00:00"},
    "an end in words": {**LIMITED, "expiresAt": "next year"},
    "an end that never comes": {**LIMITED, "expiresAt": "infinity"},
    "no sharing": {"level": "LIMITED"},
    "null for sharing": {"level": "LIMITED", "sharedKpis": None},
    "a kind that there is not": {"level": "LIMITED", "sharedKpis": ["SECRETS"]},
    "no level": {"sharedKpis": []},
    "NONE": {"level": "NONE", "sharedKpis": []},
    "a firm": {**LIMITED, "firmId": "F"},
    "a client": {**LIMITED, "clientId": "C5"},
    "another collaboration that is no id": {**LIMITED, "confirmMovesFrom": "rubbish"},
}


@pytest.mark.parametrize("case", BAD)
async def test_what_is_no_grant_is_refused(ask: Ask, world: AsyncConnection, case: str) -> None:
    before = await kept(world)
    for who, verb, one in (("frida", "grantAccess", "F-C5"), ("dag", "changeAccess", "F-C2")):
        answer = await does(ask, who, verb, one, **BAD[case])
        assert (answer.data in (None, {verb: None}), {*answer.codes}) == (True, {"BAD_USER_INPUT"})

    assert await kept(world) == before


@pytest.mark.parametrize("message", ["x" * 1001, "a\x7fb", "a\x1bb", "\u202eb"])
async def test_a_message_is_plain_text_of_a_thousand_characters(ask: Ask, world: AsyncConnection, message: str) -> None:
    before = await kept(world)
    answer = await does(ask, "ada", "requestAccess", "F-C2", level="FULL", message=message)

    assert (answer.data, answer.codes) == ({"requestAccess": None}, ["BAD_USER_INPUT"])
    assert await kept(world) == before


# ---- the client changes and takes back


async def test_to_a_lower_level_the_mode_ends_and_the_firm_that_paid_is_told(ask: Ask, world: AsyncConnection) -> None:
    told = await done(ask, "hedda@C3", "changeAccess", "F-C3", **LIMITED)

    assert (told["level"], told["billingMode"]) == ("LIMITED", None)
    assert told["viewerActions"] == ["TERMINATE_COLLABORATION", "CHANGE_ACCESS", "REMOVE_ACCESS", "SET_KPI_SHARING"]
    assert await both(ask, "ada", "hedda@C3", "F-C3", "level", "billingMode", "billingModePeriods")
    assert await grants(world, "F-C3") == [(1, "full", False), (2, "limited", True)]
    assert await periods(world, "F-C3") == [("client", False), ("partner", False)]
    assert await notices(world) == [changed("F-C3"), pays("F-C3", "client")]


async def test_to_full_a_mode_begins(ask: Ask, world: AsyncConnection) -> None:
    await done(ask, "mila", "changeAccess", "F-C2", **FULL, billingMode="CLIENT")

    assert await both(ask, "ada", "mila", "F-C2", "level", "billingMode") == ("FULL", "CLIENT")
    assert await grants(world, "F-C2") == [(1, "limited", False), (2, "full", True)]
    assert await periods(world, "F-C2") == [("client", True)]
    assert await notices(world) == [changed("F-C2")]


async def test_from_full_to_full_only_what_differs_moves(ask: Ask, world: AsyncConnection) -> None:
    same = await done(ask, "cora", "changeAccess", "F-C1", **FULL, billingMode="CLIENT")
    kept_open = await periods(world, "F-C1")
    other = await done(ask, "cora", "changeAccess", "F-C1", level="FULL", sharedKpis=[], billingMode="PARTNER")

    assert (same["billingMode"], same["sharedKpis"]) == ("CLIENT", ALL_KPIS)
    assert kept_open == [("client", True)]
    assert (other["billingMode"], other["sharedKpis"]) == ("PARTNER", [])
    assert await periods(world, "F-C1") == [("client", False), ("partner", True)]
    assert await grants(world, "F-C1") == [(1, "full", False), (2, "full", False), (3, "full", True)]
    assert await notices(world) == [changed("F-C1"), changed("F-C1"), pays("F-C1", "partner")]


async def test_access_is_taken_back_while_the_collaboration_and_its_people_stay(
    ask: Ask, world: AsyncConnection
) -> None:
    people = await kept(world, "assignment")
    await done(ask, "hedda@C3", "removeAccess", "F-C3")
    names = ("collaborationState", "level", "billingMode", "sharedKpis", "effectiveAccess")
    wallet = await ask(
        "bo", "query ($id: ID!) { client(id: $id) { name wallet { balance { amount } } } }", id=ask.id("Client", "C3")
    )

    assert await both(ask, "ada", "hedda@C3", "F-C3", *names) == ("ACTIVE", "NONE", None, [], {"because": "REMOVED"})
    assert wallet.data["client"] == {"name": "Zürcher Käsekeller", "wallet": None}
    assert await grants(world, "F-C3") == [(1, "full", False)]
    assert await periods(world, "F-C3") == [("client", False), ("partner", False)]
    assert await kept(world, "assignment") == people
    assert await notices(world) == [changed("F-C3"), pays("F-C3", "client")]
    assert (await does(ask, "hedda@C3", "removeAccess", "F-C3")).codes == ["CONFLICT"]
    # Granted again, all is as before (D33).
    await done(ask, "hedda@C3", "grantAccess", "F-C3", **FULL, billingMode="CLIENT")
    assert await grants(world, "F-C3") == [(1, "full", False), (2, "full", True)]
    assert (await read(ask, "bo", "F-C3"))["level"] == "FULL"


async def test_sharing_changes_alone(ask: Ask, world: AsyncConnection) -> None:
    end = (NOW + timedelta(days=9)).isoformat()
    await done(ask, "cora", "changeAccess", "F-C1", **FULL, billingMode="CLIENT", expiresAt=end)
    told = await done(ask, "cora", "setKpiSharing", "F-C1", sharedKpis=["MISSING_RECEIPTS", "MISSING_RECEIPTS"])
    kpis = await ask.data("ben", "query ($id: ID!) { client(id: $id) { kpis { kind } } }", id=ask.id("Client", "C1"))

    assert (told["sharedKpis"], told["level"], told["expiresAt"]) == (["MISSING_RECEIPTS"], "FULL", end)
    assert kpis["client"]["kpis"] == [{"kind": "MISSING_RECEIPTS"}]
    assert await periods(world, "F-C1") == [("client", True)]
    assert await grants(world, "F-C1") == [(1, "full", False), (2, "full", False), (3, "full", True)]
    assert await notices(world) == [changed("F-C1"), ("KPI_SHARING_CHANGED", key("F-C1"), {})]


async def test_while_the_firm_is_suspended_the_client_still_rules_over_its_grant(
    ask: Ask, world: AsyncConnection
) -> None:
    await run(world, "UPDATE firm SET programme_state = 'suspended' WHERE id = :f", f=key("F"))
    shared = await done(ask, "cora", "setKpiSharing", "F-C1", sharedKpis=[])
    removed = await done(ask, "hedda@C3", "removeAccess", "F-C3")
    granted = await does(ask, "frida", "grantAccess", "F-C5")
    asked = await does(ask, "ada", "requestAccess", "F-C5")

    assert (shared["level"], removed["level"]) == ("NONE", "NONE")
    assert (granted.codes, asked.codes) == (["CONFLICT"], ["FORBIDDEN"])
    assert granted.errors[0]["message"] == CONFLICTS["SUSPENDED"]
    assert asked.errors[0]["message"] == RULES["PROGRAMME"]


# ---- the firm gives back


async def test_a_firm_keeps_less_and_what_is_shared_stays_shared(ask: Ask, world: AsyncConnection) -> None:
    shared = (await read(ask, "ada", "F-C1"))["sharedKpis"]
    await done(ask, "ada", "handBackAccess", "F-C1", level="LIMITED")

    assert await both(ask, "ada", "cora", "F-C1", "level", "billingMode", "sharedKpis") == ("LIMITED", None, shared)
    assert await periods(world, "F-C1") == [("client", False)]
    assert await notices(world) == [changed("F-C1")]
    assert await acts(world, "F-C1") == [("HAND_BACK_ACCESS", "done", None, "firm")]


@pytest.mark.parametrize("level", [{}, {"level": None}])
async def test_a_firm_gives_all_back(ask: Ask, world: AsyncConnection, level: dict[str, Any]) -> None:
    await done(ask, "ada", "handBackAccess", "F-C3", **level)

    assert await both(ask, "ada", "hedda@C3", "F-C3", "level", "billingMode") == ("NONE", None)
    assert await notices(world) == [changed("F-C3"), pays("F-C3", "client")]


@pytest.mark.parametrize(("one", "level"), [("F-C1", "FULL"), ("F-C2", "LIMITED"), ("F-C2", "FULL")])
async def test_a_firm_does_not_give_back_upwards(ask: Ask, world: AsyncConnection, one: str, level: str) -> None:
    before = await kept(world)
    answer = await does(ask, "ada", "handBackAccess", one, level=level)

    assert (answer.data, answer.codes) == ({"handBackAccess": None}, ["CONFLICT"])
    assert await kept(world) == before


# ---- who pays


async def test_the_client_changes_the_payer_at_once_and_history_stays(ask: Ask, world: AsyncConnection) -> None:
    told = await done(ask, "cora", "changeBillingMode", "F-C1")
    back = await done(ask, "cora", "changeBillingMode", "F-C1", mode="CLIENT", expectedMode="PARTNER", confirm=True)
    spans = back["billingModePeriods"]["nodes"]

    assert (told["billingMode"], back["billingMode"]) == ("PARTNER", "CLIENT")
    assert await both(ask, "ada", "cora", "F-C1", "billingMode", "billingModePeriods") == ("CLIENT", {"nodes": spans})
    assert [each["mode"] for each in spans] == ["CLIENT", "PARTNER", "CLIENT"]
    assert [each["to"] for each in spans] == [*(each["from"] for each in spans[1:]), None]  # without a gap
    assert await notices(world) == [pays("F-C1", "client"), pays("F-C1", "partner")]
    assert await acts(world, "F-C1") == [("CHANGE_BILLING_MODE", "done", None, "client")] * 2
    assert (await grants(world, "F-C1")) == [(1, "full", True)]


async def test_the_same_mode_changes_nothing_and_nobody_is_told(ask: Ask, world: AsyncConnection) -> None:
    before = await kept(world)
    told = await done(ask, "cora", "changeBillingMode", "F-C1", mode="CLIENT", expectedMode="CLIENT", confirm=True)

    assert told["billingMode"] == "CLIENT"
    assert await kept(world) == before
    assert await acts(world, "F-C1") == [("CHANGE_BILLING_MODE", "done", None, "client")]


@pytest.mark.parametrize("mode", ["CLIENT", "PARTNER"])
async def test_who_knows_another_payer_than_there_is_reads_again(ask: Ask, world: AsyncConnection, mode: str) -> None:
    before = await kept(world)
    answer = await does(ask, "cora", "changeBillingMode", "F-C1", mode=mode, expectedMode="PARTNER", confirm=True)

    assert (answer.data, answer.codes) == ({"changeBillingMode": None}, ["CONFLICT"])
    assert answer.errors[0]["message"] == MOVED_ON
    assert await kept(world) == before


async def test_a_change_of_payer_is_confirmed(ask: Ask, world: AsyncConnection) -> None:
    before = await kept(world)
    answer = await does(ask, "cora", "changeBillingMode", "F-C1", mode="PARTNER", expectedMode="CLIENT", confirm=False)

    assert (answer.data, answer.codes) == ({"changeBillingMode": None}, ["BAD_USER_INPUT"])
    assert await kept(world) == before


# ---- two firms, one payer (D16)


@pytest.fixture
async def rival(world: AsyncConnection) -> UUID:
    """G works for C3, too, and has FULL access there. F pays for C3."""
    one = await make.collaboration(world, firm_id=key("G"), client_id=key("C3"))
    await make.grant(world, collaboration_id=one)
    await make.period(world, collaboration_id=one)
    return one


MODE: Final = WISHES["changeBillingMode"]
WAYS: Final[dict[str, dict[str, Any]]] = {
    "changeBillingMode": MODE,
    "changeAccess": {**FULL, "billingMode": "PARTNER"},
    "grantAccess": {**FULL, "billingMode": "PARTNER"},
}


@pytest.mark.parametrize("verb", WAYS)
async def test_a_second_payer_takes_the_place_of_the_first_which_must_be_named(
    ask: Ask, world: AsyncConnection, rival: UUID, verb: str
) -> None:
    if verb == "grantAccess":
        await done(ask, "hedda@C3", "removeAccess", rival)
    before, told = await kept(world), await notices(world)
    wrong = [None, ask.id("Collaboration", rival), ask.id("Collaboration", "F-C1"), ask.id("Firm", "F-C3")]
    refused = [await does(ask, "hedda@C3", verb, rival, **WAYS[verb], confirmMovesFrom=each) for each in wrong]

    assert {answer.errors[0]["message"] for answer in refused} == {ANOTHER_PAYS}
    assert [answer.codes for answer in refused] == [["CONFLICT"]] * len(wrong)
    assert await kept(world) == before

    named = ask.id("Collaboration", "F-C3")
    await done(ask, "hedda@C3", verb, rival, **WAYS[verb], confirmMovesFrom=named)
    assert await both(ask, "gus", "hedda@C3", rival, "billingMode") == ("PARTNER",)
    assert await both(ask, "ada", "hedda@C3", "F-C3", "level", "billingMode") == ("FULL", "CLIENT")
    assert await periods(world, "F-C3") == [("client", False), ("partner", False), ("client", True)]
    access = [] if verb == "changeBillingMode" else [changed(rival)]
    since = [each for each in await notices(world) if each not in told] + [each for each in access if each in told]
    assert sorted(since, key=str) == sorted([*access, pays(rival, "partner"), pays("F-C3", "client")], key=str)
    assert await acts(world, "F-C3") == [("CHANGE_BILLING_MODE", "done", None, "client")]


async def test_the_moment_of_the_move_is_one(ask: Ask, world: AsyncConnection, rival: UUID) -> None:
    named = ask.id("Collaboration", "F-C3")
    told = await done(ask, "hedda@C3", "changeBillingMode", rival, **MODE, confirmMovesFrom=named)
    other = await read(ask, "hedda@C3", "F-C3")

    (began,) = {told["billingModePeriods"]["nodes"][-1]["from"], other["billingModePeriods"]["nodes"][-1]["from"]}
    assert other["billingModePeriods"]["nodes"][-2]["to"] == told["billingModePeriods"]["nodes"][-2]["to"] == began
    assert (other["billingModePeriods"]["nodes"][-1]["to"], told["billingModePeriods"]["nodes"][-1]["to"]) == (
        None,
        None,
    )


async def test_each_firm_sees_its_own_slice_of_the_move(ask: Ask, world: AsyncConnection, rival: UUID) -> None:
    named = ask.id("Collaboration", "F-C3")
    await done(ask, "hedda@C3", "changeBillingMode", rival, **MODE, confirmMovesFrom=named)
    trail = "query ($id: ID!) { collaboration(id: $id) { auditEntries(first: 1) { nodes { action actorName actingSide } } } }"

    for who, one in (("ada", "F-C3"), ("gus", rival)):
        answer = await ask(who, trail, id=ask.id("Collaboration", one))
        assert answer.data["collaboration"]["auditEntries"]["nodes"] == [
            {"action": "CHANGE_BILLING_MODE", "actorName": None, "actingSide": "CLIENT"}
        ]
    assert await read(ask, "gus", "F-C3") is None
    assert await read(ask, "ada", rival) is None


async def test_what_needs_no_move_needs_no_name(ask: Ask, world: AsyncConnection, rival: UUID) -> None:
    """A needless name does no harm, and CLIENT mode may stand beside anything."""
    named = ask.id("Collaboration", rival)
    told = await done(ask, "hedda@C3", "changeBillingMode", "F-C3", mode="CLIENT", expectedMode="PARTNER", confirm=True)
    back = await done(ask, "hedda@C3", "changeBillingMode", "F-C3", **MODE, confirmMovesFrom=named)

    assert (told["billingMode"], back["billingMode"]) == ("CLIENT", "PARTNER")
    assert (await read(ask, "gus", rival))["billingMode"] == "CLIENT"
    assert await periods(world, rival) == [("client", True)]


# ---- abuse


GOVERNING: Final = ("grantAccess", "changeAccess", "removeAccess", "setKpiSharing", "changeBillingMode")


@pytest.mark.parametrize("who", ["ada", "ben", "bo", "firm-sync", "ben-sync", "emil", "pia", "own machine"])
async def test_a_firm_with_full_access_raises_shares_and_bills_nothing(
    ask: Ask, world: AsyncConnection, who: str
) -> None:
    """L10: not as its admin, not through a token that the admin made, and no employee of the client either."""
    if who == "own machine":
        await make.token(world, "gwt_adas", scopes=0b1111, firm_id=key("F"), created_by=key("ada"))
    before = await kept(world)
    for verb in GOVERNING:
        wish = {"id": ask.id("Collaboration", "F-C1"), **WISHES[verb]}
        body = {"query": document(verb), "variables": {"input": wish}}
        headers = {"Authorization": "Bearer gwt_adas"} if who == "own machine" else ask.headers(who)
        answer = await ask.sent(body, headers)
        assert (answer.data, answer.codes) == ({verb: None}, ["FORBIDDEN"])
        assert answer.errors[0]["message"] == NOT_YOURS

    assert await kept(world) == before


async def test_only_the_place_that_one_acts_for_counts(ask: Ask, world: AsyncConnection) -> None:
    """L16: Hedda keeps books at F and owns C3."""
    assert (await does(ask, "hedda@F", "changeBillingMode", "F-C3")).codes == ["NOT_FOUND"]  # not assigned there
    assert (await does(ask, "hedda@C3", "requestAccess", "F-C3")).codes == ["FORBIDDEN"]
    assert (await does(ask, "hedda@C3", "grantAccess", "F-C5")).codes == ["NOT_FOUND"]


async def test_the_next_field_of_a_document_sees_what_the_one_before_did(ask: Ask, world: AsyncConnection) -> None:
    """L17: nothing of before is remembered."""
    document = """mutation ($id: ID!) {
      removeAccess(input: {id: $id}) { collaboration { level client { collaborations(first: 50) { nodes { level } } } } }
      setKpiSharing(input: {id: $id, sharedKpis: []}) { collaboration { id } }
      grantAccess(input: {id: $id, level: LIMITED, sharedKpis: []}) { collaboration { level billingMode } }
      again: changeAccess(input: {id: $id, level: FULL, sharedKpis: [], billingMode: CLIENT}) {
        collaboration { level billingMode client { collaborations(first: 50) { nodes { level } } } }
      }
    }"""
    answer = await ask("cora", document, id=ask.id("Collaboration", "F-C1"))

    assert answer.data == {
        "removeAccess": {
            "collaboration": {"level": "NONE", "client": {"collaborations": {"nodes": [{"level": "NONE"}]}}}
        },
        "setKpiSharing": None,
        "grantAccess": {"collaboration": {"level": "LIMITED", "billingMode": None}},
        "again": {
            "collaboration": {
                "level": "FULL",
                "billingMode": "CLIENT",
                "client": {"collaborations": {"nodes": [{"level": "FULL"}]}},
            }
        },
    }
    assert answer.codes == ["CONFLICT"]


async def test_no_trace_of_a_change_holds_what_could_be_hidden(ask: Ask, world: AsyncConnection) -> None:
    """L21: not the message, not a level, not a kind, not a mode."""
    await done(ask, "ada", "requestAccess", "F-C5", level="LIMITED", message="Between us")
    await done(ask, "cora", "changeAccess", "F-C1", **FULL, billingMode="PARTNER")
    await done(ask, "cora", "terminateCollaboration", "F-C1", confirm=True, reason="Between us")
    trail = await rows(world, "SELECT e::text FROM audit_entry e WHERE request_id IS NOT NULL")
    told = await rows(world, "SELECT data::text FROM notice")

    assert len(trail) == 3
    for word in ("Between us", "LIMITED", "full", "PARTNER", "partner", "MISSING_RECEIPTS"):
        assert not any(word in entry for (entry,) in trail)
    assert {data for (data,) in told} == {
        *("{}", '{"mode": "client"}', '{"mode": "partner"}'),
        '{"requested": "limited"}',  # a word, by which a mail of another request is dropped
    }


# ---- asked twice


async def keyed(ask: Ask, who: str, verb: str, one: str, at: str = "once", **given: Any) -> Answer:
    wish = {"id": ask.id("Collaboration", one), **(given or WISHES[verb])}
    body = {"query": document(verb), "variables": {"input": wish}}
    return await ask.sent(body, {**ask.headers(who), "Idempotency-Key": at})


@pytest.mark.parametrize(
    ("who", "verb", "one"),
    [
        ("ada", "acceptCollaboration", "F-C7"),
        ("lucia", "withdrawCollaboration", "F-C7"),
        ("ada", "terminateCollaboration", "F-C3"),
        ("ada", "requestAccess", "F-C1"),
        ("frida", "grantAccess", "F-C5"),
        ("cora", "changeAccess", "F-C1"),
        ("cora", "removeAccess", "F-C1"),
        ("cora", "setKpiSharing", "F-C1"),
        ("ada", "handBackAccess", "F-C1"),
        ("cora", "changeBillingMode", "F-C1"),
        ("ada", "changeBillingMode", "F-C1"),  # a refusal is an outcome, too
        ("ada", "grantAccess", "G-C4"),
    ],
)
async def test_asked_again_with_the_same_key_a_change_happens_once_and_is_answered_alike(
    ask: Ask, world: AsyncConnection, who: str, verb: str, one: str
) -> None:
    first = await keyed(ask, who, verb, one)
    state = await kept(world, *("collaboration", "access_grant", "billing_mode_period", "notice", "audit_entry"))
    again = await keyed(ask, who, verb, one)
    other = await keyed(ask, who, verb, "F-C2")

    assert json.loads(again.text) == json.loads(first.text)
    assert other.codes == ["CONFLICT"]
    assert other.errors[0]["message"] == ANOTHER_BODY
    assert await kept(world, *state) == state


# ---- what it costs


async def test_a_change_takes_as_many_statements_whatever_was_before(
    ask: Ask, engine: AsyncEngine, world: AsyncConnection
) -> None:
    counts = []
    for mode, expected in (("PARTNER", "CLIENT"), ("CLIENT", "PARTNER")) * 2:
        wish = {"id": ask.id("Collaboration", "F-C1"), "mode": mode, "expectedMode": expected, "confirm": True}
        with recorded(engine) as said:
            await ask("cora", document("changeBillingMode", "{ id }"), input=wish)
        counts.append(len(said))

    assert len(set(counts)) == 1
