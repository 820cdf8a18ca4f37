"""What a kind of viewer can ever see or do: the part of the schema that introspection shows it.

It follows from the policy alone. A field that rules can hide is a part if some situation of some role shows it; a list, if a
row of it can ever be read; a mutation, if a role may ever do it. Documents are validated against the whole schema, so that one
document serves all roles, and a hidden field is null with its reason (D6, D35).
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from graphql import (
    DefinitionNode,
    DocumentNode,
    GraphQLObjectType,
    GraphQLSchema,
    ObjectTypeDefinitionNode,
    build_ast_schema,
    get_named_type,
    is_introspection_type,
    parse,
    print_schema,
)

from gateway.names import action_of, camel
from gateway.policy import Plan, Policy
from gateway.policy.partial import Cube
from gateway.reads.declarations import DECIDED, READ, is_declared
from gateway.resolvers.core.transaction import role_may_ever

_DESCRIPTION: Final = re.compile(r'^ *"""(?:.|\n)*?"""\n', re.MULTILINE)
Kept = Mapping[str, frozenset[str]]
"""The fields of each object type that a kind of viewer can ever see."""


def profile(schema: GraphQLSchema, policy: Policy, kind: str) -> GraphQLSchema:
    """Returns the schema as a kind of viewer sees it, for introspection alone: it has no resolvers."""
    kept = fields_of(schema, policy, kind)
    document = parse(print_schema(schema))
    definitions = [made for each in document.definitions if (made := _reduced(each, kept)) is not None]
    reduced = build_ast_schema(DocumentNode(definitions=tuple(definitions)), assume_valid=True)
    return _without_unused(reduced)


def fields_of(schema: GraphQLSchema, policy: Policy, kind: str) -> Kept:
    """The fields that a kind of viewer can ever see, without those that lead to types of which it sees nothing."""
    types = {
        name: type_
        for name, type_ in schema.type_map.items()
        if isinstance(type_, GraphQLObjectType) and not is_introspection_type(type_)
    }
    kept = {
        name: {field for field in type_.fields if _is_seen(policy, kind, type_, field)} for name, type_ in types.items()
    }
    while True:
        gone = {name for name in types if not kept[name]}
        dropped = [
            (name, field)
            for name, fields in kept.items()
            for field in fields
            if get_named_type(types[name].fields[field].type).name in gone
        ]
        if not dropped:
            return {name: frozenset(fields) for name, fields in kept.items()}
        for name, field in dropped:
            kept[name].remove(field)


def _is_seen(policy: Policy, kind: str, type_: GraphQLObjectType, field: str) -> bool:
    roles = policy.vocabulary.kinds[kind].roles
    if type_.name == "Mutation":
        return any(role_may_ever(policy, kind, role, action_of(field)) for role in roles)
    if type_.name == "Query":
        return _leads_somewhere(policy, kind, type_.fields[field])
    if type_.name not in policy.types or not is_declared(type_.name):
        return True
    plans = [policy.plan_for(kind, role, type_.name) for role in roles]
    if field not in policy.bits(type_.name) or field in _decided(type_):
        return any(plan.read for plan in plans)
    return any(is_ever_seen(plan, field) for plan in plans)


def is_ever_seen(plan: Plan, field: str) -> bool:
    """Whether some situation in which the row can be read shows the field."""
    return any(_fit(plan, one, other) for one in plan.read for other in plan.sum("see", field))


def _fit(plan: Plan, one: Cube, other: Cube) -> bool:
    """Whether both can hold at once. A set can contain the words of both."""
    common = (name for name in one.keys() & other.keys() if plan.declared[name].domain is not None)
    return all(one[name] & other[name] for name in common)


def _decided(type_: GraphQLObjectType) -> set[str]:
    fields = type_.extensions["strawberry-definition"].fields
    return {field.graphql_name or camel(field.python_name) for field in fields if DECIDED in field.metadata}


def _leads_somewhere(policy: Policy, kind: str, field: Any) -> bool:
    """Whether a row can ever be read of the type that a root field begins at. One that begins at no type always does."""
    read = field.extensions.get(READ)
    target = getattr(read.root, "target", None) if read is not None else None
    if target not in policy.types:
        return True
    return any(policy.plan_for(kind, role, target).read for role in policy.vocabulary.kinds[kind].roles)


def _reduced(definition: DefinitionNode, kept: Kept) -> DefinitionNode | None:
    """The definition with the fields that are kept; None for a type without any."""
    if not isinstance(definition, ObjectTypeDefinitionNode):
        return definition
    fields = tuple(each for each in definition.fields or () if each.name.value in kept[definition.name.value])
    if not fields:
        return None
    return ObjectTypeDefinitionNode(
        name=definition.name,
        description=definition.description,
        interfaces=definition.interfaces,
        directives=definition.directives,
        fields=fields,
    )


def _without_unused(schema: GraphQLSchema) -> GraphQLSchema:
    """The same without the types that no field and no argument leads to."""
    reachable: list[Any] = [type_ for type_ in schema.type_map.values() if _is_of_interface(type_)]
    return GraphQLSchema(schema.query_type, schema.mutation_type, None, reachable, schema.directives)


def _is_of_interface(type_: Any) -> bool:
    """Whether a field of an interface can lead to it, which names it nowhere."""
    return isinstance(type_, GraphQLObjectType) and bool(type_.interfaces)


def text_of(profile: GraphQLSchema) -> str:
    """The text of a profile without descriptions, which are in the text of the whole schema."""
    return _DESCRIPTION.sub("", print_schema(profile)).replace("\n\n  ", "\n  ") + "\n"


class Profiles:
    """The profiles of one schema, each made when it is requested first, and again for another policy."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._made: dict[tuple[str, str], GraphQLSchema] = {}

    def of(self, policy: Policy, kind: str) -> GraphQLSchema:
        key = policy.version, kind
        found = self._made.get(key)
        if found is None:
            if any(version != policy.version for version, _ in self._made):
                self._made.clear()
            found = self._made[key] = profile(self._schema, policy, kind)
        return found
