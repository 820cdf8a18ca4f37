"""What is remembered of one request, for the log and the figures: never who asks as a person, nor what they wrote."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import uuid4

from graphql import OperationDefinitionNode
from starlette.datastructures import Headers

from gateway.observability.metrics import Operation

# What proxies make. A free text might tell of people.
_REQUEST_ID = re.compile(r"[0-9a-f]{8}(-?)([0-9a-f]{4}\1){3}[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?", re.ASCII
)


@dataclass(slots=True)
class RequestLog:
    """One request. `caller` says in which capacity somebody asks; `fingerprint` is of the operation's name."""

    request_id: str
    trace_id: str | None = None
    operation: Operation = "none"
    fingerprint: str | None = None
    cost: int | None = None
    caller: Mapping[str, str] = field(default_factory=dict)
    statements: int = 0
    denials: int = 0
    cause: str | None = None
    may_have_committed: bool = False

    def begin(self, operation: OperationDefinitionNode) -> None:
        self.operation = operation.operation.value
        self.fingerprint = fingerprint(operation.name.value) if operation.name else None

    def line(self, status: int, codes: Sequence[str], seconds: float) -> Mapping[str, Any]:
        """The fields of the request's line in the log."""
        told: dict[str, Any] = {
            "request_id": self.request_id,
            "status": status,
            "ms": round(seconds * 1000, 1),
            "codes": codes,
            "operation": self.operation,
            "fingerprint": self.fingerprint,
            "cost": self.cost,
            "statements": self.statements,
            "denials": self.denials,
            **self.caller,
        }
        if self.trace_id:
            told["trace_id"] = self.trace_id
        if self.cause:
            told["cause"] = self.cause
        return told


def request_id(headers: Headers) -> str:
    """The caller's, where it is a UUID or 32 hexadecimal digits; else a new one."""
    given = headers.getlist("x-request-id")
    return given[0] if len(given) == 1 and _REQUEST_ID.fullmatch(given[0]) else uuid4().hex


def trace_id(headers: Headers) -> str | None:
    """The trace that a request says it belongs to, as W3C's Trace Context has it."""
    read = _TRACEPARENT.fullmatch(headers.get("traceparent", ""))
    return read[1] if read else None


def fingerprint(name: str) -> str:
    """Names are the callers' to choose, and might tell of people; who knows a name can compute this and look for it."""
    return sha256(name.encode()).hexdigest()[:12]
