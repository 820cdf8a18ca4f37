"""A compiled operation: its statement, its parameters in a request, and the response from what the statement returns."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphql.execution.collect_fields import FieldDetailsList

from gateway.global_ids import Seal
from gateway.reads import marks
from gateway.reads.proofs import proof_for
from gateway.reads.requests import Part, Reason, Request, Walk
from gateway.reads.writer import Hidden, Slot, Writer
from gateway.reads.written_roots import write_operation

_PARAMETER: Final = re.compile(r"%\((\w+)\)s")
_ID, _HIDDEN, _CURSOR, _END = (mark.encode() for mark in (marks.ID, marks.HIDDEN, marks.CURSOR, marks.END))


@dataclass(frozen=True, slots=True)
class Denial:
    """A hidden field of one type for one reason: where it is first, and how often (D35)."""

    type_name: str
    field: str
    reason: str
    path: list[str | int]
    count: int

    @property
    def key(self) -> tuple[str, str, str]:
        return self.type_name, self.field, self.reason


@dataclass(frozen=True, slots=True)
class Compiled:
    """An operation of one role. It holds nothing of a request."""

    sql: str
    names: tuple[str, ...]
    parts: tuple[Part, ...]
    hidden: tuple[Hidden, ...]
    separators: tuple[bytes, ...]

    def parameters(self, request: Request) -> list[Any]:
        """The values of the statement's parameters. Raises Refused for a bad argument, and Walk where it does not fit."""
        for part in self.parts:
            part.bind(request)
        values, viewer = request.values, request.viewer
        return [values[name] if name in values else getattr(viewer, name.removeprefix("v_")) for name in self.names]

    def response(self, data: bytes | None, request: Request) -> tuple[bytes, list[Denial]]:
        """The JSON text of `data`, and the denials in the order of the response. Raises Walk for a value that cannot be."""
        if data is None or marks.UNEXPECTED.encode() in data:
            raise Walk(Reason.NOT_FOUND)
        denials: list[Denial] = []
        if _HIDDEN in data:
            data, denials = self._denied(data)
        for separator in self.separators:
            data = data.replace(separator, b",")
        if _CURSOR in data:
            data = b"".join(_with_cursors(data, request))
        return (_with_ids(data, request.seal) if _ID in data else data), denials

    def _denied(self, data: bytes) -> tuple[bytes, list[Denial]]:
        """The text with null for each mark, and one denial for each type, field and reason."""
        first, *others = data.split(_HIDDEN)
        counts = Counter([other[:2] for other in others])
        places: dict[bytes, int] = {}
        place = len(first)
        for other in others:
            places.setdefault(other[:2], place)
            if len(places) == len(counts):
                break
            place += len(_HIDDEN) + len(other)
        found: dict[tuple[str, str, str], list[Any]] = {}
        for code, place in sorted(places.items(), key=lambda item: item[1]):
            hidden = self.hidden[marks.number(code)]
            known = found.setdefault((hidden.type_name, hidden.field, hidden.reason), [place, hidden, 0])
            known[2] += counts[code]
        in_order = sorted(found.items(), key=lambda item: (item[1][0], item[0]))
        denials = [Denial(*key, path_of(hidden.path, data, place), count) for key, (place, hidden, count) in in_order]
        return b"".join([first, *[b"null" + other[2:] for other in others]]), denials


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
    return Compiled(sql, names, tuple(writer.parts), tuple(writer.hidden), separators)
