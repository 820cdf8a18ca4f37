"""Polar asked concretely says what the generated Python says: rows, fields, reasons and words, over every tuple or a fixed sample."""

import random
from collections.abc import Sequence
from typing import Any, Final

import pytest

from gateway.policy.plan import Plan
from gateway.policy.policy import Policy
from tests.policies.questions import disagreements
from tests.policies.tables import TABLES
from tests.policies.tables.grid import VIEWERS, Facts
from tests.policies.tables.judge import Tuples, key_of, named

WHOLE: Final = 300
"""A domain of so many tuples is asked whole: all of the small types, and Client for the firm's admins and bookkeepers."""

SAMPLE: Final = 80
"""Of a larger one so many are asked, and of the types that a role never reads half of that. Each asks every rule of the type."""

EVERY: Final = [
    pytest.param(kind, role, type_name, id=f"{kind}-{role}-{type_name}")
    for type_name in TABLES
    for kind, role in VIEWERS
]


def chosen(plan: Plan) -> list[Facts]:
    """Sets empty and full. A sample is drawn by the plan's name, so that it is the same in every run."""
    every = Tuples(plan)
    most = SAMPLE if plan.read else SAMPLE // 2
    places: Sequence[int] = range(every.count)
    if every.count > (WHOLE if plan.read else most):
        places = random.Random(f"{plan.kind.name} {plan.role} {plan.type_name}").sample(places, most)  # noqa: S311
    return [every[place] for place in places]


@pytest.mark.parametrize(("kind", "role", "type_name"), EVERY)
def test_the_generated_functions_say_what_polar_says(policy: Policy, kind, role, type_name):
    plan = policy.plan_for(kind, role, type_name)

    for facts in chosen(plan):
        asked = {"side": plan.kind.side, "role": role, **{name: _polar(value) for name, value in facts.items()}}
        found = list(disagreements(policy, plan, key_of(plan, facts), asked))

        assert not found, f"{named(plan, facts)}: {found}"


def _polar(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value
