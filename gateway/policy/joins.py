"""Facts in SQL: a value is a column of a LEFT JOIN that several facts share, a boolean is an EXISTS or a plain condition."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa

from gateway.policy.errors import PolicyError, UnsupportedShape
from gateway.policy.partial import ROOT, Branch, Condition, Param, Path, row_at
from gateway.policy.rows import Row, Unique, Way

_METHODS: Final = {"Neq": "__ne__", "Lt": "__lt__", "Leq": "__le__", "Gt": "__gt__", "Geq": "__ge__", "Unify": "__eq__"}


@dataclass(eq=False, slots=True)
class Joined:
    """One table in the FROM clause of a read: its parent, the relation to it, and the join conditions."""

    row: Row
    alias: Any
    parent: "Joined | None" = None
    way: Way | None = None
    on: list[sa.ColumnElement[bool]] = field(default_factory=list)
    needs: "tuple[Joined, ...]" = ()  # other joins that `on` refers to


@dataclass(frozen=True, slots=True)
class Expression:
    """A fact in SQL: its expression, whether it may be NULL, and the joins that it needs."""

    sql: sa.ColumnElement[Any]
    nullable: bool
    joins: tuple[Joined, ...]


class Joins:
    """The joins of one type for one kind of viewer. Facts with the same parent, relation and conditions share a join.

    `named` gives a table a name in a statement that is written as text. The root has `name` there, and the names of the joined
    tables begin with it.
    """

    def __init__(
        self, root: Row, rows: Mapping[str, Row], name: str = "", named: Callable[[sa.Table, str], Any] | None = None
    ) -> None:
        self.rows = rows
        self.root = Joined(root, named(root.table, name) if named else root.table)
        self._name = f"{name}_" if name else ""
        self._named: Callable[[sa.Table, str], Any] = named or sa.Table.alias
        self._known: dict[tuple[Any, ...], Joined] = {}

    @property
    def joined(self) -> Collection[Joined]:
        """The joined tables, each after those that it refers to."""
        return self._known.values()

    def fact(self, branches: list[Branch]) -> Expression:
        place = branches[0].place
        if all(branch.value is True for branch in branches):
            truth = sa.or_(*(self._truth(branch, place) for branch in branches))
            return Expression(truth, any(map(self._may_be_empty, branches)), ())
        if len(branches) > 1:
            raise UnsupportedShape(f"{place}: two rules give a value at once; it is undefined which one applies")
        return self._value(branches[0], place)

    def source(self, needed: set[Joined]) -> Any:
        """The FROM clause: the root and the needed joins, each after those that it refers to."""
        wanted: list[Joined] = []

        def want(joined: Joined) -> None:
            if joined is self.root or joined in wanted:
                return
            for before in (joined.parent, *joined.needs):
                if before is not None:
                    want(before)
            wanted.append(joined)

        for joined in self._known.values():
            if joined in needed:
                want(joined)
        source = self.root.alias
        for joined in wanted:
            source = sa.outerjoin(source, joined.alias, sa.and_(*joined.on))
        return source

    # ---- values

    def _value(self, branch: Branch, place: str) -> Expression:
        node = branch.value.node
        chain = _chain(branch, node)
        joined: dict[str, Joined] = {ROOT: self.root}
        left = set(branch.conditions)
        for name in [*chain[:-1], *(name for name in branch.nodes if name not in chain)]:
            if branch.nodes[name][0] not in joined or (name not in chain and self._way(branch, name).many):
                raise UnsupportedShape(f"{place}: with other rows ({name}) a value may occur more than once")
            joined[name] = self._join(branch, name, joined, left, place)
        if node != ROOT:
            # The join of the value gets all remaining conditions: if they do not hold, there is no value.
            joined[node] = self._join(branch, node, joined, left, place, rest=True)
        if left:
            raise UnsupportedShape(f"{place}: a value of one row under conditions; declare a boolean fact for them")
        target = joined[node]
        missing = any(self._may_miss(branch, name) for name in chain)
        nullable = missing or bool(target.row.column(branch.value.column, place).nullable)
        return Expression(target.alias.c[branch.value.column], nullable, () if target is self.root else (target,))

    def _may_miss(self, branch: Branch, name: str) -> bool:
        """Whether the step may lead to no row: a relation to many rows can, and so can a nullable foreign key."""
        way, columns = self._way(branch, name), self._row(branch, branch.nodes[name][0]).table.c
        return way.many or any(columns[local].nullable for local, _ in way.pairs)

    def _join(
        self,
        branch: Branch,
        name: str,
        joined: Mapping[str, Joined],
        left: set[Condition],
        place: str,
        *,
        rest: bool = False,
    ) -> Joined:
        """The join to `name`, with the conditions that limit it to one row, and with `rest` also with all conditions in `left`.

        Removes the conditions that it uses from `left`.
        """
        parent, relation = branch.nodes[name]
        way = self._way(branch, name)
        row = self.rows[way.target]
        unique, held = self._unique(row, way, name, left if way.many else set(), place)
        left -= held | {Condition(Path(name, column), "In", values) for column, values in unique.predicate}
        if rest and way.many:
            held |= left
            left.clear()
        needs = tuple(
            joined[path.node] for c in sorted(held, key=str) for path in _paths(c) if path.node not in (name, ROOT)
        )
        ends = [(*_nearest(joined[parent], local), remote) for local, remote in way.pairs]
        (before, column, _), *_ = ends
        key = (id(before), column, relation, unique.name if way.many else "", frozenset(_keyed(c, name) for c in held))
        if key not in self._known:
            alias = self._named(row.table, f"{self._name}{relation}_{len(self._known)}")
            needs += tuple(end for end, _, _ in ends if end is not before)
            new = Joined(row, alias, before, way, needs=needs)
            new.on.extend(end.alias.c[local] == alias.c[remote] for end, local, remote in ends)
            new.on.extend(_within(alias.c[column], values, place) for column, values in unique.predicate)
            new.on.extend(self._condition(c, {**joined, name: new}, place) for c in sorted(held, key=str))
            self._known[key] = new
        return self._known[key]

    def _unique(self, row: Row, way: Way, name: str, left: set[Condition], place: str) -> tuple[Unique, set[Condition]]:
        """The unique index that limits the step to `name` to one row, and the conditions of the rule on its columns.

        The rule must fix all columns of the index and imply its predicate. PolicyError if there is no such index.
        """
        fixed = {
            c.left.column: c
            for c in left
            if c.left.node == name and c.operator == "Unify" and isinstance(c.right, Param)
        }
        closed = {c.left.column: c.right for c in left if c.left.node == name and c.operator == "In"}
        # The narrowest predicate first, so that rules that differ only in other conditions share one join.
        for unique in sorted(row.unique, key=lambda unique: (sum(len(v) for _, v in unique.predicate), unique.name)):
            others = unique.columns - {remote for _, remote in way.pairs}
            if (
                way.remote in unique.columns
                and others <= fixed.keys()
                and all(column in closed and closed[column] <= values for column, values in unique.predicate)
            ):
                return unique, {fixed[column] for column in others}
        raise PolicyError(
            f"{place}: there may be many {row.name} rows here, because no unique index limits them to one"
        )

    # ---- truths

    def _truth(self, branch: Branch, place: str) -> sa.ColumnElement[bool]:
        env: dict[str, Joined] = {ROOT: self.root}
        spoken = {path.node for condition in branch.conditions for path in _paths(condition)}
        tables, where = [], []
        for name, (parent, relation) in branch.nodes.items():
            way = self._way(branch, name)
            row = self.rows[way.target]
            alias = row.table.alias(f"x_{relation}_{len(env)}")
            env[name] = Joined(row, alias, env[parent], way)
            if way.many or name in spoken or self._leads_on(branch, name, way):
                tables.append(alias)
                for local, remote in way.pairs:
                    before, column = _nearest(env[parent], local)
                    where.append(before.alias.c[column] == alias.c[remote])
        outside = [c for c in branch.conditions if all(path.node == ROOT for path in _paths(c))]
        own = [self._condition(c, env, place) for c in sorted(outside, key=str)]
        if not tables:
            return sa.and_(*own) if own else sa.true()
        where += [self._condition(c, env, place) for c in sorted(branch.conditions - set(outside), key=str)]
        inner: sa.Select[Any] = (
            sa.select(sa.literal_column("1")).select_from(*tables).where(*where).correlate_except(*tables)
        )
        return sa.and_(*own, sa.exists(inner))

    def _leads_on(self, branch: Branch, name: str, way: Way) -> bool:
        """Whether a later step starts at other columns than those of this relation: if not, this table need not be read."""
        known = {remote for _, remote in way.pairs}
        return any(
            parent == name and not known.issuperset(local for local, _ in self._way(branch, child).pairs)
            for child, (parent, _) in branch.nodes.items()
        )

    def _may_be_empty(self, branch: Branch) -> bool:
        """Whether the condition may be NULL: it compares a nullable column of the row itself."""
        return any(
            path.node == ROOT and c.operator != "Neq" and self.root.row.table.c[path.column].nullable
            for c in branch.conditions
            for path in _paths(c)
        )

    # ---- pieces

    def _row(self, branch: Branch, name: str) -> Row:
        return row_at(branch, name, self.root.row, self.rows)

    def _way(self, branch: Branch, name: str) -> Way:
        parent, relation = branch.nodes[name]
        return self._row(branch, parent).ways[relation]

    def _condition(self, condition: Condition, env: Mapping[str, Joined], place: str) -> sa.ColumnElement[bool]:
        column: Any = env[condition.left.node].alias.c[condition.left.column]
        right = condition.right
        found: sa.ColumnElement[bool]
        match condition.operator, right:
            case "In", frozenset():
                found = _within(column, right, place)
            case "Neq", None:
                found = column.is_not(None)
            case "Neq", Path():
                found = column.is_distinct_from(env[right.node].alias.c[right.column])
            case "Neq", _ if column.nullable:
                found = column.is_distinct_from(_operand(right, column, place))
            case operator, Path() if operator in _METHODS:
                found = getattr(column, _METHODS[operator])(env[right.node].alias.c[right.column])
            case operator, _ if operator in _METHODS:
                found = getattr(column, _METHODS[operator])(_operand(right, column, place))
            case unknown, _:
                raise UnsupportedShape(f"{place}: `{unknown}`")
        return found


def _operand(value: Any, column: Any, place: str) -> Any:
    """The right side of a comparison: constants of the policy as literals, values of the viewer as bound parameters.

    With bound constants the planner could not use partial indexes.
    """
    if isinstance(value, Param):
        return sa.bindparam(f"v_{value.name}", type_=column.type)
    return constant(value, place)


def constant(value: Any, place: str = "") -> sa.ColumnElement[Any]:
    match value:
        case bool():
            return sa.true() if value else sa.false()
        case int():
            return sa.literal_column(str(value))
        case str():
            return sa.literal_column("'" + value.replace("'", "''") + "'")
        case _:
            raise UnsupportedShape(f"{place}: the constant {value!r}")


def _within(column: Any, values: frozenset[Any], place: str) -> sa.ColumnElement[bool]:
    if None in values:
        rest = values - {None}
        return sa.or_(column.is_(None), _within(column, rest, place)) if rest else column.is_(None)
    found: sa.ColumnElement[bool]
    if len(values) == 1:
        (value,) = values
        found = column.is_(value) if isinstance(value, bool) else column == constant(value, place)
    else:
        found = column.in_([constant(value, place) for value in sorted(values, key=str)])
    return found


def _nearest(joined: Joined, column: str) -> tuple[Joined, str]:
    """The same value on a row nearer to the root: `kpi.client.id` is `kpi.client_id`, which needs no join."""
    while (way := joined.way) is not None and joined.parent is not None and not way.many:
        equal = [local for local, remote in way.pairs if remote == column]
        if not equal:
            break
        joined, column = joined.parent, equal[0]
    return joined, column


def _chain(branch: Branch, node: str) -> list[str]:
    """The nodes from the root to `node`, without the root."""
    chain: list[str] = []
    while node != ROOT:
        chain.insert(0, node)
        node = branch.nodes[node][0]
    return chain


def _paths(condition: Condition) -> list[Path]:
    return [condition.left, *([condition.right] if isinstance(condition.right, Path) else [])]


def _keyed(condition: Condition, name: str) -> tuple[Any, ...]:
    """The condition without the name of its node, so that two rules can share a join."""
    right = condition.right
    side = ("viewer", right.name) if isinstance(right, Param) else tuple(right) if isinstance(right, Path) else right
    return (condition.left.node if condition.left.node != name else "", condition.left.column, condition.operator, side)
