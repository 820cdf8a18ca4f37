"""Explains why a field is hidden and what would open it (D39), only from facts that the viewer may know."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from gateway.policy.partial import Cube
from gateway.policy.plan import Plan, Situation
from gateway.policy.policy import Policy
from gateway.policy.vocabulary import Value


class Requirement(NamedTuple):
    """One fact that must have another value to show the field."""

    fact: str
    value: Value

    def __str__(self) -> str:
        return f"{self.fact} were {self.value}"


class Hidden(NamedTuple):
    """A field that is hidden in a situation."""

    field: str
    reason: str
    requires: list[Requirement]


def hidden_fields(situation: Situation) -> list[Hidden]:
    """All hidden fields of a row in this situation, by name (D70)."""
    return [
        Hidden(name, situation.why(name), requirements(situation, name))
        for name, bit in situation.plan.bits.items()
        if not situation.mask & bit
    ]


class Explanation(NamedTuple):
    """Whether and why a field is hidden, and the statements that the decision rests on."""

    type: str
    field: str
    visible: bool
    reason: str | None
    statements: tuple[str, ...]
    requires: list[Requirement]


def explained(policy: Policy, situation: Situation, field: str) -> Explanation:
    """Explains one field of the type of a row in this situation."""
    type_name = situation.plan.type_name
    visible = situation.sees(field)
    reason = None if visible else situation.why(field)
    statements = policy.grounds(type_name, field)
    if reason is not None:
        statements = tuple(dict.fromkeys((*statements, *policy.grounds("FieldReason", reason))))
    return Explanation(type_name, field, visible, reason, statements, requirements(situation, field))


class Unavailable(NamedTuple):
    """An action that is not possible in a situation."""

    action: str
    requires: list[Requirement]


def unavailable_actions(situation: Situation) -> list[Unavailable]:
    """The actions that are not possible, for reasons that the viewer may know (D63).

    One that the viewer's side never has is left out, and so is one that only an unknown fact prevents.
    """
    plan = situation.plan
    possible, known = set(situation.words("may")), _known(situation)
    found = []
    for words in plan.decisions["may"].sums:
        action = str(words[-1])
        unmet = _least(plan, _unmet(situation, "may", action, known))
        if action not in possible and unmet:
            found.append(Unavailable(action, unmet))
    return found


def requirements(situation: Situation, field: str) -> list[Requirement]:
    """The smallest set of changes that would show `field`.

    Empty if the field is visible, or if no fact that the viewer may know would show it. Facts that the viewer may not know
    are assumed to have their most permissive value, so that the result never depends on them.
    """
    plan = situation.plan
    if situation.sees(field) or situation.why(field) in plan.lasting:
        return []
    return _least(plan, _unmet(situation, "see", field, _known(situation)))


def _known(situation: Situation) -> set[str]:
    """The facts that the viewer may know."""
    plan = situation.plan
    disclosed = set(situation.words("disclosed_fact")) if "disclosed_fact" in plan.decisions else set()
    return {"role", *(disclosed & {*plan.order, *plan.known})}


def _unmet(situation: Situation, rule: str, word: str, known: set[str]) -> Iterator[list[Requirement]]:
    """What each case of a rule for this word requires, of known facts."""
    plan = situation.plan
    for words, total in plan.decisions[rule].sums.items():
        for cube in total if words[-1] in (None, word) else ():
            if _is_mine(plan, cube):
                yield [
                    Requirement(name, _nearest(plan, name, allowed))
                    for name, allowed in sorted(cube.items())
                    if name in known and not _met(situation, name, allowed)
                ]


def _least(plan: Plan, candidates: Iterable[list[Requirement]]) -> list[Requirement]:
    return min(candidates, key=lambda unmet: (len(unmet), [_cost(plan, each) for each in unmet]), default=[])


def _cost(plan: Plan, requirement: Requirement) -> tuple[str, int, str]:
    """The sort key of a change: of two changes of one fact, the smaller one comes first."""
    domain = plan.kind.roles if requirement.fact == "role" else plan.declared[requirement.fact].domain or ()
    return (
        requirement.fact,
        domain.index(requirement.value) if requirement.value in domain else 0,
        str(requirement.value),
    )


def _is_mine(plan: Plan, cube: Cube) -> bool:
    """Whether the cube can hold for the viewer's side and some role of it.

    A viewer cannot change sides, but could get another role of the same side.
    """
    side, roles = cube.get("side"), cube.get("role")
    return (side is None or plan.kind.side in side) and (roles is None or bool(roles & set(plan.kind.roles)))


def _met(situation: Situation, name: str, allowed: frozenset[Value]) -> bool:
    plan = situation.plan
    value = situation.fact(name)
    if plan.declared[name].domain is None:
        return all(value & plan.set_bits[name][str(word)] for word in allowed)
    return value in allowed


def _nearest(plan: Plan, name: str, allowed: frozenset[Value]) -> Value:
    """The smallest of the allowed values."""
    domain = plan.declared[name].domain
    if name == "role":
        domain = plan.kind.roles
    return (
        next(iter(sorted(allowed, key=str))) if domain is None else next(value for value in domain if value in allowed)
    )
