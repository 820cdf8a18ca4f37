"""Whether servers give the same answers: as JSON, but for how each writes ids and moments."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.request import Request, urlopen

from benchmarks.load import Ask
from gateway.global_ids import ID_CHARACTERS, Seal

MOMENTS: Final = ("issuedAt", "dueAt")


def answer(port: int, ask: Ask) -> dict[str, Any]:
    """The whole answer of a server on this port."""
    head, _, body = ask.text(port).partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    with urlopen(Request(f"http://127.0.0.1:{port}/graphql", body, headers), timeout=500) as response:
        read: dict[str, Any] = json.load(response)
        return read


def same(value: Any, seal: Seal) -> Any:
    """`value` with sealed ids opened and moments in one spelling. A list that is hidden counts as empty, cursors as there or not.

    The latter is for the server that hides nothing; what the others say why they hide stands beside the data.
    """
    match value:
        case Mapping():
            return {name: _same(name, part, seal) for name, part in value.items()}
        case list():
            return [same(part, seal) for part in value]
        case _:
            return value


def _same(name: str, value: Any, seal: Seal) -> Any:
    if name == "id" and len(value) == ID_CHARACTERS:
        return str(seal.open_id(value)[1])
    if name in MOMENTS and value is not None:
        return datetime.fromisoformat(value).astimezone(UTC).isoformat()
    if name == "endCursor":
        return value is not None
    if name == "kpis" and value is None:
        return []
    return same(value, seal)
