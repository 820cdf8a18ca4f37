"""Reads a GraphQL request from an HTTP request, by the GraphQL-over-HTTP specification."""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request

from gateway.context import Envelope
from gateway.errors import BadInput
from gateway.http.errors import (
    BodyTooLarge,
    HeadersTooLarge,
    MethodNotAllowed,
    PersistedQueryNotSupported,
    RequestRefused,
    UnsupportedMediaType,
)
from gateway.http.languages import language_of
from gateway.messages import ENGLISH

ALLOWED_METHODS = "GET, POST"
MAX_PARAMETERS = 32
PARAMETERS = frozenset({"query", "operationName", "variables", "extensions", "documentId", "doc_id"})
MAX_ID_LENGTH = 128  # characters of the id of a document
MAX_HEADER_BYTES = 32_768  # the HTTP server has no limit of its own

IDEMPOTENCY = "idempotency-key"
REPLAYED = "Idempotency-Replayed"  # a response header
_IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,255}")
_JSON = re.compile(r'application/json(\s*;\s*charset\s*=\s*("utf-8"|utf-8))?\s*', re.ASCII | re.IGNORECASE)


class Hidden(StrEnum):
    """Which hidden cells have an error (D70): the first of each type, field and reason, each, or none."""

    FIRST = "first"
    EACH = "each"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """The parameters of one GraphQL request. `hidden` is None for the default: FIRST for queries, NONE for mutations."""

    query: str
    operation_name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    extensions: Mapping[str, Any] = field(default_factory=dict)
    hidden: Hidden | None = None
    language: str = ENGLISH  # of messages for people
    document_id: str | None = None
    is_trusted: bool = False  # the document is published


def envelope_of(sent: GraphQLRequest, headers: Mapping[str, str], request_id: str, network: str) -> Envelope:
    """The metadata of a mutation; raises BadInput unless an Idempotency-Key has 1 to 255 visible ASCII characters."""
    key = headers.get(IDEMPOTENCY)
    if key is not None and not _IDEMPOTENCY_KEY.fullmatch(key):
        raise BadInput("The Idempotency-Key must have 1 to 255 visible ASCII characters.")
    body = orjson.dumps([sent.query, sent.operation_name, sent.variables], option=orjson.OPT_SORT_KEYS)
    return Envelope(request_id, network, key, sha256(body).digest())


def require_small_headers(request: Request) -> None:
    """Raise HeadersTooLarge if all headers together are too long: they are read before the caller is known."""
    if sum(len(name) + len(value) for name, value in request.headers.raw) > MAX_HEADER_BYTES:
        raise HeadersTooLarge(f"The headers may have at most {MAX_HEADER_BYTES} bytes.")


def declared_bytes(request: Request) -> int:
    """The length of the body by its Content-Length header; 0 if the header is missing or not a number."""
    declared = request.headers.get("content-length", "")
    if not (declared.isascii() and declared.isdigit()):
        return 0
    return int(declared) if len(declared) <= 18 else sys.maxsize


async def read_request(request: Request, *, max_bytes: int, max_depth: int) -> GraphQLRequest:
    """The GraphQL request in an HTTP request; raises BadInput, or a subclass of it with its own status.

    `variables` and `extensions` may nest at most `max_depth` lists and objects.
    """
    match request.method:
        case "POST":
            sent = asked_in(await read_json(request, max_bytes=max_bytes, max_depth=max_depth + 1))
        case "GET":
            sent = asked_in(_query_parameters(request, max_bytes, max_depth))
        case _:
            raise MethodNotAllowed("The method must be GET or POST.", allow=ALLOWED_METHODS)
    return replace(sent, language=language_of(request))


async def read_json(request: Request, *, max_bytes: int, max_depth: int) -> Any:
    """The JSON value of the body; raises BadInput, or a subclass of it with its own status, for any other body."""
    _require_json(request)
    return _parsed(await _body(request, max_bytes), "The body", max_depth)


def asked_in(parameters: Any) -> GraphQLRequest:
    """Check the types of the parameters; unknown parameters are ignored."""
    if isinstance(parameters, list):
        raise BadInput("Batches are not supported: send one operation per request.")
    if not isinstance(parameters, dict):
        raise BadInput("The body must be a JSON object.")
    query, name = parameters.get("query"), parameters.get("operationName")
    variables, extensions = parameters.get("variables"), parameters.get("extensions")
    if extensions is not None and not isinstance(extensions, dict):
        raise BadInput("`extensions` must be an object.")
    id = _document_id(parameters, extensions or {})
    if query is None and id is None and "persistedQuery" in (extensions or {}):
        raise RequestRefused.of(PersistedQueryNotSupported())  # of another version
    if query is None and id is None:
        raise BadInput("`query` is missing.")
    if query is not None and not isinstance(query, str):
        raise BadInput("`query` must be a string.")
    if name is not None and not isinstance(name, str):
        raise BadInput("`operationName` must be a string.")
    if variables is not None and not isinstance(variables, dict):
        raise BadInput("`variables` must be an object.")
    hidden = _hidden(extensions or {})
    return GraphQLRequest(query or "", name or None, variables or {}, extensions or {}, hidden, document_id=id)


def _document_id(parameters: Mapping[str, Any], extensions: Mapping[str, Any]) -> str | None:
    """The id of the document: `documentId`, Relay's `doc_id`, or the hash of Apollo's persisted queries."""
    persisted = extensions.get("persistedQuery")
    hashed = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    given = [each for each in (parameters.get("documentId"), parameters.get("doc_id"), hashed) if each is not None]
    if not given:
        return None
    match list({each.removeprefix("sha256:") if isinstance(each, str) else None for each in given}):
        case [str(id)] if 0 < len(id) <= MAX_ID_LENGTH:
            return id
        case _:
            raise BadInput(f"The id of the document must be one text of 1 to {MAX_ID_LENGTH} characters.")


def _hidden(extensions: Mapping[str, Any]) -> Hidden | None:
    wanted = extensions.get("hidden")
    if wanted is None:
        return None
    if not isinstance(wanted, str) or wanted not in set(Hidden):
        raise BadInput("`extensions.hidden` must be `first`, `each` or `none`.")
    return Hidden(wanted)


def _require_json(request: Request) -> None:
    # Matched exactly: without a CORS preflight, a form or script of another origin cannot send this media type.
    if _JSON.fullmatch(request.headers.get("content-type", "")) is None:
        raise UnsupportedMediaType("The Content-Type of the body must be application/json in UTF-8.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("The body must not have a Content-Encoding.")


async def _body(request: Request, max_bytes: int) -> bytes:
    too_large = BodyTooLarge(f"The body may have at most {max_bytes} bytes.")
    if declared_bytes(request) > max_bytes:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise too_large
    return bytes(body)


def _query_parameters(request: Request, max_bytes: int, max_depth: int) -> Mapping[str, Any]:
    raw: bytes = request.scope["query_string"]
    if len(raw) > max_bytes:
        raise BodyTooLarge(f"The query string may have at most {max_bytes} bytes.")
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS)
    except ValueError:
        raise BadInput(f"The query string cannot be decoded, or has more than {MAX_PARAMETERS} parameters.") from None
    given: dict[str, Any] = {}
    for name, value in pairs:
        # A proxy or a log might use a different copy.
        if name in PARAMETERS and name in given:
            raise BadInput(f"The query string must not repeat the parameter `{name}`.")
        given[name] = value
    for name in ("variables", "extensions"):
        if name in given:
            given[name] = _parsed(given[name].encode(), f"`{name}`", max_depth) if given[name] else None
    return given


def _parsed(text: bytes, subject: str, max_depth: int) -> Any:
    """The JSON value of a text. If an object has a member twice, the last one is used."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise BadInput(f"{subject} is not valid JSON.") from None
    if is_nested_deeper(value, max_depth):
        raise BadInput(f"{subject} must not nest more than {max_depth} lists and objects.")
    return value


def is_nested_deeper(value: Any, levels: int) -> bool:
    """Whether a JSON value nests lists and objects more than `levels` deep. Does not recurse."""
    held = [value] if isinstance(value, dict | list) else []
    for _ in range(levels):
        if not held:
            return False
        inner = (each for outer in held for each in (outer.values() if isinstance(outer, dict) else outer))
        held = [each for each in inner if isinstance(each, dict | list)]
    return bool(held)
