"""The kinds of values of the policy that leaves show: what its rules decide about the row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.policy import Situation
from gateway.policy.explain import hidden_fields, unavailable_actions
from gateway.reads.formats import graph_name
from gateway.reads.sql import Sql, case, constant
from gateway.reads.values import Reader, Value, name_of, text

if TYPE_CHECKING:
    from gateway.reads.place import Place


def first(rule: str) -> Value:
    """The first word of a rule that holds for the row."""
    return _First(rule)


def words(rule: str) -> Value:
    """All words of a rule that hold for the row."""
    return _Words(rule)


def holds(rule: str, word: str) -> Value:
    """Whether a rule holds for the row with this word."""
    return _Holds(rule, word)


def visible() -> Value:
    """The names of the visible fields of the row."""
    return _Visible()


def hidden() -> Value:
    """The hidden fields of the row, with reasons and requirements."""
    return OfSituation(hidden_fields)


def unavailable() -> Value:
    """The actions that the viewer may not take on the row, with what they require."""
    return OfSituation(unavailable_actions)


def reason_of_action() -> Value:
    """The first fact that an unavailable action requires."""
    return _Converted(lambda action: str(action.requires[0].fact).upper())


def fact() -> Value:
    """The fact of a requirement, as the graph spells it."""
    return _Converted(lambda requirement: str(requirement.fact).upper())


def value_of_fact() -> Value:
    """The value that a requirement names, as the graph spells it."""
    return _Converted(lambda requirement: str(requirement.value).upper())


def by_word(rule: str, **columns: Any) -> Value:
    """The column that the first word of a rule names."""
    return _ByWord(rule, columns)


def where(rule: str, value: Value) -> Value:
    """A value of the row if a rule holds for it with some word; else null."""
    return _If(rule, value, None)


def unless(rule: str, word: str, value: Value) -> Value:
    """A value of the row; the given word if a rule of its type holds for it with some word."""
    return _If(rule, word, value)


def each(rule: str, words: type[Enum]) -> Value:
    """Of each word, whether the rule holds for the row with it: objects with `code` and `ok`."""
    return Each(rule, tuple(str(word.value) for word in words))


@dataclass(frozen=True, slots=True)
class _First(Value):
    rule: str

    def reader(self) -> Reader:
        rule = self.rule
        return lambda row: row.situation.first(rule)

    def written(self, place: "Place") -> str:
        return str(place.first([(constant(f'"{word}"'), total) for word, total in place.plan.cases(self.rule)]))


@dataclass(frozen=True, slots=True)
class _Words(Value):
    rule: str

    def reader(self) -> Reader:
        rule = self.rule
        return lambda row: row.situation.words(rule)

    def written(self, place: "Place") -> str:
        return place.words(place.plan.sums(self.rule))


@dataclass(frozen=True, slots=True)
class _Holds(Value):
    rule: str
    word: str

    def reader(self) -> Reader:
        rule, word = self.rule, self.word
        return lambda row: word in row.situation.words(rule)

    def written(self, place: "Place") -> str:
        return _truth(place.holds(self.rule, self.word))


@dataclass(frozen=True, slots=True)
class OfSituation(Value):
    """Objects that follow from the situation of the row alone. A compiled statement gives the situation, and Python the objects."""

    objects: Callable[[Situation], Sequence[Any]]

    def reader(self) -> Reader:
        objects = self.objects
        return lambda row: objects(row.situation)


@dataclass(frozen=True, slots=True)
class _Converted(Value):
    convert: Callable[[Any], str]

    def reader(self) -> Reader:
        return self.convert


class _Visible(Value):
    def reader(self) -> Reader:
        return lambda row: row.situation.visible()

    def written(self, place: "Place") -> str:
        return place.words([(graph_name(name), place.plan.sum("see", name)) for name in place.plan.bits])


@dataclass(frozen=True, slots=True)
class _ByWord(Value):
    rule: str
    by_word: Mapping[str, Any]

    def needed(self) -> tuple[Any, ...]:
        return tuple(self.by_word.values())

    def reader(self) -> Reader:
        rule, names = self.rule, {word: name_of(column) for word, column in self.by_word.items()}
        return lambda row: getattr(row.row, names[row.situation.first(rule)])

    def written(self, place: "Place") -> str:
        texts = {word: Sql(text(column).written(place)) for word, column in self.by_word.items()}
        return str(place.first([(texts[word], total) for word, total in place.plan.cases(self.rule)]))


@dataclass(frozen=True, slots=True)
class _If(Value):
    rule: str
    then: Value | str | None
    otherwise: Value | str | None

    def needed(self) -> tuple[Any, ...]:
        return tuple(c for value in (self.then, self.otherwise) if isinstance(value, Value) for c in value.needed())

    def reader(self) -> Reader:
        rule, then, otherwise = self.rule, _reader(self.then), _reader(self.otherwise)

        def read(row: Any) -> Any:
            situation = row.situation
            return (then if rule in situation.plan.decisions and situation.words(rule) else otherwise)(row)

        return read

    def written(self, place: "Place") -> str:
        then, otherwise = _written(self.then, place), _written(self.otherwise, place)
        if self.rule not in place.plan.decisions:
            return str(otherwise)
        condition = place.holds(self.rule)
        return str(then if condition is None else case([(condition, then)], otherwise))


def _reader(value: Value | str | None) -> Reader:
    return value.reader() if isinstance(value, Value) else lambda row: value


def _written(value: Value | str | None, place: "Place") -> Sql:
    if isinstance(value, Value):
        return Sql(value.written(place))
    return Sql("NULL::text") if value is None else constant(f'"{value}"')


def _truth(condition: str | None) -> Sql:
    return constant("true") if condition is None else case([(condition, constant("true"))], constant("false"))


class Answer(NamedTuple):
    code: str
    ok: bool


@dataclass(frozen=True, slots=True)
class Each(Value):
    rule: str
    words: tuple[str, ...]

    def reader(self) -> Reader:
        rule, words = self.rule, self.words

        def read(row: Any) -> list[Answer]:
            held = row.situation.words(rule)
            return [Answer(word, word in held) for word in words]

        return read

    def items(self, place: "Place") -> Sequence[Mapping[str, Sql]]:
        """SQL of the JSON text of each field of each object."""
        return [{"code": constant(f'"{word}"'), "ok": _truth(place.holds(self.rule, word))} for word in self.words]
