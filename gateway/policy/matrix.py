"""Writes the visibility matrix: one table per type, with the statements that each cell rests on."""

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
class Cell:
    """One field in one column: absent, visible (possibly only with certain words in sets), or hidden for a reason."""

    mark: str
    ids: tuple[str, ...]

    def __str__(self) -> str:
        return self.mark + (f"<br><sub>{' '.join(self.ids)}</sub>" if self.ids else "")


def page(policy: Policy, folder: Path) -> str:
    """The page in Markdown. PolicyError if the layout leaves out or misrepresents a situation."""
    layout = tomllib.loads((folder / LAYOUT).read_text("utf-8"))
    not_built = layout.pop("not_built")
    if missing := set(policy.types) - layout.keys():
        raise PolicyError(f"{LAYOUT}: no columns for {', '.join(sorted(missing))}")
    parts = [_INTRODUCTION]
    for type_name, laid in layout.items():
        parts.append(_section(policy, type_name, laid))
    parts.append(_not_built(not_built))
    return "\n".join(parts)


_INTRODUCTION: Final = """# Who sees what

Generated from the policy by `gateway policy matrix`. A change of the policy appears here as a change of these tables.

- **●** the field is visible · **○** it is hidden, and the response contains the reason · **–** the viewer cannot see the object.
- After a ●, `plan` names a section that the client's plan must include, and `shared` a kind of KPI that the client must share.
- The small text contains statement IDs: `docs/statements.md` has one sentence for each.
"""


def _section(policy: Policy, type_name: str, laid: Mapping[str, Any]) -> str:
    columns = [_column(policy, type_name, column) for column in laid["columns"]]
    impossible = [_pattern(pattern) for pattern in laid["impossible"]]
    _require_whole(policy, type_name, columns, impossible)
    fields = list(policy.bits(type_name))
    lines = [f"## {laid['title']} (`{type_name}`, {laid['table']})", ""]
    lines.extend(
        _table(["Field", *(column.name for column in columns)], _rows(policy, type_name, columns, fields, impossible))
    )
    actions = _words(columns, "may")
    if actions:
        lines += [
            "",
            f"Actions on {laid['title'].lower()}: ✔ allowed · (✔) allowed in some of these situations.",
            "",
        ]
        lines.extend(
            _table(
                ["Action", *(column.name for column in columns)],
                ([f"`{action}`", *(_action(column, action, impossible) for column in columns)] for action in actions),
            )
        )
    return "\n".join(lines) + "\n"


def _rows(
    policy: Policy, type_name: str, columns: Sequence[Column], fields: Sequence[str], impossible: Sequence[Pattern]
) -> Iterator[list[str]]:
    for field in fields:
        cells = [str(_cell(policy, type_name, column, field, impossible)) for column in columns]
        yield [f"`{field}`", *cells]


def _cell(policy: Policy, type_name: str, column: Column, field: str, impossible: Sequence[Pattern]) -> Cell:
    plan = column.plan
    keys = [key for key in _full_situations(column, impossible) if plan.reads(key)]
    if not keys:
        return Cell("–", ())
    if all(plan.mask(key) & plan.bits[field] for key in keys):
        return Cell(" ".join(["●", *_needed(column, field)]), policy.grounds(type_name, field))
    reasons = list(dict.fromkeys(plan.situation(key).why(field) for key in keys))
    ids = dict.fromkeys(statement for reason in reasons for statement in policy.grounds("FieldReason", reason))
    return Cell("○ " + " / ".join(reasons), tuple(ids))


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


def _action(column: Column, action: str, impossible: Sequence[Pattern]) -> str:
    answers = {
        action in column.plan.words("may", key)
        for key in _situations(column, impossible, "may")
        if column.plan.reads(key)
    }
    if not answers:
        return "–"
    return {frozenset({True}): "✔", frozenset({False}): "✘"}.get(frozenset(answers), "(✔)")


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


def _table(head: Sequence[str], rows: Any) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def _not_built(rows: Mapping[str, Sequence[str]]) -> str:
    lines = [
        "## Not built yet",
        "",
        "Rows of the specification's tables for which this gateway has no data yet.",
        "",
    ]
    lines += [f"- Table {table}: {'; '.join(names)}." for table, names in rows.items() if names]
    return "\n".join(lines) + "\n"
