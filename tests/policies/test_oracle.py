"""Polar asked concretely says what the generated Python says: rows, fields, reasons and words, over every tuple or a fixed sample."""

import random
from typing import Any, Final

import pytest

from gateway.policy.plan import Plan
from gateway.policy.policy import Policy
from tests.policies.tables import TABLES
from tests.policies.tables.grid import VIEWERS, Facts
from tests.policies.tables.judge import holds, key_of, named, tuples

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
    every = list(tuples(plan, thorough=False))
    most = SAMPLE if plan.read else SAMPLE // 2
    if len(every) <= (WHOLE if plan.read else most):
        return every
    return random.Random(f"{plan.kind.name} {plan.role} {plan.type_name}").sample(every, most)  # noqa: S311


@pytest.mark.parametrize(("kind", "role", "type_name"), EVERY)
def test_the_generated_functions_say_what_polar_says(policy: Policy, kind, role, type_name):
    plan = policy.plan_for(kind, role, type_name)

    for facts in chosen(plan):
        asked = {"side": plan.kind.side, "role": role, **{name: _polar(value) for name, value in facts.items()}}
        for rule, decision in plan.decisions.items():
            said = policy.compiled.oracle.ask(type_name, rule, decision.arity, asked)

            assert compiled(plan, rule, key_of(plan, facts)) == told(plan, rule, said), f"{named(plan, facts)}: {rule}"


def compiled(plan: Plan, rule: str, key: Any) -> Any:
    match rule:
        case "read":
            return plan.reads(key)
        case "see":
            return {name for name, bit in plan.bits.items() if plan.mask(key) & bit}
        case "because":
            return {name: plan.reason(key, name) for name in plan.bits}
        case "refuses":
            return {action: plan.first(rule, key, action) for action in actions(plan)}
        case _ if plan.decisions[rule].arity == 0:
            return holds(plan, rule, key)
        case _:
            return set(plan.words(rule, key)), plan.first(rule, key)


def told(plan: Plan, rule: str, said: list[tuple[str | None, ...]]) -> Any:
    match rule:
        case _ if plan.decisions[rule].arity == 0:
            return bool(said)
        case "see":
            return {word for (word,) in said}
        case "because":  # the first in the order of the text (D39); None without any
            return {name: next((reason for field, reason in said if field in (None, name)), None) for name in plan.bits}
        case "refuses":
            return {action: next((word for of, word in said if of == action), None) for action in actions(plan)}
        case _:
            return {word for (word,) in said}, said[0][0] if said else None


def actions(plan: Plan) -> list[str]:
    """What the policy says of why not."""
    return sorted({str(words[0]) for words in plan.decisions["refuses"].sums})


def _polar(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value
