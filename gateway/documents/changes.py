"""Which documents change their response under another policy or schema, for which role, and in which situation.

A document depends on a part of a policy if it selects a field whose value that part decides: the rows and the fields that it
selects, and the words of rules that these fields show. What depends on rules in other ways is counted rather than missed.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from graphql import (
    FieldNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    validate,
    visit,
)

from gateway.documents.manifests import Shipped
from gateway.policy import Policy
from gateway.policy.diff import Difference, Shown, differences
from gateway.reads.declarations import READ, is_declared
from gateway.reads.edges import OneAt, PagesOf
from gateway.reads.roots import RootList

ALL_FIELDS: Final = frozenset({"hiddenFields", "visibleFields"})
ALL_ACTIONS: Final = frozenset({"viewerActions", "unavailableActions"})
REASONS_OF_ACTIONS: Final = "refuses"


class Change(NamedTuple):
    """A document, and why its response changes."""

    document: Shipped
    text: str


@dataclass(slots=True)
class Reads:
    """What a document reads: types with their fields, rules whose words it shows, and lists of which any rule may decide."""

    fields: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    rules: set[tuple[str, str]] = field(default_factory=set)
    listed: set[str] = field(default_factory=set)

    def depends_on(self, type_name: str, shown: Shown) -> bool:
        read = self.fields.get(type_name)
        if read is None:
            return False
        match shown.rule:
            case "read":
                return True
            case "see" | "hidden_because":
                return bool(read & ALL_FIELDS) or not shown.word or shown.word.partition("(")[0] in read
            case "may" | "idle":
                return bool(read & ALL_ACTIONS)
            case rule if rule == REASONS_OF_ACTIONS:
                return "unavailableActions" in read
            case rule:
                return type_name in self.listed or (type_name, rule) in self.rules


def changes(
    documents: Sequence[Shipped], old: Policy, new: Policy, schema: GraphQLSchema, wanted: GraphQLSchema | None = None
) -> Iterator[Change]:
    """The changes from one policy to another and, with `wanted`, from the schema to that one."""
    found = list(differences(old, new))
    for document in documents:
        if wanted is not None:
            for error in validate(wanted, parse(document.text), max_errors=10):
                yield Change(document, f"is not valid for the new schema: {error.message}")
        reads = reads_of(document, schema)
        for difference in found:
            if _concerns(difference, reads):
                yield Change(document, difference.text)


def _concerns(difference: Difference, reads: Reads) -> bool:
    return any(reads.depends_on(difference.type_name, shown) for shown in difference.shown)


def reads_of(document: Shipped, schema: GraphQLSchema) -> Reads:
    reads, info = Reads(), TypeInfo(schema)
    visit(parse(document.text), TypeInfoVisitor(info, _Collector(schema, info, reads)))
    return reads


class _Collector(Visitor):
    def __init__(self, schema: GraphQLSchema, info: TypeInfo, reads: Reads) -> None:
        super().__init__()
        self._schema, self._info, self._reads = schema, info, reads

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        parent, name = self._info.get_parent_type(), node.name.value
        for type_ in self._objects(parent):
            if is_declared(type_.name):
                self._reads.fields[type_.name].add(name)
            known = type_.fields.get(name)
            if known is None:
                continue
            target = get_named_type(known.type)
            # Of an interface, the types of the fragments count.
            if isinstance(target, GraphQLObjectType) and is_declared(target.name):
                self._reads.fields[target.name] |= set()
            self._note_rules(type_.name, known)

    def _note_rules(self, type_name: str, known: Any) -> None:
        """The rules that decide the value of a field, or which rows are behind it."""
        read = known.extensions.get(READ)
        if read is None:
            return
        for of, rule in _rules_in(read.value, type_name):
            self._reads.rules.add((of, rule))
        edge = read.edge.edge if isinstance(read.edge, OneAt) else read.edge
        if edge is not None:
            at = edge.target or type_name
            self._reads.fields[at] |= set()
            self._reads.rules |= {(at, rule) for rule, *_ in getattr(edge, "rules", ())}
            own = getattr(edge, "rule", None)
            self._reads.rules |= {(type_name, own)} if own else set()
            if isinstance(edge, PagesOf) and edge.part is not None:
                self._reads.listed.add(at)
        if read.root is not None:
            target = getattr(read.root, "target", None)
            if target is not None:
                self._reads.fields[target] |= set()
                if isinstance(read.root, RootList):
                    self._reads.listed.add(target)  # its function chooses the rules by the arguments
                self._reads.rules |= {(target, rule) for rule, *_ in getattr(read.root, "rules", ())}
                named = (getattr(read.root, "rule", None), getattr(read.root, "vanishing", None))
                self._reads.rules |= {(target, rule) for rule in named if rule}
            elif (of_own := getattr(read.root, "rule", None)) is not None:  # of the acting organisation, of any type
                self._reads.rules |= {(name, of_own) for name in self._schema.type_map}
                for name in ("Firm", "Client", "User"):
                    self._reads.fields[name] |= set()

    def _objects(self, type_: Any) -> Sequence[GraphQLObjectType]:
        if isinstance(type_, GraphQLObjectType):
            return [type_]
        if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            return self._schema.get_possible_types(type_)
        return []


def _rules_in(value: Any, type_name: str) -> Iterator[tuple[str, str]]:
    """The rules that a declared value names, also those in the values that it is made of."""
    if value is None:
        return
    for name in getattr(value, "__dataclass_fields__", {}):
        held = getattr(value, name)
        if name == "rule" and isinstance(held, str):
            yield type_name, held
        elif hasattr(held, "__dataclass_fields__"):
            yield from _rules_in(held, type_name)
        elif isinstance(held, Mapping):
            for each in held.values():
                yield from _rules_in(each, type_name)
