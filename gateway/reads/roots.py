"""Root fields: lists, objects and numbers that a query begins at. Building the schema gives each its name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from uuid import UUID

from gateway.errors import BadInput
from gateway.policy import Plan, Policy
from gateway.reads.edges import Rule
from gateway.reads.pages import Position

MAX_NODES: Final = 100
"""Of one `nodes` field."""
MAX_FIELDS: Final = 50
"""Of one type: no list of names of its fields is longer."""
At = Callable[[Any], tuple[str, UUID] | None]
"""Returns type and key of an object of the viewer's own; None for a viewer without one, which depends on its kind alone."""


class Rows(Protocol):
    """The rows of one type in a statement: those of a plan, or those of a place of a compiled statement."""

    def own(self, expression: Any) -> Any:
        """An expression over the mapped columns, as one over the columns of these rows."""

    def predicate(self, rule: str, *words: str) -> Any:
        """The condition that a rule holds with these words."""

    def column(self, name: str) -> Any:
        """A declared column to sort by, or None if this viewer has none."""

    def near(self, name: str, column: str) -> Any:
        """Another column of the row that holds a declared sort column."""


def _every(_: Rows) -> Sequence[Any]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The rows of a list that its arguments select.

    `kind` holds all that changes the conditions, which are built once for each plan and kind; `filter` holds the values that
    the list's cursors are bound to.
    """

    kind: tuple[Any, ...] = ()
    filter: tuple[Any, ...] = ()
    conditions: Callable[[Rows], Sequence[Any]] = _every
    parameters: Mapping[str, Any] = field(default_factory=dict)
    descending: bool = False
    by_few_keys: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """An argument that names an object by its global id. Without such an object in the viewer's scope the list is not found.

    `parameter` of the list's conditions has the value of a column of that object, which `targets` gives for each of its types.
    `mentioned`: a column of the list's own rows; an object whose key one of them has is found, too.
    """

    parameter: str
    targets: Mapping[str, Any]
    mentioned: Any = None

    def target_of(self, type_name: str) -> str:
        """The type that is looked up for an id of this type: an id of another type takes the same work."""
        return type_name if type_name in self.targets else next(iter(self.targets))


@dataclass(slots=True, eq=False, kw_only=True)
class Root:
    name: str = ""  # the field


@dataclass(slots=True, eq=False, kw_only=True)
class RootList(Root):
    """A list with pages.

    `select` has the plan and the arguments of the list; it raises BadInput or Forbidden for arguments that it refuses.
    `order` ends with a unique column. `lookups` has the arguments that name an object.
    """

    target: str
    order: Callable[[Rows], Sequence[Any]]
    select: Callable[..., Selection]
    lookups: Mapping[str, Lookup] = field(default_factory=dict)
    backwards: bool = True  # with `last` and `before`

    def position(self, plan: Plan) -> Position:
        found: Position = plan.keep(("position", self.name), lambda: Position.by(self.order(plan)))
        return found

    def looked_up(self, arguments: Mapping[str, Any]) -> list[tuple[Lookup, str]]:
        """The lookups that these arguments need, each with the global id."""
        return [(lookup, id) for name, lookup in self.lookups.items() if (id := arguments.get(name)) is not None]


@dataclass(slots=True, eq=False, kw_only=True)
class RootById(Root):
    """One object by its global id. `or_own`: without an id, the viewer's own, or null if it has none."""

    target: str
    or_own: At | None = None


@dataclass(slots=True, eq=False, kw_only=True)
class RootCount(Root):
    """The number of rows for which all rules hold."""

    target: str
    rules: tuple[Rule, ...]


@dataclass(slots=True, eq=False, kw_only=True)
class RootWords(Root):
    """The words of a rule that hold for an object of the viewer's own; none if there is no such object."""

    own: At
    rule: str


@dataclass(slots=True, eq=False, kw_only=True)
class RootTabs(Root):
    """The tabs of a list with the number of rows in each: the words of `rule` that the viewer's role can have.

    A tab that `vanishing` names is left out when it is empty.
    """

    target: str
    tabs: tuple[str, ...]
    rule: str
    vanishing: str

    def possible(self, plan: Plan) -> list[str]:
        """The tabs that the viewer's role can have."""
        return [tab for tab in self.tabs if plan.can_ever(self.rule, tab)]


@dataclass(slots=True, eq=False, kw_only=True)
class RootOwn(Root):
    """An object of the viewer's own; null for a viewer without one."""

    own: At


@dataclass(slots=True, eq=False, kw_only=True)
class RootNodes(Root):
    """Objects of any type by their global ids: one, or a list."""

    many: bool


@dataclass(slots=True, eq=False, kw_only=True)
class RootExplained(Root):
    """Why fields of an object of any type are hidden."""


def require_few(fields: Sequence[str]) -> None:
    """Raises BadInput for more names than a type has fields."""
    if len(fields) > MAX_FIELDS:
        raise BadInput(f"`fields` must contain at most {MAX_FIELDS} names.")


def require_known(plan: Plan, fields: Sequence[str]) -> None:
    """Raises BadInput for a field that the type does not have."""
    if any(field not in plan.bits for field in fields):
        raise BadInput("`fields` must be fields of this type that can be hidden.")


@dataclass(slots=True, eq=False, kw_only=True)
class RootOfPolicy(Root):
    """Objects that follow from the policy alone. Their fields are words, or lists of words."""

    objects: Callable[[Policy], Sequence[Any]]


@dataclass(slots=True, eq=False, kw_only=True)
class RootViewer(Root):
    """The caller: null for an anonymous one."""


@dataclass(slots=True, eq=False, kw_only=True)
class Memberships(Root):
    """The organisations for which the caller may act, or the one for which it acts."""

    acting: bool


def plain(plan: Plan) -> Selection:
    """All rows, newest first."""
    return Selection(descending=True)
