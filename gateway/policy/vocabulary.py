"""The declarations of a policy: kinds of viewers, facts with their domains, and columns."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from oso import Oso, Variable
from polar.exceptions import OsoError, PolarRuntimeError

from gateway.policy.errors import PolicyError
from gateway.policy.text import VOCABULARY

Value = str | bool

# Without a rule `allow` oso warns at each load, and a query for an unknown rule is an error. These rules never hold.
QUIET: Final = "\nallow(_, _, _) if 1 = 2;\ngrounds(_, _, _) if 1 = 2;"

# Optional declarations: a Polar query for a rule that does not exist is an error.
_OPTIONAL: Final = "\ncolumn(_, _) if 1 = 2;\nwithheld(_, _, _) if 1 = 2;"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of viewer: its side, its roles, and the names of a viewer's attributes."""

    name: str
    side: str
    roles: tuple[str, ...]
    params: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact of one type: its values with the default first, or None for a set of words."""

    name: str
    domain: tuple[Value, ...] | None

    @property
    def default(self) -> Value | int:
        return 0 if self.domain is None else self.domain[0]

    @property
    def is_boolean(self) -> bool:
        return self.domain == (False, True)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    kinds: dict[str, Kind]
    facts: dict[str, dict[str, Fact]]
    columns: dict[str, frozenset[str]]  # facts that no rule reads: they are only displayed or sorted by
    withheld: frozenset[tuple[str, str, str]]  # type, field and viewer kind: hidden although similar viewers see it

    @property
    def sides(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(kind.side for kind in self.kinds.values()))

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(role for kind in self.kinds.values() for role in kind.roles))


def read_vocabulary(text: str) -> Vocabulary:
    """The declarations in `text`. PolicyError if one is wrong."""
    oso = Oso()
    try:
        oso.load_str(text + QUIET + _OPTIONAL)
        kinds = {
            name: Kind(name, side, _words(roles, name), _words(params, name, least=0))
            for name, side, roles, params in _declared(oso, "viewer", 4)
        }
        facts: dict[str, dict[str, Fact]] = {}
        for type_name, name, domain in _declared(oso, "facts", 3):
            if name in facts.setdefault(type_name, {}) or name in ("side", "role"):
                raise PolicyError(f"{VOCABULARY}: {type_name}.{name} is declared twice")
            facts[type_name][name] = Fact(name, _domain(domain, f"{type_name}.{name}"))
        columns: dict[str, frozenset[str]] = {}
        for type_name, name in _declared(oso, "column", 2):
            columns[type_name] = columns.get(type_name, frozenset()) | {name}
        withheld = frozenset((type_, name, kind) for type_, name, kind in _declared(oso, "withheld", 3))
    except OsoError as error:
        raise PolicyError(f"{VOCABULARY}: {error}") from error
    return Vocabulary(kinds, facts, columns, withheld)


def _domain(given: Any, place: str) -> tuple[Value, ...] | None:
    """The domain of a fact: a list of words, or false and true in this order. The first value is the default."""
    if given == "set":
        return None
    if isinstance(given, list) and list(map(repr, given)) == ["False", "True"]:
        return False, True
    return _words(given, place)


def _words(given: Any, place: str, *, least: int = 1) -> tuple[str, ...]:
    listed = given if isinstance(given, list) else None
    if (
        listed is None
        or len(listed) < least
        or not all(isinstance(word, str) for word in listed)
        or len({*listed}) < len(listed)
    ):
        raise PolicyError(f"{VOCABULARY}: {place}: this is not a list of distinct words: {given!r}")
    return tuple(listed)


def _declared(oso: Oso, rule: str, arity: int) -> Iterator[tuple[Any, ...]]:
    names = [f"x{index}" for index in range(arity)]
    try:
        for result in oso.query_rule(rule, *map(Variable, names)):
            yield tuple(result["bindings"][name] for name in names)
    except PolarRuntimeError as error:
        raise PolicyError(f"{VOCABULARY}: there is no declaration `{rule}`: {error}") from error
