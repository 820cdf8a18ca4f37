"""What was looked for in vain is in the audit trail, once for each hour, person and action, with a count (L4, L20, L21)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.db.seeds.demo import key
from tests.graph.conftest import NOW, Ask, recorded
from tests.support import make
from tests.support.accounts import EMAILS, REFRESH, rows, signed_in

TRAIL: Final = """{ auditLog(first: 100) { nodes {
  action outcome code count at lastAt actorName actingSide requestId onBehalfOf { id } } } }"""
CLIENT: Final = "query ($id: ID!) { client(id: $id) { id } }"
NODES: Final = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
ENTER: Final = "mutation ($id: ID!) { enterClientAccount(input: {client: $id}) { url } }"
REQUEST: Final = "mutation ($id: ID!) { requestAccess(input: {id: $id, level: FULL}) { collaboration { id } } }"
ROW: Final = """SELECT action, outcome, code, count, actor_id, acting_id, firm_id, client_id, subject_type, subject_id,
  collaboration_id, at, last_at FROM audit_entry WHERE code = 'NOT_FOUND' ORDER BY action"""


async def trail(ask: Ask, who: str, code: str = "NOT_FOUND") -> list[dict[str, Any]]:
    found = (await ask(who, TRAIL)).data["auditLog"]["nodes"]
    return [entry for entry in found if entry["code"] == code]


async def test_a_bookkeepers_probes_are_one_entry_that_the_firms_admin_sees(ask: Ask, world: AsyncConnection) -> None:
    for handle in ("C3", "C6", "C3"):
        assert (await ask("ben", CLIENT, id=ask.id("Client", handle))).codes == ["NOT_FOUND"]
    (entry,) = await trail(ask, "ada")

    assert entry.pop("requestId") is None  # of a query
    assert entry.pop("actorName") == await world.scalar(
        text("SELECT name FROM user_account WHERE id = :id"), {"id": key("ben")}
    )
    assert entry == {
        "action": "CLIENT",
        "outcome": "REFUSED",
        "code": "NOT_FOUND",
        "count": 3,
        "at": NOW.isoformat(),
        "lastAt": NOW.isoformat(),
        "actingSide": "FIRM",
        "onBehalfOf": None,
    }
    assert [each["count"] for each in await trail(ask, "pia")] == [3]


async def test_who_is_no_admin_of_the_same_organisation_sees_none_of_them(ask: Ask, world: AsyncConnection) -> None:
    await ask("ben", CLIENT, id=ask.id("Client", "C3"))
    await ask("emil", CLIENT, id=ask.id("Client", "C6"))

    for who in ("ben", "gus", "emil", "dag"):
        assert await trail(ask, who) == []
    assert [entry["actingSide"] for entry in await trail(ask, "cora")] == ["CLIENT"]
    assert [entry["actingSide"] for entry in await trail(ask, "ada")] == ["FIRM"]


@pytest.mark.parametrize("document", [CLIENT, ENTER, REQUEST])
async def test_a_hidden_id_and_one_that_nothing_has_leave_equal_entries_after_equal_work(
    ask: Ask, world: AsyncConnection, engine: AsyncEngine, document: str
) -> None:
    type_name = "Collaboration" if document is REQUEST else "Client"
    hidden = ask.id(type_name, "G-C6" if document is REQUEST else "C3")
    left, work, answers = [], [], []
    for id in (hidden, ask.id(type_name, uuid4())):
        with recorded(engine) as statements:
            answers.append((await ask("ben", document, id=id)).text)
        left.append(await rows(world, ROW))
        work.append([each for each in statements if "SAVEPOINT" not in each])
        await world.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
        await world.execute(text("DELETE FROM audit_entry WHERE code = 'NOT_FOUND'"))

    assert answers[0] == answers[1]
    assert left[0] == left[1]
    assert [entry[:3] for entry in left[0]] == [(left[0][0][0], "refused", "NOT_FOUND")]
    assert left[0][0][6:11] == (key("F"), None, None, None, None)
    assert work[0] == work[1]


async def test_many_ids_of_one_request_are_counted_in_one_statement(
    ask: Ask, world: AsyncConnection, engine: AsyncEngine
) -> None:
    ids = [ask.id("Client", uuid4()) for _ in range(60)]
    with recorded(engine) as statements:
        await ask("ben", NODES, ids=[*ids, ask.id("Client", "C1")])
    await ask("ben", "query ($id: ID!) { a: client(id: $id) { id } b: client(id: $id) { id } }", id=ids[0])
    found = {entry["action"]: entry["count"] for entry in await trail(ask, "ada")}

    assert sum("audit_entry" in each for each in statements) == 1
    assert found == {"NODES": 60, "CLIENT": 2}


async def test_what_is_found_leaves_nothing_and_a_malformed_id_is_no_probe(ask: Ask, world: AsyncConnection) -> None:
    await ask("ben", CLIENT, id=ask.id("Client", "C1"))
    await ask("ben", CLIENT, id="no id of ours")
    await ask("anonymous", CLIENT, id=ask.id("Client", "C3"))

    assert await rows(world, ROW) == []


@pytest.fixture
def clock(ask: Ask) -> Iterator[list[timedelta]]:
    """How long after the demo's moment it is; the last one counts."""
    passed, kept = [timedelta()], ask.gateway.clock
    ask.gateway.clock = lambda: NOW + passed[-1]
    yield passed
    ask.gateway.clock = kept


async def test_an_hour_later_it_is_another_entry(ask: Ask, world: AsyncConnection, clock: list[timedelta]) -> None:
    for passed in (timedelta(), timedelta(minutes=1), timedelta(hours=1)):
        clock.append(passed)
        token = ask.gateway.tokens.issue(key("ben"), ask.gateway.clock()).text
        body = {"query": CLIENT, "variables": {"id": ask.id("Client", "C3")}}
        assert (await ask.sent(body, {"Authorization": f"Bearer {token}"})).codes == ["NOT_FOUND"]
    clock.append(timedelta())
    entries = await trail(ask, "ada")

    assert [(entry["count"], entry["at"], entry["lastAt"]) for entry in entries] == [
        (1, (NOW + timedelta(hours=1)).isoformat(), (NOW + timedelta(hours=1)).isoformat()),
        (2, NOW.isoformat(), (NOW + timedelta(minutes=1)).isoformat()),
    ]


# ---- coming in


async def test_a_refresh_token_that_comes_back_is_in_the_trail_of_each_organisation(
    ask: Ask, world: AsyncConnection
) -> None:
    first = (await signed_in(ask, EMAILS["hedda"], "look-around-2026")).data["signIn"]["refreshToken"]
    second = (await ask("anonymous", REFRESH, token=first)).data["refresh"]["refreshToken"]
    await ask("anonymous", REFRESH, token=second)  # from now on the first is no predecessor of the last one
    for _ in range(3):
        assert (await ask("anonymous", REFRESH, token=first)).codes == ["UNAUTHENTICATED"]
    seen = {who: await trail(ask, who, "UNAUTHENTICATED") for who in ("ada", "cora", "gus", "hedda@C3")}

    for who in ("ada", "hedda@C3"):
        assert [(entry["action"], entry["count"]) for entry in seen[who]] == [("REFRESH", 3)]
        assert seen[who][0]["actorName"] is not None
    assert (seen["cora"], seen["gus"]) == ([], [])


async def test_an_unknown_refresh_token_leaves_nothing(ask: Ask, world: AsyncConnection) -> None:
    before = await rows(world, "SELECT count(*) FROM audit_entry")
    await ask("anonymous", REFRESH, token="gwr_" + "A" * 43)

    assert await rows(world, "SELECT count(*) FROM audit_entry") == before


async def test_delayed_sign_ins_are_one_entry_that_the_admin_sees(ask: Ask, world: AsyncConnection) -> None:
    for _ in range(9):
        await signed_in(ask, EMAILS["ben"], "wrong")
    (entry,) = await trail(ask, "ada", "RATE_LIMITED")

    assert (entry["action"], entry["count"], entry["actingSide"]) == ("SIGN_IN", 4, "FIRM")
    assert await trail(ask, "gus", "RATE_LIMITED") == []


async def test_a_delayed_sign_in_of_nobody_takes_the_same_statements(
    ask: Ask, world: AsyncConnection, engine: AsyncEngine
) -> None:
    work = []
    for email in (EMAILS["ben"], "nobody@nowhere.example"):
        for _ in range(5):
            await signed_in(ask, email, "wrong")
        with recorded(engine) as statements:
            assert (await signed_in(ask, email, "wrong")).codes == ["RATE_LIMITED"]
        work.append([each.partition(" VALUES")[0] for each in statements if "SAVEPOINT" not in each])

    assert len(work[0]) == len(work[1])


async def test_a_machine_that_reports_for_hidden_clients_is_counted(ask: Ask, world: AsyncConnection) -> None:
    await make.token(world, "gwt_probing", created_by=key("cora"), client_id=key("C1"), scopes=2)
    item = {"kind": "MISSING_RECEIPTS", "count": 1, "asOf": NOW.isoformat()}
    items = [{"client": ask.id("Client", handle), **item} for handle in ("C2", "C6", uuid4())]
    document = "mutation ($items: [KpiReport!]!) { reportKpis(input: {items: $items}) { refused } }"
    answer = await ask.sent({"query": document, "variables": {"items": items}}, {"Authorization": "Bearer gwt_probing"})

    assert answer.data == {"reportKpis": {"refused": 3}}
    assert [(entry["action"], entry["count"]) for entry in await trail(ask, "cora")] == [("REPORT_KPIS", 3)]
