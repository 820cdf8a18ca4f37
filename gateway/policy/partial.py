"""Reads oso's partial results into plain values. An unknown expression is refused by name, never guessed.

Only this module reads oso's expressions: `row_branches` those of layer 1 (facts, over rows), and `cube` those of layer 2
(decisions, over facts).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from oso import Variable
from polar.expression import Expression, Pattern

from gateway.policy.errors import PolicyError, UnsupportedShape
from gateway.policy.rows import Row
from gateway.policy.vocabulary import Fact, Value

ROOT: Final = "_this"


class Param:
    """An attribute of the viewer, as a name only. Python must not compare it: every comparison must reach SQL."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        raise UnsupportedShape(f"a rule compares the viewer's {self.name} outside SQL")

    __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __eq__

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return f"viewer.{self.name}"


class Path(NamedTuple):
    """A column of a row that the rule reaches."""

    node: str
    column: str


class Condition(NamedTuple):
    """`left operator right`. An equality with constants is an `In` with a set of them."""

    left: Path
    operator: str  # In, Neq, Lt, Leq, Gt, Geq, Unify
    right: Any  # frozenset of constants | constant | Param | Path


@dataclass(frozen=True, slots=True)
class Branch:
    """One alternative in which a fact holds: the rows it reaches (name -> parent, relation), its conditions and its value."""

    nodes: Mapping[str, tuple[str, str]]
    conditions: frozenset[Condition]
    value: Any  # True or a Path
    place: str = ""


def row_at(branch: Branch, node: str, root: Row, rows: Mapping[str, Row]) -> Row:
    """The description of the row at `node`."""
    if node == ROOT:
        return root
    parent, relation = branch.nodes[node]
    return rows[row_at(branch, parent, root, rows).ways[relation].target]


# ---- layer 1


def row_branches(results: Iterable[Mapping[str, Any]], root: Row, rows: Mapping[str, Row], place: str) -> list[Branch]:
    """The branches of one fact for one kind of viewer. Branches that differ in one constant are merged."""
    read = [branch for result in results if (branch := _Reader(root, rows, place).branch(result)) is not None]
    return _merged(read)


class _Reader:
    """Reads one result."""

    def __init__(self, root: Row, rows: Mapping[str, Row], place: str) -> None:
        self.rows, self.place = rows, place
        self.types = {ROOT: root}
        self.names = {ROOT: ROOT}
        self.nodes: dict[str, tuple[str, str]] = {}
        self.equal: dict[Path, frozenset[Any]] = {}
        self.others: set[Condition] = set()
        self.value: Any = None

    def branch(self, result: Mapping[str, Any]) -> Branch | None:
        """The branch of one result; None if two equalities contradict each other."""
        bindings = result["bindings"]
        row, value = bindings["row"], bindings["value"]
        if not isinstance(value, Expression | Variable):
            if value is not True:
                raise UnsupportedShape(f"{self.place}: the value of a fact must be true or a column, not {value!r}")
            self.value = True
        for part in flat(row) if isinstance(row, Expression) else ():
            self.part(part)
        if self.value is None:
            raise UnsupportedShape(f"{self.place}: the rule gives no value")
        if any(not constants for constants in self.equal.values()):
            return None
        equalities = {Condition(path, "In", constants) for path, constants in self.equal.items()}
        return Branch(self.nodes, frozenset(equalities | self.others), self.value, self.place)

    def part(self, part: Any) -> None:
        if not isinstance(part, Expression):
            raise UnsupportedShape(f"{self.place}: {part!r} is not supported")
        match part.operator, part.args:
            case "Isa", [Variable() as subject, Pattern()] if subject == ROOT:
                return
            case "In", [Variable() as member, Expression(operator="Dot") as collection]:
                self.bind(member, collection)
            case "Unify" | "Eq", [Variable() as name, other] if name == "value":
                self.give(other)
            case "Unify" | "Eq", [other, Variable() as name] if name == "value":
                self.give(other)
            case "Unify" | "Eq", [Variable() as name, Expression(operator="Dot") as way]:
                self.alias(name, way)
            case "Unify" | "Eq", [Expression(operator="Dot") as way, Variable() as name]:
                self.alias(name, way)
            case ("Unify" | "Eq" | "Neq" | "Lt" | "Leq" | "Gt" | "Geq") as operator, [left, right]:
                self.compare(operator, left, right)
            case _:
                raise UnsupportedShape(f"{self.place}: `{part.operator}` is not supported over rows: {part!r}")

    def give(self, value: Any) -> None:
        if self.value is not None:
            raise UnsupportedShape(f"{self.place}: the rule gives two values: {self.value!r} and {value!r}")
        self.value = self.path(value)

    def call(self, variable: Variable, node: str) -> None:
        """Bind `variable` to the row at `node`. UnsupportedShape if it is already bound."""
        name = str.__str__(variable)
        if name in self.names:
            raise UnsupportedShape(f"{self.place}: one name for two rows: {variable!r}")
        self.names[name] = node

    def bind(self, member: Variable, collection: Expression) -> None:
        parent, relation = self.walk(collection)
        way = self.types[parent].ways.get(relation)
        if way is None or not way.many:
            raise UnsupportedShape(f"{self.place}: {self.types[parent].name}.{relation} is not a relation to many rows")
        count = sum(1 for edge in self.nodes.values() if edge == (parent, relation))
        name = f"{parent}.{relation}[{count}]"
        self.nodes[name] = (parent, relation)
        self.types[name] = self.rows[way.target]
        self.call(member, name)

    def alias(self, name: Variable, way: Expression) -> None:
        """`k = e.collaboration`: bind a variable to the row at the end of a path."""
        parent, step = self.walk(way)
        self.call(name, self.step(parent, step))

    def walk(self, dots: Expression) -> tuple[str, str]:
        """The row before the last step, and that step."""
        steps: list[str] = []
        term: Any = dots
        while isinstance(term, Expression) and term.operator == "Dot":
            term, step = term.args
            if not isinstance(step, str) or isinstance(step, Variable):
                raise UnsupportedShape(f"{self.place}: a step must be a name, not {step!r}")
            steps.append(step)
        if not isinstance(term, Variable) or str.__str__(term) not in self.names:
            raise UnsupportedShape(f"{self.place}: a path must start at a row: {dots!r}")
        node = self.names[str.__str__(term)]
        *middle, last = reversed(steps)
        for step in middle:
            node = self.step(node, step)
        return node, last

    def step(self, node: str, relation: str) -> str:
        way = self.types[node].ways.get(relation)
        if way is None or way.many:
            raise UnsupportedShape(f"{self.place}: {self.types[node].name}.{relation} is not a relation to one row")
        name = f"{node}.{relation}"
        self.nodes.setdefault(name, (node, relation))
        self.types[name] = self.rows[way.target]
        return name

    def path(self, dots: Any) -> Path:
        if not (isinstance(dots, Expression) and dots.operator == "Dot"):
            raise UnsupportedShape(f"{self.place}: {dots!r} is not a column")
        node, column = self.walk(dots)
        self.types[node].column(column, self.place)
        return Path(node, column)

    def compare(self, operator: str, left: Any, right: Any) -> None:
        if not isinstance(left, Expression):
            left, right, operator = right, left, _FLIPPED.get(operator, operator)
        path = self.path(left)
        column = self.types[path.node].column(path.column, self.place)
        if operator in _ORDERS and column.type.python_type is str:
            raise UnsupportedShape(
                f"{self.place}: `{operator}` on {path.column}: the order of text depends on the database"
            )
        if isinstance(right, Expression):
            other = self.path(right)
            other_column = self.types[other.node].column(other.column, self.place)
            empty = [each for each, its in ((path, column), (other, other_column)) if self._may_be_empty(each, its)]
            if operator not in _ORDERS and len(empty) == 2:
                raise UnsupportedShape(
                    f"{self.place}: {path.column} and {other.column} may both be empty, and SQL does not treat NULLs as equal"
                )
            if operator not in ("Unify", "Eq") and empty:
                column_name = empty[0].column
                raise UnsupportedShape(
                    f"{self.place}: `{operator}` on {column_name}, which may be empty: write `!= nil` before it"
                )
            self.others.add(Condition(path, "Unify" if operator == "Eq" else operator, other))
            return
        if isinstance(right, Variable):
            raise UnsupportedShape(f"{self.place}: {path.column} is compared with the unbound variable {right!r}")
        if operator in _ORDERS and (right is None or self._may_be_empty(path, column)):
            raise UnsupportedShape(
                f"{self.place}: `{operator}` on {path.column}, which may be empty: write `!= nil` before it"
            )
        if not isinstance(right, Param):
            self.known_word(path, right, column)
        if operator in ("Unify", "Eq") and not isinstance(right, Param):
            self.equal[path] = self.equal.get(path, frozenset([right])) & frozenset([right])
        else:
            self.others.add(Condition(path, "Unify" if operator == "Eq" else operator, right))

    def _may_be_empty(self, path: Path, column: sa.Column[Any]) -> bool:
        return bool(column.nullable) and Condition(path, "Neq", None) not in self.others

    def known_word(self, path: Path, word: Any, column: sa.Column[Any]) -> None:
        """Check that the column can hold `word`. PostgreSQL would read `'5'` as a number and `'yes'` as true; Polar does not."""
        row = self.types[path.node]
        closed = row.words.get(path.column)
        kind = column.type.python_type
        fits = word is None or type(word) is kind or (kind is datetime and word == "infinity")
        if not fits or (closed is not None and word is not None and word not in closed):
            raise PolicyError(f"{self.place}: {row.name}.{path.column} is never {word!r}")


_ORDERS: Final = ("Lt", "Leq", "Gt", "Geq")
_FLIPPED: Final = {"Lt": "Gt", "Gt": "Lt", "Leq": "Geq", "Geq": "Leq"}


def _merged(branches: list[Branch]) -> list[Branch]:
    """Merge branches that differ in the constants of one column: oso returns two results for `state in [a, b]`."""
    merged: list[Branch] = []
    for branch in branches:
        for index, known in enumerate(merged):
            if both := _either(known, branch):
                merged[index] = both
                break
        else:
            merged.append(branch)
    return merged


def _either(one: Branch, other: Branch) -> Branch | None:
    if one.nodes != other.nodes or one.value != other.value:
        return None
    if one.conditions == other.conditions:
        return one
    first, second = one.conditions - other.conditions, other.conditions - one.conditions
    if len(first) != 1 or len(second) != 1:
        return None
    (a,), (b,) = first, second
    if a.left != b.left or a.operator != "In" or b.operator != "In":
        return None
    both = Condition(a.left, "In", a.right | b.right)
    return Branch(one.nodes, (one.conditions & other.conditions) | {both}, one.value, one.place)


def flat(expression: Expression) -> Iterator[Any]:
    """The conjuncts of nested Ands."""
    if expression.operator == "And":
        for part in expression.args:
            yield from flat(part) if isinstance(part, Expression) else (part,)
    else:
        yield expression


# ---- layer 2

Cube = Mapping[str, frozenset[Value]]
"""One branch over facts: for each fact that it reads, the allowed values; for a set, the words that it must all contain."""


def cube(term: Any, facts: Mapping[str, Fact], words: Mapping[str, tuple[str, ...]], place: str) -> Cube | None:
    """The cube of one result over facts; None if its conditions contradict each other."""
    found: dict[str, frozenset[Value]] = {}
    for part in flat(term) if isinstance(term, Expression) else ():
        if not isinstance(part, Expression):
            raise UnsupportedShape(f"{place}: {part!r} is not supported")
        match part.operator, part.args:
            case "Isa", [Variable() as subject, Pattern()] if subject == ROOT:
                continue
            case "In", [str() as word, Expression(operator="Dot") as dots] if not isinstance(word, Variable):
                fact = _fact(dots, facts, place)
                if fact.domain is not None:
                    raise UnsupportedShape(f"{place}: {fact.name} is not a set")
                if word not in words[fact.name]:
                    raise PolicyError(f"{place}: {fact.name} never holds {word!r}")
                found[fact.name] = found.get(fact.name, frozenset()) | {word}
            case ("Unify" | "Eq" | "Neq") as operator, [left, right]:
                dots, value = (left, right) if isinstance(left, Expression) else (right, left)
                if isinstance(value, Expression | Variable) or not isinstance(value, str | bool):
                    raise UnsupportedShape(f"{place}: a fact is compared with {value!r}")
                fact = _fact(dots, facts, place)
                if fact.domain is None:
                    raise UnsupportedShape(f"{place}: the set {fact.name} supports only `word in`")
                if not any(value is known or (isinstance(value, str) and value == known) for known in fact.domain):
                    raise PolicyError(f"{place}: {fact.name} is never {value!r}")
                allowed = frozenset([value]) if operator != "Neq" else frozenset(fact.domain) - {value}
                found[fact.name] = found.get(fact.name, frozenset(fact.domain)) & allowed
                if not found[fact.name]:
                    return None
            case _:
                raise UnsupportedShape(f"{place}: `{part.operator}` is not supported over facts: {part!r}")
    return found


def _fact(dots: Any, facts: Mapping[str, Fact], place: str) -> Fact:
    match dots:
        case Expression(operator="Dot", args=[Variable() as subject, str() as name]) if subject == ROOT:
            if name not in facts:
                raise PolicyError(f"{place}: the fact `{name}` is not declared")
            return facts[name]
        case _:
            raise UnsupportedShape(f"{place}: {dots!r} is not a fact")
