"""Manifests of documents, as the tools of clients write them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from gateway.http.requests import MAX_ID_LENGTH

APOLLO: Final = "apollo-persisted-query-manifest"
FORMS: Final = "a JSON object from ids to documents (GraphQL Code Generator, Relay), or Apollo's manifest"


class Shipped(NamedTuple):
    """A document, by the id that clients send for it."""

    id: str
    text: str


def read_manifest(file: Path) -> list[Shipped]:
    """Returns the documents in a manifest. Raises ValueError if it is none, or has an id that cannot be sent."""
    try:
        written = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise ValueError(f"{file} is not JSON: {error}.") from None
    found = list(_documents(written, file))
    for document in found:
        if not 0 < len(document.id) <= MAX_ID_LENGTH or not document.id.isascii():
            raise ValueError(f"{file}: the id {document.id[:40]!r} must have 1 to {MAX_ID_LENGTH} ASCII characters.")
    return found


def _documents(written: Any, file: Path) -> Iterator[Shipped]:
    match written:
        case {"format": str(name), "operations": list(operations)} if name == APOLLO:
            for operation in operations:
                match operation:
                    case {"id": str(id), "body": str(body)}:
                        yield Shipped(_plain(id), body)
                    case _:
                        raise ValueError(f"{file}: an operation must have `id` and `body`.")
        case Mapping() if written and all(isinstance(body, str) for body in written.values()):
            yield from (Shipped(_plain(id), body) for id, body in written.items())
        case _:
            raise ValueError(f"{file} is not a manifest: it must be {FORMS}.")


def _plain(id: str) -> str:
    return id.removeprefix("sha256:")
