"""The record of one request for the log and the metrics: it never identifies a person or contains what the caller wrote."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import uuid4

from graphql import OperationDefinitionNode
from starlette.datastructures import Headers

from gateway.observability.metrics import Operation

# The formats that proxies generate. Free text could contain personal data.
_REQUEST_ID = re.compile(r"[0-9a-f]{8}(-?)([0-9a-f]{4}\1){3}[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?", re.ASCII
)


@dataclass(slots=True)
class RequestLog:
    """One request. `caller` has the kind of viewer, its role and organisation; `fingerprint` is of the operation's name."""

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
    admitted: bool = False  # its document was judged: see `TrustedDocuments`

    def begin(self, operation: OperationDefinitionNode) -> None:
        self.operation = operation.operation.value
        self.fingerprint = fingerprint(operation.name.value) if operation.name else None

    def line(self, status: int, codes: Sequence[str], seconds: float) -> Mapping[str, Any]:
        """The fields of the request's log line."""
        fields: dict[str, Any] = {
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
            fields["trace_id"] = self.trace_id
        if self.cause:
            fields["cause"] = self.cause
        return fields


def request_id(headers: Headers) -> str:
    """The caller's X-Request-Id if it is a UUID or 32 hexadecimal digits, else a new one."""
    given = headers.getlist("x-request-id")
    return given[0] if len(given) == 1 and _REQUEST_ID.fullmatch(given[0]) else uuid4().hex


def trace_id(headers: Headers) -> str | None:
    """The trace id of the `traceparent` header (W3C Trace Context), or None."""
    read = _TRACEPARENT.fullmatch(headers.get("traceparent", ""))
    return read[1] if read else None


def fingerprint(name: str) -> str:
    """A hash of an operation's name, to search the log for a known name.

    Callers choose the names, which could contain personal data, so the names themselves are not logged.
    """
    return sha256(name.encode()).hexdigest()[:12]
