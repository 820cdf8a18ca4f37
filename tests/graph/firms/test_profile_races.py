"""Profiles at the same time: one order or the other, one revision on its way and one published (M3, H21)."""

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
from tests.graph.conftest import Answer, Ask, asker
from tests.graph.firms.test_profiles import acts, decide, save

ROUNDS: Final = 20
PATIENCE: Final = 30  # seconds after which a test fails; none waits for them
F: Final = {"firm": key("F")}
AGAIN: Final = (
    "DELETE FROM firm_profile WHERE firm_id = :firm AND revision > 2",
    "UPDATE firm_profile SET state = 'unlisted' WHERE firm_id = :firm",
    "UPDATE firm_profile SET state = 'published' WHERE firm_id = :firm AND revision = 1",
    "UPDATE firm_profile SET comment = NULL WHERE firm_id = :firm",
)


@dataclass(frozen=True)
class Desk:
    """An application on a database of its own."""

    ask: Ask
    engine: AsyncEngine

    async def as_it_was(self, state: str) -> None:
        """Revision 1 is published, revision 2 in this state."""
        async with self.engine.begin() as connection:
            for statement in AGAIN:
                await connection.execute(text(statement), F)
            await connection.execute(
                text("UPDATE firm_profile SET state = :state WHERE firm_id = :firm AND revision = 2"),
                {**F, "state": state},
            )

    async def states(self) -> list[str]:
        async with self.engine.connect() as connection:
            rows = await connection.execute(
                text("SELECT state FROM firm_profile WHERE firm_id = :firm ORDER BY revision"), F
            )
            return [row.state for row in rows]

    async def said(self) -> Any:
        async with self.engine.connect() as connection:
            statement = "SELECT display_name FROM firm_profile WHERE firm_id = :firm AND revision = 2"
            return await connection.scalar(text(statement), F)


@pytest.fixture(scope="module")
async def desk(copy: Copy, policy: Policy, settings: Settings) -> AsyncIterator[Desk]:
    engine = make_engine(await copy(), pool_timeout=PATIENCE)
    async with asker(settings, policy, engine) as ask:
        yield Desk(ask, engine)
    await engine.dispose()


async def both(turn: int, *asked: Awaitable[Answer]) -> list[str]:
    """The code of each answer, `done` where there is none, in the order of what was asked; begun in one order or the other."""
    answers = await asyncio.gather(*(asked if turn % 2 else reversed(asked)))
    codes = [answer.codes[0] if answer.errors else "done" for answer in answers]
    return codes if turn % 2 else codes[::-1]


async def test_of_two_decisions_at_once_one_holds(desk: Desk) -> None:
    for turn in range(ROUNDS):
        await desk.as_it_was("in_review")
        published, sent_back = await both(
            turn,
            decide(desk.ask, "rolf", "F profile 2", "PUBLISH"),
            decide(desk.ask, "rolf", "F profile 2", "REQUEST_CHANGES"),
        )

        assert sorted([published, sent_back]) == ["CONFLICT", "done"]
        assert await desk.states() == (
            ["unlisted", "published"] if published == "done" else ["published", "changes_requested"]
        )


async def test_what_is_submitted_is_not_written_on_whichever_comes_first(desk: Desk) -> None:
    for turn in range(ROUNDS):
        await desk.as_it_was("draft")
        before, name = await desk.said(), f"Books {turn}"
        submitted, saved = await both(
            turn,
            acts(desk.ask, "SUBMIT", "ada", "F profile 2"),
            save(desk.ask, "ada", displayName=name),
        )

        assert submitted == "done"
        assert await desk.states() == ["published", "in_review"]
        assert (saved, await desk.said()) in (("done", name), ("CONFLICT", before))


async def test_two_who_begin_a_revision_at_once_write_one(desk: Desk) -> None:
    for turn in range(ROUNDS):
        await desk.as_it_was("unlisted")
        codes = await both(turn, save(desk.ask, "ada"), save(desk.ask, "ada", location="Elsewhere"))

        assert codes == ["done", "done"]
        assert await desk.states() == ["published", "unlisted", "draft"]


async def test_what_is_withdrawn_while_the_next_one_is_published_is_unlisted_either_way(desk: Desk) -> None:
    for turn in range(ROUNDS):
        await desk.as_it_was("in_review")
        published, withdrawn = await both(
            turn,
            decide(desk.ask, "rolf", "F profile 2", "PUBLISH"),
            acts(desk.ask, "WITHDRAW", "ada", "F profile 1"),
        )

        assert published == "done"
        assert withdrawn in ("done", "CONFLICT")
        assert await desk.states() == ["unlisted", "published"]


async def test_a_save_beside_a_decision_begins_or_goes_on_or_is_refused(desk: Desk) -> None:
    for turn in range(ROUNDS):
        await desk.as_it_was("in_review")
        published, saved = await both(
            turn, decide(desk.ask, "rolf", "F profile 2", "PUBLISH"), save(desk.ask, "ada", displayName="Later")
        )

        assert published == "done"
        after = ["unlisted", "published"]
        assert (saved, await desk.states()) in (("CONFLICT", after), ("done", [*after, "draft"]))
        assert await desk.said() != "Later"
