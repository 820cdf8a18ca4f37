"""The graph, put together and put under the policy: each field of a decided type tests its bit before anything else happens."""

from collections.abc import Awaitable, Callable
from typing import Any

import strawberry
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    Undefined,
    is_non_null_type,
    print_schema,
)

from gateway.context import Context
from gateway.loaders import Seen
from gateway.policy import Policy
from gateway.schema.root import Mutation, Query

Resolve = Callable[..., Any]
LIST_SIZES = {
    "Query.clientTabs": 4,
    "Viewer.memberships": 10,
    "Viewer.menus": 1,
    "Viewer.banners": 1,
    "Firm.staff": 50,
    "Client.kpis": 9,
    "Client.pendingActivities": 20,
    "Client.accountManagers": 3,
    "Client.members": 10,
    "Client.collaborations": 3,
    "Collaboration.billingModePeriods": 5,
    "Invoice.lines": 5,
}
"""How long a list without pages is taken to be when the cost of a document is counted."""


def build_schema(policy: Policy) -> GraphQLSchema:
    """The executable schema. Its policy may be replaced by one of the same fields."""
    schema = declared()
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLInterfaceType):
            type_.resolve_type = _type_of
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            type_.is_type_of = None
            _guard(type_, policy)
    return schema


def declared() -> GraphQLSchema:
    """The schema as strawberry reads it off the types, without the policy: for its text and its shape."""
    schema: GraphQLSchema = strawberry.Schema(query=Query, mutation=Mutation)._schema  # there is no other door to it
    for type_ in schema.type_map.values():
        for field in type_.fields.values() if isinstance(type_, GraphQLObjectType) else ():
            for argument in field.args.values():
                if argument.default_value is None:
                    argument.default_value = Undefined  # what is left out is left out, not null
    return schema


def sdl() -> str:
    """The promise to callers, as text."""
    return print_schema(declared()) + "\n"


def shape(schema: GraphQLSchema) -> dict[str, dict[str, bool]]:
    """The object types, their fields, and which of these may be null."""
    return {
        type_.name: {name: not is_non_null_type(field.type) for name, field in type_.fields.items()}
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__")
    }


def _type_of(value: Seen, *_: object) -> str:
    return value.type_name


def _guard(type_: GraphQLObjectType, policy: Policy) -> None:
    definition = type_.extensions["strawberry-definition"]
    bits = policy.bits(type_.name) if type_.name in policy.types else None
    for field in definition.fields:
        name = field.graphql_name or _camel(field.python_name)
        known = type_.fields[name]
        if bits is not None:
            inner = known.resolve if field.base_resolver else _read(type_.name, field)
            known.resolve = _masked(type_.name, name, bits[name], inner)
        elif not field.base_resolver:
            known.resolve = _attribute(field.python_name)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _read(type_name: str, field: Any) -> Resolve:
    """What a leaf gives of a row that was seen."""
    if field.python_name == "id":
        return lambda source, info: info.context.seal.id(type_name, source.row.id)
    read = field.metadata.get("read") or field.python_name
    if callable(read):
        return lambda source, info: read(source)
    name = str(read)
    return lambda source, info: getattr(source.row, name)


def _attribute(name: str) -> Resolve:
    return lambda source, info: getattr(source, name)


def _masked(type_name: str, field: str, bit: int, inner: Any) -> Resolve:
    """The one place where a field is refused: before its data is touched, so that it is equal whether there is any (D6)."""

    def resolve(source: Seen, info: GraphQLResolveInfo[Context], **arguments: Any) -> Any | Awaitable[Any]:
        if source.mask & bit:
            return inner(source, info, **arguments)
        info.context.denials.add(type_name, field, source.situation, info.path)
        return None

    return resolve
