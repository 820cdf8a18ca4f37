"""A plan of the policy against a table: every tuple of facts, the row, the whole set of fields, each reason, each word."""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from itertools import count as count_from
from math import gcd, prod
from typing import Any, Final

from gateway.policy.plan import Plan
from tests.policies.tables.grid import VIEWERS, Facts, Table

WordsOf = Callable[[str, Facts], list[str]]
GOLDEN: Final = 0.618
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
    """Every tuple of facts, those that no rule reads included: a table that needs one of them would show it.

    They come in leaps: neighbours differ in many facts, so that what is otherwise in a part of them is met soon.
    """
    names = [name for name in plan.declared if name not in ("side", "role")]
    domains = [values(plan, name, thorough=thorough) for name in names]
    if thorough and prod(map(len, domains)) > MANY:
        domains = [values(plan, name, thorough=False) for name in names]
    count = prod(map(len, domains))
    leap = next(each for each in count_from(int(count * GOLDEN) | 1) if gcd(each, count) == 1)
    for step in range(count):
        place, row = step * leap % count, {"role": plan.role}
        for name, domain in zip(names, domains, strict=True):
            place, one = divmod(place, len(domain))
            row[name] = domain[one]
        yield row


def key_of(plan: Plan, facts: Facts) -> tuple[Any, ...]:
    return tuple(
        sum(plan.set_bits[name][word] for word in facts[name]) if plan.declared[name].domain is None else facts[name]
        for name in plan.order
    )


def differences(plan: Plan, table: Table) -> Iterator[str]:
    """Where the policy is not the table, a sentence each."""
    for facts in tuples(plan):
        yield from differences_at(plan, table, key_of(plan, facts), facts)


def differences_at(plan: Plan, table: Table, key: tuple[Any, ...], facts: Facts) -> Iterator[str]:
    """Where the plan's answers to `key` are not the table's answers to `facts`."""
    viewer = VIEWERS[plan.kind.name, plan.role]
    expected = table.denials(viewer, facts)
    found: Iterator[str] = iter(())
    if plan.reads(key) != (expected is not None):
        found = iter([f"the row is {'there' if expected is None else 'absent'}, the table says otherwise"])
    elif not table.possible(facts):
        pass
    elif expected is None:
        found = chain(_of_nothing(plan, key), _of_each(plan, key, table.unseen, viewer, facts))
    else:
        found = chain(_of_fields(plan, key, expected), _of_words(plan, key, table, viewer, facts), _unnamed(plan, key))
    yield from (f"{named(plan, facts)}: {what}" for what in found)


def _seen(plan: Plan, key: tuple[Any, ...]) -> frozenset[str]:
    """The visible fields; those of each mask are worked out once."""
    mask = plan.mask(key)
    found: frozenset[str] = plan.keep(
        ("seen", mask), lambda: frozenset(name for name, bit in plan.bits.items() if mask & bit)
    )
    return found


def _of_nothing(plan: Plan, key: Any) -> Iterator[str]:
    """Of a row that is not there no field is visible, nothing may be done and nobody is told, even if somebody forgot the scope."""
    if seen := _seen(plan, key):
        yield f"the row is absent, and yet its {sorted(seen)} are visible"
    for rule in ("may", "notify"):
        if rule in plan.decisions and (words := plan.words(rule, key)):
            yield f"the row is absent, and yet {rule} gives {words}"


def _of_fields(plan: Plan, key: Any, expected: Mapping[str, str | None]) -> Iterator[str]:
    seen, wanted = _seen(plan, key), frozenset(name for name, reason in expected.items() if reason is None)
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


def _unnamed(plan: Plan, key: Any) -> Iterator[str]:
    """What the viewer may do at times and not now is refused with a rule's name (§4.5)."""
    if "may" not in plan.decisions:
        return
    refused = _ever(plan) - {
        word for rule in ("may", "idle") if rule in plan.decisions for word in plan.words(rule, key)
    }
    for action in sorted(refused):
        if plan.first("refuses", key, action) is None:
            yield f"{action} is refused and no rule says why"


def _ever(plan: Plan) -> frozenset[str]:
    actions = {str(words[-1]) for words in plan.decisions["may"].sums}
    found: frozenset[str] = plan.keep("ever", lambda: frozenset(each for each in actions if plan.can_ever("may", each)))
    return found


def _of_each(plan: Plan, key: Any, rules: Mapping[str, WordsOf], viewer: str, facts: Facts) -> Iterator[str]:
    for rule, words_of in rules.items():
        given, wanted = set(plan.words(rule, key)), set(words_of(viewer, facts))
        if given != wanted:
            yield f"{rule} gains {sorted(given - wanted)}, loses {sorted(wanted - given)}"


def holds(plan: Plan, rule: str, key: Any, *words: str) -> bool:
    """A rule without words, or one of two words, from its sum: for these no function that lists all is generated."""
    return any(
        all(_allows(plan, name, plan.value(key, name), allowed) for name, allowed in cube.items())
        for cube in plan.sum(rule, *words)
    )


def _allows(plan: Plan, name: str, value: Any, allowed: frozenset[Any]) -> bool:
    if plan.declared[name].domain is not None:
        return value in allowed
    return all(value & plan.set_bits[name][word] for word in allowed)


def named(plan: Plan, facts: Facts) -> str:
    """The viewer and the facts that can differ, for a failure that is understood without a debugger."""
    told = ", ".join(f"{name}={_told(plan, name, value)}" for name, value in facts.items() if name in plan.facts)
    return f"{VIEWERS[plan.kind.name, plan.role]} {plan.type_name}({told})"


def _told(plan: Plan, name: str, value: Any) -> Any:
    if plan.declared[name].domain is not None:
        return value
    missing = sorted(set(plan.set_bits[name]) - value)
    return "all" if not missing else f"all but {missing[0]}" if len(missing) == 1 else "none"
