"""Decisions as sums of cubes over facts: simplified for a viewer, minimised, and converted to SQL or Python from one form."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from gateway.policy.partial import Cube
from gateway.policy.vocabulary import Fact, Value

Sum = tuple[Cube, ...]
"""True if any of its cubes is true: `()` is never true, `({},)` is always true."""

Key = tuple[Any, ...]


def folded(cubes: Iterable[Cube], known: Mapping[str, Value | int], facts: Mapping[str, Fact]) -> Sum:
    """The cubes that can still be true with the `known` facts, without the conditions on those facts."""
    kept = (
        {name: allowed for name, allowed in cube.items() if name not in known}
        for cube in cubes
        if all(_holds(facts[name], allowed, known[name]) for name, allowed in cube.items() if name in known)
    )
    return small(kept, facts)


def _holds(fact: Fact, allowed: frozenset[Value], value: Value | int) -> bool:
    if fact.domain is None:
        return not allowed  # a set without a source contains no word
    return value in allowed


def small(cubes: Iterable[Cube], facts: Mapping[str, Fact]) -> Sum:
    """Merge equal, absorbed and complementary cubes, and drop conditions that allow every value of a fact."""
    left: list[Cube] = list({frozenset(cube.items()): cube for cube in cubes}.values())
    for name in dict.fromkeys(name for cube in left for name in cube):
        domain = facts[name].domain
        if domain is not None and len(left) > 1:
            left = _joined(left, name, frozenset(domain))
    return tuple(
        one
        for index, one in enumerate(left)
        if not any(
            _within(one, other, facts) and (place < index or not _within(other, one, facts))
            for place, other in enumerate(left)
            if place != index
        )
    )


def _joined(cubes: list[Cube], name: str, domain: frozenset[Value]) -> list[Cube]:
    """Merge cubes that differ only in the fact `name` into one, which allows the values of all of them."""
    rests: dict[frozenset[Any], frozenset[Value]] = {}
    for cube in cubes:
        rest = frozenset(item for item in cube.items() if item[0] != name)
        rests[rest] = rests.get(rest, frozenset()) | cube.get(name, domain)
    return [dict(rest) if allowed == domain else {**dict(rest), name: allowed} for rest, allowed in rests.items()]


def _within(one: Cube, other: Cube, facts: Mapping[str, Fact]) -> bool:
    """Whether `other` allows everything that `one` allows."""
    for name, allowed in other.items():
        if name not in one:
            return False
        if facts[name].domain is None:
            if not allowed <= one[name]:
                return False
        elif not one[name] <= allowed:
            return False
    return True


def remaining(total: Sum, scope: Sum, facts: Mapping[str, Fact]) -> Sum:
    """The conditions of `total` that remain to be checked when `scope` is known to hold."""
    possible = [cube for cube in total if any(_can_both_hold(cube, known, facts) for known in scope)]
    if scope and all(any(_within(known, cube, facts) for cube in possible) for known in scope):
        return ({},)
    kept = (
        {
            name: allowed
            for name, allowed in cube.items()
            if not all(_within(known, {name: allowed}, facts) for known in scope)
        }
        for cube in possible
    )
    return small(kept, facts)


def _can_both_hold(one: Cube, other: Cube, facts: Mapping[str, Fact]) -> bool:
    return all(facts[name].domain is None or one[name] & other[name] for name in one.keys() & other.keys())


def constants(scope: Sum, facts: Mapping[str, Fact]) -> dict[str, Value]:
    """The facts that have one and the same value wherever `scope` holds, so that rows in scope need not return them."""
    found = dict(scope[0]) if scope else {}
    return {
        name: next(iter(allowed))
        for name, allowed in found.items()
        if len(allowed) == 1 and facts[name].domain is not None and all(cube.get(name) == allowed for cube in scope)
    }


def asked(total: Sum) -> set[str]:
    """The facts that a sum reads."""
    return {name for cube in total for name in cube}


# ---- SQL

Literal = Callable[[str, frozenset[Value]], sa.ColumnElement[bool]]


def to_sql(total: Sum, condition: Literal) -> sa.ColumnElement[bool]:
    """The sum in SQL. `condition` returns the SQL of one fact.

    Common conditions are factored out of the parentheses: otherwise PostgreSQL does not use semi-joins.
    """
    return _factored([dict(cube) for cube in total], condition)


def _factored(cubes: list[dict[str, frozenset[Value]]], condition: Literal) -> sa.ColumnElement[bool]:
    if not cubes:
        return sa.false()
    if any(not cube for cube in cubes):
        return sa.true()
    if len(cubes) == 1:
        return sa.and_(*(condition(name, allowed) for name, allowed in sorted(cubes[0].items())))
    common = {name: allowed for name, allowed in cubes[0].items() if all(c.get(name) == allowed for c in cubes)}
    if common:
        rest = [{name: allowed for name, allowed in cube.items() if name not in common} for cube in cubes]
        head = [condition(name, allowed) for name, allowed in sorted(common.items())]
        return sa.and_(*head, _factored(rest, condition))
    counts: dict[tuple[str, frozenset[Value]], int] = {}
    for cube in cubes:
        for item in cube.items():
            counts[item] = counts.get(item, 0) + 1
    best = max(sorted(counts, key=lambda item: (item[0], sorted(map(str, item[1])))), key=lambda item: counts[item])
    if counts[best] == 1:
        return sa.or_(*(_factored([cube], condition) for cube in cubes))
    having = [cube for cube in cubes if cube.get(best[0]) == best[1]]
    others = [cube for cube in cubes if cube.get(best[0]) != best[1]]
    parts = [_factored(having, condition)]
    if others:
        parts.append(_factored(others, condition))
    return sa.or_(*parts) if len(parts) > 1 else parts[0]


# ---- Python


def to_source(
    total: Sum, order: Sequence[str], facts: Mapping[str, Fact], bits: Mapping[str, Mapping[str, int]]
) -> str:
    """The sum as a Python expression over a key `k`, which holds the facts in `order`, with sets as bits."""
    if not total:
        return "False"
    if any(not cube for cube in total):
        return "True"

    def one(name: str, allowed: frozenset[Value]) -> str:
        place = f"k[{order.index(name)}]"
        fact = facts[name]
        if fact.domain is None:
            need = sum(bits[name][str(word)] for word in allowed)
            return f"{place} & {need} == {need}"
        if fact.is_boolean:
            return place if True in allowed else f"not {place}"
        values = sorted(map(str, allowed))
        return f"{place} == {values[0]!r}" if len(values) == 1 else f"{place} in {tuple(values)!r}"

    branches = (" and ".join(one(name, allowed) for name, allowed in sorted(cube.items())) for cube in total)
    return " or ".join(f"({branch})" for branch in branches)
