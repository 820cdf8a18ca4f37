"""Queries and payloads that are answered by one compiled statement each.

All that cannot be answered so is executed field by field.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from time import monotonic, perf_counter
from typing import Any, Final, Protocol

import asyncpg
import orjson
from graphql import (
    FieldNode,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLSchema,
    NamedTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    OperationType,
    get_named_type,
    get_variable_values,
    type_from_ast,
)
from graphql.execution.values import VariableValues
from starlette.datastructures import Headers
from structlog.typing import FilteringBoundLogger

from gateway.auth.callers import Caller
from gateway.auth.viewers import Viewer
from gateway.caches import Cache
from gateway.db.statements import Statements
from gateway.errors import Refused, TimedOut, Unavailable
from gateway.execution.breadth_first import too_long
from gateway.execution.denials import HIDDEN, MAX_EACH, denial_extensions
from gateway.global_ids import Seal
from gateway.http.documents import Document
from gateway.http.errors import RequestRefused, refusal_in
from gateway.http.in_flight import Flight
from gateway.http.request_log import RequestLog, fingerprint
from gateway.http.requests import GraphQLRequest, Hidden
from gateway.http.responses import Answer
from gateway.http.trusted_documents import NotTrusted, TrustedDocuments
from gateway.http.variables import holds_nul
from gateway.messages import in_language
from gateway.observability.metrics import Metrics
from gateway.observability.traces import Tracing
from gateway.policy import Policy
from gateway.reads.compiled import Compiled, Denied, compile_operation
from gateway.reads.requests import Reason, Request, Unlike, Walk
from gateway.reads.writer import Writer
from gateway.settings import Settings

MAX_VARIANTS: Final = 8
"""Of one operation of one role, by what its arguments select, such as with and without a search."""
MAX_COSTS: Final = 1_000
MAX_COMPILING: Final = 4
"""At the same time: one is compiled, the others wait. Further ones are executed field by field meanwhile."""
MAX_TOO_SLOW: Final = 100
TOO_SLOW_SECONDS: Final = 60.0
"""A statement that the database cancelled is not executed again for so long: its plan is for all parameters, the walker's are not."""
COMPILE_SECONDS: Final = 0.05
"""How long a request waits for its operation to be compiled. It is compiled in another thread, and used when it is ready."""
MAX_INT: Final = 1 << 31
_PLAIN: Final = {"Int": int, "ID": str, "String": str, "Boolean": bool}


class Served(Protocol):
    """What the application provides."""

    policy: Policy
    seal: Seal
    documents: TrustedDocuments

    async def caller(self, headers: Mapping[str, str], flight: Flight) -> Caller:
        """The caller of a request, whose identity may be that of an earlier one. Raises Refused."""

    def forget(self, caller: Caller) -> None:
        """Forget an identity whose proof has changed."""


@dataclass(slots=True)
class Operation:
    """A query of a valid document, which was executed before."""

    text: str
    document: Document
    node: OperationDefinitionNode
    shape: tuple[tuple[str, str], ...]
    plain: tuple[tuple[str, Any, bool], ...] | None
    measured: Callable[[Mapping[str, Any]], int]
    at_once: bool = False  # compiled from its first request on
    requests: int = 0
    costs: dict[tuple[Any, ...], int] = field(default_factory=dict)

    @property
    def name(self) -> str | None:
        return None if self.node.name is None else self.node.name.value

    @property
    def names(self) -> Sequence[str]:
        """The names of its variables."""
        return [name for name, _ in self.shape]

    @property
    def fingerprint(self) -> str | None:
        return None if self.name is None else fingerprint(self.name)


class CompiledQueries:
    """The compiled operations of one process, and the statements that run them."""

    def __init__(
        self,
        schema: GraphQLSchema,
        served: Served,
        statements: Statements,
        settings: Settings,
        metrics: Metrics,
        trace: Tracing,
        log: FilteringBoundLogger,
    ) -> None:
        self.schema, self.served, self.statements = schema, served, statements
        self._metrics, self._trace, self._log = metrics, trace, log
        self.after, self.wait_seconds = settings.compile_after, COMPILE_SECONDS
        self._settings = settings
        self._operations: Cache[tuple[str, str | None], Operation] = Cache(
            settings.document_cache_bytes, weigh=lambda key, _: len(key[0].encode())
        )
        self._compiled: Cache[Any, Compiled | Reason] = Cache(settings.compiled_cache_bytes, weigh=_weight)
        self._compiling: dict[Any, asyncio.Task[Compiled | Reason]] = {}
        self._too_slow: Cache[str, float] = Cache(MAX_TOO_SLOW)
        self._executor = ThreadPoolExecutor(1, "compile")

    def requested(self, sent: GraphQLRequest) -> Operation | None:
        """The operation, if this is a request of it from which on it is compiled."""
        operation = self._operations.get((sent.query, sent.operation_name))
        if operation is None:
            return None
        operation.requests += 1
        if operation.requests < self.after - 1 and not operation.at_once:
            self.count_walked(Reason.COLD)
            return None
        return operation

    def knows(self, sent: GraphQLRequest) -> bool:
        """Whether it is a query that was executed before."""
        operation = self._operations.get((sent.query, sent.operation_name))
        return operation is not None and operation.node.operation is OperationType.QUERY

    def note(
        self,
        sent: GraphQLRequest,
        document: Document,
        node: OperationDefinitionNode,
        measured: Callable[[Mapping[str, Any]], int],
    ) -> bool:
        """Remember a query of a valid document. Returns whether it is new, and compiled from its first request on, as one
        of a published document is.

        `measured` gives its cost with these variables.
        """
        key = sent.query, sent.operation_name
        # One text must not evict all the others.
        is_long = len(sent.query.encode()) > self._settings.document_cache_bytes // 8
        if not self.after or is_long or key in self._operations:
            return False
        shape, plain = _shape(self.schema, node), _plain(node)
        at_once = sent.is_trusted or self.after == 1
        self._operations.put(key, Operation(sent.query, document, node, shape, plain, measured, at_once))
        return at_once

    async def answer(self, sent: GraphQLRequest, headers: Headers, notes: RequestLog, flight: Flight) -> Answer | None:
        """The response; None if the operation is to be executed field by field."""
        operation = self.requested(sent)
        if operation is None:
            return None
        try:
            return await self._answer(operation, sent, headers, notes, flight)
        except Walk as walk:
            self.count_walked(walk.reason)
        except (Unavailable, TimedOut, NotTrusted):
            raise  # the walker would need the same database, or refuse it, too
        except (Refused, RequestRefused):
            self.count_walked(Reason.REFUSED)
        except Exception as error:
            self.count_failed(operation, error)
        return None

    def count_failed(self, operation: Operation, error: Exception) -> None:
        """Log a bug, after which the operation is executed field by field. Raises the error if the database is away or too slow."""
        if refusal_in(error) is not None:
            raise error
        self._log.error("compiled query failed", operation=operation.fingerprint, exc_info=error)
        self.count_walked(Reason.FAILED)

    async def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)
        await self.statements.close()

    async def _answer(
        self, operation: Operation, sent: GraphQLRequest, headers: Headers, notes: RequestLog, flight: Flight
    ) -> Answer:
        served = self.served
        variables = self.coerced(operation, sent.variables)
        cost = self._cost(operation, sent.variables)
        with self._trace.part("identify"):
            caller = await served.caller(headers, flight)
        served.documents.admit(sent, caller.identity.described["viewer"], notes)
        request = Request(caller.viewer, served.seal, variables.coerced)
        request.values.update(caller.parameters)
        compiled, parameters = await self._bound(operation, caller, variables, request)
        with self._trace.part("execute"):
            row = await self.row(operation, compiled, parameters)
        if row[1] != caller.identity.proof:
            served.forget(caller)
            raise Walk(Reason.IDENTITY)
        data, denials = compiled.response(row[0], request, MAX_EACH if sent.hidden is Hidden.EACH else 0)
        shown = [] if sent.hidden is Hidden.NONE else denials
        body = self._body(data, shown, cost if sent.extensions.get("cost") is True else None, sent.language)
        notes.begin(operation.node)
        notes.cost, notes.statements, notes.caller = cost, 1, caller.identity.described
        for denial in denials:
            notes.denials += denial.count
            self._metrics.denied(denial_extensions(*denial.key, denial.count))
        self._metrics.document(known=True)
        self._metrics.compiled()
        return Answer({"errors": [{"extensions": {"code": "FIELD_NOT_PERMITTED"}}]} if shown else {}, body=body)

    def _body(self, data: bytes, denials: Sequence[Denied], cost: int | None, language: str) -> bytes:
        parts = [b'{"data":', data]
        if denials:
            errors = [
                {
                    "message": in_language(HIDDEN, language),
                    "path": denial.path,
                    "extensions": denial_extensions(*denial.key, denial.count),
                }
                for denial in denials
            ]
            parts += [b',"errors":', orjson.dumps(errors)]
        if cost is not None:
            parts += [b',"extensions":', orjson.dumps({"cost": {"requested": cost, "limit": self._settings.max_cost}})]
        body = b"".join([*parts, b"}"])
        if len(body) > self._settings.max_response_bytes:
            raise RequestRefused.of(too_long(self._settings.max_response_bytes))
        return body

    def count_walked(self, reason: Reason) -> None:
        self._metrics.walked(reason)

    async def row(self, operation: Operation, compiled: Compiled, parameters: Sequence[Any]) -> Sequence[Any]:
        try:
            with self._trace.compiled_statement():
                return await self.statements.row(compiled.sql, parameters)
        except asyncpg.QueryCanceledError:
            self._too_slow.put(compiled.sql, monotonic())
            raise
        except Exception as error:
            if refusal_in(error) is not None:
                raise
            # Such as a column that a migration has just dropped.
            self._log.error("compiled statement failed", operation=operation.fingerprint, exc_info=error)
            raise Walk(Reason.FAILED) from None

    # ---- variables and cost

    def coerced(self, operation: Operation, given: Mapping[str, Any]) -> VariableValues:
        if operation.plain is not None and _are_plain(operation.plain, given):
            return VariableValues({}, {name: given[name] for name, _, _ in operation.plain if name in given})
        if holds_nul(given):
            raise Walk(Reason.REFUSED)
        definitions = operation.node.variable_definitions or ()
        found = get_variable_values(self.schema, definitions, dict(given), 0, hide_suggestions=True)
        if not isinstance(found, VariableValues):
            raise Walk(Reason.REFUSED)
        return found

    def _cost(self, operation: Operation, given: Mapping[str, Any]) -> int:
        """The cost, which depends on numbers, truths and the lengths of lists alone."""
        key = tuple(_size_of(given[name]) if name in given else () for name in operation.names)
        found = operation.costs.get(key)
        if found is None:
            if len(operation.costs) >= MAX_COSTS:
                operation.costs.clear()
            found = operation.costs[key] = operation.measured(given)
        return found

    # ---- compiling

    async def _bound(
        self, operation: Operation, caller: Caller, variables: VariableValues, request: Request
    ) -> tuple[Compiled, list[Any]]:
        """A compiled operation whose arguments select what these do, and the values of its parameters."""
        policy, viewer = self.served.policy, caller.viewer
        shape = [(name, "value" if what == "input" else what) for name, what in operation.shape]
        key = self.key(operation, policy, viewer, shape, variables)
        write = partial(self.writer, operation, policy, viewer, variables)
        return await self.variant(key, operation, request, lambda: compile_operation(write()))

    def writer(self, operation: Operation, policy: Policy, viewer: Viewer, variables: VariableValues) -> Writer:
        seal = self.served.seal
        return Writer(policy, self.schema, seal, viewer, operation.document.ast, operation.node, variables)

    async def variant(
        self, key: Any, operation: Operation, request: Request, write: Callable[[], Compiled]
    ) -> tuple[Compiled, list[Any]]:
        """What is compiled for `key` and fits the request, and the values of its parameters; it is written first if necessary."""
        for index in range(MAX_VARIANTS):
            found = self._compiled.get((key, index))
            if found is None:
                found = await self._made((key, index), operation, write)
            if isinstance(found, Reason):
                raise Walk(found)
            if self._is_too_slow(found):
                raise Walk(Reason.TOO_SLOW)
            try:
                return found, found.parameters(request)
            except Unlike:
                continue
        raise Walk(Reason.VARIANTS)

    def _is_too_slow(self, compiled: Compiled) -> bool:
        cancelled = self._too_slow.get(compiled.sql)
        return cancelled is not None and monotonic() - cancelled < TOO_SLOW_SECONDS

    def key(
        self,
        operation: Operation,
        policy: Policy,
        viewer: Viewer,
        shape: Sequence[tuple[str, str]],
        variables: VariableValues,
    ) -> tuple[Any, ...]:
        """What decides the statement."""
        of_variables = _key_of(shape, variables.coerced, self.served.seal)
        return operation.text, operation.name, policy.version, type(viewer).__name__, viewer.role, of_variables

    async def _made(self, key: Any, operation: Operation, write: Callable[[], Compiled]) -> Compiled | Reason:
        """Compiles in another thread. A request waits for a moment only, and is executed field by field until it is done."""
        task = self._compiling.get(key)
        if task is None and len(self._compiling) >= MAX_COMPILING:
            raise Walk(Reason.COMPILING)
        if task is None:
            task = self._compiling[key] = asyncio.create_task(self._compile(key, operation, write))
            task.add_done_callback(lambda _: self._compiling.pop(key, None))
        done, _ = await asyncio.wait([task], timeout=self.wait_seconds)
        if not done:
            raise Walk(Reason.COMPILING)
        return task.result()

    async def _compile(self, key: Any, operation: Operation, write: Callable[[], Compiled]) -> Compiled | Reason:
        started = perf_counter()
        made: Compiled | Reason
        try:
            made = await asyncio.get_running_loop().run_in_executor(self._executor, write)
            if len(made.sql) > self._settings.compiled_sql_bytes:
                made = Reason.TOO_LARGE
        except Walk as walk:
            made = walk.reason
        except (Refused, GraphQLError):
            return Reason.REFUSED  # not kept: it depends on the values of this request
        except Exception as error:
            self._log.error("query not compiled", operation=operation.fingerprint, exc_info=error)
            made = Reason.FAILED
        self._compiled.put(key, made)
        self._metrics.compiling(perf_counter() - started, len(self._compiled), self._compiled.weight)
        return made


def _weight(key: Any, made: Compiled | Reason) -> int:
    (text, _, _, _, _, of_variables, *_), _ = key
    values = sum(len(part) for part in of_variables if isinstance(part, bytes))
    return len(text) + values + (len(made.sql) if isinstance(made, Compiled) else 0)


def _size_of(value: Any) -> Any:
    """What the cost of an operation can depend on in the value of a variable."""
    if value is None or isinstance(value, int | float):
        return value
    return "list", len(value) if isinstance(value, list) else 1


def _shape(schema: GraphQLSchema, node: OperationDefinitionNode) -> tuple[tuple[str, str], ...]:
    """What of each variable decides the statement: its value, the types of its ids, or whether it has a value."""
    found = []
    by_types = _begins_at_nodes(node)
    for definition in node.variable_definitions or ():
        named = get_named_type(type_from_ast(schema, definition.type))
        what = "presence"
        if isinstance(named, GraphQLInputObjectType):
            what = "input"
        elif isinstance(named, GraphQLEnumType) or named is GraphQLBoolean:
            what = "value"
        elif by_types and named is GraphQLID:
            what = "types"
        found.append((definition.variable.name.value, what))
    return tuple(found)


def _begins_at_nodes(node: OperationDefinitionNode) -> bool:
    """Whether it may read objects of any type, whose ids name it."""
    return any(
        not isinstance(each, FieldNode) or each.name.value in ("node", "nodes")
        for each in node.selection_set.selections
    )


def _key_of(shape: Sequence[tuple[str, str]], variables: Mapping[str, Any], seal: Seal) -> tuple[Any, ...]:
    return tuple(_part_of(variables[name], what, seal) if name in variables else () for name, what in shape)


def _part_of(value: Any, what: str, seal: Seal) -> Any:
    if value is None or what == "presence":
        return value is not None
    if what == "value":
        # Lists of words are sets: their order selects nothing.
        return orjson.dumps(sorted({str(each) for each in value}) if isinstance(value, list) else value, default=str)
    return tuple(sorted({seal.open_id(id)[0] for id in (value if isinstance(value, list) else [value])}))


def _plain(node: OperationDefinitionNode) -> tuple[tuple[str, Any, bool], ...] | None:
    """The variables with their types, and whether they are required, if all are plain and have no default."""
    found = []
    for definition in node.variable_definitions or ():
        required = isinstance(definition.type, NonNullTypeNode)
        named = definition.type.type if isinstance(definition.type, NonNullTypeNode) else definition.type
        kind = _PLAIN.get(named.name.value) if isinstance(named, NamedTypeNode) else None
        if kind is None or definition.default_value is not None:
            return None
        found.append((definition.variable.name.value, kind, required))
    return tuple(found)


def _are_plain(plain: Sequence[tuple[str, Any, bool]], given: Mapping[str, Any]) -> bool:
    """Whether the values fit as they are: the library would return the same."""
    if len(given) > sum(name in given for name, _, _ in plain):
        return False  # others are judged, too
    for name, kind, required in plain:
        if name not in given and not required:
            continue
        if not _fits(given.get(name), kind):
            return False
    return True


def _fits(value: Any, kind: type) -> bool:
    if type(value) is not kind:
        return False
    if isinstance(value, str):
        return "\0" not in value
    return not isinstance(value, int) or -MAX_INT <= value < MAX_INT
