"""Compares two policies: which viewers gain or lose which rows, fields and actions, and in which situations."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
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

    shown: set["Shown"]
    hidden: dict[str, str]


class Shown(NamedTuple):
    """A part of what the policy decides: `rows`, a `field`, an `action`, or a word of another rule."""

    rule: str
    word: str = ""

    def __str__(self) -> str:
        match self.rule:
            case "read":
                return " rows"
            case "see":
                return f".{self.word}"
            case "may":
                return f" action {self.word}"
            case _:
                return f" {self.rule} {self.word}"


class Difference(NamedTuple):
    """What changes for one role. Of a fact that holds for other rows, `shown` has all that depends on it, and `role` is empty."""

    kind: str
    role: str
    type_name: str
    shown: tuple[Shown, ...]
    text: str


NOTHING = Answer(set(), {})
OF_ROWS: Final = frozenset({"read", "see", "hidden_because", "may"})
"""The rules that are compared together: what a role sees of a row. Each other rule is compared by itself."""
NOT_SHOWN: Final = frozenset({"statement", "grounds", "disclosed_fact"})
"""Rules that explain others."""


def lines(old: Policy, new: Policy) -> Iterator[str]:
    """One line for each change: viewer, type, what is gained or lost, and when. Changed derivations of facts come first."""
    return (difference.text for difference in differences(old, new))


def differences(old: Policy, new: Policy) -> Iterator[Difference]:
    """The same, for programs."""
    yield from _of_facts(old, new)
    for type_name in sorted({*old.types, *new.types}):
        for kind in {**old.vocabulary.kinds, **new.vocabulary.kinds}.values():
            for role in kind.roles:
                before, after = _plan(old, kind.name, role, type_name), _plan(new, kind.name, role, type_name)
                if before is not None or after is not None:
                    yield from _of_plan(kind.name, role, type_name, before, after)


def _of_facts(old: Policy, new: Policy) -> Iterator[Difference]:
    """Changed derivations of facts. Their effect depends on the data, so the line names all rules that read the fact."""
    for found in sorted({*old.compiled.facts, *new.compiled.facts}):
        kind, type_name, name = found
        before, after = _conditions(old, found), _conditions(new, found)
        if before != after:
            shown = [
                (rule, str(words[0]) if words else "")
                for policy in (old, new)
                for (of, rule), decision in policy.compiled.decisions.items()
                if of == type_name
                for words, total in decision.sums.items()
                if name in asked(total)
            ]
            reading = sorted({rule for rule, _ in shown})
            text = (
                f"{kind}: the fact {type_name}.{name} holds for other rows, which may affect {', '.join(reading) or 'no rule'}: "
                f"it was {before or 'never'}; it is {after or 'never'}"
            )
            yield Difference(kind, "", type_name, tuple(Shown(*each) for each in dict.fromkeys(shown)), text)


def _conditions(policy: Policy, found: tuple[str, str, str]) -> str:
    """The alternatives in which a fact holds, each with its conditions, sorted."""
    written = {_branch(branch) for branch in policy.compiled.facts.get(found, [])}
    return " or ".join(sorted(_text(branch) for branch in _joined(written)))


Value = str
Allowed = frozenset[tuple[str, frozenset[str]]]
"""For each column that is compared with constants, those that it may equal."""
Written = tuple[Value, frozenset[str], Allowed]


def _branch(branch: Branch) -> Written:
    others: set[str] = set()
    allowed: dict[str, frozenset[str]] = {}
    for left, operator, right in branch.conditions:
        if operator in ("In", "Unify") and isinstance(right, frozenset | str | int):
            constants = frozenset(map(str, right)) if isinstance(right, frozenset) else frozenset([str(right)])
            allowed[_path(left)] = allowed.get(_path(left), constants) & constants
        else:
            others.add(
                f"{_path(left)} {_SIGNS[operator]} {_path(right) if isinstance(right, Path) else _constants(right)}"
            )
    value = "" if branch.value is True else f"{_path(branch.value)} where "
    return value, frozenset(others), frozenset(allowed.items())


def _joined(written: set[Written]) -> set[Written]:
    """The same alternatives, those that differ in the constants of one column as one: a rule may be written as two."""
    for one in written:
        for other in written - {one}:
            differing = {path for path, _ in one[2] ^ other[2]}
            if one[:2] == other[:2] and len(differing) == 1 and len(one[2]) == len(other[2]):
                (path,) = differing
                union = dict(one[2])[path] | dict(other[2])[path]
                both = (*one[:2], frozenset({**dict(one[2]), path: union}.items()))
                return _joined(written - {one, other} | {both})
            if one[:2] == other[:2] and one[2] < other[2]:  # the longer one adds nothing
                return _joined(written - {other})
    return written


def _text(branch: Written) -> str:
    value, others, allowed = branch
    equal = [f"{path} is {' | '.join(sorted(words))}" for path, words in allowed]
    return value + (" and ".join(sorted([*others, *equal])) or "always")


def _path(path: Path) -> str:
    return f"{path.node}.{path.column}".replace(f"{ROOT}.", "")


def _constants(value: Any) -> str:
    return " | ".join(sorted(map(str, value))) if isinstance(value, frozenset) else str(value)


def _plan(policy: Policy, kind: str, role: str, type_name: str) -> Plan | None:
    known = policy.vocabulary.kinds.get(kind)
    if type_name not in policy.types or known is None or role not in known.roles:
        return None
    return policy.plan_for(kind, role, type_name)


def _of_plan(kind: str, role: str, type_name: str, before: Plan | None, after: Plan | None) -> Iterator[Difference]:
    found = _compared(before, after, tuple(sorted(OF_ROWS)), _answer)
    others = {rule for plan in (before, after) if plan for rule in plan.decisions} - OF_ROWS - NOT_SHOWN
    for rule in sorted(others):
        found += _compared(before, after, (rule,), partial(_words, rule))
    for verb, shown, what, when in found:
        text = f"{kind}({role}) {verb} {type_name}{what}" + (f" when {when}" if when else "")
        yield Difference(kind, role, type_name, (shown,), text)


Answering = Callable[[Plan | None, Mapping[str, Any]], Answer]
Change = tuple[str, Shown, str, str]
"""The verb, what changes, its text, and when."""


def _compared(before: Plan | None, after: Plan | None, rules: Sequence[str], answer: Answering) -> list[Change]:
    changes: defaultdict[tuple[str, str], list[dict[str, frozenset[Any]]]] = defaultdict(list)
    known: dict[tuple[str, str], Shown] = {}

    def note(verb: str, shown: Shown, text: str) -> None:
        known[verb, text] = shown
        changes[verb, text].append(situation)

    domains = _domains(before, after, rules)
    for values in product(*domains.values()):
        facts = dict(zip(domains, values, strict=True))
        was, now = answer(before, facts), answer(after, facts)
        situation = {name: frozenset([value]) for name, value in facts.items()}
        for what in now.shown - was.shown:
            note("gains", what, str(what))
        for what in was.shown - now.shown:
            note("loses", what, str(what))
        for field in was.hidden.keys() & now.hidden.keys():
            if was.hidden[field] != now.hidden[field]:
                reasons = f".{field} is hidden for {now.hidden[field]}, not {was.hidden[field]}"
                note("gets another reason:", Shown("see", field), reasons)
    return [
        (verb, known[verb, what], what, _when(situation, domains))
        for (verb, what), situations in sorted(changes.items())
        for situation in sorted(_grouped(situations, domains), key=lambda one: sorted(map(str, one.items())))
    ]


def _when(situation: Mapping[str, frozenset[Any]], domains: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} is {_values(situation[name])}" for name in domains if name in situation)


def _domains(before: Plan | None, after: Plan | None, rules: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """The facts that either policy reads for this role, and all their values."""
    found: dict[str, tuple[Any, ...]] = {}
    for plan in (before, after):
        for name in sorted(plan.asks(*rules)) if plan else ():
            domain = plan.declared[name].domain if plan else ()
            values = (EMPTY, ALL) if domain is None else domain
            found[name] = tuple(dict.fromkeys((*found.get(name, ()), *values)))
    return found


def _answer(plan: Plan | None, facts: Mapping[str, Any]) -> Answer:
    """What one situation shows: the row, its fields with their reasons, and the actions on it."""
    if plan is None:
        return NOTHING
    key = _key(plan, facts)
    if not plan.reads(key):
        return NOTHING
    situation = plan.situation(key)
    visible = set(situation.visible())
    hidden = {name: situation.why(name) for name in plan.bits if name not in visible}
    actions = situation.words("may") if "may" in plan.decisions else []
    shown = {Shown("read"), *(Shown("see", name) for name in visible), *(Shown("may", word) for word in actions)}
    return Answer(shown, hidden)


def _words(rule: str, plan: Plan | None, facts: Mapping[str, Any]) -> Answer:
    """The words of another rule in one situation."""
    if plan is None or rule not in plan.decisions:
        return NOTHING
    key, words = _key(plan, facts), plan.decisions[rule].sums
    if any(len(each) > 1 for each in words):  # of each action, the first reason that applies
        found = {str(each[0]): plan.first(rule, key, str(each[0])) for each in words}
        return Answer({Shown(rule, f"{action} {why}") for action, why in found.items() if why is not None}, {})
    if () in words:
        return Answer({Shown(rule)} if plan.holds(rule, key) else set(), {})
    return Answer({Shown(rule, word) for word in plan.words(rule, key)}, {})


def _key(plan: Plan, facts: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(_value(plan, name, facts) for name in plan.order)


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
