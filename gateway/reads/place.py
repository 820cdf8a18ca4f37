"""A place of a compiled statement: rows of one type as one role reads them, under names of that place."""

from collections import ChainMap
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from copy import copy
from typing import Any, Final, Literal, NamedTuple

import sqlalchemy as sa

from gateway.policy import Plan, Policy
from gateway.policy.cubes import Sum, constants, folded, remaining, to_sql
from gateway.policy.joins import Expression, Joins
from gateway.policy.plan import evaluated_by_row, near
from gateway.policy.vocabulary import Value
from gateway.reads.declarations import Shape
from gateway.reads.own_rows import OwnRows
from gateway.reads.sql import Named, Sql, case, concatenated, constant, references, written

ALWAYS: Final[Sum] = ({},)


class Join(NamedTuple):
    """A table of the FROM clause. Without `decides` it adds exactly one row to each row, or NULLs: it can be left out."""

    named: Named
    on: str
    kind: Literal["JOIN", "LEFT JOIN"]
    decides: bool = False

    @property
    def text(self) -> str:
        return f"{self.kind} {self.named.source} ON {self.on}"


class Link(NamedTuple):
    """A table whose rows lead to the rows of a place: its name, its own conditions, and those that lead on."""

    named: Named
    own: str
    leads: str

    def source(self, row: Named) -> str:
        """The FROM clause of both. The rows are looked up one by one: OFFSET keeps PostgreSQL from beginning at the others."""
        own = f" WHERE {self.own}" if self.own else ""
        links = f"(SELECT {self.named.name}.* FROM {self.named.source}{own}) {self.named.name}"
        led = f"(SELECT {row.name}.* FROM {row.source} WHERE {self.leads} OFFSET 0) {row.name}"
        return f"{links} CROSS JOIN LATERAL {led}"


class Place:
    """Rows of one type. `given` are facts of theirs that are facts of the row above: their names here and there.

    `row` is a table that the place above has joined already, if the rows are those of it.
    """

    def __init__(
        self,
        policy: Policy,
        plan: Plan,
        shape: Shape,
        name: str,
        own_rows: OwnRows,
        above: "Place | None" = None,
        given: Mapping[str, str] | None = None,
        row: Named | None = None,
    ) -> None:
        self.policy, self.plan, self.name = policy, plan, name
        self._above, self._given, self._own_rows = above, given or {}, own_rows
        self._policy_joins = Joins(
            plan.row, policy.rows, name, lambda table, alias: row if row and alias == name else Named(table, alias)
        )
        self._facts: dict[str, Expression] = {}
        self._tables: MutableMapping[Any, Named] = {plan.row.table: self._policy_joins.root.alias}
        self._offered = dict(shape.joins)
        self._joins: dict[str, Join] = {}
        self._link: Link | None = None
        self._kind: Literal["JOIN", "LEFT JOIN"] = "JOIN" if row is None else "LEFT JOIN"
        self._attached: list[Place] = []
        self.parameter: str | None = None
        """The parameter with the key of the one row here."""
        self.known: dict[str, Any] = {}
        """Facts that have one value in all rows here."""
        if above is not None:
            self.known = {fact: above.known[theirs] for fact, theirs in self._given.items() if theirs in above.known}
        self.read = self._folded(plan.read)
        self.known |= constants(self.read, plan.declared)

    # ---- columns

    @property
    def row(self) -> Named:
        return self._tables[self.plan.row.table]

    def column(self, name: str) -> Any:
        """A declared column to sort by, or None if this viewer has none."""
        return self.fact(name).sql if self.plan.has_column(name) else None

    def near(self, name: str, column: str) -> Any:
        return near(self.fact(name), column)

    def own(self, expression: Any) -> Any:
        """An expression over the mapped columns, as one over the columns of this place. Joins the tables that it needs."""
        element = expression.element if isinstance(expression, sa.Label) else expression
        mapped = getattr(element, "__clause_element__", None)
        return sa.sql.visitors.replacement_traverse(mapped() if mapped else element, {}, self._replaced)

    def _replaced(self, element: Any, **_: Any) -> Any:
        table = getattr(element, "table", None) if isinstance(element, sa.Column) else None
        named = None if table is None else self._named(table)
        return None if named is None else named.c[element.name]

    def _named(self, table: Any) -> Named | None:
        if table not in self._tables and table in self._offered:
            self.join(table, self._offered[table])
        return self._tables.get(table)

    def join(self, table: Any, on: Any, *, decides: bool = False) -> None:
        """Joins a table of which each row has one. `decides`: rows without it are left out, and rows with several are repeated."""
        named = self._tables[table] = Named(table, f"{self.name}_i{len(self._joins)}")
        self._joins[named.name] = Join(named, "", self._kind)  # keeps the name
        condition = written(self.own(on))
        del self._joins[named.name]  # placed after the tables that its condition joined
        self._joins[named.name] = Join(named, condition, self._kind, decides)

    def link(self, table: Any, on: Any) -> None:
        """Makes the rows of a table the beginning: those for which all conditions hold lead to rows here by key."""
        named = self._tables[table] = Named(table, f"{self.name}_i{len(self._joins)}")
        self._joins[named.name] = Join(named, "", "JOIN", decides=True)  # keeps the name
        clauses = [written(self.own(each)) for each in getattr(on, "clauses", [on])]
        leads = [each for each in clauses if any(name == self.name for name, _ in references([each]))]
        own = [each for each in clauses if each not in leads]
        self._joins[named.name] = Join(named, " AND ".join(clauses), "JOIN", decides=True)
        self._link = Link(named, " AND ".join(own), " AND ".join(leads))

    def attach(self, place: "Place") -> None:
        """Makes the joins of a place here, whose rows are those of a table that is joined here."""
        self._attached.append(place)

    def with_table(self, named: Named) -> "Place":
        """This place with another table, whose rows are parts of the row."""
        found = copy(self)
        found._tables = ChainMap({named.table: named}, self._tables)
        return found

    # ---- the policy

    def remaining(self, total: Sum) -> Sum:
        """What remains to be checked of a condition in rows in scope."""
        return remaining(self._folded(total), self.read, self.plan.declared)

    def predicate(self, rule: str, *words: str) -> sa.ColumnElement[bool]:
        """As that of the plan, over the columns of this place."""
        return to_sql(self.remaining(self.plan.sum(rule, *words)), self._condition)

    def where(self, total: Sum) -> str | None:
        """The condition of one row at a time, as text; None if it always holds."""
        left = self.remaining(total)
        return None if left == ALWAYS else written(evaluated_by_row(to_sql(left, self._condition)))

    def holds(self, rule: str, *words: str) -> str | None:
        """The condition that a rule holds with these words, or with any word if none is given; None if it always does."""
        if not words:
            return self.where(self.plan.any_of(rule))
        return self.where(self.plan.sum(rule, *words))

    @property
    def scope(self) -> list[str]:
        if self.read == ALWAYS:
            return []
        condition = to_sql(self.read, self._condition)
        if self.parameter is None:
            condition = self._own_rows.once(condition, by_index=self._above is None)
        return [written(condition)]

    def _folded(self, total: Sum) -> Sum:
        return folded(total, self.known, self.plan.declared) if self.known else total

    def fact(self, name: str) -> Expression:
        if name in self._given and self._above is not None:
            return self._above.fact(self._given[name])
        if name not in self._facts:
            self._facts[name] = self._policy_joins.fact(self.plan.branches[name])
        return self._facts[name]

    def _condition(self, name: str, allowed: frozenset[Value]) -> sa.ColumnElement[bool]:
        return self.plan.condition_on(self.fact(name), name, allowed)

    def situation(self) -> Sql:
        """The facts of the row as one text, in the order in which `Situations` reads them."""
        pieces: list[str] = []
        for name in self.plan.asked:
            if pieces:
                pieces.append("|")
            if name in self.known:
                pieces.append(
                    str(self.known[name]).lower() if self.plan.declared[name].is_boolean else str(self.known[name])
                )
            else:
                pieces.append(Sql(f"({written(self.plan.shown(name, self.fact(name)))})::text"))
        return concatenated(pieces)

    # ---- words

    def words(self, totals: Sequence[tuple[str, Sum]]) -> Sql:
        """A JSON list of the words whose condition holds."""
        conditions = [(word, self.where(total)) for word, total in totals if self.remaining(total)]
        if all(condition is None for _, condition in conditions):
            return constant("[" + ",".join(f'"{word}"' for word, _ in conditions) + "]")
        parts = [
            f',"{word}"' if condition is None else case([(condition, constant(f',"{word}"'))], constant(""))
            for word, condition in conditions
        ]
        return concatenated(["[", Sql(f"substr({concatenated(parts)}, 2)"), "]"])

    def first(self, cases: Sequence[tuple[Sql, Sum]], otherwise: Sql | None = None) -> Sql:
        """The text of the first case whose condition holds; NULL if none does and there is no other."""
        branches: list[tuple[str, Sql]] = []
        for shown, total in cases:
            if not self.remaining(total):
                continue
            condition = self.where(total)
            if condition is None:
                return case(branches, shown)
            branches.append((condition, shown))
        return case(branches, otherwise)

    # ---- statements

    def joins(self) -> list[Join]:
        """The joins of the row, in an order in which each follows those that it refers to."""
        policy = [Join(joined.alias, written(sa.and_(*joined.on)), "LEFT JOIN") for joined in self._policy_joins.joined]
        attached = (join for place in self._attached for join in place.joins())
        return [*self._joins.values(), *policy, *attached]

    def select(self, shown: str, where: Sequence[str], tail: str = "") -> Sql:
        """A statement for `shown` of each row in scope for which all conditions hold, with the joins that it needs alone."""
        conditions = [*self.scope, *where]
        source = self.source(self.needed([shown, *conditions, tail]))
        filtered = f" WHERE {' AND '.join(map(_enclosed, conditions))}" if conditions else ""
        return Sql(f"SELECT {shown} FROM {source}{filtered}{tail}")

    def source(self, joins: Sequence[Join]) -> str:
        """The FROM clause of the row and of joins."""
        link = self._link
        if link is None:
            return " ".join([self.row.source, *(join.text for join in joins)])
        return " ".join([link.source(self.row), *(join.text for join in joins if join.named is not link.named)])

    def needed(self, texts: Iterable[str]) -> list[Join]:
        """The joins that decide about the rows, and those that texts refer to."""
        joins = self.joins()
        wanted = {join.named.name for join in joins if join.decides} | {name for name, _ in references(texts)}
        for join in reversed(joins):
            if join.named.name in wanted:
                wanted |= {name for name, _ in references([join.on])}
        return [join for join in joins if join.named.name in wanted]


def _enclosed(condition: str) -> str:
    return f"({condition})" if " OR " in condition else condition
