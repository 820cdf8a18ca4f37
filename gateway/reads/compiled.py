"""A compiled operation: its statement, its parameters in a request, and the response from what the statement returns."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphql.execution.collect_fields import FieldDetailsList

from gateway.execution.denials import Denial, reported
from gateway.global_ids import Seal
from gateway.reads import marks
from gateway.reads.proofs import proof_for
from gateway.reads.requests import Part, Reason, Request, Walk
from gateway.reads.situations import Situations
from gateway.reads.writer import Hidden, Slot, Writer
from gateway.reads.written_roots import write_operation

_PARAMETER: Final = re.compile(r"%\((\w+)\)s")
_ID, _HIDDEN, _CURSOR, _SITUATION, _END = (
    mark.encode() for mark in (marks.ID, marks.HIDDEN, marks.CURSOR, marks.SITUATION, marks.END)
)


@dataclass(frozen=True, slots=True)
class Denied:
    """Hidden cells of one type and field for one reason: where the first one is, and how many there are (D35)."""

    key: Denial
    path: list[str | int]
    count: int


@dataclass(frozen=True, slots=True)
class _Mark:
    """A hidden cell by its place in the text."""

    place: int
    denial: Denial
    hidden: Hidden
    count: int = 1


@dataclass(frozen=True, slots=True)
class Compiled:
    """An operation of one role. It holds nothing of a request."""

    sql: str
    names: tuple[str, ...]
    parts: tuple[Part, ...]
    hidden: tuple[Hidden, ...]
    separators: tuple[bytes, ...]
    situations: tuple[Situations, ...]

    def parameters(self, request: Request) -> list[Any]:
        """The values of the statement's parameters. Raises Refused for a bad argument, and Walk where it does not fit."""
        for part in self.parts:
            part.bind(request)
        values, viewer = request.values, request.viewer
        return [values[name] if name in values else getattr(viewer, name.removeprefix("v_")) for name in self.names]

    def response(self, data: bytes | None, request: Request, own: int = 0) -> tuple[bytes, list[Denied]]:
        """The JSON text of `data`, and the hidden cells in the order of the response, the first `own` of them one by one.

        Raises Walk for a value that cannot be.
        """
        if data is None or marks.UNEXPECTED.encode() in data:
            raise Walk(Reason.NOT_FOUND)
        denials: list[Denied] = []
        if _HIDDEN in data:
            data, denials = self._denied(data, own)
        for separator in self.separators:
            data = data.replace(separator, b",")
        if _SITUATION in data:
            data = self._with_situations(data)
        if _CURSOR in data:
            data = b"".join(_with_cursors(data, request))
        return (_with_ids(data, request.seal) if _ID in data else data), denials

    def _with_situations(self, data: bytes) -> bytes:
        first, *others = data.split(_SITUATION)
        parts = [first]
        for other in others:
            facts, _, rest = other[2:].partition(_END)
            parts += [self.situations[marks.number(other[:2])].text(facts), rest]
        return b"".join(parts)

    def _denied(self, data: bytes, own: int) -> tuple[bytes, list[Denied]]:
        """The text with null for each mark, and the cells that are reported."""
        first, *others = data.split(_HIDDEN)
        cells = list(self._each(len(first), others) if own else self._counted(len(first), others))
        denials = [
            Denied(cell.denial, path_of(cell.hidden.path, data, cell.place), count)
            for cell, count in reported(cells, own)
        ]
        return b"".join([first, *[b"null" + other[2:] for other in others]]), denials

    def _each(self, place: int, others: Sequence[bytes]) -> Iterator[_Mark]:
        for other in others:
            hidden = self.hidden[marks.number(other[:2])]
            yield _Mark(place, hidden.denial, hidden)
            place += len(_HIDDEN) + len(other)

    def _counted(self, place: int, others: Sequence[bytes]) -> Iterator[_Mark]:
        """The first cell of each code, with their number."""
        counts = Counter([other[:2] for other in others])
        places: dict[bytes, int] = {}
        for other in others:
            places.setdefault(other[:2], place)
            if len(places) == len(counts):
                break
            place += len(_HIDDEN) + len(other)
        for code, at in places.items():
            hidden = self.hidden[marks.number(code)]
            yield _Mark(at, hidden.denial, hidden, counts[code])


def path_of(steps: Sequence[str | Slot], data: bytes, place: int) -> list[str | int]:
    """The path of a mark at `place`: the index in a list is the number of the list's separators since it began."""
    path: list[str | int] = []
    begin = 0
    for step in steps:
        if isinstance(step, str):
            path.append(step)
            continue
        separator = step.mark.encode()
        path.append(data.count(separator, begin, place))
        last = data.rfind(separator, begin, place)
        begin = begin if last < 0 else last + len(separator)
    return path


def _with_ids(data: bytes, seal: Seal) -> bytes:
    first, *others = data.split(_ID)
    end = 1 + marks.KEY_LENGTH
    parts = [first] * (2 * len(others) + 1)
    parts[1::2] = seal.ids([other[:end] for other in others])
    parts[2::2] = [other[end:] for other in others]
    return b"".join(parts)


def _with_cursors(data: bytes, request: Request) -> Iterator[bytes]:
    first, *others = data.split(_CURSOR)
    yield first
    bound_to: dict[bytes, bytes] = {}
    for other in others:
        inside, _, rest = other.partition(_END)
        begin = inside.index(b"[", 2)  # a code may be a bracket
        of, position = inside[:begin], inside[begin:]
        if of not in bound_to:
            bound_to[of] = request.bound_to[marks.number(of)](of[2:].decode())
        yield request.seal.cursor(position, bound_to=bound_to[of]).encode()
        yield rest


def compile_operation(writer: Writer) -> Compiled:
    """Compiles a query for the viewer's role. Raises Walk if it cannot be, and Refused if its arguments are refused."""
    query = writer.schema.query_type
    if query is None:
        raise Walk(Reason.FIELD)
    data, proof = write_operation(writer, query), proof_for(writer.viewer)
    return _compiled(writer, f"SELECT convert_to({data}, 'UTF8') AS data, {proof} AS proof")


PAYLOAD_KEY: Final = "payload_key"
"""The parameter with the key of an object of a payload, or with the keys of several."""


def compile_payload(writer: Writer, type_name: str, details: FieldDetailsList) -> Compiled:
    """Compiles the selection below an object of a mutation's payload. The object is null if the viewer may not see it."""
    data = writer.one(type_name, PAYLOAD_KEY, details, "null")
    return _compiled(writer, f"SELECT convert_to({data}, 'UTF8') AS data")


def compile_payloads(writer: Writer, type_name: str, details: FieldDetailsList) -> Compiled:
    """Compiles the selection below a list of objects of a mutation's payload, without those that the viewer may not see."""
    data = writer.each_of(type_name, PAYLOAD_KEY, details)
    return _compiled(writer, f"SELECT convert_to({data}, 'UTF8') AS data")


def _compiled(writer: Writer, text: str) -> Compiled:
    text = writer.own_rows.source + text
    names = tuple(dict.fromkeys(_PARAMETER.findall(text)))
    sql = text % {name: f"${index}" for index, name in enumerate(names, 1)}
    separators = tuple(slot.mark.encode() for slot in writer.slots if slot.number is not None)
    return Compiled(sql, names, tuple(writer.parts), tuple(writer.hidden), separators, tuple(writer.situations))
