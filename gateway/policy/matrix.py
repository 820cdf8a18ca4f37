"""The visibility matrix: who sees what, as sheets of one type each, with the statements that they rest on.

`gateway.policy.matrix_pages` writes it as a page of Markdown or HTML.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gateway.policy.check import SHOWN, situations
from gateway.policy.cubes import Key
from gateway.policy.errors import PolicyError
from gateway.policy.plan import Plan
from gateway.policy.policy import Policy

LAYOUT: Final = "matrix.toml"
Pattern = Mapping[str, frozenset[Any]]


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    plan: Plan
    pattern: Pattern

    def covers(self, facts: Mapping[str, Any]) -> bool:
        return _matches(self.pattern, facts)


@dataclass(frozen=True, slots=True)
class Line:
    """One field or action: a mark for each column. A field has the statements that it rests on."""

    name: str
    statements: tuple[str, ...]
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """The viewers of one side who see rows of the type: their columns, fields and actions. `absent` names the columns without rows."""

    name: str
    columns: tuple[str, ...]
    fields: tuple[Line, ...]
    actions: tuple[Line, ...]
    absent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One type of the policy."""

    type_name: str
    title: str
    table: str  # of the specification
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """All sheets; the statements of each reason for which a field is hidden; the rows of the specification without data."""

    version: str
    sheets: tuple[Sheet, ...]
    reasons: Mapping[str, tuple[str, ...]]
    not_built: Mapping[str, Sequence[str]]


ABSENT: Final = "–"
_SIDES: Final = {"FirmViewer": "Firms", "ClientViewer": "Clients", "PlatformViewer": "The platform"}
_OTHERS: Final = "Machines and callers without a membership"


def matrix_of(policy: Policy, folder: Path) -> Matrix:
    """The matrix of a policy. PolicyError if the layout leaves out or misrepresents a situation."""
    layout = tomllib.loads((folder / LAYOUT).read_text("utf-8"))
    not_built = layout.pop("not_built")
    if missing := set(policy.types) - layout.keys():
        raise PolicyError(f"{LAYOUT}: no columns for {', '.join(sorted(missing))}")
    sheets = tuple(_sheet(policy, type_name, laid) for type_name, laid in layout.items())
    used = {
        reason
        for sheet in sheets
        for side in sheet.sides
        for line in side.fields
        for mark in line.marks
        if mark.startswith("○ ")
        for reason in mark.removeprefix("○ ").split(" / ")
    }
    reasons = {reason: policy.grounds("FieldReason", reason) for reason in sorted(used)}
    return Matrix(policy.version, sheets, reasons, not_built)


def _sheet(policy: Policy, type_name: str, laid: Mapping[str, Any]) -> Sheet:
    columns = [_column(policy, type_name, column) for column in laid["columns"]]
    impossible = [_pattern(pattern) for pattern in laid["impossible"]]
    _require_whole(policy, type_name, columns, impossible)
    names = list(dict.fromkeys(_SIDES.get(column.plan.kind.name, _OTHERS) for column in columns))
    sides = (
        _side(
            policy, type_name, name, [c for c in columns if _SIDES.get(c.plan.kind.name, _OTHERS) == name], impossible
        )
        for name in sorted(names, key=[*_SIDES.values(), _OTHERS].index)
    )
    return Sheet(type_name, laid["title"], laid["table"], tuple(sides))


def _side(policy: Policy, type_name: str, name: str, columns: Sequence[Column], impossible: Sequence[Pattern]) -> Side:
    visible = [[key for key in _full_situations(column, impossible) if column.plan.reads(key)] for column in columns]
    marks = {
        field: [_mark(column, field, keys) for column, keys in zip(columns, visible, strict=True)]
        for field in policy.bits(type_name)
    }
    shown = [number for number, _ in enumerate(columns) if any(row[number] != ABSENT for row in marks.values())]
    offers = [_offers(column, impossible) for column in columns]
    actions = {action: [_action(action, each) for each in offers] for action in _words(columns, "may")}
    return Side(
        name,
        tuple(columns[number].name for number in shown),
        tuple(
            Line(field, policy.grounds(type_name, field), tuple(row[number] for number in shown))
            for field, row in marks.items()
        ),
        tuple(
            Line(action, (), tuple(row[number] for number in shown))
            for action, row in actions.items()
            if any(row[number] not in (ABSENT, "✘") for number in shown)
        ),
        tuple(column.name for number, column in enumerate(columns) if number not in shown),
    )


def _mark(column: Column, field: str, keys: Sequence[Key]) -> str:
    """Absent, visible (possibly only with certain words in sets), or hidden for a reason, in these situations."""
    plan = column.plan
    if not keys:
        return ABSENT
    if all(plan.mask(key) & plan.bits[field] for key in keys):
        return " ".join(["●", *_needed(column, field)])
    return "○ " + " / ".join(dict.fromkeys(plan.situation(key).why(field) for key in keys))


def _needed(column: Column, field: str) -> list[str]:
    """The words that the sets must contain for the field to be visible in this column."""
    plan = column.plan
    found: dict[str, None] = {}
    for cube in plan.sum("see", field):
        facts = {name: allowed for name, allowed in cube.items() if plan.declared[name].domain is not None}
        if all(name not in column.pattern or column.pattern[name] & allowed for name, allowed in facts.items()):
            words = [
                f"{_SETS.get(name, name)}: {word}"
                for name, allowed in sorted(cube.items())
                if plan.declared[name].domain is None
                for word in allowed
            ]
            if not words:
                return []
            found |= dict.fromkeys(map(str, words))
    return list(found)


_SETS: Final = {"sections": "plan"}


def _offers(column: Column, impossible: Sequence[Pattern]) -> set[frozenset[str]]:
    """The sets of actions that are offered together in the situations of a column in which its rows are visible."""
    keys = (key for key in _situations(column, impossible, "may") if column.plan.reads(key))
    return {frozenset(column.plan.words("may", key)) for key in keys}


def _action(action: str, offers: set[frozenset[str]]) -> str:
    if not offers:
        return ABSENT
    answers = {action in offer for offer in offers}
    return "(✔)" if len(answers) > 1 else "✔" if True in answers else "✘"


def _words(columns: Sequence[Column], rule: str) -> list[str]:
    decision = columns[0].plan.decisions.get(rule)
    return list(dict.fromkeys(str(words[-1]) for words in decision.sums)) if decision else []


def _situations(column: Column, impossible: Sequence[Pattern], *more: str) -> Iterator[Key]:
    for key in situations(column.plan, *SHOWN, *more):
        facts = _facts(column.plan, key, *SHOWN, *more)
        if column.covers(facts) and not _is_impossible(facts, impossible):
            yield key


def _full_situations(column: Column, impossible: Sequence[Pattern]) -> Iterator[Key]:
    """The situations with every set full. The text after the mark names the words that a set must contain."""
    needed = column.plan.asks(*SHOWN)
    full = {name: sum(bits.values()) for name, bits in column.plan.set_bits.items() if name in needed}
    for key in _situations(column, impossible):
        if all(value == full[name] for name, value in zip(column.plan.order, key, strict=True) if name in full):
            yield key


def _facts(plan: Plan, key: Key, *rules: str) -> dict[str, Any]:
    """The facts of a situation, without those that none of the rules reads for this role: these may have any value."""
    needed = plan.asks(*rules)
    return {**plan.known, **{name: value for name, value in zip(plan.order, key, strict=True) if name in needed}}


def _is_impossible(facts: Mapping[str, Any], impossible: Sequence[Pattern]) -> bool:
    """Whether these facts contradict each other. A fact that may have any value contradicts no other fact."""
    return any(pattern.keys() <= facts.keys() and _matches(pattern, facts) for pattern in impossible)


def _matches(pattern: Pattern, facts: Mapping[str, Any]) -> bool:
    return all(facts[name] in allowed for name, allowed in pattern.items() if name in facts)


def _pattern(facts: Mapping[str, Any]) -> Pattern:
    return {name: frozenset(value) if isinstance(value, list) else frozenset([value]) for name, value in facts.items()}


def _column(policy: Policy, type_name: str, laid: Mapping[str, Any]) -> Column:
    plan = policy.plan_for(laid["kind"], laid["role"], type_name)
    pattern = _pattern(laid["facts"])
    if unknown := pattern.keys() - plan.declared.keys():
        raise PolicyError(f"{LAYOUT}: {type_name} has no facts {', '.join(sorted(unknown))}")
    return Column(laid["name"], plan, pattern)


def _require_whole(policy: Policy, type_name: str, columns: Sequence[Column], impossible: Sequence[Pattern]) -> None:
    """Check that a column covers every situation in which a row is visible, and that each column has one answer per field.

    The words of sets are disregarded.
    """
    listed = {(column.plan.kind.name, column.plan.role) for column in columns}
    for plan in policy.plans():
        if plan.type_name != type_name or (plan.kind.name, plan.role) not in listed:
            continue
        mine = [column for column in columns if column.plan is plan]
        for key in situations(plan, *SHOWN):
            facts = _facts(plan, key, *SHOWN)
            if not plan.reads(key) or _is_impossible(facts, impossible):
                continue
            if not any(column.covers(facts) for column in mine):
                raise PolicyError(f"{LAYOUT}: {type_name}: no column for {plan.kind.name}({plan.role}) with {facts}")
    for column in columns:
        _require_one_answer(type_name, column, impossible)


def _require_one_answer(type_name: str, column: Column, impossible: Sequence[Pattern]) -> None:
    plan = column.plan
    answers = {plan.mask(key) if plan.reads(key) else None for key in _full_situations(column, impossible)}
    if len(answers) > 1:
        raise PolicyError(f"{LAYOUT}: {type_name}: the column {column.name!r} covers different answers; split it")
