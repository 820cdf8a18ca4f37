"""HTTP responses: the media type, the status and the format of errors."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.errors import Refused
from gateway.http.documents import PARSE_FAILED
from gateway.http.errors import NotAcceptable, headers_of
from gateway.messages import ENGLISH, in_language

LEGACY = "application/json"
GRAPHQL = "application/graphql-response+json"
OFFERS = (LEGACY, GRAPHQL)  # the first one for callers that accept both equally, such as `*/*`
PARTIAL = 294
"""The status of a response with data and errors, in the edition of GraphQL over HTTP of September 2026."""
MAX_RANGES = 100  # of an Accept header; further ones are ignored

_QUALITY = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete response without its media type. `body` is the payload as JSON if it is already serialised."""

    payload: Mapping[str, Any]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def codes(self) -> Sequence[str]:
        return sorted({error["extensions"]["code"] for error in self.payload.get("errors", ())})

    def after_a_change(self) -> "Answer":
        """The same response, with `mayHaveCommitted` in its errors if it has no `data`, which would show the outcomes."""
        if "data" in self.payload:
            return self
        errors = [
            {**error, "extensions": {**error["extensions"], "mayHaveCommitted": True}}
            for error in self.payload["errors"]
        ]
        return Answer({"errors": errors}, self.status, self.headers)

    def shown_in(self, language: str) -> "Answer":
        """The same response with the messages of its errors in one of LANGUAGES; one that is serialised stays as it is."""
        if self.body or language == ENGLISH or "errors" not in self.payload:
            return self
        errors = [{**error, "message": in_language(error["message"], language)} for error in self.payload["errors"]]
        return Answer({**self.payload, "errors": errors}, self.status, self.headers)

    def at(self, status: int) -> "Answer":
        """The same response with another status."""
        return Answer(self.payload, status, self.headers, self.body)

    def coded(self, coding: str, body: bytes) -> "Answer":
        """The same response with a content coding, in which `body` is."""
        headers = {**self.headers, "Content-Encoding": coding, "Vary": "Accept-Encoding"}
        return Answer(self.payload, self.status, headers, body)

    def response(self, media_type: str, request_id: str) -> Response:
        return Written(
            self.body or orjson.dumps(self.payload),
            self.status,
            {
                "Content-Type": f"{media_type}; charset=utf-8",
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
                "X-Request-Id": request_id,
                **self.headers,
            },
        )


class Written(Response):
    """A response that ends only when the client has read it, except for what the transport's buffer holds."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        # The server waits here until the body above is written: until then the request counts as in flight.
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def refusal(refused: Refused) -> Answer:
    """The response to a request that is refused as a whole."""
    error = GraphQLError(refused.message, extensions=dict(refused.extensions))
    return Answer({"errors": [formatted(error)]}, refused.status, headers_of(refused))


def request_errors(errors: Sequence[GraphQLError], media_type: str, *, is_edition: bool = False) -> Answer:
    """The response to a well-formed request that was not executed: it has no `data`.

    Old clients treat a status other than 200 as a broken connection, so the status with `application/json` is 200
    (GraphQL over HTTP, 6.4.1); with `application/graphql-response+json` it is 400 (6.4.2). `is_edition`: in the edition of
    September 2026 it is 422, and 400 only for a document that cannot be parsed.
    """
    answer = Answer({"errors": [formatted(error) for error in errors]})
    if media_type == LEGACY:
        return answer
    return answer.at(422 if is_edition and PARSE_FAILED not in answer.codes else 400)


def formatted(error: GraphQLError, language: str = ENGLISH) -> Mapping[str, Any]:
    """An error in the format of the response, its message in one of LANGUAGES."""
    message = error.message
    shown: dict[str, Any] = {"message": in_language(message, language)}
    if error.locations:
        shown["locations"] = [{"line": each.line, "column": each.column} for each in error.locations]
    if error.path is not None:
        shown["path"] = error.path
    shown["extensions"] = error.extensions
    return shown


@lru_cache(maxsize=256)
def negotiated(accept: str) -> str:
    """The media type that an Accept header prefers; raises NotAcceptable if it accepts neither of OFFERS.

    The highest q wins, then the order in the header, then `application/json`.
    """
    if not accept.strip():
        return LEGACY
    ranges = [_range(each, position) for position, each in enumerate(accept.split(",")[:MAX_RANGES])]
    candidates = []
    for offer in OFFERS:
        matching = [each for each in ranges if each and each.takes(offer)]
        if matching:
            closest = max(matching, key=lambda each: each.closeness)
            if closest.quality > 0:
                candidates.append((-closest.quality, closest.position, OFFERS.index(offer)))
    if not candidates:
        raise NotAcceptable(f"The Accept header must allow {GRAPHQL} or {LEGACY}.")
    return OFFERS[min(candidates)[2]]


@dataclass(frozen=True, slots=True)
class _Range:
    kind: str
    quality: float
    position: int

    def takes(self, offer: str) -> bool:
        return self.kind in ("*/*", "application/*", offer)

    @property
    def closeness(self) -> int:
        return ("*/*", "application/*").index(self.kind) if self.kind.endswith("*") else 2


def _range(text: str, position: int) -> _Range | None:
    """A media range, or None if it cannot be parsed or requires another encoding than UTF-8."""
    kind, *parameters = (each.strip().lower() for each in text.split(";"))
    quality = 1.0
    for parameter in parameters:
        name, _, value = (each.strip() for each in parameter.partition("="))
        if name == "charset" and value.strip('"') not in ("utf-8", "utf8"):
            return None
        if name == "q":
            if _QUALITY.fullmatch(value) is None:
                return None
            quality = float(value)
    return _Range(kind, quality, position)
