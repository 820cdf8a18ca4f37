"""Breadth-first execution: a field is resolved for all objects of a page at once, so a page waits per field and not per row.

graphql-core still builds the operation, collects fields, coerces arguments and leaves, and locates errors; only the order
of the work is different.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from inspect import iscoroutine
from typing import Any, Final, Literal, Protocol, TypeAlias

import orjson
from graphql import (
    GraphQLAbstractType,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLID,
    GraphQLInterfaceType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    GraphQLUnionType,
    get_argument_values,
    located_error,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.pyutils import Path, is_iterable

from gateway.errors import CostLimitExceeded

READER: Final = "reader"
"""The key of a field's reader in the field's extensions."""

AS_THEY_ARE: Final[dict[Any, type]] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}
"""Leaf types, and the Python types whose values they return unchanged."""

INTROSPECTION: Final = frozenset({"__schema", "__type"})
ERROR_BYTES: Final = 50
"""The minimum size of an error in the response."""

Place: TypeAlias = Callable[[int], Path]


@dataclass(frozen=True, slots=True)
class Column:
    """One field of many objects of one type, and its places in the response."""

    context: Any
    type: GraphQLObjectType
    field: GraphQLField
    key: str
    rows: Sequence[Path | None]
    details: FieldDetailsList

    def path(self, row: int) -> Path:
        return Path(self.rows[row], self.key, self.type.name)

    @property
    def field_name(self) -> str:
        return self.details[0].node.name.value

    @property
    def nodes(self) -> list[Any]:
        return [detail.node for detail in self.details]


Reader: TypeAlias = Callable[[Sequence[Any], Column], list[Any]]
"""Returns the values of a field of these objects, in their order and not awaitable; an exception is a failed value."""


def read_by(field: GraphQLField, reader: Reader) -> None:
    """Make `reader` the resolver of `field`, in this executor and in any other."""

    def resolve(source: Any, info: Any) -> Any:
        place = info.path
        return reader([source], Column(info.context, info.parent_type, field, place.key, [place.prev], []))[0]

    field.resolve = resolve
    field.extensions = {**field.extensions, READER: reader}


class JsonText(bytes):
    """An object or a list of the response, as JSON text."""


class Unread(Protocol):
    """An object, or a list of objects, that is read when the selection below it is known."""

    is_unread: Literal[True]

    async def read(self, details: FieldDetailsList, path: Path) -> Any:
        """What is at `path`: as `JsonText` for this selection, or as a value to execute further."""


class BreadthFirst(Executor[None]):
    """An executor for schemas whose lists hold no awaitables and whose object types have no `is_type_of`.

    A failed value is represented by its error, until a nullable position replaces it by null.
    `max_bytes` limits the response while it is built: raises CostLimitExceeded as soon as the response must be larger.
    `shown` is the schema that introspection shows; the executor's own if it is None.
    """

    def __init__(
        self, *arguments: Any, max_bytes: int | None = None, shown: GraphQLSchema | None = None, **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self._introspected = shown
        self._max_bytes = max_bytes
        self._bytes = 0

    def execute_root_grouped_field_set(
        self,
        root_type: GraphQLObjectType,
        root_value: Any,
        grouped_field_set: GroupedFieldSet,
        serially: bool,
        position_context: None,
    ) -> Awaitable[dict[str, Any]]:
        return self._root(root_type, root_value, grouped_field_set, serially)

    async def _root(
        self, type_: GraphQLObjectType, value: Any, fields: GroupedFieldSet, serially: bool
    ) -> dict[str, Any]:
        self._tasks: list[asyncio.Future[Any]] = []
        self._failures = 0
        data: dict[str, Any] = {}
        try:
            for part in [{key: details} for key, details in fields.items()] if serially else [fields]:
                [answer] = await self._objects(type_, [value], [None], part)
                if isinstance(answer, GraphQLError):
                    raise answer
                data |= answer
        except BaseException:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            raise
        finally:
            # It holds methods of this object: the cycle would keep all rows in memory until the garbage collector runs.
            del self.async_helpers
        return data

    async def _objects(
        self, type_: GraphQLObjectType, sources: Sequence[Any], rows: Sequence[Path | None], fields: GroupedFieldSet
    ) -> list[Any]:
        """The response for each of these objects, or its error. All their fields are started before one is awaited."""
        begun = []
        for key, details in fields.items():
            if (field := self.schema.get_field(type_, details[0].node.name.value)) is not None:
                column = Column(self.context_value, type_, field, key, rows, details)
                reader: Reader | None = field.extensions.get(READER)
                values = reader(sources, column) if reader else self._resolved(sources, column)
                begun.append((column, values, reader is None))
        if not begun:
            return [{} for _ in sources]
        keys, cells, failures = [], [], self._failures
        for column, values, waits in begun:
            if waits:
                await _settle(values)
            keys.append(column.key)
            self._count(len(sources) * (len(column.key) + 5))  # `"key":0,`
            cells.append(await self._position(column.field.type, values, column.path, column))
        if self._failures == failures:
            return [dict(zip(keys, row, strict=True)) for row in zip(*cells, strict=True)]
        return [
            next((cell for cell in row if isinstance(cell, GraphQLError)), dict(zip(keys, row, strict=True)))
            for row in zip(*cells, strict=True)
        ]

    def _resolved(self, sources: Sequence[Any], column: Column) -> list[Any]:
        """The result of the field's resolver for each of these objects: a value, an exception or an awaitable."""
        field, nodes = column.field, column.nodes
        resolve = field.resolve or self.field_resolver
        try:
            arguments = get_argument_values(
                field,
                nodes[0],
                self.variable_values,
                column.details[0].fragment_variable_values,
                self.hide_suggestions,
            )
        except GraphQLError as error:
            return [error for _ in sources]
        values: list[Any] = []
        for row, source in enumerate(sources):
            info = self.build_resolve_info(field, nodes, column.type, column.path(row))
            if self._introspected is not None and _introspects(column):
                info = info._replace(schema=self._introspected)
            try:
                value = resolve(source, info, **arguments)
            except Exception as error:
                value = error
            if iscoroutine(value):
                value = asyncio.ensure_future(value)
                self._tasks.append(value)
            values.append(value)
        return values

    async def _position(self, type_: GraphQLOutputType, values: list[Any], place: Place, column: Column) -> list[Any]:
        """The completed values of a position of this type: errors remain only if the position is not nullable."""
        failures = self._failures
        if isinstance(type_, GraphQLNonNull):
            shown = await self._shown(type_.of_type, values, place, column)
            for index, value in enumerate(shown):
                if value is None:
                    missing = f"Cannot return null for non-nullable field {column.type}.{column.field_name}."
                    shown[index] = self._failed(TypeError(missing), place(index), column)
            return shown
        shown = await self._shown(type_, values, place, column)
        if self._failures > failures:
            for index, value in enumerate(shown):
                if isinstance(value, GraphQLError):
                    self.collected_errors.add(value, place(index))
                    shown[index] = None
        return shown

    async def _shown(self, type_: GraphQLOutputType, values: list[Any], place: Place, column: Column) -> list[Any]:
        """Complete the values for this type, in place. None stays None."""
        if isinstance(type_, GraphQLScalarType | GraphQLEnumType):
            self._leaves(type_, values, place, column)
        elif isinstance(type_, GraphQLList):
            await self._read(values, place, column)
            await self._lists(type_, values, place, column)
        elif isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType):
            await self._read(values, place, column)
            for object_type, chosen in self._by_type(type_, values, place, column).items():
                sources, rows = [values[index] for index in chosen], [place(index) for index in chosen]
                fields = self.collect_subfields(object_type, column.details).grouped_field_set
                for index, answer in zip(chosen, await self._objects(object_type, sources, rows, fields), strict=True):
                    values[index] = answer
        return values

    async def _read(self, values: list[Any], place: Place, column: Column) -> None:
        """Read what is not read yet, in place."""
        for index, value in enumerate(values):
            if getattr(value, "is_unread", False) is True:
                try:
                    values[index] = await value.read(column.details, place(index))
                except Exception as error:
                    values[index] = error
                if isinstance(values[index], JsonText):
                    self._count(len(values[index]))
                    values[index] = orjson.Fragment(bytes(values[index]))

    def _leaves(self, type_: GraphQLLeafType, values: list[Any], place: Place, column: Column) -> None:
        as_it_is = AS_THEY_ARE.get(type_)
        for index, value in enumerate(values):
            if value is None or value.__class__ is as_it_is:
                continue
            try:
                values[index] = self.complete_leaf_value(type_, _given(value))
            except Exception as error:
                values[index] = self._failed(error, place(index), column)
        if as_it_is is not bool:
            self._count(sum([len(value) for value in values if value.__class__ is str]))

    async def _lists(self, type_: GraphQLList[Any], values: list[Any], place: Place, column: Column) -> None:
        """Complete the items of all lists as one page, in place."""
        items: list[Any] = []
        places: list[Path] = []
        ends: dict[int, int] = {}
        for index, value in enumerate(values):
            if value is None or isinstance(value, orjson.Fragment):
                continue
            path = place(index)
            try:
                held = value if isinstance(value, list) else _listed(_given(value), column)
            except Exception as error:
                values[index] = self._failed(error, path, column)
            else:
                items += held
                places += [Path(path, number, None) for number in range(len(held))]
                ends[index] = len(items)
        failures = self._failures
        shown = await self._position(type_.of_type, items, places.__getitem__, column)
        begin = 0
        for index, end in ends.items():
            part = shown[begin:end]
            begin = end
            failed = (item for item in part if isinstance(item, GraphQLError))
            values[index] = part if self._failures == failures else next(failed, part)

    def _by_type(
        self, type_: GraphQLObjectType | GraphQLAbstractType, values: list[Any], place: Place, column: Column
    ) -> dict[GraphQLObjectType, list[int]]:
        """The indexes of the values of each object type."""
        found: defaultdict[GraphQLObjectType, list[int]] = defaultdict(list)
        for index, value in enumerate(values):
            if value is None or isinstance(value, orjson.Fragment):
                continue
            try:
                value = _given(value)
                if isinstance(type_, GraphQLObjectType):
                    found[type_].append(index)
                else:
                    found[self._type_of(type_, value, place(index), column)].append(index)
            except Exception as error:
                values[index] = self._failed(error, place(index), column)
        return found

    def _type_of(self, type_: GraphQLAbstractType, value: Any, path: Path, column: Column) -> GraphQLObjectType:
        info = self.build_resolve_info(column.field, column.nodes, column.type, path)
        name = (type_.resolve_type or self.type_resolver)(value, info, type_)
        return self.ensure_valid_runtime_type(name, type_, column.details, info, value)

    def _failed(self, error: Exception, path: Path, column: Column) -> GraphQLError:
        self._failures += 1
        self._count(ERROR_BYTES)
        return located_error(error, column.nodes, path.as_list())

    def _count(self, size: int) -> None:
        """Add to the minimum size of the response; raises CostLimitExceeded above the limit."""
        self._bytes += size
        if self._max_bytes is not None and self._bytes > self._max_bytes:
            raise too_long(self._max_bytes)


def too_long(max_bytes: int) -> CostLimitExceeded:
    """The refusal of a response of more than `max_bytes`."""
    return CostLimitExceeded(f"The response would have more than {max_bytes} bytes. Request less data.")


def _introspects(column: Column) -> bool:
    return column.type.name.startswith("__") or column.field_name in INTROSPECTION


def _given(value: Any) -> Any:
    """Return `value`, or raise it if it is an exception."""
    if isinstance(value, Exception):
        raise value
    return value


def _listed(value: Any, column: Column) -> list[Any]:
    if not is_iterable(value):
        name = f"{column.type}.{column.field_name}"
        raise GraphQLError(f"Expected Iterable, but did not find one for field '{name}'.")
    return list(value)


async def _settle(values: list[Any]) -> None:
    """Replace each awaitable by its result or exception. All of them are already running."""
    for index, value in enumerate(values):
        if hasattr(value, "__await__"):
            try:
                values[index] = await value
            except Exception as error:
                values[index] = error
