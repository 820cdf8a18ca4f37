"""Objects of the payloads of mutations, which are read after the change by one compiled statement each."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol
from uuid import UUID

import asyncpg
from graphql.execution.collect_fields import FieldDetailsList
from graphql.execution.values import VariableValues
from graphql.pyutils import Path

from gateway.auth.viewers import Viewer
from gateway.errors import Refused
from gateway.execution.breadth_first import JsonText
from gateway.execution.denials import MAX_EACH, Denials
from gateway.http.compiled import CompiledQueries, Operation
from gateway.http.requests import GraphQLRequest, Hidden
from gateway.policy import Policy
from gateway.reads.compiled import PAYLOAD_KEY, compile_payload, compile_payloads
from gateway.reads.requests import Reason, Request, Walk


class Payer(Protocol):
    """What a payload needs of the context of its mutation."""

    denials: Denials
    policy: Policy

    @property
    def viewer(self) -> Viewer: ...

    def executed(self) -> None:
        """Count a statement."""


@dataclass(frozen=True, slots=True)
class Payloads:
    """The objects of the payloads of one request."""

    queries: CompiledQueries
    operation: Operation
    variables: VariableValues
    context: Payer
    own: int = 0

    async def read(
        self, type_name: str, key: UUID | Sequence[UUID], details: FieldDetailsList, path: Path
    ) -> JsonText | None:
        """An object, or a list of those that the viewer may see, as JSON text; None where it is to be executed field by field."""
        try:
            return await self._read(type_name, key, details, path)
        except Walk as walk:
            self.queries.count_walked(walk.reason)
        except Refused:
            self.queries.count_walked(Reason.REFUSED)
        except asyncpg.QueryCanceledError:
            self.queries.count_walked(Reason.TOO_SLOW)
        except Exception as error:
            self.queries.count_failed(self.operation, error)
        return None

    async def _read(
        self, type_name: str, key: UUID | Sequence[UUID], details: FieldDetailsList, path: Path
    ) -> JsonText:
        queries, operation, variables, viewer = self.queries, self.operation, self.variables, self.context.viewer
        policy, seal = self.context.policy, queries.served.seal
        # What a mutation is given decides nothing about the selection below its payload, but for directives and pages.
        shape = [(name, "presence" if what == "input" else what) for name, what in operation.shape]
        place = tuple(each for each in path.as_list() if isinstance(each, str))
        kind = (*queries.key(operation, policy, viewer, shape, variables), type_name, *place)
        request = Request(viewer, seal, variables.coerced, {PAYLOAD_KEY: key})
        write = compile_payload if isinstance(key, UUID) else compile_payloads
        writer = partial(queries.writer, operation, policy, viewer, variables)
        compiled, parameters = await queries.variant(
            kind, operation, request, lambda: write(writer(), type_name, details)
        )
        row = await queries.row(operation, compiled, parameters)
        text, denials = compiled.response(row[0], request, self.own)
        self.context.executed()
        for denial in denials:
            self.context.denials.add_counted(*denial.key, path, denial.path, denial.count)
        return JsonText(text)


def payloads_of(queries: CompiledQueries, sent: GraphQLRequest, context: Payer) -> Payloads | None:
    """Reads the payloads of a mutation; None for one that was not requested before."""
    operation = queries.requested(sent)
    if operation is None:
        return None
    try:
        own = MAX_EACH if sent.hidden is Hidden.EACH else 0
        return Payloads(queries, operation, queries.coerced(operation, sent.variables), context, own)
    except Walk:
        return None
