"""Anybody does anything, step by step: after each, the laws hold, a no has changed nothing, and everybody sees what is theirs."""

import os
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from gateway.db import ids
from gateway.db.models import Collaboration, Firm
from gateway.policy import Policy
from gateway.resolvers.collaborations import lifecycle
from gateway.resolvers.core.transaction import MutationContext
from gateway.settings import Settings
from tests.conftest import Copy
from tests.graph.stateful import books
from tests.graph.stateful.rules import VERBS
from tests.graph.stateful.state_machine import Life, Payments, Stage

LONG: Final = bool(os.environ.get("GATEWAY_LONG_TESTS"))
LIVES: Final = 150 if LONG else 12
STEPS: Final = 30
CHANGE_WHO_PAYS: Final = ("changeBillingMode", "changeAccess", "suspendFirm", "reinstateFirm", "terminateCollaboration")
PAYERS: Final = books.payers
KINDS: Final = 25
"""So many kinds of step succeed at least: a life in which everything is refused proves little."""


@pytest.fixture(scope="module")
async def url(copy: Copy) -> str:
    return await copy()


@pytest.fixture
def stage(url: str, settings: Settings, policy: Policy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    made = Life.stage = Stage(url, settings, policy)
    monkeypatch.setattr(ids, "secrets", made.dice)
    yield made
    made.close()


def lived(lives: int, kind: type[Life] = Life) -> Callable[[], None]:
    chosen = settings(
        max_examples=lives,
        stateful_step_count=STEPS,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        # The shortest life that fails takes minutes to find: a long run has them.
        phases=[Phase.generate, Phase.shrink] if LONG else [Phase.generate],
    )
    return lambda: run_state_machine_as_test(kind, settings=chosen)


def test_whatever_anybody_does_the_laws_hold_and_everybody_sees_what_is_theirs(stage: Stage) -> None:
    lived(LIVES)()

    assert len(stage.done) >= KINDS, sorted({*VERBS} - {*stage.done})
    assert {*stage.refused} >= {"BAD_USER_INPUT", "CONFLICT", "FORBIDDEN", "NOT_FOUND"}


def test_who_paid_at_a_moment_is_told_alike_ever_after(stage: Stage) -> None:
    lived(LIVES, Payments)()

    assert {*stage.done} >= {*CHANGE_WHO_PAYS}, sorted({*CHANGE_WHO_PAYS} - {*stage.done})


async def nothing(*_: Any) -> tuple[int, ...]:
    return 0, 0, 0


async def without_entry(*_: Any) -> None:
    pass


MISTAKES: Final = {
    "what is over has no grant": (lifecycle, "take_back", nothing),
    "the entries of": (MutationContext, "audit", without_entry),
}
"""What somebody might forget, by what is said of it."""


@pytest.mark.parametrize("said", MISTAKES)
def test_a_mistake_does_not_live_long(stage: Stage, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setattr(*MISTAKES[said])
    # Once told, the life is lived again, which a mistake may lead another way.
    with pytest.raises((AssertionError, Flaky)):
        lived(LIVES)()

    assert said in stage.problems[0]


def judged_by_today(client_id: Any, at: Any) -> Any:
    in_the_programme = sa.exists().where(Firm.id == Collaboration.firm_id, Firm.programme_state == "approved")
    return PAYERS(client_id, at).where(in_the_programme.correlate(Collaboration))


def test_a_payer_who_is_judged_by_how_the_firm_is_today_does_not_live_long(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "payers", judged_by_today)
    with pytest.raises((AssertionError, Flaky)):
        lived(LIVES, Payments)()

    assert "the payer of" in stage.problems[0]
