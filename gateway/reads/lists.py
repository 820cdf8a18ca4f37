"""Lists with pages in a compiled statement: the page is chosen first, and what only its rows show is joined to these alone."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import sqlalchemy as sa
from graphql import GraphQLField, get_named_type
from graphql.execution.collect_fields import FieldDetailsList

from gateway.reads import marks
from gateway.reads.declarations import Read
from gateway.reads.edges import PagesOf
from gateway.reads.pages import Listing, Page, Position
from gateway.reads.place import Place
from gateway.reads.requests import EdgePart, ListPart, Reason, Walk, split
from gateway.reads.roots import Lookup, RootList
from gateway.reads.sql import Piece, Sql, aggregated, case, concatenated, constant, or_else, references, written
from gateway.reads.values import shown_moment
from gateway.reads.writer import Slot, Writer, gathered, has_key

FOREVER: Final = '"9999-12-31T23:59:59.999999"'
"""How a cursor holds infinity: as Python's largest timestamp."""
_KEY: Final = re.compile(r"k\d+")
_PARAMETER: Final = re.compile(r"%\((?!v_|p\d)(\w+)\)s")
Rows = Callable[[], tuple[Place, list[str]]]
"""The rows of a list at a new place, and their conditions."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A list of the operation, in the order of its columns. `key`: that of its parent, if its cursors are bound to it."""

    code: int
    page: Page
    order: Callable[[Place], Sequence[Any]]
    descending: bool
    key: Sql | None = None

    @property
    def size(self) -> str:
        """The parameter with one more than the number of rows."""
        return f"%(p{self.code}_size)s::integer"

    def bound(self, column: Any, name: str) -> str:
        return written(sa.bindparam(f"p{self.code}_{name}", type_=column.type))


def root_list(
    writer: Writer, root: RootList, field: GraphQLField, read: Read, details: FieldDetailsList
) -> list[Piece]:
    """A list that the operation begins at."""
    plan = writer.policy.plan(writer.viewer, root.target)
    arguments = writer.arguments(field, read, details)
    requested, given = split(dict(arguments.first))
    selection = root.select(plan, **given)
    listing = Listing(writer.viewer, writer.seal, root.name, selection.filter, root.position(plan))
    wanted = Wanted(writer.code(), listing.page(requested), root.order, selection.descending)
    named = [(lookup, lookup.target_of(writer.seal.open_id(id)[0])) for lookup, id in root.looked_up(given)]
    kind = (selection.kind, selection.descending, wanted.page.shape, tuple(target for _, target in named))
    writer.parts.append(ListPart(wanted.code, root, plan, arguments, kind))
    found = [_Found.of(writer, root, lookup, target, wanted.code) for lookup, target in named]
    values = {each.parameter: each.value for each in found}

    def rows() -> tuple[Place, list[str]]:
        place = writer.place(root.target)
        return place, [_own_parameters(written(each), wanted.code, values) for each in selection.conditions(place)]

    pieces = _connection(writer, wanted, rows, get_named_type(field.type).name, details)
    if not found:
        return pieces
    # A CASE reads the list only where all are found.
    exists = " AND ".join(f"({each.exists})" for each in found)
    return [case([(exists, concatenated(pieces))], constant(marks.UNEXPECTED))]


@dataclass(frozen=True, slots=True)
class _Found:
    """An object that an argument names: whether it is found, and the value that its parameter has in the conditions of the list."""

    parameter: str
    value: str
    exists: str

    @classmethod
    def of(cls, writer: Writer, root: RootList, lookup: Lookup, target: str, code: int) -> Self:
        key = f"p{code}_{lookup.parameter}"
        place = writer.place(target)
        column = written(place.own(lookup.targets[target]))
        row = place.select(column, [has_key(place, key)])
        exists = [f"EXISTS ({row})"]
        if lookup.mentioned is not None:
            listed = writer.place(root.target)
            mentions = f"{written(listed.own(lookup.mentioned))} = %({key})s::uuid"
            exists.append(f"EXISTS ({listed.select('1', [mentions])})")
        is_key = column == written(place.row.c["id"])
        return cls(lookup.parameter, f"%({key})s" if is_key else f"({row})", " OR ".join(exists))


def edge_page(
    writer: Writer, above: Place, edge: PagesOf, field: GraphQLField, read: Read, details: FieldDetailsList
) -> Sequence[Piece]:
    """A list behind an edge, or the part of it that is requested, as far as the policy shows that."""
    arguments = writer.arguments(field, read, details)
    requested, given = split(dict(arguments.first))
    part, *others = [each.value for each in given.values() if each is not None] or [None]
    if others:
        raise Walk(Reason.FIELD)
    if above.parameter is None and (requested.after is not None or requested.before is not None):
        raise Walk(Reason.CURSOR)
    after, before = (None if cursor is None else () for cursor in (requested.after, requested.before))
    page = Page(0, requested.forward, after, before)
    key = Sql(f"{written(above.row.c['id'])}::text")
    wanted = Wanted(writer.code(), page, lambda place: [place.own(each) for each in edge.order], edge.descending, key)
    position = Position.by(edge.order)
    writer.parts.append(EdgePart(wanted.code, edge, part, arguments, page.shape, position, above.parameter))

    def rows() -> tuple[Place, list[str]]:
        child, where = writer.behind(edge, above)
        if part is not None:
            where.append(f"{written(child.own(edge.part))} = {constant(part)}")
        return child, where

    def write() -> Sequence[Piece]:
        return _connection(writer, wanted, rows, get_named_type(field.type).name, details)

    name = details[0].node.name.value
    return write() if part is None else writer.guarded(above, name, edge.name_of_part(part), write)


def _connection(writer: Writer, wanted: Wanted, rows: Rows, type_name: str, details: FieldDetailsList) -> list[Piece]:
    place, where = rows()
    order = list(wanted.order(place))
    keys = [f"{place.name}.k{index}" for index in range(len(order))]
    cursor = _cursor(wanted, order, keys)
    page = _Page(writer, wanted, place, keys, cursor, needs_more=_needs_more(writer, wanted, type_name, details))
    pieces = writer.object(type_name, details, lambda name, below: page.field(name, below, rows))
    if not page.is_read:
        return pieces
    shown = concatenated(pieces)
    return [Sql(f"(SELECT {shown} FROM {_source(wanted, place, where, order, shown, page.needs_more)})")]


def _needs_more(writer: Writer, wanted: Wanted, type_name: str, details: FieldDetailsList) -> bool:
    """Whether one row more than the page is read, to know whether there are more."""
    name = "hasNextPage" if wanted.page.forward else "hasPreviousPage"
    return any(
        each[0].node.name.value == name
        for below in writer.fields(type_name, details).values()
        if below[0].node.name.value == "pageInfo"
        for each in writer.fields("PageInfo", below).values()
    )


class _Page:
    """Writes the fields of one page."""

    def __init__(
        self, writer: Writer, wanted: Wanted, place: Place, keys: list[str], cursor: Sql, *, needs_more: bool
    ) -> None:
        self._writer, self._wanted, self._place = writer, wanted, place
        self._keys, self._cursor = keys, cursor
        self._order = ", ".join(key + (" DESC" if wanted.descending else "") for key in keys)
        self._size = f"({wanted.size} - 1)"
        self.is_read = False  # whether any row is
        self.needs_more = needs_more

    def field(self, name: str, details: FieldDetailsList, rows: Rows) -> list[Piece]:
        writer = self._writer
        match name:
            case "nodes":
                slot = writer.slot()
                with writer.at(slot):
                    row = concatenated(writer.row(self._place, details))
                return self._rows(row, slot)
            case "edges":
                slot = writer.slot()
                with writer.at(slot):
                    row = concatenated(writer.object(f"{self._place.plan.type_name}Edge", details, self._edge_field))
                return self._rows(row, slot)
            case "pageInfo":
                return writer.object("PageInfo", details, lambda name, _: self._info(name))
            case "totalCount":
                counted, where = rows()
                return [Sql(f"({counted.select('count(*)', where)})::text")]
            case _:
                raise Walk(Reason.FIELD)

    def _edge_field(self, name: str, details: FieldDetailsList) -> list[Piece]:
        return [self._cursor] if name == "cursor" else self._writer.row(self._place, details)

    def _rows(self, row: Sql, slot: Slot) -> list[Piece]:
        self.is_read = True
        if not self.needs_more:
            return [gathered(row, slot, self._order)]
        array = f"array_agg({aggregated(row)} ORDER BY {self._order})"
        cut = f"[1:{self._size}]" if self._wanted.page.forward else f"[greatest(count(*) - {self._size}, 0) + 1:]"
        return ["[", or_else(f"array_to_string(({array}){cut}, {constant(slot.mark)})", ""), "]"]

    def _info(self, name: str) -> list[Piece]:
        page, size = self._wanted.page, self._size
        match name:
            case "hasNextPage":
                return self._more() if page.forward else [_truth(page.before is not None)]
            case "hasPreviousPage":
                return [_truth(page.after is not None)] if page.forward else self._more()
            case "startCursor":
                place = f"least(1, {size})" if page.forward else f"greatest(count(*) - {size}, 0) + 1"
            case "endCursor":
                place = f"least(count(*), {size})" if page.forward else f"count(*) * least(1, {size})"
            case _:
                raise Walk(Reason.FIELD)
        array = f"array_agg({self._cursor} ORDER BY {self._order})"
        self.is_read = True
        return [or_else(f"({array})[{place}]", "null")]

    def _more(self) -> list[Piece]:
        self.is_read = True
        return [case([(f"count(*) > {self._size}", constant("true"))], constant("false"))]


def _source(wanted: Wanted, place: Place, where: list[str], order: list[Any], shown: str, needs_more: bool) -> str:
    """The rows of the page, as a FROM clause.

    The page has the name of the rows. Other tables by which it was chosen follow under their own names, with the columns that
    are needed of them; the remaining joins are made with the rows of the page alone.
    """
    columns = [written(column) for column in order]
    conditions = [*place.scope, *where, *_beyond(wanted, order, columns)]
    chosen_by = place.needed([*conditions, *columns])
    late = [join for join in place.needed([shown]) if join not in chosen_by]
    named = {place.name, *(join.named.name for join in chosen_by)}
    needed: dict[str, list[str]] = {name: [] for name in named}
    for name, column in references([shown, *(join.on for join in late)]):
        if name in named and not (name == place.name and _KEY.fullmatch(column)):
            needed[name].append(column)
    exported = [f"{place.name}.{column}" for column in needed.pop(place.name)]
    exported += [f"{column} AS k{index}" for index, column in enumerate(columns)]
    others = []
    for name, theirs in sorted(needed.items()):
        exported += [f"{name}.{column} AS {_exported(name, column)}" for column in theirs]
        again = ", ".join(f"{place.name}.{_exported(name, column)} AS {column}" for column in theirs)
        others += [f"CROSS JOIN LATERAL (SELECT {again}) {name}"] if theirs else []
    falling = " DESC" if wanted.descending is wanted.page.forward else ""
    page = " ".join(
        [
            f"SELECT {', '.join(exported)} FROM {place.source(chosen_by)}",
            *([f"WHERE {' AND '.join(f'({each})' for each in conditions)}"] if conditions else []),
            f"ORDER BY {', '.join(column + falling for column in columns)}",
            f"LIMIT {wanted.size}{'' if needs_more else ' - 1'}",
        ]
    )
    return " ".join([f"({page}) {place.name}", *others, *(join.text for join in late)])


def _exported(name: str, column: str) -> str:
    return f"{name}__{column.strip(chr(34))}"


def _beyond(wanted: Wanted, order: Sequence[Any], columns: Sequence[str]) -> list[str]:
    """The conditions that rows come after or before the cursors."""
    conditions = []
    for name, position, later in (("after", wanted.page.after, True), ("before", wanted.page.before, False)):
        if position is not None:
            given = ", ".join(wanted.bound(column, f"{name}_{index}") for index, column in enumerate(order))
            operator = ">" if later is not wanted.descending else "<"
            conditions.append(f"({', '.join(columns)}) {operator} ({given})")
    return conditions


def _cursor(wanted: Wanted, order: Sequence[Any], keys: Sequence[str]) -> Sql:
    """The position of a row, to be sealed."""
    position: list[Piece] = []
    for column, key in zip(order, keys, strict=True):
        position += [*([","] if position else []), _shown(column, key)]
    bound = ['"', marks.CURSOR + marks.code(wanted.code), *([wanted.key] if wanted.key else [])]
    return concatenated([*bound, "[", *position, "]" + marks.END + '"'])


def _shown(column: Any, key: str) -> Sql:
    """A value of a position, in the JSON that a cursor holds."""
    if isinstance(column.type, sa.Uuid):
        return concatenated(['"', Sql(f"{key}::text"), '"'])
    if isinstance(column.type, sa.DateTime):
        at: Any = sa.literal_column(key, column.type)
        return or_else(written(shown_moment(at)), FOREVER)
    return Sql(f"to_json({key})::text")


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _own_parameters(text: str, code: int, values: Mapping[str, str]) -> str:
    """A condition of one list, with the values of objects that were looked up, and the parameters of this list."""
    return _PARAMETER.sub(lambda found: values.get(found[1], f"%(p{code}_{found[1]})s"), text)
