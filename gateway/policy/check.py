"""What must hold of a policy before it is put in force: nothing is left open, nothing is dead, every no has a reason."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from gateway.policy.cubes import Key, asked
from gateway.policy.errors import PolicyError
from gateway.policy.plan import Plan, fields_of
from gateway.policy.policy import Policy

Fields = Mapping[str, Mapping[str, bool]]
"""The object types of a schema that are not carriers: each field, and whether it may be null."""


def require_complete(policy: Policy, fields: Fields) -> None:
    """PolicyError with all that is wrong, one line each."""
    if problems := [*of_schema(policy, fields), *of_rules(policy)]:
        raise PolicyError("The policy and the graph do not fit:\n  " + "\n  ".join(problems))


def of_schema(policy: Policy, fields: Fields) -> Iterator[str]:
    """Every field is decided; what is decided exists; what may be hidden may be null."""
    for type_name, nullable in fields.items():
        if type_name not in policy.types:
            yield f"{type_name}: no rule decides this type, and it is not marked as a carrier"
            continue
        decided = {name for name in policy.bits(type_name) if "(" not in name}
        for name in sorted(nullable.keys() - decided):
            yield f"{type_name}.{name}: no rule shows it to anybody"
        for name in sorted(decided - nullable.keys()):
            yield f"{type_name}.{name}: a rule shows it and the graph does not have it"
        for name in sorted(decided & nullable.keys()):
            if not nullable[name] and _may_be_hidden(policy, type_name, name):
                yield f"{type_name}.{name}: it may be hidden and must be nullable"
    for type_name in policy.types:
        if type_name not in fields:
            yield f"{type_name}: rules decide it and the graph does not have it"


def of_rules(policy: Policy) -> Iterator[str]:
    """Every declared fact is asked, every field has its statements, every hidden field in scope has a reason that may be known."""
    for type_name, facts in policy.vocabulary.facts.items():
        decisions = {rule: d for (of, rule), d in policy.compiled.decisions.items() if of == type_name}
        read = set().union(*(asked(total) for d in decisions.values() for total in d.sums.values()), set())
        for name in facts.keys() - read:
            yield f"{type_name}: no rule asks the fact {name}"
        for name in fields_of(decisions):
            if not policy.grounds(type_name, name):
                yield f"{type_name}.{name}: no statement grounds it"
            if not any(
                plan.can_ever("see", name) and plan.read for plan in policy.plans() if plan.type_name == type_name
            ):
                yield f"{type_name}.{name}: nobody ever sees it"
    for plan in policy.plans():
        yield from _of_reasons(plan)


def situations(plan: Plan, *rules: str) -> Iterator[Key]:
    """Every situation that `rules` (or any) can tell apart, sets empty and full: enough, as a rule asks a set for one word.

    Facts that none of the rules asks stand at their least.
    """
    wanted = plan.asks(*rules)
    domains: list[tuple[Any, ...]] = []
    for name in plan.order:
        fact = plan.declared[name]
        domain = (0, sum(plan.set_bits[name].values())) if fact.domain is None else fact.domain
        domains.append(domain if name in wanted else domain[:1])
    yield from product(*domains)


SHOWN = ("read", "see", "hidden_because", "disclosed_fact")
"""What decides how a row looks."""


def _may_be_hidden(policy: Policy, type_name: str, field: str) -> bool:
    return any(
        plan.reads(key) and not plan.mask(key) & plan.bits[field]
        for plan in policy.plans()
        if plan.type_name == type_name and plan.read
        for key in situations(plan, "read", "see")
    )


def _of_reasons(plan: Plan) -> Iterator[str]:
    if not plan.read:
        return
    told: set[str] = set()
    for key in situations(plan, *SHOWN):
        if not plan.reads(key):
            continue
        mask = plan.mask(key)
        known = set(plan.words("disclosed_fact", key)) if "disclosed_fact" in plan.decisions else set()
        for field, bit in plan.bits.items():
            if mask & bit or field in told:
                continue
            resting = plan.rests_on(key, field)
            if resting is None:
                told.add(field)
                yield f"{plan.kind.name}({plan.role}): {plan.type_name}.{field} may be hidden without a reason"
            elif not resting <= known:
                told.add(field)
                unknown = ", ".join(sorted(resting - known))
                yield f"{plan.kind.name}({plan.role}): the reason for {plan.type_name}.{field} rests on what is not known: {unknown}"
