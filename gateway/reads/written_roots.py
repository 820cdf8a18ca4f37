"""Root fields in a compiled statement."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import orjson
from graphql import GraphQLField, GraphQLObjectType, get_named_type
from graphql.execution.collect_fields import FieldDetailsList

from gateway.auth.viewers import Anonymous
from gateway.policy import Situation
from gateway.policy.explain import Explanation, explained
from gateway.reads import marks
from gateway.reads.declarations import Read, is_declared
from gateway.reads.edges import OneAt
from gateway.reads.lists import root_list
from gateway.reads.requests import NO_OBJECT, IdPart, NodesPart, OwnPart, Reason, SamePart, Walk
from gateway.reads.roots import (
    At,
    Memberships,
    Root,
    RootById,
    RootCount,
    RootExplained,
    RootList,
    RootNodes,
    RootOfPolicy,
    RootOwn,
    RootTabs,
    RootViewer,
    RootWords,
    require_few,
    require_known,
)
from gateway.reads.sql import Piece, Sql, case, concatenated, constant, or_else, written
from gateway.reads.writer import TYPENAME, Writer, gathered, has_key
from gateway.reads.written_memberships import acting_as, memberships


def write_operation(writer: Writer, type_: GraphQLObjectType) -> Sql:
    """The `data` of the response."""
    pieces: list[Piece] = ["{"]
    for key, details in writer.operation_fields(type_).items():
        pieces.append(f'{"," if len(pieces) > 1 else ""}"{key}":')
        if details[0].node.name.value == TYPENAME:
            pieces.append(f'"{type_.name}"')
            continue
        with writer.at(key):
            pieces += _begun(writer, type_.name, details)
    return concatenated([*pieces, "}"])


def _begun(writer: Writer, type_name: str, details: FieldDetailsList) -> Sequence[Piece]:
    _, field, read = writer.declared(type_name, details)
    if isinstance(read.edge, OneAt):
        return [_at(writer, read.edge, details)]
    if read.root is None:
        raise Walk(Reason.FIELD)
    return _root(writer, read.root, field, read, details)


def _root(writer: Writer, root: Root, field: GraphQLField, read: Read, details: FieldDetailsList) -> Sequence[Piece]:
    match root:
        case RootList():
            return root_list(writer, root, field, read, details)
        case RootById():
            return _by_id(writer, root, field, read, details)
        case RootNodes():
            return (_nodes if root.many else _node)(writer, field, read, details)
        case RootExplained():
            return _explained(writer, field, read, details)
        case RootOwn():
            own = _own(writer, root.own)
            return ["null"] if own is None else [writer.one(*own, details, "null")]
        case RootWords():
            return [_words(writer, root)]
        case RootCount():
            place = writer.place(root.target)
            rules = [written(place.predicate(*rule)) for rule in root.rules]
            return [Sql(f"({place.select('count(*)', rules)})::text")]
        case RootTabs():
            return [_tabs(writer, root, field, details)]
        case RootOfPolicy():
            return _of_policy(writer, root, field, details)
        case RootViewer():
            if isinstance(writer.viewer, Anonymous):
                return ["null"]
            return writer.object("Viewer", details, lambda _, below: _begun(writer, "Viewer", below))
        case Memberships():
            return (acting_as if root.acting else memberships)(writer, get_named_type(field.type).name, details)
        case _:
            raise Walk(Reason.FIELD)


def _own(writer: Writer, own: At) -> tuple[str, str] | None:
    """The type of an object of the viewer's own, and the parameter with its key."""
    found = own(writer.viewer)
    if found is None:
        return None
    key = f"p{writer.code()}_key"
    writer.parts.append(OwnPart(key, own))
    return found[0], key


def _by_id(
    writer: Writer, root: RootById, field: GraphQLField, read: Read, details: FieldDetailsList
) -> Sequence[Piece]:
    arguments = writer.arguments(field, read, details)
    if arguments.first.get("id") is None:
        own = None if root.or_own is None else _own(writer, root.or_own)
        return ["null"] if own is None else [writer.one(*own, details, marks.UNEXPECTED)]
    key = f"p{writer.code()}_key"
    writer.parts.append(IdPart(key, root.target, arguments))
    return [writer.one(root.target, key, details, marks.UNEXPECTED)]


def _node(writer: Writer, field: GraphQLField, read: Read, details: FieldDetailsList) -> Sequence[Piece]:
    arguments = writer.arguments(field, read, details)
    target = _object_type(writer, arguments.first["id"])
    key = f"p{writer.code()}_key"
    writer.parts.append(IdPart(key, target, arguments))
    return [writer.one(target, key, details, marks.UNEXPECTED)]


def _nodes(writer: Writer, field: GraphQLField, read: Read, details: FieldDetailsList) -> Sequence[Piece]:
    arguments = writer.arguments(field, read, details)
    ids = arguments.first["ids"]
    targets = tuple(sorted({_object_type(writer, text) for text in ids}))
    if not targets:
        return ["[]"]
    code = writer.code()
    part = NodesPart(f"p{code}_keys", f"p{code}_types", targets, lambda request: list(arguments.of(request)["ids"]))
    writer.parts.append(part)
    name, slot = writer.name(), writer.slot()
    with writer.at(slot):
        found: list[tuple[str, Sql]] = []
        for index, target in enumerate(targets):
            place = writer.place(target)
            row = concatenated(writer.row(place, details))
            where = [f"{written(place.row.c['id'])} = {name}.key"]
            found.append((f"{name}.type = {index}", Sql(f"({place.select(row, where)})")))
    one = or_else(case(found, None), marks.UNEXPECTED)
    source = f"unnest(%({part.keys})s::uuid[], %({part.types})s::integer[]) WITH ORDINALITY {name}(key, type, place)"
    return [Sql(f"(SELECT {gathered(one, slot, f'{name}.place')} FROM {source})")]


def _explained(writer: Writer, field: GraphQLField, read: Read, details: FieldDetailsList) -> Sequence[Piece]:
    arguments = writer.arguments(field, read, details)
    target, fields = _object_type(writer, arguments.first["id"]), _names(arguments.first)
    require_few(fields)
    key = f"p{writer.code()}_key"
    writer.parts += [IdPart(key, target, arguments), SamePart(lambda request: _names(arguments.of(request)), fields)]
    place, policy = writer.place(target), writer.policy
    place.parameter = key
    require_known(place.plan, fields)

    def objects(situation: Situation) -> list[Explanation]:
        return [explained(policy, situation, name) for name in fields]

    shown = concatenated(writer.of_situation(place, objects, get_named_type(field.type).name, details))
    return [or_else(f"({place.select(shown, [has_key(place, key)])})", marks.UNEXPECTED)]


def _names(given: Mapping[str, Any]) -> list[str]:
    return [str(name.value) for name in given["fields"]]


def _object_type(writer: Writer, id: str) -> str:
    known, _ = writer.seal.open_id(id)
    return known if is_declared(known) else NO_OBJECT


def _at(writer: Writer, edge: OneAt, details: FieldDetailsList) -> Sql:
    if edge.key(writer.viewer) is None:
        return constant("null")
    key = f"p{writer.code()}_key"
    writer.parts.append(OwnPart(key, lambda viewer: (edge.target, edge.key(viewer))))  # type: ignore[return-value,arg-type] # depends on the kind of viewer alone
    return writer.one_at(edge, f"%({key})s::uuid", details)


def _words(writer: Writer, root: RootWords) -> Sql:
    own = _own(writer, root.own)
    if own is None:
        return constant("[]")
    target, key = own
    place = writer.place(target)
    words = place.words(place.plan.sums(root.rule))
    return or_else(f"({place.select(words, [has_key(place, key)])})", "[]")


def _of_policy(writer: Writer, root: RootOfPolicy, field: GraphQLField, details: FieldDetailsList) -> Sequence[Piece]:
    """The same text for every caller: a policy that is replaced has statements of its own."""
    type_name, slot = get_named_type(field.type).name, writer.slot()
    pieces: list[Piece] = ["["]
    for item in root.objects(writer.policy):
        pieces.append("," if len(pieces) > 1 else "")
        with writer.at(slot):
            pieces += writer.object(type_name, details, partial(_shown, item))
    return [*pieces, "]"]


def _shown(item: Any, name: str, _: FieldDetailsList) -> Sequence[Piece]:
    return [orjson.dumps(getattr(item, name)).decode()]


def _tabs(writer: Writer, root: RootTabs, field: GraphQLField, details: FieldDetailsList) -> Sql:
    """One subquery counts each tab."""
    plan = writer.policy.plan(writer.viewer, root.target)
    tabs, vanishing = root.possible(plan), plan.constant_words(root.vanishing)
    if not tabs:
        return constant("[]")
    name, type_name = writer.name(), get_named_type(field.type).name

    def item(tab: str, count: str) -> Sql:
        texts: dict[str, Piece] = {"tab": f'"{tab}"', "totalCount": Sql(f"{count}::text")}
        return concatenated([",", *writer.object(type_name, details, lambda field, _: [texts[field]])])

    counts, items = [], []
    for index, tab in enumerate(tabs):
        place, count = writer.place(root.target), f"{name}.c{index}"
        counts.append(f"({place.select('count(*)', [written(place.predicate(root.rule, tab))])}) AS c{index}")
        shown = item(tab, count)
        items.append(case([(f"{count} > 0", shown)], constant("")) if tab in vanishing else shown)
    listed = concatenated(["[", Sql(f"substr({concatenated(items)}, 2)"), "]"])
    return Sql(f"(SELECT {listed} FROM (SELECT {', '.join(counts)}) {name})")
