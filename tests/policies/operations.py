"""Drawn operations: any fields at any depth, with aliases, fragments, directives, variables, pages, filters and ids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final
from uuid import UUID

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_required_argument,
)

from gateway.global_ids import Seal

MAX_DEPTH: Final = 5
FAR: Final = UUID("019cadc6-9a80-7000-8000-00000000dead")
"""A key that no row has."""
TEXTS: Final = ("a", "e", "ß", "", "  ", "no such name", "%", "C")
TIMES: Final = ("2020-01-01T00:00:00Z", "2026-03-01T12:00:00+01:00", "2999-01-01T00:00:00Z")
UNLIKELY: Final = frozenset({"whyHidden", "nodes", "node"})


@dataclass
class Drawing:
    """One operation while it is drawn. `ids` are keys of rows by type, `cursors` those of earlier responses."""

    dice: Random
    schema: GraphQLSchema
    seal: Seal
    ids: Mapping[str, Sequence[UUID]]
    cursors: Sequence[str] = ()
    without: frozenset[str] = frozenset()
    """Fields that are not drawn, as `Type.field`."""
    declared: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)
    names: int = 0

    def operation(self) -> tuple[str, dict[str, Any]]:
        """The text of a document and its variables. It may be refused: not all that is drawn fits together."""
        query = self.schema.query_type
        assert query is not None
        names = [name for name in query.fields if name not in UNLIKELY or self.chance(0.1)]
        parts = [
            self.field(query, self.dice.choice(names), MAX_DEPTH) for _ in range(self.dice.choice((1, 1, 1, 2, 3)))
        ]
        heads = f"({', '.join(self.declared)})" if self.declared else ""
        return "\n".join([f"query Q{heads} {{ {' '.join(parts)} }}", *self.fragments]), self.variables

    def chance(self, of: float) -> bool:
        return self.dice.random() < of

    def name(self, prefix: str) -> str:
        self.names += 1
        return f"{prefix}{self.names}"

    # ---- selections

    def selection(self, type_: GraphQLNamedType, depth: int) -> str:
        if isinstance(type_, GraphQLInterfaceType):
            kinds = [each for each in self.schema.get_possible_types(type_) if each.name in self.ids]
            parts = [f"... on {each.name} {self.selection(each, depth)}" for each in self.dice.sample(kinds, 2)]
            return f"{{ __typename id {' '.join(parts)} }}"
        assert isinstance(type_, GraphQLObjectType)
        names = [
            name
            for name, each in type_.fields.items()
            if f"{type_.name}.{name}" not in self.without and (depth > 0 or is_leaf_type(get_named_type(each.type)))
        ]
        chosen = self.dice.sample(names, min(len(names), self.dice.randrange(1, 7)))
        parts = [self.field(type_, name, depth - 1) for name in chosen]
        if not parts or self.chance(0.1):
            parts.append("__typename")
        if self.chance(0.1):
            fragment = self.name("F")
            self.fragments.append(f"fragment {fragment} on {type_.name} {{ {' '.join(parts)} }}")
            parts = [f"...{fragment}"]
        return f"{{ {' '.join(parts)} }}"

    def field(self, type_: GraphQLObjectType, name: str, depth: int) -> str:
        definition = type_.fields[name]
        named = get_named_type(definition.type)
        arguments = self.arguments(definition)
        alias = f"{self.name('a')}: " if arguments or self.chance(0.15) else ""
        below = "" if is_leaf_type(named) else f" {self.selection(named, depth)}"
        return f"{alias}{name}{arguments}{self.directive()}{below}"

    def directive(self) -> str:
        if not self.chance(0.06):
            return ""
        value = self.given(self.dice.choice((True, False)), "Boolean!")
        return f" @{self.dice.choice(('include', 'skip'))}(if: {value})"

    # ---- arguments

    def arguments(self, definition: GraphQLField) -> str:
        given: dict[str, str] = {}
        if "first" in definition.args:
            size = self.dice.choice((0, 1, 2, 3, 50))
            end = "last" if "last" in definition.args and self.chance(0.25) else "first"
            given[end] = self.given(size, "Int")
            for name in ("after", "before"):
                if self.cursors and name in definition.args and self.chance(0.1):
                    given[name] = self.given(self.dice.choice(self.cursors), "String")
        for name, argument in definition.args.items():
            if name in ("first", "last", "after", "before"):
                continue
            if is_required_argument(argument) or self.chance(0.3):
                given[name] = self.value(name, argument.type, get_named_type(definition.type).name)
        return f"({', '.join(f'{name}: {value}' for name, value in given.items())})" if given else ""

    def value(self, name: str, type_: Any, target: str) -> str:
        named = get_named_type(type_)
        many = is_list_type(get_nullable_type(type_))
        if not str(type_).endswith("!") and self.chance(0.1):
            return self.given(None, str(type_))
        if named.name == "ID":
            ids = [self.id(name, target) for _ in range(self.dice.randrange(4))] if many else self.id(name, target)
            return self.given(ids, str(type_))
        if isinstance(named, GraphQLEnumType):
            words = list(named.values)
            if many:
                return self.given(self.dice.sample(words, self.dice.randrange(min(3, len(words)) + 1)), str(type_))
            return self.given(self.dice.choice(words), str(type_), word=True)
        if isinstance(named, GraphQLInputObjectType):
            direction = self.dice.choice(("ASC", "DESC"))
            return self.given(
                {"field": "NAME", "direction": direction},
                str(type_),
                literal=f"{{field: NAME, direction: {direction}}}",
            )
        if named.name == "Boolean":
            return self.given(self.chance(0.5), str(type_))
        texts = TIMES if name in ("since", "until") else TEXTS
        return self.given(self.dice.choice(texts), str(type_))

    def id(self, name: str, target: str) -> str:
        """Mostly the id of an object that there is, of the type that is meant."""
        type_name = {"client": "Client", "collaboration": "Collaboration", "actor": "FirmMember"}.get(name, target)
        if type_name not in self.ids or self.chance(0.1):
            type_name = self.dice.choice(sorted(self.ids))
        keys = self.ids[type_name]
        return self.seal.id(type_name, FAR if not keys or self.chance(0.05) else self.dice.choice(keys))

    def given(self, value: Any, type_: str, *, word: bool = False, literal: str | None = None) -> str:
        """The value as a literal, or as a variable, which is absent now and then."""
        if self.chance(0.5):
            name = self.name("v")
            self.declared.append(f"${name}: {type_}")
            if value is not None or self.chance(0.5):
                self.variables[name] = value
            return f"${name}"
        return literal or (value if word else _literal(value))


def everything(schema: GraphQLSchema, root: str) -> str:
    """All fields of the items of a root list, and the leaves of what they lead to."""
    query = schema.query_type
    assert query is not None
    return f"{{ {root}(first: 50) {_all_of(get_named_type(query.fields[root].type), 3)} }}"


def _all_of(type_: GraphQLNamedType, depth: int) -> str:
    assert isinstance(type_, GraphQLObjectType)
    parts = []
    for name, each in type_.fields.items():
        named = get_named_type(each.type)
        if is_leaf_type(named):
            parts.append(name)
        elif depth > 0 and name != "edges":
            parts.append(f"{name}{'(first: 5)' if 'first' in each.args else ''} {_all_of(named, depth - 1)}")
    return f"{{ {' '.join(parts)} }}"


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(each if each.isupper() and each.isidentifier() else _literal(each) for each in value)}]"
    return f'"{value}"' if isinstance(value, str) else str(value)
