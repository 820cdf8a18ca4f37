"""Compares two policies: which viewers gain or lose which rows, fields and actions, and in which situations."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, Final, NamedTuple

from gateway.policy.cubes import asked
from gateway.policy.partial import ROOT, Branch, Path
from gateway.policy.plan import Plan
from gateway.policy.policy import Policy

_SIGNS: Final = {"In": "is", "Unify": "=", "Neq": "!=", "Lt": "<", "Leq": "<=", "Gt": ">", "Geq": ">="}
EMPTY, ALL = "none of its words", "all of its words"


class Answer(NamedTuple):
    """What is shown in one situation, and the reason of each hidden field."""

    shown: set[str]
    hidden: dict[str, str]


NOTHING = Answer(set(), {})


def lines(old: Policy, new: Policy) -> Iterator[str]:
    """One line for each change: viewer, type, what is gained or lost, and when. Changed derivations of facts come first."""
    yield from _of_facts(old, new)
    for type_name in sorted({*old.types, *new.types}):
        for kind in {**old.vocabulary.kinds, **new.vocabulary.kinds}.values():
            for role in kind.roles:
                before, after = _plan(old, kind.name, role, type_name), _plan(new, kind.name, role, type_name)
                yield from _of_plan(f"{kind.name}({role})", type_name, before, after)


def _of_facts(old: Policy, new: Policy) -> Iterator[str]:
    """Changed derivations of facts. Their effect depends on the data, so the line names all rules that read the fact."""
    for found in sorted({*old.compiled.facts, *new.compiled.facts}):
        kind, type_name, name = found
        before, after = _conditions(old, found), _conditions(new, found)
        if before != after:
            reading = sorted(
                rule
                for (of, rule), decision in new.compiled.decisions.items()
                if of == type_name and any(name in asked(total) for total in decision.sums.values())
            )
            yield (
                f"{kind}: the fact {type_name}.{name} holds for other rows, which may affect {', '.join(reading) or 'no rule'}: "
                f"it was {before or 'never'}; it is {after or 'never'}"
            )


def _conditions(policy: Policy, found: tuple[str, str, str]) -> str:
    """The alternatives in which a fact holds, each with its conditions, sorted."""
    branches = policy.compiled.facts.get(found, [])
    return " or ".join(sorted(_branch(branch) for branch in branches))


def _branch(branch: Branch) -> str:
    value = "" if branch.value is True else f"{_path(branch.value)} where "
    conditions = sorted(
        f"{_path(left)} {_SIGNS[operator]} {_path(right) if isinstance(right, Path) else _constants(right)}"
        for left, operator, right in branch.conditions
    )
    return value + (" and ".join(conditions) or "always")


def _path(path: Path) -> str:
    return f"{path.node}.{path.column}".replace(f"{ROOT}.", "")


def _constants(value: Any) -> str:
    return " | ".join(sorted(map(str, value))) if isinstance(value, frozenset) else str(value)


def _plan(policy: Policy, kind: str, role: str, type_name: str) -> Plan | None:
    known = policy.vocabulary.kinds.get(kind)
    if type_name not in policy.types or known is None or role not in known.roles:
        return None
    return policy.plan_for(kind, role, type_name)


def _of_plan(who: str, type_name: str, before: Plan | None, after: Plan | None) -> Iterator[str]:
    changes: defaultdict[tuple[str, str], list[dict[str, frozenset[Any]]]] = defaultdict(list)
    domains = _domains(before, after)
    for values in product(*domains.values()):
        facts = dict(zip(domains, values, strict=True))
        was, now = _answer(before, facts), _answer(after, facts)
        situation = {name: frozenset([value]) for name, value in facts.items()}
        for what in now.shown - was.shown:
            changes["gains", what].append(situation)
        for what in was.shown - now.shown:
            changes["loses", what].append(situation)
        for field in was.hidden.keys() & now.hidden.keys():
            if was.hidden[field] != now.hidden[field]:
                changes[
                    "gets another reason:", f".{field} is hidden for {now.hidden[field]}, not {was.hidden[field]}"
                ].append(situation)
    for (verb, what), situations in sorted(changes.items()):
        for situation in sorted(_grouped(situations, domains), key=lambda one: sorted(map(str, one.items()))):
            when = ", ".join(f"{name} is {_values(situation[name])}" for name in domains if name in situation)
            yield f"{who} {verb} {type_name}{what}" + (f" when {when}" if when else "")


def _domains(before: Plan | None, after: Plan | None) -> dict[str, tuple[Any, ...]]:
    """The facts that either policy reads for this role, and all their values."""
    found: dict[str, tuple[Any, ...]] = {}
    for plan in (before, after):
        for name in sorted(plan.asks("read", "see", "hidden_because", "may")) if plan else ():
            domain = plan.declared[name].domain if plan else ()
            values = (EMPTY, ALL) if domain is None else domain
            found[name] = tuple(dict.fromkeys((*found.get(name, ()), *values)))
    return found


def _answer(plan: Plan | None, facts: Mapping[str, Any]) -> Answer:
    """What one situation shows: the row, its fields with their reasons, and the actions on it."""
    if plan is None:
        return NOTHING
    key = tuple(_value(plan, name, facts) for name in plan.order)
    if not plan.reads(key):
        return NOTHING
    situation = plan.situation(key)
    visible = set(situation.visible())
    hidden = {name: situation.why(name) for name in plan.bits if name not in visible}
    actions = situation.words("may") if "may" in plan.decisions else []
    return Answer({" rows", *(f".{name}" for name in visible), *(f" action {word}" for word in actions)}, hidden)


def _value(plan: Plan, name: str, facts: Mapping[str, Any]) -> Any:
    fact = plan.declared[name]
    if fact.domain is None:
        return sum(plan.set_bits[name].values()) if facts.get(name) == ALL else 0
    return facts.get(name, fact.default)


def _grouped(
    situations: list[dict[str, frozenset[Any]]], domains: Mapping[str, tuple[Any, ...]]
) -> list[dict[str, frozenset[Any]]]:
    """The same situations in a shorter form: those that differ in one fact are merged, and unrestricted facts are left out."""
    left = situations
    for name, domain in domains.items():
        by_rest: defaultdict[frozenset[Any], frozenset[Any]] = defaultdict(frozenset)
        for situation in left:
            rest = frozenset((other, allowed) for other, allowed in situation.items() if other != name)
            by_rest[rest] |= situation[name] if name in situation else frozenset(domain)
        left = [
            dict(sorted(rest, key=lambda item: str(item[0]))) | ({name: values} if len(values) < len(domain) else {})
            for rest, values in by_rest.items()
        ]
    return left


def _values(allowed: frozenset[Any]) -> str:
    return " or ".join(sorted(str(value).lower() if isinstance(value, bool) else str(value) for value in allowed))
