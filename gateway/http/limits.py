"""Limits of one operation: its depth, aliases, root fields, mutations and cost, measured in one pass."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationType,
    SelectionSetNode,
    ValueNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from gateway.errors import BadInput, CostLimitExceeded
from gateway.http.directives import Executed
from gateway.reads.pages import DEFAULT_SIZE

MAX_PAGE = 500
TOTAL_COUNT_COST = 10
SIZES = frozenset({"first", "last"})
INTROSPECTION_LIST_SIZE = 3
MAX_NESTING = 250  # levels of fields and fragments, far below Python's recursion limit


@dataclass(frozen=True, slots=True)
class Limits:
    """`list_sizes` maps "Type.field" to the maximum length of a list without pages; other lists count as MAX_PAGE items."""

    depth: int
    aliases: int
    root_fields: int
    mutations: int
    cost: int
    list_sizes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Measure:
    """What an operation requests; `cost` is the maximum number of nodes in the response."""

    depth: int
    aliases: int
    root_fields: int
    cost: int


def measure(executed: Executed, schema: GraphQLSchema, limits: Limits) -> Measure:
    """Measure the executed part of an operation, each fragment once.

    Raises CostLimitExceeded with the limit that the operation exceeds, and BadInput for an invalid page size of a nested
    connection. Safe for documents that are not validated: unknown fields are measured by their shape, and a cycle of
    fragments counts once.
    """
    operation = executed.operation
    walk = _Walk(executed, schema, limits.list_sizes)
    weight = walk.weigh(schema.get_root_type(operation.operation), operation.selection_set)
    total = Measure(weight.depth, weight.aliases, weight.fields, weight.cost + weight.cost_per_item * MAX_PAGE)
    if total.depth > limits.depth:
        raise CostLimitExceeded(f"An operation may nest fields at most {limits.depth} levels deep.")
    if total.aliases > limits.aliases:
        raise CostLimitExceeded(f"An operation may use at most {limits.aliases} aliases.")
    if total.root_fields > limits.root_fields:
        raise CostLimitExceeded(f"An operation may have at most {limits.root_fields} root fields.")
    if operation.operation is OperationType.MUTATION and len(executed.root_names) > limits.mutations:
        raise CostLimitExceeded(f"A request may run at most {limits.mutations} mutations.")
    if total.cost > limits.cost:
        raise CostLimitExceeded(f"An operation may request at most {limits.cost} nodes. Request smaller pages.")
    return total


class _Weight(NamedTuple):
    """The measure of a selection set.

    `cost_per_item` is the cost of one item of a connection's list: the arguments of the connection's field give the number
    of items.
    """

    depth: int = 0
    aliases: int = 0
    fields: int = 0
    cost: int = 0
    cost_per_item: int = 0


class _Walk:
    def __init__(self, executed: Executed, schema: GraphQLSchema, list_sizes: Mapping[str, int]) -> None:
        self.executed = executed
        self.schema = schema
        self.list_sizes = list_sizes
        self.weights: dict[str, _Weight] = {}
        self.nesting = 0

    def weigh(self, parent: GraphQLNamedType | None, selection_set: SelectionSetNode) -> _Weight:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise CostLimitExceeded(f"An operation may nest fields and fragments at most {MAX_NESTING} levels deep.")
        weights = []
        for selection in self.executed.selections(selection_set):
            match selection:
                case FieldNode():
                    weights.append(self.field(parent, selection))
                case FragmentSpreadNode():
                    weights.append(self.fragment(selection.name.value))
                case InlineFragmentNode():
                    condition = selection.type_condition
                    narrowed = self.schema.get_type(condition.name.value) if condition else parent
                    weights.append(self.weigh(narrowed, selection.selection_set))
                case unknown:
                    raise TypeError(f"a selection of kind {unknown.kind!r}")
        self.nesting -= 1
        return _sum(weights)

    def fragment(self, name: str) -> _Weight:
        definition = self.executed.fragments.get(name)
        if definition is None:
            return _Weight()
        if name not in self.weights:
            self.weights[name] = _Weight()  # the measure that a cycle of fragments finds when it returns here
            on = self.schema.get_type(definition.type_condition.name.value)
            self.weights[name] = self.weigh(on, definition.selection_set)
        return self.weights[name]

    def field(self, parent: GraphQLNamedType | None, node: FieldNode) -> _Weight:
        aliases = 1 if node.alias else 0
        known = self.schema.get_field(parent, node.name.value) if parent and is_composite_type(parent) else None
        named = get_named_type(known.type) if known else None
        if node.selection_set is None:
            if known is not None and is_list_type(get_nullable_type(known.type)):
                return _Weight(1, aliases, 1, 1)  # a list of a few short scalars: the whole list counts as one node
            return _Weight(1, aliases, 1, TOTAL_COUNT_COST if node.name.value == "totalCount" else 0)
        below = self.weigh(named, node.selection_set)
        aliases += below.aliases
        if known is None or named is None:
            return _Weight(1 + below.depth, aliases, 1)
        one = below.cost + (0 if _is_wrapper(named) else 1)
        if _is_connection(named):
            if parent is not self.schema.query_type and known.args.keys() >= SIZES:
                self.require_page(node)
            return _Weight(1 + below.depth, aliases, 1, below.cost + below.cost_per_item * self.page(node))
        if not is_list_type(get_nullable_type(known.type)):
            # Introspection describes types by chains of `ofType`, which count neither as nodes nor as depth.
            shown = named.name.startswith("__")
            return _Weight(1 if shown else 1 + below.depth, aliases, 1, below.cost if shown else one)
        if parent is not None and _is_connection(parent):
            return _Weight(1 + below.depth, aliases, 1, 0, one)
        return _Weight(1 + below.depth, aliases, 1, one * self.length(parent, node, known))

    def page(self, node: FieldNode) -> int:
        """The number of items requested of a connection. An unreadable size counts as MAX_PAGE."""
        sizes = self.sizes(node)
        if not sizes:
            return DEFAULT_SIZE
        numbers = [_number(value) for value in sizes]
        given = [number for number in numbers if number is not None]
        return max((min(max(number, 0), MAX_PAGE) for number in given), default=MAX_PAGE)

    def require_page(self, node: FieldNode) -> None:
        """Reject an invalid page size once, before any data is read, and not once per row (D36).

        A value that is not an integer is left to the validation of values, whose error names the type.
        """
        given = self.sizes(node)
        if len(given) > 1:
            raise BadInput("Give only one of `first` and `last`.")
        number = _number(given[0]) if given else None
        if number is not None and not 0 <= number <= MAX_PAGE:
            raise BadInput(f"`first` and `last` must be between 0 and {MAX_PAGE}.")

    def sizes(self, node: FieldNode) -> list[Any]:
        """The values of `first` and `last` that are not null."""
        values = (self.executed.value(each.value) for each in node.arguments or () if each.name.value in SIZES)
        return [value for value in values if value is not None]

    def length(self, parent: GraphQLNamedType | None, node: FieldNode, known: GraphQLField) -> int:
        if parent is not None and parent.name.startswith("__"):
            return len(self.schema.type_map) if node.name.value == "types" else INTROSPECTION_LIST_SIZE
        if "ids" in known.args:
            return next((self.count(each.value) for each in node.arguments or () if each.name.value == "ids"), 0)
        return self.list_sizes.get(f"{parent.name if parent else ''}.{node.name.value}", MAX_PAGE)

    def count(self, node: ValueNode) -> int:
        value = self.executed.value(node)
        if isinstance(value, ListValueNode):
            return len(value.values)
        return len(value) if isinstance(value, list) else 1


def _number(value: Any) -> int | None:
    """The integer that an Int argument gets from a value or a literal, or None if it gets none.

    A variable may contain 10.0 for 10: both are the same number in JSON (GraphQL specification, 3.5.1).
    """
    match value:
        case IntValueNode():
            # A longer number exceeds every page size, and Python refuses to convert thousands of digits.
            return int(value.value) if len(value.value) <= 10 else MAX_PAGE
        case bool():
            return None
        case int():
            return value
        case float() if value.is_integer():
            return int(value)
        case _:
            return None


def _is_connection(named: GraphQLNamedType) -> bool:
    return isinstance(named, GraphQLObjectType | GraphQLInterfaceType) and "pageInfo" in named.fields


def _is_wrapper(named: GraphQLNamedType) -> bool:
    """Whether a type is an edge. Only the node of an edge counts as a node."""
    return isinstance(named, GraphQLObjectType | GraphQLInterfaceType) and {"cursor", "node"} <= named.fields.keys()


def _sum(weights: Iterable[_Weight]) -> _Weight:
    depth = aliases = fields = cost = cost_per_item = 0
    for weight in weights:
        depth = max(depth, weight.depth)
        aliases += weight.aliases
        fields += weight.fields
        cost += weight.cost
        cost_per_item += weight.cost_per_item
    return _Weight(depth, aliases, fields, cost, cost_per_item)
