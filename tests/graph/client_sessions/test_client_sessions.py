"""Entering clients' accounts over HTTP: who may, who is told, and what ends a stay (M11, P18, P28, P29, H57, V9, V15, D3)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.db.enums import SECTIONS
from gateway.db.seeds.demo import key
from gateway.policy import Policy
from gateway.resolvers.client_sessions.mutations import NO_PRODUCT
from gateway.resolvers.core.refusals import CONFLICTS, NOT_YOURS, RULES
from gateway.settings import Settings
from gateway.worker.expired_grants import expire_next
from tests.graph.clients.test_assignments import ASSIGN, UNASSIGN
from tests.graph.conftest import CALLERS, NOW, Answer, Ask, asker, lent, recorded, run
from tests.graph.firms.test_staff import CHANGE_ROLE, PLACES
from tests.support.client_sessions import (
    ENTER,
    LEAVE,
    OF_CLIENT,
    PRODUCT,
    TRAIL,
    ends,
    entered,
    enters,
    key_of,
    leaves,
    mine,
    token,
    told,
)
from tests.support.collaborations import does

HALF_AN_HOUR: Final = timedelta(minutes=30)
PLAN_CUT: Final = f"UPDATE plan SET sections = sections & ~{1 << SECTIONS.index('ACCOUNT_LOGIN')}"
SUSPEND_FIRM: Final = "mutation ($id: ID!) { suspendFirm(input: {id: $id}) { firm { id } } }"


@pytest.fixture(scope="module")
async def ask(settings: Settings, policy: Policy, engine: AsyncEngine) -> AsyncIterator[Ask]:
    """The application of an operator who has said where the product is."""
    async with asker(settings.model_copy(update={"product_url": PRODUCT}), policy, engine) as made:
        yield made


def refused(answer: Answer, code: str, message: str | None = None) -> bool:
    (error,) = answer.errors
    told = error["extensions"]["code"], message or error["message"]
    return told == (code, error["message"]) and set(answer.data.values()) == {None}


async def kept(world: AsyncConnection) -> list[tuple[Any, ...]]:
    rows = await world.execute(text("SELECT * FROM client_session ORDER BY id"))
    return [tuple(row) for row in rows]


# ---- entering


@pytest.mark.parametrize(("who", "client"), [("ada", "C1"), ("ada", "C3"), ("ben", "C1"), ("bo", "C3"), ("gus", "C6")])
async def test_whoever_works_for_a_client_at_full_enters_its_account(
    ask: Ask, world: AsyncConnection, who: str, client: str
) -> None:
    payload = await entered(ask, who, client)
    session = payload["session"]

    assert session["sessionState"] == "OPEN"
    assert session["client"]["id"] == ask.id("Client", client)
    assert (session["openedAt"], session["expiresAt"]) == (NOW.isoformat(), (NOW + HALF_AN_HOUR).isoformat())
    assert (session["closedAt"], session["viewerActions"]) == (None, ["LEAVE_CLIENT_ACCOUNT"])
    assert payload["url"].startswith(f"{PRODUCT}/enter#ey")
    assert await mine(ask, who) == session


@pytest.mark.parametrize(
    ("who", "client", "code"),
    [
        ("ada", "C8", "CONFLICT"),  # not verified yet
        ("ada", "C4", "NOT_FOUND"),  # ended
        ("ben", "C3", "NOT_FOUND"),  # not assigned
        ("finn", "C1", "NOT_FOUND"),
        ("gus", "C1", "NOT_FOUND"),
        ("hugo", "C1", "NOT_FOUND"),
        ("cora", "C1", "FORBIDDEN"),
        ("emil", "C1", "FORBIDDEN"),
        ("pia", "C1", "FORBIDDEN"),
        ("rolf", "C1", "NOT_FOUND"),
        ("nora", "C1", "NOT_FOUND"),
        ("billing", "C1", "FORBIDDEN"),
        ("firm-sync", "C1", "FORBIDDEN"),
        ("ben-sync", "C1", "FORBIDDEN"),
        ("shop-sync", "C1", "FORBIDDEN"),
        ("anonymous", "C1", "UNAUTHENTICATED"),
    ],
)
async def test_nobody_else_does(ask: Ask, world: AsyncConnection, who: str, client: str, code: str) -> None:
    answer = await enters(ask, who, client)

    assert refused(answer, code, {"FORBIDDEN": NOT_YOURS, "CONFLICT": CONFLICTS["UNBEGUN"]}.get(code))
    assert await kept(world) == []
    assert "handoff" not in answer.text


@pytest.mark.parametrize("plan", ["", PLAN_CUT])
@pytest.mark.parametrize(("who", "client"), [("ada", "C2"), ("ben", "C2"), ("ada", "C5")])
async def test_below_full_nobody_enters_and_nothing_is_told_of_the_plan(
    ask: Ask, world: AsyncConnection, who: str, client: str, plan: str
) -> None:
    """LIMITED does not enter (V15), nor does a firm without access; the plan is not shown to either (D24, D39)."""
    if plan:
        await run(world, plan)

    assert refused(await enters(ask, who, client), "FORBIDDEN", "This requires full access, which the client grants.")
    assert await kept(world) == []


async def test_the_plan_must_have_the_account(ask: Ask, world: AsyncConnection) -> None:
    await run(world, PLAN_CUT)

    assert refused(await enters(ask, "ada", "C1"), "FORBIDDEN", "The client's plan does not include this.")


@pytest.mark.parametrize(("who", "client"), [("ada", "C1"), ("ben", "C2"), ("ada", "C5"), ("ada", "C8")])
async def test_a_suspended_firm_enters_no_account(ask: Ask, world: AsyncConnection, who: str, client: str) -> None:
    """Whatever its level was and however the client stands: the rule comes before the state (D10, D46)."""
    await run(world, "UPDATE firm SET programme_state = 'suspended'")

    assert refused(await enters(ask, who, client), "FORBIDDEN", "Only firms in the partner programme can do this.")
    assert await kept(world) == []


@pytest.mark.parametrize("id", ["nonsense", ""])
async def test_what_is_no_id_is_bad_input(ask: Ask, world: AsyncConnection, id: str) -> None:
    assert refused(await ask("ada", ENTER, client=id), "BAD_USER_INPUT")
    assert refused(await ask("ada", LEAVE, session=id), "BAD_USER_INPUT")


async def test_an_id_of_another_type_is_nothing(ask: Ask, world: AsyncConnection) -> None:
    assert refused(await ask("ada", ENTER, client=ask.id("Firm", "F")), "NOT_FOUND")
    assert refused(await ask("ada", LEAVE, session=ask.id("Client", "C1")), "NOT_FOUND")


async def test_without_a_product_nobody_enters_and_whoever_may_not_is_told_that_first(
    settings: Settings, policy: Policy, engine: AsyncEngine, connection: AsyncConnection
) -> None:
    async with asker(settings, policy, engine) as ask:
        with lent(ask, connection):
            assert refused(await enters(ask, "ada", "C1"), "CONFLICT", NO_PRODUCT)
            assert refused(await enters(ask, "ada", "C2"), "FORBIDDEN", RULES["LEVEL"])
            assert refused(await enters(ask, "cora", "C1"), "FORBIDDEN")
            assert (await ask.http.post("/handoff/redeem", json={"token": "x"})).status_code == 404
        assert await kept(connection) == []


async def test_the_address_is_shown_once(ask: Ask, world: AsyncConnection) -> None:
    headers = {**ask.headers("ada"), "Idempotency-Key": "once"}
    body = {"query": ENTER, "variables": {"client": ask.id("Client", "C1")}}
    first, second = [(await ask.sent(body, headers)).data["enterClientAccount"] for _ in range(2)]

    assert first["url"] is not None
    assert second == {"url": None, "session": first["session"]}
    assert len(await kept(world)) == 1
    assert token(first) not in str((await world.execute(text("SELECT outcome FROM kept_outcome"))).all())


# ---- one at a time (P29)


async def test_entering_another_account_leaves_the_first(ask: Ask, world: AsyncConnection) -> None:
    first = (await entered(ask, client="C1"))["session"]
    second = (await entered(ask, client="C3"))["session"]

    left = await told(ask, "ada", first["id"])
    assert (left["sessionState"], left["closedAt"], left["viewerActions"]) == ("CLOSED", NOW.isoformat(), [])
    assert await mine(ask, "ada") == second
    assert await ends(world) == ["left", None]


async def test_entering_the_same_account_anew_is_another_session(ask: Ask, world: AsyncConnection) -> None:
    first, second = [(await entered(ask))["session"] for _ in range(2)]

    assert first["id"] != second["id"]
    assert await ends(world) == ["left", None]
    assert (await mine(ask, "ada"))["id"] == second["id"]


async def test_several_people_are_in_one_account(ask: Ask, world: AsyncConnection) -> None:
    for who in ("ada", "ben", "bo"):
        await entered(ask, who, "C1")

    assert [(await mine(ask, who))["sessionState"] for who in ("ada", "ben", "bo")] == ["OPEN"] * 3


async def test_a_refused_entrance_leaves_nothing(ask: Ask, world: AsyncConnection) -> None:
    """Whoever cannot enter the other account stays in the first."""
    session = (await entered(ask))["session"]
    await enters(ask, "ada", "C2")

    assert await mine(ask, "ada") == session


# ---- leaving


async def test_whoever_entered_leaves(ask: Ask, world: AsyncConnection) -> None:
    session = (await entered(ask))["session"]
    left = (await leaves(ask, "ada", session["id"])).data["leaveClientAccount"]["session"]

    assert left == {**session, "sessionState": "CLOSED", "closedAt": NOW.isoformat(), "viewerActions": []}
    assert await mine(ask, "ada") is None
    assert refused(await leaves(ask, "ada", session["id"]), "CONFLICT", CONFLICTS["LEFT"])


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("ada", "FORBIDDEN"),  # an admin sees it, and it is not theirs
        ("bo", "NOT_FOUND"),
        ("finn", "NOT_FOUND"),
        ("gus", "NOT_FOUND"),
        ("cora", "FORBIDDEN"),
        ("emil", "NOT_FOUND"),
        ("dag", "NOT_FOUND"),
        ("pia", "FORBIDDEN"),
        ("rolf", "NOT_FOUND"),
        ("nora", "NOT_FOUND"),
        ("firm-sync", "NOT_FOUND"),
        ("ben-sync", "NOT_FOUND"),
        ("billing", "NOT_FOUND"),
        ("anonymous", "UNAUTHENTICATED"),
    ],
)
async def test_nobody_else_ends_it(ask: Ask, world: AsyncConnection, who: str, code: str) -> None:
    session = (await entered(ask, "ben"))["session"]

    assert refused(await leaves(ask, who, session["id"]), code)
    assert await mine(ask, "ben") == session


async def test_it_ends_by_itself(ask: Ask, world: AsyncConnection) -> None:
    session = (await entered(ask))["session"]
    await run(world, "UPDATE client_session SET expires_at = :now", now=NOW)

    assert (await told(ask, "ada", session["id"]))["sessionState"] == "EXPIRED"
    assert await mine(ask, "ada") is None
    assert refused(await leaves(ask, "ada", session["id"]), "CONFLICT", CONFLICTS["LEFT"])

    await entered(ask)

    assert await ends(world) == ["expired", None]
    assert (await told(ask, "ada", session["id"]))["sessionState"] == "EXPIRED"


# ---- who sees it

SEES: Final = {
    "ada": "Ben Kjærgaard",
    "ben": "Ben Kjærgaard",
    "cora": "Ben Kjærgaard",
    "pia": "Ben Kjærgaard",
}


async def test_ones_own_the_firms_admins_the_client_and_the_platform_see_it(ask: Ask, world: AsyncConnection) -> None:
    session = (await entered(ask, "ben"))["session"]
    found = {who: await told(ask, who, session["id"]) for who in CALLERS}

    assert {who: one["memberName"] for who, one in found.items() if one} == SEES
    for who in SEES:
        assert found[who] == {**session, "viewerActions": ["LEAVE_CLIENT_ACCOUNT"] if who == "ben" else []}


async def test_a_client_is_told_no_name_of_who_is_not_in_charge_of_it(ask: Ask, world: AsyncConnection) -> None:
    """An admin enters without being in charge: the client is told that somebody of the firm was there (X-P6, D50)."""
    session = (await entered(ask))["session"]
    answer = await ask("cora", OF_CLIENT, id=ask.id("Client", "C1"))
    (node,) = answer.data["client"]["sessions"]["nodes"]

    assert node == {**session, "memberName": None, "viewerActions": []}
    assert [denial[:3] for denial in answer.denials] == [("ClientSession", "memberName", "ROLE")]


@pytest.mark.parametrize(
    ("who", "found"),
    [("ada", ["Ada Nørgård", "Ben Kjærgaard"]), ("ben", ["Ben Kjærgaard"]), ("bo", []), ("pia", 2), ("cora", 2)],
)
async def test_a_client_lists_who_was_there_to_each_what_they_see(
    ask: Ask, world: AsyncConnection, who: str, found: Any
) -> None:
    await entered(ask, "ada", "C1")
    await entered(ask, "ada", "C3")
    await entered(ask, "ben", "C1")
    listed = (await ask(who, OF_CLIENT, id=ask.id("Client", "C1"))).data["client"]["sessions"]

    assert listed["totalCount"] == len(listed["nodes"]) == (found if isinstance(found, int) else len(found))
    if isinstance(found, list):
        assert sorted(node["memberName"] for node in listed["nodes"]) == found


async def test_a_member_of_the_company_does_not_list_them(ask: Ask, world: AsyncConnection) -> None:
    await entered(ask)
    answer = await ask("emil", OF_CLIENT, id=ask.id("Client", "C1"))

    assert answer.data["client"]["sessions"] is None
    assert [denial[:3] for denial in answer.denials] == [("Client", "sessions", "ROLE")]


async def test_after_the_end_the_session_is_the_firms_record_without_the_client(
    ask: Ask, world: AsyncConnection
) -> None:
    """L11: what is left has a name of nobody but one's own people."""
    session = (await entered(ask, "ben"))["session"]
    await does(ask, "cora", "terminateCollaboration", "F-C1")

    for who in ("ada", "ben"):
        kept = await told(ask, who, session["id"])
        assert (kept["sessionState"], kept["client"]) == ("REVOKED", None)


# ---- what ends it at once


async def _terminates(ask: Ask, world: AsyncConnection) -> Answer:
    return await does(ask, "cora", "terminateCollaboration", "F-C1")


async def _removes(ask: Ask, world: AsyncConnection) -> Answer:
    return await does(ask, "cora", "removeAccess", "F-C1")


async def _limits(ask: Ask, world: AsyncConnection) -> Answer:
    return await does(ask, "cora", "changeAccess", "F-C1", level="LIMITED", sharedKpis=[])


async def _hands_back(ask: Ask, world: AsyncConnection) -> Answer:
    return await does(ask, "ada", "handBackAccess", "F-C1", level="LIMITED")


async def _unassigns(ask: Ask, world: AsyncConnection) -> Answer:
    given = {"client": ask.id("Client", "C1"), "member": ask.id("FirmMember", "F/ben")}
    return await ask("ada", UNASSIGN, **given)


async def _gives_up(ask: Ask, world: AsyncConnection) -> Answer:
    given = {"client": ask.id("Client", "C1"), "member": ask.id("FirmMember", "F/ben")}
    return await ask("ben", UNASSIGN, **given)


async def _demotes(ask: Ask, world: AsyncConnection) -> Answer:
    return await ask("ada", CHANGE_ROLE, member=ask.id("FirmMember", "F/ben"), role="STAFF")


async def _suspends(ask: Ask, world: AsyncConnection) -> Answer:
    return await ask("ada", PLACES["suspendStaff"], member=ask.id("FirmMember", "F/ben"))


async def _dismisses(ask: Ask, world: AsyncConnection) -> Answer:
    return await ask("ada", PLACES["removeStaff"], member=ask.id("FirmMember", "F/ben"))


async def _suspends_the_firm(ask: Ask, world: AsyncConnection) -> Answer:
    return await ask("pia", SUSPEND_FIRM, id=ask.id("Firm", "F"))


@pytest.mark.parametrize(
    "end",
    [
        _terminates,
        _removes,
        _limits,
        _hands_back,
        _unassigns,
        _gives_up,
        _demotes,
        _suspends,
        _dismisses,
        _suspends_the_firm,
    ],
)
async def test_what_takes_the_access_ends_the_session_with_it(ask: Ask, world: AsyncConnection, end: Any) -> None:
    session = (await entered(ask, "ben"))["session"]
    answer = await end(ask, world)
    seen = await told(ask, "pia", session["id"])

    assert {*answer.codes} <= {"FIELD_NOT_PERMITTED"}
    assert (seen["sessionState"], seen["closedAt"]) == ("REVOKED", NOW.isoformat())
    assert await ends(world, "ben") == ["revoked"]


async def test_what_takes_it_from_one_leaves_the_others_inside(ask: Ask, world: AsyncConnection) -> None:
    for who in ("ada", "ben", "bo"):
        await entered(ask, who, "C1")
    await _unassigns(ask, world)

    assert [await ends(world, who) for who in ("ada", "ben", "bo")] == [[None], ["revoked"], [None]]


async def test_an_admin_who_is_no_longer_in_charge_stays_inside(ask: Ask, world: AsyncConnection) -> None:
    session = (await entered(ask))["session"]
    given = {"client": ask.id("Client", "C1"), "member": ask.id("FirmMember", "F/ada")}
    await ask.data("ada", ASSIGN, clients=[given["client"]], members=[given["member"]])
    answer = await ask("ada", UNASSIGN, **given)

    assert answer.errors == []
    assert (await mine(ask, "ada"))["id"] == session["id"]


@pytest.mark.parametrize(
    "statement",
    [
        PLAN_CUT,  # L28
        "UPDATE access_grant SET expires_at = granted_at WHERE revoked_at IS NULL",
        "UPDATE access_grant SET revoked_at = granted_at",
        "UPDATE access_grant SET level = 'limited'",
        "UPDATE firm SET programme_state = 'suspended'",
        "UPDATE firm_member SET state = 'suspended' WHERE role = 'bookkeeper'",
        "UPDATE firm_member SET role = 'staff' WHERE role = 'bookkeeper'",
        "UPDATE assignment SET ended_at = now()",
        "UPDATE collaboration SET state = 'ended', ended_at = now(), ended_by = 'client' WHERE state = 'active'",
    ],
)
async def test_whoever_writes_it_the_session_is_over_with_it(ask: Ask, world: AsyncConnection, statement: str) -> None:
    session = (await entered(ask, "ben"))["session"]
    await run(world, statement)
    seen = await told(ask, "pia", session["id"])

    assert (seen["sessionState"], seen["viewerActions"]) == ("REVOKED", [])
    assert (await leaves(ask, "ben", session["id"])).codes[0] in ("CONFLICT", "NOT_FOUND")


async def test_another_kind_of_sharing_keeps_it(ask: Ask, world: AsyncConnection) -> None:
    session = (await entered(ask))["session"]
    answer = await does(ask, "cora", "setKpiSharing", "F-C1")

    assert answer.errors == []
    assert await mine(ask, "ada") == session


async def test_a_new_collaboration_opens_no_session_of_the_old_one(ask: Ask, world: AsyncConnection) -> None:
    session = (await entered(ask))["session"]
    tie = {"id": key("F-C1")}
    await run(
        world, "UPDATE collaboration SET state = 'ended', ended_at = now(), ended_by = 'client' WHERE id = :id", **tie
    )
    await run(
        world,
        "INSERT INTO collaboration (id, firm_id, client_id, origin, state, started_at, firm_name, client_name,"
        " client_name_key, client_spelled_key) SELECT :new, firm_id, client_id, origin, 'active', started_at, firm_name,"
        " client_name, client_name_key, client_spelled_key"
        " FROM collaboration WHERE id = :id",
        new=key("F-C1 again"),
        **tie,
    )
    await run(
        world,
        "INSERT INTO access_grant (id, collaboration_id, client_id, version, level, shared_kpis, granted_by, granted_at)"
        " SELECT gen_random_uuid(), :new, client_id, 1, level, shared_kpis, granted_by, granted_at"
        " FROM access_grant WHERE collaboration_id = :id",
        new=key("F-C1 again"),
        **tie,
    )

    assert (await told(ask, "ada", session["id"]))["sessionState"] == "REVOKED"
    assert (await entered(ask))["session"]["sessionState"] == "OPEN"


async def test_what_ended_is_told_with_the_collaboration(ask: Ask, world: AsyncConnection) -> None:
    for who in ("ada", "ben"):
        await entered(ask, who)
    answer = await does(ask, "cora", "terminateCollaboration", "F-C1")
    counts = {one["kind"]: one["count"] for one in answer.data["terminateCollaboration"]["revoked"]}

    assert counts["SESSIONS"] == 2


async def test_access_that_runs_out_closes_the_session_at_that_moment(ask: Ask, world: AsyncConnection) -> None:
    session = (await entered(ask))["session"]
    ended = NOW - timedelta(seconds=1)
    await run(world, "UPDATE access_grant SET expires_at = :at WHERE collaboration_id = :id", at=ended, id=key("F-C1"))
    await expire_next(ask.gateway.engine, NOW)

    seen = await told(ask, "ada", session["id"])
    assert (seen["sessionState"], seen["closedAt"]) == ("REVOKED", ended.isoformat())


# ---- the trail


async def trail(ask: Ask, who: str) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = (await ask(who, TRAIL)).data["auditLog"]["nodes"]
    mine = [node for node in nodes if node["action"] in ("ENTER_CLIENT_ACCOUNT", "LEAVE_CLIENT_ACCOUNT")]
    return sorted(mine, key=lambda node: str(node["action"]))  # the clock stands: what is of one moment has no order


async def test_entering_and_leaving_stand_in_the_trail_of_both_sides(ask: Ask, world: AsyncConnection) -> None:
    session = (await entered(ask))["session"]
    await leaves(ask, "ada", session["id"])
    company = {"name": session["client"]["name"]}
    done = {"outcome": "DONE", "code": None, "actingSide": "FIRM", "onBehalfOf": company}
    expected = [{"action": f"{verb}_CLIENT_ACCOUNT", **done} for verb in ("ENTER", "LEAVE")]

    assert await trail(ask, "ada") == [{**entry, "actorName": "Ada Nørgård"} for entry in expected]
    assert await trail(ask, "pia") == [{**entry, "actorName": "Ada Nørgård"} for entry in expected]
    assert await trail(ask, "cora") == [{**entry, "actorName": None} for entry in expected]


async def test_switching_is_told_to_both_clients(ask: Ask, world: AsyncConnection) -> None:
    for client in ("C1", "C3"):
        await entered(ask, client=client)

    assert [entry["action"] for entry in await trail(ask, "cora")] == ["ENTER_CLIENT_ACCOUNT", "LEAVE_CLIENT_ACCOUNT"]
    assert [entry["action"] for entry in await trail(ask, "hedda@C3")] == ["ENTER_CLIENT_ACCOUNT"]


async def test_l10_whoever_is_inside_still_governs_nothing(ask: Ask, world: AsyncConnection) -> None:
    """D3: and the refusals say in whose account the person was."""
    await entered(ask)
    for verb in ("grantAccess", "changeAccess", "removeAccess", "setKpiSharing", "changeBillingMode"):
        assert refused(await does(ask, "ada", verb, "F-C1"), "FORBIDDEN", NOT_YOURS)

    marks = (
        "SELECT action, outcome, on_behalf_of_id FROM audit_entry WHERE request_id IS NOT NULL AND outcome = 'refused'"
    )
    assert {tuple(row) for row in await world.execute(text(marks))} == {
        (action, "refused", key("C1"))
        for action in ("GRANT_ACCESS", "CHANGE_ACCESS", "REMOVE_ACCESS", "SET_KPI_SHARING", "CHANGE_BILLING_MODE")
    }


async def test_what_is_done_inside_is_marked_and_what_is_done_elsewhere_is_not(
    ask: Ask, world: AsyncConnection
) -> None:
    await entered(ask)
    await does(ask, "ada", "requestAccess", "F-C1")
    await does(ask, "ada", "requestAccess", "F-C2")
    await does(ask, "ben", "requestAccess", "F-C1")
    await does(ask, "ada", "terminateCollaboration", "F-C1")

    marks = """SELECT action, client_id, on_behalf_of_id FROM audit_entry
      WHERE request_id IS NOT NULL AND action <> 'ENTER_CLIENT_ACCOUNT' ORDER BY action, client_id, on_behalf_of_id"""
    assert [tuple(row) for row in await world.execute(text(marks))] == [
        *sorted(
            [
                ("REQUEST_ACCESS", key("C1"), key("C1")),
                ("REQUEST_ACCESS", key("C1"), None),
                ("REQUEST_ACCESS", key("C2"), None),
            ],
            key=lambda row: row[1],
        ),
        ("TERMINATE_COLLABORATION", key("C1"), key("C1")),
    ]


# ---- statements


@pytest.mark.usefixtures("walked")
async def test_entering_takes_as_many_statements_beside_many_sessions_as_beside_none(
    ask: Ask, engine: AsyncEngine, world: AsyncConnection
) -> None:
    taken = []
    for _ in range(3):
        with recorded(engine) as said:
            await entered(ask, "ben")
        taken.append([each for each in said if "SAVEPOINT" not in each])
        for client in ("C1", "C3", "C1"):
            await entered(ask, "ada", client)

    # Who asks, the time for locks, the member, whether they stand there; the client, its lock and the client; what is left, what
    # is entered; whose accounts, the entry; the session and its client.
    assert {len(said) for said in taken} == {13}, "\n\n".join(taken[0])


async def test_ids_say_nothing_and_the_session_is_found_by_its_own(ask: Ask, world: AsyncConnection) -> None:
    session = (await entered(ask))["session"]

    assert [row[0] for row in await kept(world)] == [key_of(ask, session["id"])]
