"""Fields hidden from a viewer, collected while a request runs and reported once each (D35)."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

from graphql import GraphQLError
from graphql.pyutils import Path

Place: TypeAlias = tuple[int, ...]  # of a field in the response: places sort in the order of the response


HIDDEN: Final = "You do not have permission to read this field."


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
        self._counted: list[tuple[tuple[str, str, str], Path, list[str | int], int]] = []

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

    def errors(self, data: Mapping[str, Any] | None) -> list[GraphQLError]:
        """One error per type, field and reason, at its first path, in the order of the response (D35).

        Cells of a parent that became null are not in the response and are not counted.
        """
        response = _Response(data)
        places: defaultdict[tuple[str, str, str], list[_Found]] = defaultdict(list)
        for (type_name, field, situation), paths in self._paths.items():
            found = [_Found(place, path, [], 1) for path in paths if (place := response.place(path)) is not None]
            if found:
                places[type_name, field, situation.why(field)] += found
        for number, (denial, path, inside, count) in enumerate(self._counted):
            if (place := response.place(path)) is not None:
                places[denial].append(_Found((*place, number), path, inside, count))
        firsts = [
            (min(found, key=lambda each: each.place), sum(each.count for each in found), denial)
            for denial, found in places.items()
        ]
        firsts.sort(key=lambda first: (first[0].place, first[2]))
        return [
            GraphQLError(
                HIDDEN,
                path=[*found.path.as_list(), *found.inside],
                extensions=denial_extensions(type_name, field, reason, count),
            )
            for found, count, (type_name, field, reason) in firsts
        ]


@dataclass(frozen=True, slots=True)
class _Found:
    """Hidden cells: the place of the first one, its path, and how many there are."""

    place: Place
    path: Path
    inside: list[str | int]
    count: int


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
