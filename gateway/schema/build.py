"""The executable schema: each field of a type under the policy tests its mask bit before its value is read."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    Undefined,
    get_named_type,
    is_non_null_type,
    print_schema,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.types.arguments import convert_argument

from gateway.context import Context, Info
from gateway.db.enums import ACCESS_EXPIRED, COLLABORATION_EXPIRED
from gateway.errors import Fault, InvalidInput
from gateway.execution.breadth_first import Column, Reader, read_by
from gateway.forms import Form, check_input
from gateway.global_ids import TYPES
from gateway.loaders import VisibleRow
from gateway.names import action_of, camel
from gateway.policy import Policy
from gateway.reads.declarations import DECIDED, EDGE, READ, ROOT, VALUE, Read, is_declared, shape_of
from gateway.reads.edges import Edge, OneAt, PagesOf
from gateway.reads.formats import graph_name
from gateway.reads.values import Reader as ReadRow
from gateway.resolvers.core.transaction import is_repeated_request, known_faults
from gateway.schema.core.late_enums import LateValue, add_values
from gateway.schema.core.node import Carrier
from gateway.schema.core.scalars import SCALARS
from gateway.schema.core.semantic_nulls import DIRECTIVE, annotated, is_never_empty
from gateway.schema.mutation import Mutation
from gateway.schema.query import Query

Resolve = Callable[..., Any]


def build_schema(policy: Policy) -> GraphQLSchema:
    """Returns the executable schema. `policy` can be replaced later by one that decides the same fields."""
    schema = declared()
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLInterfaceType):
            type_.resolve_type = _type_of
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            type_.is_type_of = None
            _guard(type_, policy, schema.extensions["strawberry-definition"].schema_converter)
    return schema


def declared() -> GraphQLSchema:
    """Returns the schema as strawberry builds it from the types, without the policy: for its text and its shape."""
    schema: GraphQLSchema = strawberry.Schema(
        query=Query, mutation=Mutation, config=StrawberryConfig(scalar_map=dict(SCALARS))
    )._schema  # strawberry has no public access to it
    schema.directives = (*schema.directives, DIRECTIVE)
    add_values(schema.type_map["FieldName"], _field_names(schema))
    add_values(schema.type_map["AuditAction"], _audit_actions(schema))
    for type_ in schema.type_map.values():
        for field in type_.fields.values() if isinstance(type_, GraphQLObjectType) else ():
            for argument in field.args.values():
                if argument.default_value is None:
                    argument.default_value = Undefined  # an omitted argument is not passed as null
                argument.description = argument.description or get_named_type(argument.type).description
    return schema


def _field_names(schema: GraphQLSchema) -> dict[str, LateValue]:
    names = sorted(set(_decided_fields(schema)))
    return {graph_name(name): LateValue(name, f"The field `{name}`.") for name in names}


def _audit_actions(schema: GraphQLSchema) -> dict[str, LateValue]:
    """Every mutation, and the queries that take an id: what they do not find is an entry (D52)."""
    queries, mutations = (schema.type_map[name].fields for name in ("Query", "Mutation"))  # type: ignore[attr-defined]
    asking = {name for name, field in queries.items() if any(map(_is_id, field.args.values()))}
    known = {action_of(name): name for name in sorted({*mutations, *asking})}
    kinds = {name: "query" if name in asking else "mutation" for name in known.values()}
    found = {action: LateValue(action, f"The {kinds[name]} `{name}`.") for action, name in known.items()}
    return found | {
        ACCESS_EXPIRED: LateValue(ACCESS_EXPIRED, "A grant of access reached its end."),
        COLLABORATION_EXPIRED: LateValue(COLLABORATION_EXPIRED, "A request or an invitation was not answered in time."),
    }


def _is_id(argument: GraphQLArgument) -> bool:
    return get_named_type(argument.type) is GraphQLID


def _decided_fields(schema: GraphQLSchema) -> Iterator[str]:
    """The fields of types with rows, and the parts of their lists, as the policy names them."""
    for type_ in schema.type_map.values():
        if not isinstance(type_, GraphQLObjectType) or not is_declared(type_.name):
            continue
        for field in type_.extensions["strawberry-definition"].fields:
            if DECIDED in field.metadata:
                continue
            name = field.graphql_name or camel(field.python_name)
            yield name
            edge = field.metadata.get(EDGE)
            if isinstance(edge, PagesOf) and edge.part is not None:
                parts = [get_named_type(each.type) for each in type_.fields[name].args.values()]
                yield from (
                    f"{name}({part})" for each in parts if isinstance(each, GraphQLEnumType) for part in each.values
                )


def sdl() -> str:
    """Returns the text of schema.graphql."""
    schema = declared()
    return annotated(print_schema(schema), semantic_non_nulls(schema)) + "\n"


def semantic_non_nulls(schema: GraphQLSchema) -> set[tuple[str, str]]:
    """Returns type and name of the nullable fields of types with rows that are null only where they are hidden."""
    return {
        (type_.name, name)
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLObjectType) and is_declared(type_.name)
        for field in type_.extensions["strawberry-definition"].fields
        if is_never_empty(field)
        and not is_non_null_type(type_.fields[name := field.graphql_name or camel(field.python_name)].type)
    }


def shape(schema: GraphQLSchema) -> dict[str, dict[str, bool]]:
    """Returns, for each object type under the policy, its fields and whether each may be null."""
    return {
        type_.name: {
            name: not is_non_null_type(type_.fields[name].type)
            for field in type_.extensions["strawberry-definition"].fields
            if DECIDED not in field.metadata and (name := field.graphql_name or camel(field.python_name))
        }
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__") and not _is_carrier(type_)
    }


def _is_carrier(type_: GraphQLObjectType) -> bool:
    return issubclass(type_.extensions["strawberry-definition"].origin, Carrier)


def _type_of(value: VisibleRow, *_: object) -> str:
    return value.type_name


def _guard(type_: GraphQLObjectType, policy: Policy, converter: Any) -> None:
    definition = type_.extensions["strawberry-definition"]
    bits = policy.bits(type_.name) if type_.name in policy.types else None
    if bits is not None:
        shape_of(type_.name)  # a fault in its columns stops the start
    for field in definition.fields:
        name = field.graphql_name or camel(field.python_name)
        known = type_.fields[name]
        if (edge := field.metadata.get(EDGE)) is not None:
            _name(edge, type_.name, name, known.type)
        if (root := field.metadata.get(ROOT)) is not None:
            root.name = name
        convert = _arguments(field, converter)
        known.extensions = {
            **known.extensions,
            READ: Read(field.metadata.get(VALUE), field.metadata.get(EDGE), field.metadata.get(ROOT), convert),
        }
        if field.base_resolver:
            resolve = _resolver(field, convert)
            known.resolve = resolve if bits is None else _guarded(type_.name, name, bits[name], resolve)
        elif bits is None or DECIDED in field.metadata:
            read_by(known, _plain(field))
        else:
            read_by(known, _masked(type_.name, name, bits[name], _read(type_.name, name, field)))


def _name(edge: Edge, type_name: str, name: str, type_: Any) -> None:
    edge.name, edge.target = f"{type_name}.{name}", edge.target or _target(type_)
    if isinstance(edge, OneAt):
        _name(edge.edge, type_name, name, type_)


def _target(type_: Any) -> str:
    """The name of the type of the rows that a field leads to; of a list with pages, that of its items."""
    named: Any = get_named_type(type_)
    nodes = getattr(named, "fields", {}).get("nodes")
    return str(named.name if nodes is None else get_named_type(nodes.type).name)


def _arguments(field: Any, converter: Any) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Returns the conversion of a field's arguments by strawberry."""
    named = [(converter.config.name_converter.from_argument(argument), argument) for argument in field.arguments]

    def convert(given: Mapping[str, Any]) -> dict[str, Any]:
        return {
            argument.python_name: convert_argument(
                given[name], argument.type, converter.scalar_registry, converter.config
            )
            for name, argument in named
            if name in given
        }

    return convert


def _resolver(field: Any, convert: Callable[[Mapping[str, Any]], dict[str, Any]]) -> Resolve:
    """Returns the field's resolver, without strawberry's wrapper for extensions."""
    call: Resolve = field.base_resolver.wrapped_func
    takes_root, takes_info = field.base_resolver.root_parameter, field.base_resolver.info_parameter

    def resolve(source: Any, info: GraphQLResolveInfo[Context], **given: Any) -> Any:
        arguments = convert(given)
        if takes_root:
            arguments["root"] = source
        if takes_info:
            arguments["info"] = strawberry.Info(info, field)
        input = arguments.get("input")
        if input is not None:
            faults = check_input(input, Form(info.context.viewer.now, info.context.seal))
            if faults and (known := known_faults(info.context, action_of(info.field_name), faults)):
                return _refused(known, strawberry.Info(info, field), lambda: call(**arguments))
        return call(**arguments)

    return resolve


async def _refused(faults: Sequence[Fault], info: Info, repeat: Callable[[], Awaitable[Any]]) -> Any:
    """Raises InvalidInput, before any data is read (D74), unless the request has been answered before.

    A time that was in the future then may be in the past by now: a repeated request receives the stored outcome.
    """
    if not await is_repeated_request(info):
        raise InvalidInput(faults)
    return await repeat()


def _plain(field: Any) -> Reader:
    value = field.metadata.get(VALUE)
    read = attrgetter(field.python_name) if value is None else value.reader()
    return lambda rows, column: _each(read, rows)


def _read(type_name: str, name: str, field: Any) -> Callable[[Context], ReadRow]:
    """Returns how a leaf reads its value from a visible row. Raises ValueError for a leaf without a value."""
    if name == "id":
        if type_name not in TYPES:
            raise ValueError(
                f"{type_name} has ids, but no place in `TYPES` of gateway/global_ids.py. Add it at the end."
            )
        return lambda context: lambda row: context.seal.id(type_name, row.row.id)
    value = field.metadata.get(VALUE)
    if value is None:
        raise ValueError(f"{type_name}.{name} has no value: declare it as a value of a column or of a rule.")
    read = value.reader()
    return lambda context: read


def _masked(type_name: str, field: str, bit: int, read_in: Callable[[Context], ReadRow]) -> Reader:
    """Denies a field before its data is read, so that the response does not depend on whether there is any (D6)."""

    def reader(rows: Sequence[VisibleRow], column: Column) -> list[Any]:
        read = read_in(column.context)
        if all(row.mask & bit for row in rows):
            return _each(read, rows)
        values = []
        for index, row in enumerate(rows):
            if row.mask & bit:
                values += _each(read, [row])
            else:
                column.context.denials.add(type_name, field, row.situation, column.path(index))
                values.append(None)
        return values

    return reader


def _each(read: ReadRow, rows: Sequence[Any]) -> list[Any]:
    try:
        return [read(row) for row in rows]
    except Exception:
        return [_tried(read, row) for row in rows]


def _tried(read: ReadRow, row: Any) -> Any:
    try:
        return read(row)
    except Exception as error:
        return error


def _guarded(type_name: str, field: str, bit: int, inner: Any) -> Resolve:
    """As `_masked`, for a field with a resolver."""

    def resolve(source: VisibleRow, info: GraphQLResolveInfo[Context], **arguments: Any) -> Any | Awaitable[Any]:
        if source.mask & bit:
            return inner(source, info, **arguments)
        info.context.denials.add(type_name, field, source.situation, info.path)
        return None

    return resolve
