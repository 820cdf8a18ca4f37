"""Polar asked concretely, and the generated Python, about the same facts: every rule of a type."""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.policy.plan import Plan
from gateway.policy.policy import Policy
from tests.policies.tables.judge import holds


def disagreements(policy: Policy, plan: Plan, key: Any, facts: Mapping[str, Any]) -> Iterator[str]:
    """Each rule to which Polar and the plan give different answers."""
    for rule, decision in plan.decisions.items():
        said = by_polar(plan, rule, policy.compiled.oracle.ask(plan.type_name, rule, decision.arity, facts))
        if (found := by_plan(plan, rule, key)) != said:
            yield f"{rule}: Polar says {said}, the plan {found}"


def by_plan(plan: Plan, rule: str, key: Any) -> Any:
    match rule:
        case "read":
            return plan.reads(key)
        case "see":
            return {name for name, bit in plan.bits.items() if plan.mask(key) & bit}
        case _ if plan.decisions[rule].arity == 0:
            return holds(plan, rule, key)
        case _ if plan.decisions[rule].arity == 1:
            return set(plan.words(rule, key)), plan.first(rule, key)
        case _:  # `because` and `refuses`: the first in the order of the text (D39), or None
            return {name: plan.first(rule, key, name) for name in _subjects(plan, rule)}


def by_polar(plan: Plan, rule: str, said: list[tuple[str | None, ...]]) -> Any:
    match rule:
        case _ if plan.decisions[rule].arity == 0:
            return bool(said)
        case "see":
            return {word for (word,) in said}
        case _ if plan.decisions[rule].arity == 1:
            return {word for (word,) in said}, said[0][0] if said else None
        case _:
            subjects = _subjects(plan, rule)
            return {name: next((word for of, word in said if of in (None, name)), None) for name in subjects}


def _subjects(plan: Plan, rule: str) -> list[str]:
    """What a rule of two words speaks of: a field, or an action."""
    named = {str(words[0]) for words in plan.decisions[rule].sums if words[0] is not None}
    return sorted(named | set(plan.bits if rule == "hidden_because" else ()))
