"""Checks of a policy before it is put in force: it is complete, has no unused parts, and gives a reason for each refusal."""

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
    """Raise a PolicyError with all problems, one line each, if there are any."""
    if problems := [*of_schema(policy, fields), *of_rules(policy)]:
        raise PolicyError("The policy and the graph do not match:\n  " + "\n  ".join(problems))


def of_schema(policy: Policy, fields: Fields) -> Iterator[str]:
    """The problems of the schema: fields without a rule, rules without a field, and non-null fields that may be hidden."""
    for type_name, nullable in fields.items():
        if type_name not in policy.types:
            yield f"{type_name}: no rule decides this type, and it is not marked as a carrier"
            continue
        decided = {name for name in policy.bits(type_name) if "(" not in name}
        for name in sorted(nullable.keys() - decided):
            yield f"{type_name}.{name}: no rule shows it to any viewer"
        for name in sorted(decided - nullable.keys()):
            yield f"{type_name}.{name}: a rule shows it, but the graph does not have it"
        for name in sorted(decided & nullable.keys()):
            if not nullable[name] and _may_be_hidden(policy, type_name, name):
                yield f"{type_name}.{name}: it may be hidden, so it must be nullable"
    for type_name in policy.types:
        if type_name not in fields:
            yield f"{type_name}: rules decide on it, but the graph does not have it"


def of_rules(policy: Policy) -> Iterator[str]:
    """The problems of the rules.

    Every declared fact must be read by a rule, every field must have its statements and a viewer who can see it, and every
    hidden field of a row in scope must have a reason that the viewer may know.
    """
    for type_name, facts in policy.vocabulary.facts.items():
        decisions = {rule: d for (of, rule), d in policy.compiled.decisions.items() if of == type_name}
        read = set().union(*(asked(total) for d in decisions.values() for total in d.sums.values()), set())
        for name in facts.keys() - read:
            yield f"{type_name}: no rule reads the fact {name}"
        for name in fields_of(decisions):
            if not policy.grounds(type_name, name):
                yield f"{type_name}.{name}: no statement grounds it"
            if not any(
                plan.can_ever("see", name) and plan.read for plan in policy.plans() if plan.type_name == type_name
            ):
                yield f"{type_name}.{name}: no viewer ever sees it"
    for plan in policy.plans():
        yield from _of_reasons(plan)


def situations(plan: Plan, *rules: str) -> Iterator[Key]:
    """Every situation that `rules` (by default all rules) can distinguish, with each set empty and full.

    Empty and full are enough, because a rule tests a set for one word. Facts that none of the rules reads have their default.
    """
    wanted = plan.asks(*rules)
    domains: list[tuple[Any, ...]] = []
    for name in plan.order:
        fact = plan.declared[name]
        domain = (0, sum(plan.set_bits[name].values())) if fact.domain is None else fact.domain
        domains.append(domain if name in wanted else domain[:1])
    yield from product(*domains)


SHOWN = ("read", "see", "hidden_because", "disclosed_fact")
"""The rules that decide how a row is shown."""


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
    reported: set[str] = set()
    for key in situations(plan, *SHOWN):
        if not plan.reads(key):
            continue
        mask = plan.mask(key)
        known = set(plan.words("disclosed_fact", key)) if "disclosed_fact" in plan.decisions else set()
        for field, bit in plan.bits.items():
            if mask & bit or field in reported:
                continue
            resting = plan.rests_on(key, field)
            if resting is None:
                reported.add(field)
                yield f"{plan.kind.name}({plan.role}): {plan.type_name}.{field} may be hidden without a reason"
            elif not resting <= known:
                reported.add(field)
                unknown = ", ".join(sorted(resting - known))
                yield (
                    f"{plan.kind.name}({plan.role}): the reason for {plan.type_name}.{field} rests on facts that the viewer "
                    f"may not know: {unknown}"
                )
