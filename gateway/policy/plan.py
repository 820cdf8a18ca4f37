"""The plan of one role of one kind of viewer for one type: scope, fact columns, masks, predicates and reasons. Built once."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from gateway.caches import Cache
from gateway.policy.compiler import Compiled, Decision, facts_of
from gateway.policy.cubes import Key, Sum, asked, constants, folded, remaining, to_source, to_sql
from gateway.policy.errors import PolicyError
from gateway.policy.joins import Expression, Joins, constant
from gateway.policy.partial import Branch
from gateway.policy.rows import Row
from gateway.policy.vocabulary import Fact, Kind, Value, Vocabulary

Joining = Sequence[tuple[Any, Any]]
Built = Cache[tuple[str, str, str, Hashable], Any]

MAX_SITUATIONS: Final = 20_000
"""Maximum number of cached situations per plan. The cache is cleared when it is full: an LRU order would cost too much per row."""
MAX_BUILT: Final = 1_000
"""Maximum number of built statements of all plans of a policy. It needs a limit because callers choose the filters."""


@dataclass(slots=True)
class Tally:
    """Counters of cache look-ups and misses. Not thread-safe."""

    rows: int = 0  # look-ups of a row's situation
    situations: int = 0  # built
    lookups: int = 0  # of plans
    plans: int = 0  # built


class Situation:
    """One distinct combination of facts, which is cached: all rows with these facts share its mask and reasons."""

    __slots__ = ("_why", "key", "mask", "plan")

    def __init__(self, plan: "Plan", key: Key, mask: int) -> None:
        self.plan, self.key, self.mask = plan, key, mask
        self._why: dict[str, str] = {}

    def why(self, field: str) -> str:
        """The first reason that applies to a hidden field (D39)."""
        if field not in self._why:
            reason = self.plan.reason(self.key, field)
            if reason is None:
                raise PolicyError(f"{self.plan.type_name}.{field} is hidden without a reason")
            self._why[field] = reason
        return self._why[field]

    def sees(self, field: str) -> bool:
        return bool(self.mask & self.plan.bits.get(field, 0))

    def visible(self) -> list[str]:
        return [name for name, bit in self.plan.bits.items() if self.mask & bit]

    def words(self, rule: str) -> list[str]:
        """The words for which `rule` holds here."""
        return self.plan.words(rule, self.key)

    def first(self, rule: str, *given: str) -> str | None:
        """The last word of the first case of `rule` that holds here, in the order of the text; None if none holds.

        `given` are the words before it.
        """
        return self.plan.first(rule, self.key, *given)

    def fact(self, name: str) -> Any:
        return self.plan.value(self.key, name)


class Plan:
    """Everything that a read of one type needs for one role. `bits` maps each field to its bit, equal for every viewer."""

    def __init__(
        self,
        kind: Kind,
        role: str,
        row: Row,
        compiled: Compiled,
        vocabulary: Vocabulary,
        rows: Mapping[str, Row],
        tally: Tally,
        built: Built,
    ) -> None:
        self.tally = tally
        self._built = built
        self.kind, self.role, self.type_name, self.row = kind, role, row.name, row
        self.lasting = compiled.lasting
        self.declared: dict[str, Fact] = facts_of(vocabulary, row.name)
        self.decisions: dict[str, Decision] = {
            rule: decision for (type_name, rule), decision in compiled.decisions.items() if type_name == row.name
        }
        if "read" not in self.decisions:
            raise PolicyError(f"{row.name}: there is no rule `read`")
        self.bits = {name: 1 << index for index, name in enumerate(sorted(fields_of(self.decisions)))}
        self.set_bits = {
            name: {word: 1 << index for index, word in enumerate(words)}
            for (type_name, name), words in compiled.words.items()
            if type_name == row.name
        }
        self._joins = Joins(row, rows)
        self.branches: dict[str, list[Branch]] = {
            name: branches
            for (kind_name, type_name, name), branches in compiled.facts.items()
            if kind_name == kind.name and type_name == row.name
        }
        self.facts: dict[str, Expression] = {name: self._joins.fact(held) for name, held in self.branches.items()}
        self._columns = vocabulary.columns.get(row.name, frozenset()) & self.facts.keys()
        self.known: dict[str, Value | int] = {"side": kind.side, "role": role}
        self.known |= {
            name: fact.default
            for name, fact in self.declared.items()
            if name not in self.facts and name not in self.known
        }
        self._cases = {
            rule: [(words, total) for words, cubes in decision.cases if (total := self._fold(cubes))]
            for rule, decision in self.decisions.items()
        }
        self._sums = {
            rule: {words: total for words, cubes in decision.sums.items() if (total := self._fold(cubes))}
            for rule, decision in self.decisions.items()
        }
        self.read: Sum = self._sums["read"].get((), ())
        needed = self.asks()
        self.order: tuple[str, ...] = tuple(name for name in self.facts if name in needed)
        self.scope = to_sql(self.read, self.condition)
        self._settled = constants(self.read, self.declared)
        self.asked: tuple[str, ...] = tuple(name for name in self.order if name not in self._settled)
        self.columns = self._labelled(self.asked)
        self.source = self._joins.source(
            {joined for name in (*self.order, *self._columns) for joined in self.facts[name].joins}
        )
        self.binds = frozenset(_bound(self.scope, *self.columns, self.source))
        self._mask = self._function("see")
        self._words: dict[str, Callable[[Key], list[str]]] = {}
        self._firsts: dict[tuple[str, ...], Callable[[Key], str | None]] = {}
        self._situations: dict[Key, Situation] = {}
        self._met: dict[Key, Situation] = {}

    def every_fact(self) -> list[sa.Label[Any]]:
        """Like `columns`, with the facts that the scope settles: proofs also read rows that are not in scope."""
        return self._labelled(self.order)

    def _labelled(self, names: Sequence[str]) -> list[sa.Label[Any]]:
        return [self._column(name).label(f"f_{name}") for name in names]

    def keep(self, name: Hashable, make: Callable[[], Any]) -> Any:
        """The cached result of `make` under `name`, such as a statement that later requests can use again."""
        return self._built.made((self.kind.name, self.role, self.type_name, name), make)

    def _fold(self, cubes: Sum) -> Sum:
        return folded(cubes, self.known, self.declared)

    # ---- SQL

    def bind(self, viewer: Any) -> dict[str, Any]:
        """The statement's parameters that come from the viewer. `v_user_id` is for leaves, too: None for a machine."""
        found = {f"v_{name}": getattr(viewer, name) for name in self.kind.params if f"v_{name}" in self.binds}
        return {"v_user_id": getattr(viewer, "user_id", None), **found}

    def select(self, *columns: Any, joins: Joining = ()) -> sa.Select[Any]:
        """A statement for `columns` of every row in scope, followed by the fact columns for `met`.

        `joins` are the tables that columns come from.
        """
        return self.plain(*columns, *self.columns, joins=joins)

    def plain(self, *columns: Any, joins: Joining = ()) -> sa.Select[Any]:
        """Like `select`, without fact columns."""
        source = self.source
        for table, on in joins:
            source = sa.join(source, table, on)
        return sa.select(*columns).select_from(source).where(self.scope)

    def predicate(self, rule: str, *words: str) -> sa.ColumnElement[bool]:
        """`rule` with these words as a condition, for filters in addition to the scope and never instead of it (D28).

        It omits what the scope already implies, because PostgreSQL plans and runs each repeated EXISTS again.
        """
        return to_sql(remaining(self.sum(rule, *words), self.read, self.declared), self.condition)

    def blind(self, rule: str, *words: str) -> sa.ColumnElement[bool]:
        """`rule` with these words as a complete condition, for viewers who may write rows that they may not read."""
        return to_sql(self.sum(rule, *words), self.condition)

    def supposed(self, /, **facts: Value) -> Key:
        """The situation of a hypothetical row with these facts, and with the default of all others."""
        return tuple(facts.get(name, self.declared[name].default) for name in self.order)

    def sum(self, rule: str, *words: str) -> Sum:
        if rule not in self.decisions:
            raise PolicyError(f"{self.type_name}: there is no rule `{rule}`")
        found = self._sums[rule]
        return tuple(cube for case, total in found.items() if _covers(case, words) for cube in total)

    def asks(self, *rules: str) -> set[str]:
        """The facts that these rules, or by default all rules, read for this role.

        It reads the cases and not the sum: the sum drops a case that another one implies, but each case is evaluated.
        """
        totals = (total for rule in rules or self._cases for _, total in self._cases.get(rule, ()))
        return set().union(*map(asked, totals))

    def can_ever(self, rule: str, *words: str) -> bool:
        """Whether `rule` can hold for this role in some situation."""
        return bool(self.sum(rule, *words))

    def constant_words(self, rule: str) -> list[str]:
        """The words of `rule` that hold for this role in every situation."""
        return [str(words[0]) for words, total in self._cases[rule] if any(not cube for cube in total)]

    def settles(self, name: str) -> bool:
        """Whether all rows in scope have the same value of this fact."""
        return name in self._settled

    def column(self, name: str) -> Any:
        """The SQL of a declared sort column, or None if this viewer has none."""
        return self.facts[name].sql if self.has_column(name) else None

    def has_column(self, name: str) -> bool:
        return name in self._columns

    def near(self, name: str, column: str) -> Any:
        """Another column of the row that holds a declared sort column."""
        return near(self.facts[name], column)

    def own(self, expression: Any) -> Any:
        """An expression over the mapped columns: a statement of the plan reads the tables themselves."""
        return expression

    def cases(self, rule: str, *given: str) -> list[tuple[str, Sum]]:
        """The last words of the cases of `rule` in the order of the text, each with its condition.

        `given` are the words before it.
        """
        return [(str(words[-1]), total) for words, total in self._cases.get(rule, []) if _covers(words[:-1], given)]

    def any_of(self, rule: str) -> Sum:
        """The condition that a rule holds with some words."""
        return tuple(cube for total in self._sums.get(rule, {}).values() for cube in total)

    def sums(self, rule: str) -> list[tuple[str, Sum]]:
        """The last words of `rule`, each with the condition under which it holds."""
        return [(str(words[-1]), total) for words, total in self._sums.get(rule, {}).items()]

    def _column(self, name: str) -> Any:
        return self.shown(name, self.facts[name])

    def shown(self, name: str, found: Expression) -> Any:
        """The value of a fact of one row at a time, where `found` is the fact in SQL; the default where there is none."""
        fact = self.declared[name]
        shown = evaluated_by_row(found.sql)
        if not found.nullable:
            return shown
        default = sa.literal_column("0") if fact.domain is None else constant(fact.default)
        return sa.func.coalesce(shown, default)

    def condition(self, name: str, allowed: frozenset[Value]) -> sa.ColumnElement[bool]:
        """The condition of one fact of a cube in SQL.

        It does not use coalesce, which would prevent the planner from converting the join into an inner join.
        """
        return self.condition_on(self.facts[name], name, allowed)

    def condition_on(self, found: Expression, name: str, allowed: frozenset[Value]) -> sa.ColumnElement[bool]:
        """The same, where `found` is the fact in SQL."""
        fact = self.declared[name]
        if fact.domain is None:
            need = sum(self.set_bits[name][str(word)] for word in allowed)
            held = found.sql.op("&")(sa.literal_column(str(need)))
            # For one word `<> 0` is equivalent, and the planner estimates that most rows match instead of one in 200.
            return held != sa.literal_column("0") if len(allowed) == 1 else held == sa.literal_column(str(need))
        if fact.is_boolean:
            return found.sql if True in allowed else found.sql.is_not(sa.true())
        listed = [constant(value) for value in fact.domain if value in allowed]
        inside = found.sql == listed[0] if len(listed) == 1 else found.sql.in_(listed)
        if not found.nullable or fact.default not in allowed:
            return inside
        others = [constant(value) for value in fact.domain if value in allowed and value != fact.default]
        return sa.or_(found.sql.is_(None), found.sql.in_([*others, constant(fact.default)]))

    # ---- Python

    def situation(self, key: Key) -> Situation:
        found = self._situations.get(key)
        if found is None:
            if len(self._situations) >= MAX_SITUATIONS:
                self._situations.clear()
                self._met.clear()
            found = self._situations[key] = Situation(self, key, self._mask(key))
            self.tally.situations += 1
        return found

    def met(self, values: Key) -> Situation:
        """The situation of a row of `select`, from the values of its fact columns and the facts that the scope settles."""
        found = self._met.get(values)
        if found is None:
            known = {**self._settled, **dict(zip(self.asked, values, strict=True))}
            found = self._met[values] = self.situation(tuple(known[name] for name in self.order))
        return found

    def words(self, rule: str, key: Key) -> list[str]:
        if rule not in self._words:
            self._words[rule] = self._word_function(rule)
        return self._words[rule](key)

    def first(self, rule: str, key: Key, *given: str) -> str | None:
        name = (rule, *given)
        if name not in self._firsts:
            self._firsts[name] = self._first_function(self.cases(rule, *given))
        return self._firsts[name](key)

    def reason(self, key: Key, field: str) -> str | None:
        """The first reason of `hidden_because` for this field. The check at load ensures one for every hidden field in scope."""
        return self.first("hidden_because", key, field)

    def rests_on(self, key: Key, field: str) -> set[str] | None:
        """The facts that decide the reason for a hidden field in this situation, or None if no reason applies."""
        cases: list[tuple[Callable[[Key], bool], set[str]]]
        cases = self.keep(("rests on", field), lambda: self._rests_on(field))
        return next((facts for holds, facts in cases if holds(key)), None)

    def _rests_on(self, field: str) -> list[tuple[Callable[[Key], bool], set[str]]]:
        return [
            (self._evaluate(f"def f(k):\n return {self._source((cube,))}\n"), set(cube))
            for words, total in self._cases.get("hidden_because", [])
            if words[0] in (None, field)
            for cube in total
        ]

    def value(self, key: Key, fact: str) -> Any:
        return key[self.order.index(fact)] if fact in self.order else self.known[fact]

    def reads(self, key: Key) -> bool:
        """Whether a row in this situation is in scope: the same as the scope in SQL, for proofs."""
        holds = self.keep("reads", lambda: self._evaluate(f"def f(k):\n return {self._source(self.read)}\n"))
        return bool(holds(key))

    def holds(self, rule: str, key: Key) -> bool:
        """Whether a rule holds, with any words."""

        def made() -> Callable[[Key], Any]:
            return self._evaluate(f"def f(k):\n return {self._source(self.any_of(rule))}\n")

        return bool(self.keep(("holds", rule), made)(key))

    def mask(self, key: Key) -> int:
        return self._mask(key)

    def _source(self, total: Sum) -> str:
        return to_source(total, self.order, self.declared, self.set_bits)

    def _function(self, rule: str) -> Callable[[Key], int]:
        lines = [
            f" if {self._source(self.sum(rule, name))}: m |= {bit}\n"
            for name, bit in self.bits.items()
            if self.sum(rule, name)
        ]
        return self._evaluate(f"def f(k):\n m = 0\n{''.join(lines)} return m\n")

    def _word_function(self, rule: str) -> Callable[[Key], list[str]]:
        lines = [f" if {self._source(total)}: found.append({word!r})\n" for word, total in self.sums(rule)]
        return self._evaluate(f"def f(k):\n found = []\n{''.join(lines)} return found\n")

    def _first_function(self, cases: list[tuple[str, Sum]]) -> Callable[[Key], str | None]:
        lines = [f" if {self._source(total)}: return {word!r}\n" for word, total in cases]
        return self._evaluate(f"def f(k):\n{''.join(lines)} return None\n")

    @staticmethod
    def _evaluate(source: str) -> Callable[[Key], Any]:
        """Compile a generated function. Its source contains only declared facts and their declared words."""
        space: dict[str, Any] = {"__builtins__": {}}
        exec(source, space)  # noqa: S102
        found: Callable[[Key], Any] = space["f"]
        return found


def fields_of(decisions: Mapping[str, Decision]) -> set[str]:
    """The fields that a `see` rule names."""
    return {str(words[0]) for words in decisions["see"].sums} if "see" in decisions else set()


def near(found: Expression, column: str) -> Any:
    """A column of the row that holds the value of a fact."""
    (joined,) = found.joins
    return joined.alias.c[column]


def evaluated_by_row(condition: Any) -> Any:
    """`condition` with each `EXISTS (q)` as an equivalent scalar subquery, which PostgreSQL evaluates row by row.

    Otherwise the planner prefers to read q's whole table once, because it does not derive from LIMIT that there are few rows.
    """
    return sa.sql.visitors.replacement_traverse(condition, {}, _scalar)


def _scalar(element: Any, **_: Any) -> Any:
    if not isinstance(element, sa.Exists):
        return None
    inner: Any = element.element
    first = inner.element.with_only_columns(sa.true()).limit(sa.literal_column("1"))
    return sa.func.coalesce(first.scalar_subquery(), sa.false())


def _covers(case: tuple[str | None, ...], words: tuple[str, ...]) -> bool:
    return all(mine is None or mine == word for mine, word in zip(case, words, strict=True))


def _bound(*clauses: Any) -> set[str]:
    found: set[str] = set()
    for clause in clauses:
        for element in sa.sql.visitors.iterate(clause):
            if isinstance(element, sa.BindParameter):
                found.add(element.key)
    return found
