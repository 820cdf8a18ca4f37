"""Writing, asking, accepting and blocking at the same time: one order or the other (L23, X-H2)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from typing import Any, Final

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.db.engine import make_engine
from gateway.db.seeds.demo import key
from gateway.policy import Policy
from gateway.settings import Settings
from tests.conftest import Copy
from tests.graph.collaborations.test_requests import PUBLISHED, document
from tests.graph.conftest import Answer, Ask, asker
from tests.graph.conversations.test_conversations import BLOCK, SEND

ROUNDS: Final = 20
PATIENCE: Final = 30  # seconds after which a test fails; none waits for them
AGAIN: Final = (
    "DELETE FROM message USING conversation c WHERE conversation_id = c.id AND c.client_id = :c6 AND c.firm_id = :f",
    "DELETE FROM conversation WHERE client_id = :c6 AND firm_id = :f",
    "UPDATE collaboration SET state = 'withdrawn' WHERE client_id = :c6 AND firm_id = :f AND state <> 'withdrawn'",
    "INSERT INTO conversation (id, firm_id, client_id, opened_by, opened_at) VALUES (:talk, :f, :c6, :jonas, now())",
)
KEYS: Final = {"c6": key("C6"), "f": key("F"), "jonas": key("jonas"), "talk": key("F-C6 talk")}
ACCEPT: Final = "mutation ($id: ID!) { acceptCollaboration(input: {id: $id, confirm: true}) { collaboration { collaborationState } } }"


@dataclass(frozen=True)
class Desk:
    """An application on a database of its own, in which C6 and F write to each other."""

    ask: Ask
    engine: AsyncEngine
    profile: str

    async def does(self, *statements: str) -> None:
        async with self.engine.begin() as connection:
            for statement in statements:
                needed = {name: value for name, value in KEYS.items() if f":{name}" in statement}
                await connection.execute(text(statement), needed)

    async def scalar(self, statement: str) -> Any:
        async with self.engine.connect() as connection:
            needed = {name: value for name, value in KEYS.items() if f":{name}" in statement}
            return await connection.scalar(text(statement), needed)

    def writes(self, who: str, **where: str) -> Awaitable[Answer]:
        place = where or {"conversation": self.ask.id("Conversation", "F-C6 talk")}
        return self.ask(who, SEND, input={**place, "body": "Hello."})

    def blocks(self) -> Awaitable[Answer]:
        return self.ask("ada", BLOCK, id=self.ask.id("Conversation", "F-C6 talk"))

    def asks(self) -> Awaitable[Answer]:
        return self.ask("jonas", document("requestCollaboration"), input={"profile": self.profile, "message": "Yes?"})


@pytest.fixture(scope="module")
async def desk(copy: Copy, policy: Policy, settings: Settings) -> AsyncIterator[Desk]:
    engine = make_engine(await copy(), pool_timeout=PATIENCE)
    async with engine.connect() as connection:
        profile = (await connection.execute(PUBLISHED, {"firm": key("F")})).scalar_one()
    async with asker(settings, policy, engine) as ask:
        yield Desk(ask, engine, ask.id("FirmProfile", profile))
    await engine.dispose()


async def both(turn: int, *asked: Awaitable[Answer]) -> list[str]:
    """What came of what was asked, in its order, begun in one order or the other."""
    answers = await (asyncio.gather(*asked) if turn % 2 else asyncio.gather(*reversed(asked)))
    return [_code(answer) for answer in (answers if turn % 2 else reversed(answers))]


def _code(answer: Answer) -> str:
    (payload,) = answer.data.values()
    return "done" if payload is not None else answer.codes[0]


PENDING: Final = "SELECT count(*) FROM collaboration WHERE client_id = :c6 AND firm_id = :f AND state = 'pending'"
NEWEST: Final = "SELECT state FROM collaboration WHERE client_id = :c6 AND firm_id = :f AND state <> 'withdrawn'"
MESSAGES: Final = "SELECT count(*) FROM message WHERE conversation_id = :talk"


async def test_two_who_begin_at_once_begin_one_conversation(desk: Desk) -> None:
    for turn in range(ROUNDS):
        await desk.does(*AGAIN[:-1])
        codes = await both(turn, *(desk.writes("jonas", profile=desk.profile) for _ in range(2)))

        assert codes == ["done", "done"]
        assert await desk.scalar("SELECT count(*) FROM conversation WHERE client_id = :c6 AND firm_id = :f") == 1


async def test_a_message_comes_before_the_block_or_is_refused(desk: Desk) -> None:
    met = set()
    for turn in range(ROUNDS):
        await desk.does(*AGAIN)
        sent, blocked = await both(turn, desk.writes("jonas"), desk.blocks())
        met.add(sent)

        assert blocked == "done"
        assert await desk.scalar(MESSAGES) == (1 if sent == "done" else 0)
    assert met <= {"done", "CONFLICT"}


async def test_no_request_waits_for_a_firm_that_has_blocked_the_client(desk: Desk) -> None:
    met = set()
    for turn in range(ROUNDS):
        await desk.does(*AGAIN)
        asked, blocked = await both(turn, desk.asks(), desk.blocks())
        met.add((asked, blocked))

        assert await desk.scalar(PENDING) == 0
    assert met <= {("done", "done"), ("CONFLICT", "done")}


async def test_a_request_is_accepted_or_blocked(desk: Desk) -> None:
    for turn in range(ROUNDS):
        await desk.does(*AGAIN)
        asked = (await desk.asks()).data["requestCollaboration"]["collaboration"]["id"]
        accepted, blocked = await both(turn, desk.ask("ada", ACCEPT, id=asked), desk.blocks())
        state = await desk.scalar(NEWEST)
        is_blocked = await desk.scalar("SELECT blocked_at IS NOT NULL FROM conversation WHERE id = :talk")

        # Whoever comes second finds it active, or finds none that is theirs to accept.
        assert (accepted, blocked) in {("done", "CONFLICT"), ("NOT_FOUND", "done"), ("CONFLICT", "done")}
        assert (state, is_blocked) == (("active", False) if accepted == "done" else ("blocked", True))


async def test_of_two_last_messages_of_an_hour_one_is_sent(desk: Desk) -> None:
    for turn in range(ROUNDS):
        await desk.does(*AGAIN)
        async with desk.engine.begin() as connection:
            await connection.execute(
                text(
                    "INSERT INTO message (id, client_id, conversation_id, side, author_id, body, sent_at) "
                    "SELECT gen_random_uuid(), :c6, :talk, 'client', :jonas, 'Hello.', :now FROM generate_series(1, 19)"
                ),
                {"c6": key("C6"), "talk": key("F-C6 talk"), "jonas": key("jonas"), "now": desk.ask.gateway.clock()},
            )
        codes = await both(turn, desk.writes("jonas"), desk.writes("jonas"))

        assert sorted(codes) == ["RATE_LIMITED", "done"]
        assert await desk.scalar(MESSAGES) == 20
