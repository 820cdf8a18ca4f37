"""Fields hidden from a viewer, collected while a request runs and reported once each, or for each cell (D35, D70)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias, TypeVar

from graphql import GraphQLError
from graphql.pyutils import Path

from gateway.messages import text

Place: TypeAlias = tuple[int, ...]  # of a field in the response: places sort in the order of the response
Denial: TypeAlias = tuple[str, str, str]
"""A type, a field that is hidden, and the reason."""


MAX_EACH: Final = 1_000
"""Cells with an error of their own, if each is requested. The others are counted."""
HIDDEN: Final = text("general", "HIDDEN")


def denial_extensions(type_name: str, field: str, reason: str, count: int) -> dict[str, Any]:
    return {"code": "FIELD_NOT_PERMITTED", "type": type_name, "field": field, "reason": reason, "count": count}


class Situation(Protocol):
    """The facts that decided about an object; `why` is called once per field and response."""

    def __hash__(self) -> int: ...

    def why(self, field: str) -> str: ...


class Denials:
    """The hidden fields of one response (D35)."""

    __slots__ = ("_counted", "_paths")

    def __init__(self) -> None:
        self._paths: defaultdict[tuple[str, str, Situation], list[Path]] = defaultdict(list)
        self._counted: list[tuple[Denial, Path, list[str | int], int]] = []

    def add(self, type_name: str, field: str, situation: Situation, path: Path) -> None:
        """Record a hidden field at `path`. Called for every cell, so it does nothing else."""
        self._paths[type_name, field, situation].append(path)

    def add_counted(
        self, type_name: str, field: str, reason: str, path: Path, inside: list[str | int], count: int
    ) -> None:
        """Record hidden cells of an object that was read as a whole: the first one, `inside` the object at `path`.

        Those of one object are recorded in the order of the response.
        """
        self._counted.append(((type_name, field, reason), path, inside, count))

    def errors(self, data: Mapping[str, Any] | None, own: int = 0) -> list[GraphQLError]:
        """One error for each of the first `own` cells, and one per type, field and reason, at its first path, for the others.

        They are in the order of the response (D35). Cells of a parent that became null are not in the response and are not
        counted.
        """
        response = _Response(data)
        cells: list[_Found] = []
        for (type_name, field, situation), paths in self._paths.items():
            found = [(path, place) for path in paths if (place := response.place(path)) is not None]
            if found:
                denial = type_name, field, situation.why(field)
                cells += [_Found(place, denial, path, [], 1) for path, place in found]
        for number, (denial, path, inside, count) in enumerate(self._counted):
            if (place := response.place(path)) is not None:
                cells.append(_Found((*place, number), denial, path, inside, count))
        return [
            GraphQLError(
                HIDDEN, path=[*cell.path.as_list(), *cell.inside], extensions=denial_extensions(*cell.denial, count)
            )
            for cell, count in reported(cells, own)
        ]


@dataclass(frozen=True, slots=True)
class _Found:
    """Hidden cells: the place of the first one, its path, and how many there are."""

    place: Place
    denial: Denial
    path: Path
    inside: list[str | int]
    count: int


class Cell(Protocol):
    """Hidden cells of one type and field for one reason: the place of the first one, and how many there are."""

    @property
    def place(self) -> Any: ...

    @property
    def denial(self) -> Denial: ...

    @property
    def count(self) -> int: ...


CellT = TypeVar("CellT", bound=Cell)


def reported(cells: Sequence[CellT], own: int) -> list[tuple[CellT, int]]:
    """The first `own` cells in the order of the response, then the first of the others of each denial; each with its count."""
    in_order = sorted(cells, key=lambda cell: cell.place) if own else []
    groups: dict[Denial, tuple[CellT, int]] = {}
    for cell in in_order[own:] if own else cells:
        first, count = groups.get(cell.denial, (cell, 0))
        groups[cell.denial] = cell if cell.place < first.place else first, count + cell.count
    rest = sorted(groups.values(), key=lambda group: (group[0].place, group[0].denial))
    return [*((cell, cell.count) for cell in in_order[:own]), *rest]


class _Container:
    """An object or list of the response, and the places of its members."""

    __slots__ = ("held", "place", "value")

    def __init__(self, place: Place, value: Any) -> None:
        self.place = place
        self.value = value
        self.held: Mapping[str | int, int] | range = range(0)
        if isinstance(value, dict):
            self.held = {key: position for position, key in enumerate(value)}
        elif isinstance(value, list):
            self.held = range(len(value))

    def position(self, key: str | int) -> int | None:
        if isinstance(self.held, range):
            return key if key in self.held and isinstance(key, int) else None
        return self.held.get(key)


class _Response:
    """Finds places in the response. The fields of a row share its path, so each row is looked up once."""

    def __init__(self, data: Mapping[str, Any] | None) -> None:
        self._root = _Container((), data)
        # Keyed by identity: the hash of a path visits all its parents. `Denials` keeps every path alive, so no id is reused.
        self._known: dict[int, _Container | None] = {}

    def place(self, path: Path) -> Place | None:
        container = self._container(path.prev)
        position = None if container is None else container.position(path.key)
        return None if container is None or position is None else (*container.place, position)

    def _container(self, path: Path | None) -> _Container | None:
        if path is None:
            return self._root
        if id(path) not in self._known:
            above = self._container(path.prev)
            position = None if above is None else above.position(path.key)
            self._known[id(path)] = (
                None
                if above is None or position is None
                else _Container((*above.place, position), above.value[path.key])
            )
        return self._known[id(path)]
