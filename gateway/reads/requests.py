"""What a compiled operation is bound with in one request: the values of its parameters, and the lists of its cursors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol
from uuid import UUID

from graphql import FieldNode, GraphQLField, ValueNode, VariableNode, get_argument_values
from graphql.execution.values import VariableValues

from gateway.auth.viewers import Viewer
from gateway.global_ids import Seal
from gateway.policy import Plan
from gateway.reads.declarations import is_declared
from gateway.reads.edges import PagesOf
from gateway.reads.pages import Listing, Page, PageArguments, Position
from gateway.reads.roots import MAX_NODES, At, RootList

NO_OBJECT: Final = "Client"
"""Ids of no object in the graph, such as an order's, are looked up as ids of this type."""
NOWHERE: Final = UUID(int=(1 << 128) - 1)
"""A key that no row has. An id of another type is looked up with it: each NotFound costs the same work."""


class Reason(StrEnum):
    """Why an operation is walked."""

    COLD = "cold"  # requested for the first time
    COMPILING = "compiling"  # not ready yet
    REFUSED = "refused"  # a refusal, or variables that do not fit: the walker words the errors
    NOT_FOUND = "not found"  # a value that the statement does not give, which is an error of the walker
    IDENTITY = "identity"  # the caller is not who they were
    FIELD = "field"  # introspection
    CURSOR = "cursor"  # of a list within a list: its parent is not known before the statement runs
    VARIANTS = "variants"  # too many kinds of arguments
    TOO_LARGE = "too large"
    TOO_SLOW = "too slow"  # the database cancelled its statement before
    FAILED = "failed"  # a bug, which is in the log


class Walk(Exception):
    """The operation is walked: in this request if it is raised by values, in all of its kind if it cannot be written."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class Unlike(Exception):
    """The arguments select other rows than those that the operation was compiled for."""


@dataclass(slots=True)
class Request:
    """One request of a compiled operation. `variables` are coerced."""

    viewer: Viewer
    seal: Seal
    variables: Mapping[str, Any]
    values: dict[str, Any] = field(default_factory=dict)
    bound_to: dict[int, Callable[[str], bytes]] = field(default_factory=dict)
    """By the code of a list: what its cursors are bound to, of the key of its parent."""


class Arguments:
    """The arguments of one field, in the request that is compiled and in later ones of the same shape."""

    def __init__(
        self,
        field: GraphQLField,
        node: FieldNode,
        variables: VariableValues,
        convert: Callable[[Mapping[str, Any]], dict[str, Any]],
    ) -> None:
        self._convert = convert
        self.given = get_argument_values(field, node, variables)
        self.first = convert(self.given)
        by_name = {argument.name.value: argument.value for argument in node.arguments or ()}
        self._varying = [
            (name, value.name.value)
            for name, value in by_name.items()
            if isinstance(value, VariableNode) and self.given.get(name) is not None
        ]
        nested = any(not isinstance(value, VariableNode) and _has_variables(value) for value in by_name.values())
        # A node refers to its whole document, which must not be kept for the sake of a statement.
        self._nested = (field, node) if nested else None

    def of(self, request: Request) -> dict[str, Any]:
        if self._nested is not None:
            # The library also coerces the variables inside lists and objects.
            values = VariableValues({}, dict(request.variables))
            return self._convert(get_argument_values(*self._nested, values))
        if not self._varying:
            return dict(self.first)
        variables = request.variables
        return self._convert(self.given | {name: variables[variable] for name, variable in self._varying})


def _has_variables(node: ValueNode) -> bool:
    parts = [*(getattr(node, "values", None) or ()), *(each.value for each in getattr(node, "fields", None) or ())]
    return isinstance(node, VariableNode) or any(map(_has_variables, parts))


PAGE_ARGUMENTS: Final = ("first", "after", "last", "before")


def split(arguments: dict[str, Any]) -> tuple[PageArguments, dict[str, Any]]:
    """Returns the page arguments and the others."""
    page = PageArguments(**{name: arguments.pop(name) for name in PAGE_ARGUMENTS if name in arguments})
    return page, arguments


class Part(Protocol):
    """A part of an operation with parameters of its own."""

    def bind(self, request: Request) -> None:
        """Adds the values of the parameters. Raises Refused for a bad argument, and Walk where the operation does not fit."""


@dataclass(frozen=True, slots=True)
class ListPart:
    """A list that the operation begins at."""

    code: int
    root: RootList
    plan: Plan
    arguments: Arguments
    kind: tuple[Any, ...]

    def bind(self, request: Request) -> None:
        requested, given = split(self.arguments.of(request))
        selection = self.root.select(self.plan, **given)
        listing = Listing(request.viewer, request.seal, self.root.name, selection.filter, self.root.position(self.plan))
        page = listing.page(requested)
        lookups = self.root.looked_up(given)
        opened = [(lookup, *request.seal.open_id(id)) for lookup, id in lookups]
        targets = tuple(lookup.target_of(type_name) for lookup, type_name, _ in opened)
        if (selection.kind, selection.descending, page.shape, targets) != self.kind:
            raise Unlike
        for lookup, type_name, key in opened:
            _add(request, self.code, {lookup.parameter: key if type_name in lookup.targets else NOWHERE})
        _add(request, self.code, {**selection.parameters, **page.parameters()})
        request.bound_to[self.code] = lambda _: listing.bound_to


@dataclass(frozen=True, slots=True)
class EdgePart:
    """A list behind an edge. `parent` is the parameter with the key of its parent, if that is known before the statement runs."""

    code: int
    edge: PagesOf
    part: str | None
    arguments: Arguments
    shape: tuple[Any, ...]
    position: Position
    parent: str | None

    def bind(self, request: Request) -> None:
        requested, _ = split(self.arguments.of(request))
        requested_after = requested.after is not None or requested.before is not None
        if requested_after and self.parent is None:
            raise Walk(Reason.CURSOR)

        def listing(key: Any) -> Listing:
            return Listing(request.viewer, request.seal, self.edge.name, (key, self.part), self.position)

        page: Page = listing(request.values[self.parent] if self.parent and requested_after else None).page(requested)
        if page.shape != self.shape:
            raise Unlike
        _add(request, self.code, page.parameters())
        request.bound_to[self.code] = lambda key: listing(key).bound_to


@dataclass(frozen=True, slots=True)
class IdPart:
    """The key of a global id of one type."""

    name: str
    target: str
    arguments: Arguments

    def bind(self, request: Request) -> None:
        known, key = request.seal.open_id(self.arguments.of(request)["id"])
        request.values[self.name] = key if known == self.target else NOWHERE


@dataclass(frozen=True, slots=True)
class SamePart:
    """Values of arguments that decide what is written."""

    given: Callable[[Request], Any]
    value: Any

    def bind(self, request: Request) -> None:
        if self.given(request) != self.value:
            raise Unlike


@dataclass(frozen=True, slots=True)
class OwnPart:
    """The key of an object of the viewer's own."""

    name: str
    own: At

    def bind(self, request: Request) -> None:
        found = self.own(request.viewer)
        request.values[self.name] = NOWHERE if found is None else found[1]


@dataclass(frozen=True, slots=True)
class NodesPart:
    """The keys of global ids, and the place of the type of each among `targets`."""

    keys: str
    types: str
    targets: tuple[str, ...]
    ids: Callable[[Request], list[str]]

    def bind(self, request: Request) -> None:
        ids = self.ids(request)
        if len(ids) > MAX_NODES:
            raise Walk(Reason.REFUSED)
        opened = [_object(*request.seal.open_id(text)) for text in ids]
        if not {name for name, _ in opened} <= set(self.targets):
            raise Unlike
        request.values[self.keys] = [key for _, key in opened]
        request.values[self.types] = [self.targets.index(name) for name, _ in opened]


def _object(type_name: str, key: UUID) -> tuple[str, UUID]:
    """Type and key of an id; an id that is of no object in the graph is looked up like one of a type that has rows."""
    return (type_name, key) if is_declared(type_name) else (NO_OBJECT, NOWHERE)


def _add(request: Request, code: int, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        request.values[f"p{code}_{name}"] = value
