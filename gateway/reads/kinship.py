"""What a row has in common with the row above it, so that a place of a compiled statement takes it from there.

`KpiSnapshot.level` is what the policy finds at the snapshot's client. Below a client it is the `level` of that client: the same
relations, conditions and value, seen from the other end of the edge. And `Client.collaboration` is the row from which the
policy has read the client's facts already.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from gateway.policy import Plan
from gateway.policy.partial import ROOT, Branch, Param, Path
from gateway.policy.rows import Way
from gateway.reads.edges import Rule

Steps: TypeAlias = tuple[str, ...]
"""The relations that lead from a row to another."""
Canon: TypeAlias = frozenset[Any]
"""The branches of a fact without the names of their nodes."""


def facts_above(plan: Plan, of: str, above: Plan) -> dict[str, str]:
    """Returns the facts of rows whose column `of` is the key of the row above: their names here and there."""
    found: dict[str, str] = plan.keep(("facts above", of, above.type_name), lambda: _facts_above(plan, of, above))
    return found


def _facts_above(plan: Plan, of: str, above: Plan) -> dict[str, str]:
    theirs = {canon: name for name, held in above.branches.items() if (canon := _canon(held)) is not None}
    found: dict[str, str] = {}
    for relation, way in plan.row.ways.items():
        if way.many or way.target != above.type_name or (way.local, way.remote) != (of, "id"):
            continue
        for name, held in plan.branches.items():
            canon = _canon(held, relation, way)
            if canon is not None and canon in theirs and _have_same_values(plan, name, above, theirs[canon]):
                found.setdefault(name, theirs[canon])
    return found


class Joined(NamedTuple):
    """A row that the policy of the row above joins: the fact above that is a column of it, and its own facts that are given."""

    fact: str
    given: Mapping[str, str]


def joined_row(plan: Plan, of: str, rules: tuple[Rule, ...], above: Plan) -> Joined | None:
    """Returns the row behind an edge to one row, if the row above joins the only one that can be it.

    That is so where the scope and the rules imply all conditions of the join. They still have to be tested on the joined row,
    which may be another than the edge leads to: then there is none behind the edge.
    """
    found: list[Joined | None] = plan.keep(
        ("joined row", of, rules, above.type_name), lambda: [_joined_row(plan, of, rules, above)]
    )
    return found[0]


def _joined_row(plan: Plan, of: str, rules: tuple[Rule, ...], above: Plan) -> Joined | None:
    implied = _implied(plan, rules)
    for fact, held in above.branches.items():
        relation = _of_one_step(held, plan, of, above)
        canon = None if relation is None else _canon(held, relation, None)
        if relation is None or canon is None:
            continue
        ((_, conditions, _),) = canon
        if all(_follows(condition, implied) for condition in conditions):
            given = {**_facts_beyond(plan, above, relation, conditions, implied), **_facts_above(plan, of, above)}
            return Joined(fact, given)
    return None


def _of_one_step(branches: list[Branch], plan: Plan, of: str, above: Plan) -> str | None:
    """The relation of a fact that is a column of a row behind this edge."""
    (branch, *others) = branches
    if others or branch.value is True or len(branch.nodes) != 1:
        return None
    ((_, relation),) = branch.nodes.values()
    way = above.row.ways[relation]
    is_edge = way.many and way.target == plan.type_name and way.pairs == (("id", of),)
    return relation if is_edge and branch.value.node != ROOT else None


def _implied(plan: Plan, rules: tuple[Rule, ...]) -> frozenset[Any]:
    """Conditions on columns of the row that the scope and the rules imply; there may be more."""
    found: set[Any] = set()
    for total in (plan.read, *(plan.sum(*rule) for rule in rules)):
        for name, allowed in total[0].items() if len(total) == 1 else ():
            canon = _canon(plan.branches.get(name, ()))
            if not canon or len(canon) != 1 or plan.declared[name].domain is None:
                continue
            ((nodes, conditions, value),) = canon
            if value is True:
                found |= conditions if not nodes and allowed == {True} else set()
            elif not nodes and not conditions and value[0] == () and plan.declared[name].default not in allowed:
                found.add((value, "In", allowed))
    return frozenset(found)


def _follows(condition: Any, implied: frozenset[Any]) -> bool:
    place, operator, right = condition
    if operator != "In":
        return condition in implied
    return any(other[:2] == (place, "In") and other[2] <= right for other in implied)


def _facts_beyond(
    plan: Plan, above: Plan, relation: str, joined: frozenset[Any], implied: frozenset[Any]
) -> dict[str, str]:
    """The facts of the joined row that are facts of the row above, which reads them from that row.

    What the join and the edge imply makes no difference between the two.
    """
    truths = joined | implied

    def core(canon: Canon | None) -> Any:
        if canon is None or len(canon) != 1:
            return None
        ((nodes, conditions, value),) = canon
        return nodes, frozenset(each for each in conditions if not _follows(each, truths)), value

    theirs = {}
    for name, held in above.branches.items():
        canon = _canon(held, relation, None)
        if canon is not None and len(canon) == 1 and all(_follows(each, _conditions_of(canon)) for each in joined):
            theirs[core(canon)] = name
    found = {}
    for name, held in plan.branches.items():
        one = core(_canon(held))
        if one is None or one[2] is True or one not in theirs:
            continue
        if _have_same_values(plan, name, above, theirs[one]):
            found[name] = theirs[one]
    return found


def _conditions_of(canon: Canon) -> frozenset[Any]:
    ((_, conditions, _),) = canon
    return frozenset(conditions)


def _have_same_values(plan: Plan, name: str, above: Plan, theirs: str) -> bool:
    same_domain = plan.declared[name].domain == above.declared[theirs].domain
    return same_domain and plan.set_bits.get(name) == above.set_bits.get(theirs)


def _canon(branches: Iterable[Branch], relation: str | None = None, way: Way | None = None) -> Canon | None:
    """The branches as seen from their row, or from the row to which `relation` leads; None if they cannot be."""
    try:
        return frozenset(_seen(branch, relation, way) for branch in branches)
    except LookupError:
        return None


def _seen(branch: Branch, relation: str | None, way: Way | None) -> tuple[Any, ...]:
    """One branch. Raises LookupError if it names two rows by the same relations, or another column of its own row."""
    steps: dict[str, Steps] = {ROOT: ()}
    for node, (parent, name) in branch.nodes.items():
        steps[node] = (*steps[parent], name)
    if len(set(steps.values())) < len(steps):
        raise LookupError

    def place(path: Path) -> tuple[Steps, str]:
        return _moved(steps[path.node], path.column, relation, way)

    nodes = frozenset(_moved(each, "", relation, None)[0] for each in steps.values() if each not in ((), (relation,)))
    conditions = frozenset((place(each.left), each.operator, _right(each.right, place)) for each in branch.conditions)
    return nodes, conditions, True if branch.value is True else place(branch.value)


def _moved(steps: Steps, column: str, relation: str | None, way: Way | None) -> tuple[Steps, str]:
    """A column as seen from the end of the relation."""
    if relation is None:
        return steps, column
    if steps[:1] == (relation,):
        return steps[1:], column
    if not steps and way is not None:
        return (), dict(way.pairs)[column]
    raise LookupError


def _right(right: Any, place: Any) -> Any:
    if isinstance(right, Path):
        return place(right)
    return ("viewer", right.name) if isinstance(right, Param) else right
