"""A plan of the policy against a table: every tuple of facts, the row, the whole set of fields, each reason, each word."""

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from math import prod
from typing import Any, Final

from gateway.policy.plan import Plan
from tests.policies.tables.grid import VIEWERS, Facts, Table

WordsOf = Callable[[str, Facts], list[str]]
MANY: Final = 20_000
"""Beyond so many tuples the sets are taken empty and full only; that suffices, for a case asks one word of each set at most."""


def values(plan: Plan, name: str, *, thorough: bool) -> list[Any]:
    """What a fact can be for this role; a set is empty, full, or full but for one word."""
    if name not in plan.facts:
        known = plan.known[name]
        return [frozenset()] if plan.declared[name].domain is None else [known]
    if (domain := plan.declared[name].domain) is not None:
        return list(domain)
    every = frozenset(plan.set_bits[name])
    return [frozenset(), every, *([every - {word} for word in sorted(every)] if thorough else [])]


def tuples(plan: Plan, *, thorough: bool = True) -> Iterator[Facts]:
    """Every tuple of facts, those that no rule reads included: a table that needs one of them would show it."""
    names = [name for name in plan.declared if name not in ("side", "role")]
    domains = [values(plan, name, thorough=thorough) for name in names]
    if thorough and prod(map(len, domains)) > MANY:
        domains = [values(plan, name, thorough=False) for name in names]
    for row in product(*domains):
        yield {"role": plan.role, **dict(zip(names, row, strict=True))}


def key_of(plan: Plan, facts: Facts) -> tuple[Any, ...]:
    return tuple(
        sum(plan.set_bits[name][word] for word in facts[name]) if plan.declared[name].domain is None else facts[name]
        for name in plan.order
    )


def differences(plan: Plan, table: Table) -> Iterator[str]:
    """Where the policy is not the table, a sentence each."""
    viewer = VIEWERS[plan.kind.name, plan.role]
    seen = _Fields(plan)
    for facts in tuples(plan):
        key = key_of(plan, facts)
        expected = table.denials(viewer, facts)
        if plan.reads(key) != (expected is not None):
            found = [f"the row is {'there' if expected is None else 'absent'}, the table says otherwise"]
        elif not table.possible(facts):
            continue
        elif expected is None:
            found = [*_of_nothing(plan, key, seen[plan.mask(key)]), *_of_each(plan, key, table.unseen, viewer, facts)]
        else:
            found = [
                *_of_fields(plan, key, seen[plan.mask(key)], expected),
                *_of_words(plan, key, table, viewer, facts),
            ]
        yield from (f"{named(plan, facts)}: {what}" for what in found)


class _Fields(dict[int, frozenset[str]]):
    """The fields of a mask, worked out once."""

    def __init__(self, plan: Plan) -> None:
        self.bits = plan.bits

    def __missing__(self, mask: int) -> frozenset[str]:
        found = self[mask] = frozenset(name for name, bit in self.bits.items() if mask & bit)
        return found


def _of_nothing(plan: Plan, key: Any, seen: frozenset[str]) -> Iterator[str]:
    """Of a row that is not there no field is visible, nothing may be done and nobody is told, even if somebody forgot the scope."""
    if seen:
        yield f"the row is absent, and yet its {sorted(seen)} are visible"
    for rule in ("may", "told"):
        if rule in plan.decisions and (words := plan.words(rule, key)):
            yield f"the row is absent, and yet {rule} gives {words}"


def _of_fields(plan: Plan, key: Any, seen: frozenset[str], expected: Mapping[str, str | None]) -> Iterator[str]:
    wanted = frozenset(name for name, reason in expected.items() if reason is None)
    if seen != wanted:
        yield f"gains {sorted(seen - wanted)}, loses {sorted(wanted - seen)}"
    for name, reason in expected.items():
        if reason is not None and name not in seen and (given := plan.reason(key, name)) != reason:
            yield f"{name} is hidden for {given}, not for {reason}"


def _of_words(plan: Plan, key: Any, table: Table, viewer: str, facts: Facts) -> Iterator[str]:
    yield from _of_each(plan, key, {**table.words, **table.unseen}, viewer, facts)
    for rule, word_of in table.firsts.items():
        if (first := plan.first(rule, key)) != (word := word_of(viewer, facts)):
            yield f"{rule} is {first}, not {word}"

    for rule, whys_of in table.whys.items():
        whys = whys_of(viewer, facts)
        for action in sorted({str(words[0]) for words in plan.decisions[rule].sums} | whys.keys()):
            if (why := plan.first(rule, key, action)) != whys.get(action):
                yield f"{rule} {action}: {why}, not {whys.get(action)}"

    for rule, held in table.holds.items():
        if (does := holds(plan, rule, key)) != held(viewer, facts):
            yield f"{rule} {'holds' if does else 'does not hold'}, the table says otherwise"


def _of_each(plan: Plan, key: Any, rules: Mapping[str, WordsOf], viewer: str, facts: Facts) -> Iterator[str]:
    for rule, words_of in rules.items():
        given, wanted = set(plan.words(rule, key)), set(words_of(viewer, facts))
        if given != wanted:
            yield f"{rule} gains {sorted(given - wanted)}, loses {sorted(wanted - given)}"


def holds(plan: Plan, rule: str, key: Any) -> bool:
    """A rule without words, from its sum: it is asked in SQL only, so no function is generated for it."""
    return any(all(plan.value(key, name) in allowed for name, allowed in cube.items()) for cube in plan.sum(rule))


def named(plan: Plan, facts: Facts) -> str:
    """The viewer and the facts that can differ, for a failure that is understood without a debugger."""
    told = ", ".join(f"{name}={_told(plan, name, value)}" for name, value in facts.items() if name in plan.facts)
    return f"{VIEWERS[plan.kind.name, plan.role]} {plan.type_name}({told})"


def _told(plan: Plan, name: str, value: Any) -> Any:
    if plan.declared[name].domain is not None:
        return value
    missing = sorted(set(plan.set_bits[name]) - value)
    return "all" if not missing else f"all but {missing[0]}" if len(missing) == 1 else "none"
