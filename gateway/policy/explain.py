"""Why a field is hidden, and what would open it (D39). It rests on nothing that the viewer may not know."""

from typing import NamedTuple

from gateway.policy.partial import Cube
from gateway.policy.plan import Plan, Situation
from gateway.policy.vocabulary import Value


class Opening(NamedTuple):
    """One fact that would have to be otherwise."""

    fact: str
    value: Value

    def __str__(self) -> str:
        return f"{self.fact} were {self.value}"


def openings(situation: Situation, field: str) -> list[Opening]:
    """The fewest changes that would show `field`: none where it is visible, or where nothing that may be known would open it.

    Facts that the viewer may not know are taken at their most permissive, so that the answer never varies with them.
    """
    plan = situation.plan
    if situation.sees(field) or situation.why(field) in plan.lasting:
        return []
    told = set(situation.words("disclosed_fact")) if "disclosed_fact" in plan.decisions else set()
    known = {"role", *(told & {*plan.order, *plan.known})}
    candidates = []
    for (word,), total in plan.decisions["see"].sums.items():
        if word not in (None, field):
            continue
        for cube in total:
            if not _is_mine(plan, cube):
                continue
            unmet = [
                Opening(name, _nearest(plan, name, allowed))
                for name, allowed in sorted(cube.items())
                if name in known and not _met(situation, name, allowed)
            ]
            candidates.append(unmet)
    return min(candidates, key=lambda unmet: (len(unmet), [_cost(plan, opening) for opening in unmet]), default=[])


def _cost(plan: Plan, opening: Opening) -> tuple[str, int, str]:
    """Of two changes of one fact the lesser comes first."""
    domain = plan.kind.roles if opening.fact == "role" else plan.declared[opening.fact].domain or ()
    return opening.fact, domain.index(opening.value) if opening.value in domain else 0, str(opening.value)


def _is_mine(plan: Plan, cube: Cube) -> bool:
    """Nobody changes sides within a request; a role of the same side might be given."""
    side, roles = cube.get("side"), cube.get("role")
    return (side is None or plan.kind.side in side) and (roles is None or bool(roles & set(plan.kind.roles)))


def _met(situation: Situation, name: str, allowed: frozenset[Value]) -> bool:
    plan = situation.plan
    value = situation.fact(name)
    if plan.declared[name].domain is None:
        return all(value & plan.set_bits[name][str(word)] for word in allowed)
    return value in allowed


def _nearest(plan: Plan, name: str, allowed: frozenset[Value]) -> Value:
    """Of several values that would do, the least."""
    domain = plan.declared[name].domain
    if name == "role":
        domain = plan.kind.roles
    return (
        next(iter(sorted(allowed, key=str))) if domain is None else next(value for value in domain if value in allowed)
    )
