"""Compiled statements in the running application: one for each request, for whoever asks now, and the walker where one fails."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.auth.callers import Callers
from gateway.caches import Cache
from gateway.db.seeds.demo import key
from gateway.db.statements import Statements
from gateway.http import compiled as compiled_queries
from gateway.policy import Policy
from gateway.reads.compiled import Compiled
from gateway.reads.requests import Reason
from tests.graph.conftest import NOW, Ask, Clock, recorded, run
from tests.graph.core.test_statements import DASHBOARD
from tests.policies.conftest import POLICIES

NAMES: Final = "{ clients(first: 50) { nodes { id name } } }"
CLIENT: Final = "query ($id: ID!) { client(id: $id) { name } }"
ME: Final = "{ viewer { user { name } actingAs { name role } memberships { id name kind role } menus tokenScopes } }"


@dataclass
class Counted:
    """The statements that are executed, and what happens before one is."""

    statements: Statements
    texts: list[str] = field(default_factory=list)
    error: Exception | None = None

    async def row(self, sql: str, parameters: Sequence[Any]) -> Sequence[Any]:
        self.texts.append(sql)
        if self.error is not None:
            raise self.error
        return await self.statements.row(sql, parameters)

    async def close(self) -> None: ...


@pytest.fixture
def counted(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counted]:
    """Requests are executed once, by a compiled statement."""
    monkeypatch.setattr(ask.gateway, "callers", Callers())  # none of another test, whose changes were rolled back
    found = Counted(ask.paths.compiled.statements)
    monkeypatch.setattr(ask.paths.compiled, "statements", found)
    monkeypatch.setattr(ask.paths.compiled, "_too_slow", Cache(10))
    ask.paths.alone = True
    yield found
    ask.paths.alone = False


@pytest.fixture
def walks(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> list[Reason]:
    """Why requests are walked."""
    found: list[Reason] = []
    monkeypatch.setattr(ask.gateway, "callers", Callers())
    monkeypatch.setattr(ask.paths.compiled, "count_walked", found.append)
    return found


@pytest.mark.parametrize("who", ["ada", "ben", "cora", "pia", "billing", "firm-sync", "anonymous"])
@pytest.mark.parametrize("first", [1, 3, 50])
async def test_a_request_is_one_statement_whatever_the_page(
    ask: Ask, engine: AsyncEngine, counted: Counted, who: str, first: int
) -> None:
    await ask(who, DASHBOARD, first=first)
    counted.texts.clear()
    with recorded(engine) as others:
        await ask(who, DASHBOARD, first=first)

    assert len(counted.texts) == 1
    assert others == []


@pytest.mark.parametrize("who", ["ada", "hedda@F", "cora", "pia", "nora", "billing", "firm-sync", "anonymous"])
async def test_the_viewer_is_read_by_the_same_statement(ask: Ask, counted: Counted, who: str) -> None:
    ask.paths.alone = False  # and is what the walker reads
    await ask(who, ME)
    counted.texts.clear()
    await ask(who, ME)

    assert len(counted.texts) == 1


OF_CLIENT: Final = (
    "query ($id: ID) { invoices(client: $id, first: 5) { totalCount nodes { number } pageInfo { endCursor } } }"
)
OF_COLLABORATION: Final = "query ($id: ID) { invoices(collaboration: $id, first: 5) { totalCount nodes { number } } }"
OF_PERSON: Final = "query ($id: ID) { auditLog(actor: $id, first: 5) { totalCount nodes { action actorName } } }"
LOOKUPS: Final = [
    ("gus", OF_CLIENT, "Client", ("C4", "C1", "nowhere")),
    ("ada", OF_COLLABORATION, "Collaboration", ("F-C1", "G-C2", "nowhere")),
    ("ada", OF_PERSON, "FirmMember", ("F/ben", "G/gus", "nowhere")),
    ("cora", OF_PERSON, "ClientMember", ("C1/cora", "C2/dag", "nowhere")),
]


@pytest.mark.parametrize(("who", "document", "type_name", "handles"), LOOKUPS)
async def test_an_object_that_an_argument_names_is_looked_up_by_the_same_statement(
    ask: Ask, counted: Counted, who: str, document: str, type_name: str, handles: Sequence[str]
) -> None:
    ask.paths.alone = False  # and gives what the walker gives
    ids = [ask.id(type_name, key(handle)) for handle in handles]
    counted.texts.clear()
    answers = [await ask(who, document, id=id) for id in ids]
    texts = set(counted.texts)
    answers.append(await ask(who, document, id=ask.id("Order", key("order"))))  # no type that is looked up here

    assert [answer.codes for answer in answers] == [[], *[["NOT_FOUND"]] * 3]
    assert {answer.text for answer in answers[1:]} == {answers[1].text}
    assert len(counted.texts) == len(answers)
    assert len(texts) == 1


async def test_who_has_another_role_meanwhile_has_it_in_the_next_request(
    ask: Ask, world: AsyncConnection, walks: list[Reason]
) -> None:
    before = [await ask.data("ada", ME) for _ in range(2)]
    await run(world, "UPDATE firm_member SET role = 'bookkeeper' WHERE user_id = :id", id=key("ada"))
    after = [await ask.data("ada", ME) for _ in range(2)]

    assert [each["viewer"]["actingAs"]["role"] for each in before] == ["ADMIN"] * 2
    assert [each["viewer"]["actingAs"]["role"] for each in after] == ["BOOKKEEPER"] * 2
    assert walks == [Reason.IDENTITY]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE firm_member SET state = 'suspended' WHERE user_id = :id",
        "UPDATE user_account SET session_version = session_version + 1 WHERE id = :id",
    ],
)
async def test_who_is_nobody_any_more_sees_nothing(ask: Ask, world: AsyncConnection, change: str) -> None:
    before = [await ask("ben", NAMES) for _ in range(2)]
    await run(world, change, id=key("ben"))
    after = [await ask("ben", NAMES) for _ in range(2)]

    assert all(answer.data["clients"]["nodes"] for answer in before)
    assert not any(answer.data and answer.data["clients"]["nodes"] for answer in after)


async def test_a_revoked_token_is_refused_in_the_next_request(ask: Ask, world: AsyncConnection) -> None:
    before = [await ask("firm-sync", NAMES) for _ in range(2)]
    await run(world, "UPDATE integration_token SET revoked_at = :now WHERE revoked_at IS NULL", now=NOW)
    after = await ask("firm-sync", NAMES)

    assert [answer.status for answer in before] == [200, 200]
    assert after.status == 401


async def test_the_use_of_a_token_is_recorded_every_minute(
    ask: Ask, world: AsyncConnection, clock: Clock, walks: list[Reason]
) -> None:
    await ask("firm-sync", NAMES)
    walks.clear()
    clock.goes_on(minutes=2)
    for _ in range(3):
        await ask("firm-sync", NAMES)
    last = await world.scalar(text("SELECT max(last_used_at) FROM integration_token"))

    assert walks == [Reason.IDENTITY]
    assert last == NOW + timedelta(minutes=2)


async def test_nothing_and_what_is_hidden_and_an_id_of_another_type_take_the_same_statements(
    ask: Ask, engine: AsyncEngine, counted: Counted
) -> None:
    await ask("ben", CLIENT, id=ask.id("Client", "C1"))
    found = {}
    for name, id in {
        "absent": ask.id("Client", key("no such client")),
        "hidden": ask.id("Client", "C6"),
        "of another type": ask.id("Firm", "F"),
        "of no object": ask.id("Order", key("no such order")),
    }.items():
        counted.texts.clear()
        with recorded(engine) as walked:
            answer = await ask("ben", CLIENT, id=id)
        found[name] = (answer.codes, list(counted.texts), [each for each in walked if "audit_entry" not in each])

    assert found["absent"][0] == ["NOT_FOUND"]
    assert len(found["absent"][1]) == 1
    assert all(each == found["absent"] for each in found.values())


async def test_a_statement_that_fails_is_walked_and_logged(ask: Ask, counted: Counted, walks: list[Reason]) -> None:
    expected = await ask("ada", NAMES)
    counted.error = asyncpg.UndefinedColumnError('column "name" does not exist')
    answer = await ask.http.post("/graphql", json={"query": NAMES}, headers=ask.headers("ada"))
    events = [call.kwargs["event"] for call in ask.log.calls if call.kwargs.get("exc_info")]
    ask.log.calls.clear()

    assert answer.content == expected.response.content
    assert events == ["compiled statement failed"]
    assert walks == [Reason.FAILED]


@pytest.mark.parametrize("error", [asyncpg.QueryCanceledError(""), asyncpg.ConnectionDoesNotExistError("")])
async def test_a_database_that_is_slow_or_away_is_not_asked_a_second_time(
    ask: Ask, counted: Counted, error: Exception
) -> None:
    await ask("ada", NAMES)
    counted.error = error
    answer = await ask("ada", NAMES)

    assert answer.status in (503, 504)


async def test_an_operation_that_cannot_be_compiled_by_a_bug_is_walked_and_logged(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, walks: list[Reason]
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("bug")

    monkeypatch.setattr(compiled_queries, "compile_operation", broken)
    query = "{ broken: clients(first: 2) { nodes { name } } }"
    answers = [await ask.http.post("/graphql", json={"query": query}, headers=ask.headers("ada")) for _ in range(2)]
    events = [call.kwargs["event"] for call in ask.log.calls if call.kwargs.get("exc_info")]
    ask.log.calls.clear()

    assert [answer.status_code for answer in answers] == [200, 200]
    assert events == ["query not compiled"]  # once: it is not tried again
    assert walks == [Reason.FAILED] * 2


async def test_a_statement_that_is_too_long_is_not_kept(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, walks: list[Reason]
) -> None:
    monkeypatch.setattr(
        ask.paths.compiled, "_settings", ask.paths.compiled._settings.model_copy(update={"compiled_sql_bytes": 100})
    )
    answer = await ask("ada", "{ long: clients(first: 2) { nodes { name } } }")

    assert answer.status == 200
    assert walks == [Reason.TOO_LARGE]


async def test_a_policy_that_is_replaced_meanwhile_is_not_mixed_with_the_old_one(
    ask: Ask, counted: Counted, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The statement is that of the policy with which the request began."""
    query = "{ clients(first: 50) { nodes { id viewerActions } } }"
    expected = await ask("ben", query)
    files = {path.name: path.read_text("utf-8") for path in sorted(POLICIES.glob("*.polar"))}
    files["clients.polar"] = re.sub(
        r'("UNASSIGN_MANAGER"\)\s+if) ', r"\1 f.assigned = false and ", files["clients.polar"]
    )
    stricter = Policy.of(files, policy.rows)
    row = counted.statements.row

    async def replacing(sql: str, parameters: Sequence[Any]) -> Sequence[Any]:
        ask.gateway.policy = stricter
        return await row(sql, parameters)

    monkeypatch.setattr(ask.gateway, "policy", policy)
    monkeypatch.setattr(counted, "row", replacing)
    during = await ask("ben", query)
    monkeypatch.setattr(counted, "row", row)
    after = await ask("ben", query)

    assert during.response.content == expected.response.content
    assert "UNASSIGN_MANAGER" in expected.text
    assert "UNASSIGN_MANAGER" not in after.text


WIDE: Final = (
    """query ($n: Int!) { clients(first: $n) { nodes { invoices(first: $n) { nodes { id lines { position } } } } } }"""
)


async def test_a_cost_is_measured_for_every_spelling_of_a_number(ask: Ask) -> None:
    sizes: list[Any] = [1.0, 1.0, 500.0, 1, 500]
    answers = [await ask("ada", WIDE, n=size) for size in sizes]

    assert [answer.codes for answer in answers] == [[], [], ["COST_LIMIT_EXCEEDED"], [], ["COST_LIMIT_EXCEEDED"]]


async def test_what_is_given_and_not_declared_is_judged_each_time(ask: Ask) -> None:
    answers = [await ask("ada", NAMES, unused="\0") for _ in range(2)]
    good = await ask("ada", NAMES, unused="")

    assert [answer.codes for answer in answers] == [["BAD_USER_INPUT"]] * 2
    assert good.errors == []


async def test_a_condition_that_is_null_is_refused_and_no_bug(ask: Ask) -> None:
    query = "query ($w: Boolean = false) { clients(first: 1) { nodes { id name @include(if: $w) } } }"
    answers = [await ask("ada", query, w=None) for _ in range(2)]  # `ask` finds no bug in the log

    assert answers[0].codes == answers[1].codes != []


async def test_no_more_than_a_few_queries_are_compiled_at_once(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, walks: list[Reason]
) -> None:
    monkeypatch.setattr(compiled_queries, "MAX_COMPILING", 0)
    answer = await ask("ada", "{ busy: clients(first: 2) { nodes { name } } }")

    assert answer.errors == []
    assert walks == [Reason.COMPILING]


async def test_the_same_states_in_another_order_are_the_same_statement(ask: Ask, counted: Counted) -> None:
    query = "query ($states: [CollaborationState!]) { collaborations(first: 5, states: $states) { totalCount } }"
    for states in (["ACTIVE", "PENDING"], ["PENDING", "ACTIVE"], ["PENDING", "ACTIVE", "ACTIVE"]):
        await ask("ada", query, states=states)

    assert len(counted.texts) == 3
    assert len(set(counted.texts)) == 1


async def test_a_statement_that_was_cancelled_is_tried_again_after_a_minute(
    ask: Ask, counted: Counted, walks: list[Reason], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(compiled_queries, "monotonic", lambda: now)
    query = "{ slow: clients(first: 2) { nodes { name } } }"
    await ask("ada", query)
    counted.error = asyncpg.QueryCanceledError("")
    cancelled = await ask("ada", query)
    counted.error = None
    counted.texts.clear()
    now = 59.0
    walked = await ask("ada", query)
    now = 60.0
    compiled = await ask("ada", query)

    assert cancelled.codes == ["TIMEOUT"]
    assert walked.text == compiled.text
    assert walks == [Reason.TOO_SLOW]
    assert len(counted.texts) == 1


async def test_a_bug_after_the_statement_is_walked_and_logged(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, walks: list[Reason]
) -> None:
    expected = await ask("ada", NAMES)

    def broken(*_: object) -> None:
        raise TypeError("bug")

    monkeypatch.setattr(Compiled, "response", broken)
    answer = await ask.http.post("/graphql", json={"query": NAMES}, headers=ask.headers("ada"))
    events = [call.kwargs["event"] for call in ask.log.calls if call.kwargs.get("exc_info")]
    ask.log.calls.clear()

    assert answer.content == expected.response.content
    assert events == ["compiled query failed"]
    assert walks == [Reason.FAILED]
