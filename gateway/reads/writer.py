"""The writer: from an operation of one role to one statement that returns its response as text."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias, cast

import sqlalchemy as sa
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    get_named_type,
    is_non_null_type,
)
from graphql.execution.collect_fields import (
    FieldDetailsList,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues

from gateway.auth.viewers import Viewer
from gateway.execution.breadth_first import READER
from gateway.execution.denials import Denial
from gateway.global_ids import Seal, character_of
from gateway.policy import Policy, Situation
from gateway.reads import marks
from gateway.reads.by_policy import Each, OfSituation
from gateway.reads.declarations import READ, Read, shape_of
from gateway.reads.edges import ByKey, CountOf, Edge, Joined, ManyOf, OneAt, OneOf, PagesOf, SumOf
from gateway.reads.kinship import facts_above, joined_row
from gateway.reads.own_rows import OwnRows
from gateway.reads.place import ALWAYS, Place
from gateway.reads.requests import Arguments, Part, Reason, Walk
from gateway.reads.situations import Shown, Situations, field_of, object_of
from gateway.reads.sql import Named, Piece, Sql, aggregated, case, concatenated, constant, or_else, written
from gateway.reads.values import Itself

TYPENAME: Final = "__typename"


@dataclass(slots=True, eq=False)
class Slot:
    """A list of the response. Its items are separated by a mark of its own if something below may be hidden."""

    number: int | None = None

    @property
    def mark(self) -> str:
        return "," if self.number is None else marks.separator(self.number)


Step: TypeAlias = str | Slot


@dataclass(frozen=True, slots=True)
class Hidden:
    """A field at one place of the operation, hidden for one reason."""

    denial: Denial
    path: tuple[Step, ...]


class Writer:
    """Writes one operation. What it collects besides the text is needed to bind the statement and to finish its result."""

    def __init__(
        self,
        policy: Policy,
        schema: GraphQLSchema,
        seal: Seal,
        viewer: Viewer,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: VariableValues,
    ) -> None:
        self.policy, self.schema, self.seal, self.viewer = policy, schema, seal, viewer
        self._operation, self.variables = operation, variables
        self._fragments = {
            each.name.value: FragmentDetails(each)
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        self.own_rows = OwnRows()
        self.parts: list[Part] = []
        self.hidden: list[Hidden] = []
        self.situations: list[Situations] = []
        self.slots: list[Slot] = []
        self._path: list[Step] = []
        self._places = 0
        self._codes = 0

    # ---- selections

    def operation_fields(self, type_: GraphQLObjectType) -> Mapping[str, FieldDetailsList]:
        found = collect_fields(self.schema, self._fragments, self.variables, type_, self._operation)
        return found.grouped_field_set

    def fields(self, type_name: str, details: FieldDetailsList) -> Mapping[str, FieldDetailsList]:
        type_: Any = self.schema.type_map[type_name]
        found = collect_subfields(self.schema, self._fragments, self.variables, self._operation, type_, details)
        return found.grouped_field_set

    def declared(self, type_name: str, details: FieldDetailsList) -> tuple[str, GraphQLField, Read]:
        """The name of the selected field, its definition, and what it reads."""
        name = details[0].node.name.value
        type_: Any = self.schema.type_map[type_name]
        field: GraphQLField | None = type_.fields.get(name)
        read: Read | None = None if field is None else field.extensions.get(READ)
        if field is None or read is None:
            raise Walk(Reason.FIELD)
        return name, field, read

    def arguments(self, field: GraphQLField, read: Read, details: FieldDetailsList) -> Arguments:
        return Arguments(field, details[0].node, self.variables, read.convert)

    @contextmanager
    def at(self, *steps: Step) -> Iterator[None]:
        self._path += steps
        yield
        del self._path[-len(steps) :]

    def slot(self) -> Slot:
        self.slots.append(Slot())
        return self.slots[-1]

    def name(self) -> str:
        """The name of a table of its own."""
        self._places += 1
        return f"t{self._places}"

    def code(self) -> int:
        """A number of its own for a list or a key."""
        self._codes += 1
        return self._codes - 1

    # ---- objects

    def place(self, type_name: str, above: Place | None = None, of: str | None = None) -> Place:
        """A new place of rows, `of` whose columns is the key of the row above."""
        plan = self.policy.plan(self.viewer, type_name)
        given = {} if above is None or of is None else facts_above(plan, of, above.plan)
        return Place(self.policy, plan, shape_of(type_name), self.name(), self.own_rows, above, given)

    def object(
        self, type_name: str, details: FieldDetailsList, field: Callable[[str, FieldDetailsList], Sequence[Piece]]
    ) -> list[Piece]:
        """The JSON text of an object. `field` gives that of one of its fields."""
        pieces: list[Piece] = ["{"]
        for key, below in self.fields(type_name, details).items():
            pieces.append(f'{"," if len(pieces) > 1 else ""}"{key}":')
            name = below[0].node.name.value
            with self.at(key):
                pieces += [f'"{type_name}"'] if name == TYPENAME else field(name, below)
        return [*pieces, "}"]

    def row(self, place: Place, details: FieldDetailsList) -> list[Piece]:
        """The row of a place, each field as the policy decides."""
        type_name = place.plan.type_name

        def field(name: str, below: FieldDetailsList) -> Sequence[Piece]:
            _, declared, read = self.declared(type_name, below)
            if isinstance(read.value, OfSituation):
                return self.of_situation(place, read.value.objects, get_named_type(declared.type).name, below)
            return self.guarded(place, name, name, lambda: self._field(place, type_name, below))

        return self.object(type_name, details, field)

    def part(self, place: Place, type_name: str, details: FieldDetailsList) -> list[Piece]:
        """A part of the row of a place: it was decided where it begins."""
        return self.object(type_name, details, lambda _, below: self._field(place, type_name, below))

    # ---- the policy

    def guarded(self, place: Place, field: str, name: str, write: Callable[[], Sequence[Piece]]) -> Sequence[Piece]:
        """The field where the policy shows it under this name; elsewhere a mark with the reason."""
        see = place.plan.sum("see", name)
        left = place.remaining(see)
        if left == ALWAYS:
            return write()
        type_: Any = self.schema.type_map[place.plan.type_name]
        reason = constant(marks.UNEXPECTED) if is_non_null_type(type_.fields[field].type) else self._why(place, name)
        if not left:
            return [reason]
        return [case([(place.where(see) or "true", concatenated(write()))], reason)]

    def _why(self, place: Place, name: str) -> Sql:
        cases = [
            (constant(self._mark(place.plan.type_name, name, reason)), total)
            for reason, total in place.plan.cases("hidden_because", name)
            if place.remaining(total)
        ]
        return place.first(cases, constant(marks.UNEXPECTED))

    def _mark(self, type_name: str, field: str, reason: str) -> str:
        for step in self._path:
            if isinstance(step, Slot) and step.number is None:
                step.number = sum(slot.number is not None for slot in self.slots)
        self.hidden.append(Hidden((type_name, field, reason), tuple(self._path)))
        return marks.HIDDEN + marks.code(len(self.hidden) - 1)

    # ---- fields

    def _field(self, place: Place, type_name: str, details: FieldDetailsList) -> Sequence[Piece]:
        name, field, read = self.declared(type_name, details)
        if read.edge is not None:
            return self.edge(place, field, read, details)
        if name == "id" and type_name == place.plan.type_name:
            return [
                '"',
                marks.ID + character_of(type_name),
                Sql(f"{written(place.row.c['id'])}::text"),
                '"',
            ]
        if isinstance(read.value, Itself):
            shown = self.part(place, get_named_type(field.type).name, details)
            exists = read.value.exists(place)
            return shown if exists is None else [case([(exists, concatenated(shown))], constant("null"))]
        if isinstance(read.value, Each):
            return self._items(read.value.items(place), get_named_type(field.type).name, details)
        if read.value is None:
            raise Walk(Reason.FIELD)
        if isinstance(get_named_type(field.type), GraphQLObjectType):
            exists, texts = read.value.parts(place)
            shown = self._constants(get_named_type(field.type).name, texts, details)
            return [case([(exists, concatenated(shown))], constant("null"))]
        return [nullable(read.value.written(place), field)]

    def _constants(self, type_name: str, texts: Mapping[str, str], details: FieldDetailsList) -> list[Piece]:
        return self.object(type_name, details, lambda name, _: [Sql(texts[name])])

    def _items(self, items: Sequence[Mapping[str, str]], type_name: str, details: FieldDetailsList) -> list[Piece]:
        pieces: list[Piece] = ["["]
        for item in items:
            pieces += [*([","] if len(pieces) > 1 else []), *self._constants(type_name, item, details)]
        return [*pieces, "]"]

    def of_situation(
        self,
        place: Place,
        objects: Callable[[Situation], Sequence[Any]],
        type_name: str,
        details: FieldDetailsList,
    ) -> Sequence[Piece]:
        """A list of objects that follow from the situation of the row."""
        code = marks.code(len(self.situations))
        self.situations.append(Situations(place.plan, objects, self._shown(type_name, details)))
        return [marks.SITUATION + code, place.situation(), marks.END]

    def _shown(self, type_name: str, details: FieldDetailsList) -> Shown:
        """What shows an object of Python's, as the walker would."""
        fields: dict[str, Shown] = {}
        for key, below in self.fields(type_name, details).items():
            if below[0].node.name.value == TYPENAME:
                fields[key] = partial(_always, type_name)
                continue
            _, field, _ = self.declared(type_name, below)
            fields[key] = self._shown_field(field, below)
        return object_of(fields)

    def _shown_field(self, field: GraphQLField, details: FieldDetailsList) -> Shown:
        reader, named = field.extensions[READER], get_named_type(field.type)

        def read(value: Any) -> Any:
            return reader([value], None)[0]

        is_object = isinstance(named, GraphQLObjectType)
        shown = self._shown(named.name, details) if is_object else cast(GraphQLLeafType, named).serialize
        return field_of(read, shown)

    # ---- edges

    def edge(self, place: Place, field: GraphQLField, read: Read, details: FieldDetailsList) -> Sequence[Piece]:
        from gateway.reads.lists import edge_page

        match read.edge:
            case ByKey() as edge:
                return [or_else(self._one(edge, place, written(place.own(edge.key)), details), "null")]
            case OneOf() as edge:
                if (found := joined_row_of(self, place, edge)) is not None:
                    return [self._joined_row(found, edge, details)]
                return [or_else(self._one(edge, place, written(place.row.c["id"]), details), "null")]
            case ManyOf() as edge:
                return [self._many(edge, place, details)]
            case PagesOf() as edge:
                return edge_page(self, place, edge, field, read, details)
            case CountOf() as edge:
                child, where = self.behind(edge, place)
                return [Sql(f"({child.select('count(*)', where)})::text")]
            case SumOf() as edge:
                child, where = self.behind(edge.edge, place)
                return [Sql(f"({child.select(f'coalesce(sum({written(child.own(edge.column))}), 0)', where)})::text")]
            case Joined() as edge:
                return [self._joined(edge, place, field, details)]
            case _:
                raise Walk(Reason.FIELD)

    def behind(self, edge: Edge, above: Place | None, key: str | None = None) -> tuple[Place, list[str]]:
        """The rows behind an edge: those of the row above, or of a key."""
        of = getattr(edge, "of", None)
        if of is None:
            child = self.place(edge.target, above)
            column = child.row.c["id"]
        else:
            child = self.place(edge.target, above, of.key if _is_own(of, edge.target, self.policy) else None)
            for table, on in edge.joins:
                child.link(sa.inspect(table).selectable, on)
            column = child.own(of)
        key = key if key is not None or above is None else written(above.row.c["id"])
        where = [f"{written(column)} = {key}", *(written(child.own(condition)) for condition in edge.where)]
        return child, [*where, *(written(child.predicate(*rule)) for rule in edge.rules)]

    def one_at(self, edge: OneAt, key: str, details: FieldDetailsList) -> Sql:
        child, where = self.behind(edge.edge, None, key)
        return or_else(f"({child.select(concatenated(self.row(child, details)), where)})", "null")

    def one(self, target: str, key: str, details: FieldDetailsList, otherwise: str) -> Sql:
        """An object by a parameter with its key."""
        place = self.place(target)
        place.parameter = key
        row = concatenated(self.row(place, details))
        return or_else(f"({place.select(row, [has_key(place, key)])})", otherwise)

    def each_of(self, target: str, keys: str, details: FieldDetailsList) -> Sql:
        """A list of objects by a parameter with their keys, in the order of these."""
        place, slot = self.place(target), self.slot()
        key = written(place.row.c["id"])
        with self.at(slot):
            row = concatenated(self.row(place, details))
        order = f"array_position(%({keys})s::uuid[], {key})"
        return Sql(f"({place.select(gathered(row, slot, order), [f'{key} = ANY(%({keys})s::uuid[])'])})")

    def _one(self, edge: Edge, above: Place, key: str, details: FieldDetailsList) -> Sql:
        child, where = self.behind(edge, above, key)
        return Sql(f"({child.select(concatenated(self.row(child, details)), where)})")

    def _joined_row(self, child: Place, edge: OneOf, details: FieldDetailsList) -> Sql:
        """A row that the row above has joined, where it is the one that the edge leads to."""
        tests = [f"{written(child.row.c['id'])} IS NOT NULL", *child.scope]
        tests += [written(child.own(condition)) for condition in edge.where]
        tests += [condition for rule in edge.rules if (condition := child.where(child.plan.sum(*rule))) is not None]
        row = concatenated(self.row(child, details))
        return case([(" AND ".join(f"({test})" for test in tests), row)], constant("null"))

    def _many(self, edge: ManyOf, above: Place, details: FieldDetailsList) -> Sql:
        child, where = self.behind(edge, above)
        slot = self.slot()
        with self.at(slot):
            row = concatenated(self.row(child, details))
        order = ", ".join(written(child.own(column)) for column in edge.order)
        return Sql(f"({child.select(gathered(row, slot, order), where)})")

    def _joined(self, edge: Joined, place: Place, field: GraphQLField, details: FieldDetailsList) -> Sql:
        named = Named(sa.inspect(edge.table).selectable, self.name())
        both = place.with_table(named)
        where = [written(both.own(edge.on))]
        if edge.rule is not None and (condition := place.holds(edge.rule)) is not None:
            where.append(condition)
        tail = f"FROM {named.source} WHERE {' AND '.join(f'({each})' for each in where)}"
        if edge.value is not None:
            return nullable(f"(SELECT {edge.value.written(both)} {tail})", field)
        type_name = get_named_type(field.type).name
        if not edge.many:
            return or_else(f"(SELECT {concatenated(self.part(both, type_name, details))} {tail})", "null")
        slot = self.slot()
        with self.at(slot):
            row = concatenated(self.part(both, type_name, details))
        return Sql(f"(SELECT {gathered(row, slot, written(both.own(edge.order)))} {tail})")


def joined_row_of(writer: Writer, above: Place, edge: OneOf) -> Place | None:
    """The row behind an edge as a place, if it is a row that the row above has joined."""
    if edge.joins or not _is_own(edge.of, edge.target, writer.policy):
        return None
    plan = writer.policy.plan(writer.viewer, edge.target)
    found = joined_row(plan, edge.of.key, edge.rules, above.plan)
    if found is None:
        return None
    (joined,) = above.fact(found.fact).joins
    shape = shape_of(edge.target)
    place = Place(writer.policy, plan, shape, writer.name(), writer.own_rows, above, found.given, row=joined.alias)
    above.attach(place)
    return place


def _always(value: Any, _: Any) -> Any:
    return value


def nullable(text: str, field: GraphQLField) -> Sql:
    """The value of a field, where NULL is null, or cannot be."""
    if isinstance(text, Sql):
        return text
    return or_else(text, marks.UNEXPECTED if is_non_null_type(field.type) else "null")


def gathered(row: Sql, slot: Slot, order: str) -> Sql:
    """A JSON list of the rows."""
    return concatenated(
        ["[", or_else(f"string_agg({aggregated(row)}, {constant(slot.mark)} ORDER BY {order})", ""), "]"]
    )


def has_key(place: Place, parameter: str) -> str:
    """The condition that a row has the key in this parameter."""
    return f"{written(place.row.c['id'])} = %({parameter})s::uuid"


def _is_own(column: Any, target: str, policy: Policy) -> bool:
    """Whether it is a column of the rows themselves, and not of a table that is joined to them."""
    table = sa.inspect(column).expression.table
    return bool(table == policy.rows[target].table)
