"""What `viewerActions` offers is what would succeed and change something now, and nothing else would (D63)."""

import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.db import ids
from gateway.db.seeds.demo import DEMO_NOW
from gateway.policy import Policy
from gateway.schema.core.list_bounds import ACTED_ON
from gateway.settings import Settings
from tests.graph.conftest import Ask, asker, lent
from tests.graph.stateful.state_machine import Dice
from tests.support.action_inputs import INPUTS
from tests.support.excused_offers import EXCUSED
from tests.support.offered_actions import At, Trials, drawn, offered
from tests.support.situations import settle

LONG: Final = bool(os.environ.get("GATEWAY_LONG_TESTS"))
MAX_COUNT: Final = None if LONG else 1
"""So many rows of each situation that the policy tells apart, or all."""
WIDE: Final = {
    "product_url": "https://product.example",
    **dict.fromkeys(("max_mutations", "max_root_fields", "max_aliases"), 100),
}
"""Accounts can be entered, and one request calls all mutations of a type."""
ACTIONS: Final[Mapping[str, list[str]]] = {kind: sorted(inputs) for kind, inputs in INPUTS.items()}


@dataclass(frozen=True)
class Place:
    """An application over a world, and the keys of the rows that are always looked at."""

    ask: Ask
    connection: AsyncConnection
    always: frozenset[UUID]


@pytest.fixture
async def place(
    settings: Settings, policy: Policy, engine: AsyncEngine, world: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Place]:
    """At the moment that the near misses of the crowd are about, with the same keys each time."""
    monkeypatch.setattr(ids, "secrets", Dice())
    always = await settle(world)
    async with asker(settings.model_copy(update=WIDE), policy, engine) as made:
        monkeypatch.setattr(made.gateway, "clock", lambda: DEMO_NOW)
        with lent(made, world):
            yield Place(made, world, frozenset(always))


def test_every_action_has_inputs_to_try(policy: Policy) -> None:
    words = {
        type_name: sorted({str(words[-1]) for words in decision.sums})
        for (type_name, rule), decision in policy.compiled.decisions.items()
        if rule == "may" and type_name in ACTED_ON
    }

    assert words == ACTIONS


@pytest.mark.parametrize("type_name", sorted(ACTIONS))
async def test_an_action_is_offered_exactly_when_it_would_change_something(place: Place, type_name: str) -> None:
    rows = await drawn(place.ask, place.connection, type_name, most=MAX_COUNT, always=place.always)
    trials = await Trials.begin(place.connection)
    in_vain, withheld, done, excused = [], [], set[str](), set[str]()
    for at, words in await offered(rows):
        failed, others = await compared(trials, at, words)
        done |= words - failed
        forgiven = {action for action in failed if is_excused(at, action)}
        excused |= forgiven
        in_vain += [f"{action} of {at}" for action in failed - forgiven]
        withheld += [f"{action} of {at}" for action in others]

    assert not in_vain, "these are offered and do not succeed:\n" + "\n".join(in_vain)
    assert not withheld, "these succeed and are not offered:\n" + "\n".join(withheld)
    assert excused == {action for kind, action in EXCUSED if kind == type_name}, "an excuse that no row needs"
    assert done == set(ACTIONS[type_name]), "an action that succeeds nowhere here proves nothing"


def is_excused(at: At, action: str) -> bool:
    excuse = EXCUSED.get((at.type_name, action))
    return excuse is not None and excuse.holds(at)


async def compared(trials: Trials, at: At, words: set[str]) -> tuple[set[str], set[str]]:
    """What is offered and does not succeed, and what is not offered and succeeds."""
    inputs = {action: wanted(at) for action, wanted in INPUTS[at.type_name].items()}
    failed = {action for action in words if not await trials.any_effective(at, action, inputs[action])}
    others = [(action, each) for action in inputs if action not in words for each in inputs[action]]
    return failed, await trials.effective(at, others) if others else set()
