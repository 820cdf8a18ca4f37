"""The GraphQL endpoint: caller, request, limits, execution, status and headers; the details of bugs are masked."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from inspect import isawaitable
from typing import Any, Protocol

import orjson
from graphql import (
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    assert_valid_schema,
    execute,
)
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from structlog.typing import FilteringBoundLogger

from gateway.auth.viewers import Viewer
from gateway.context import Envelope
from gateway.errors import BadInput, CostLimitExceeded, InvalidInput, NotFound, Refused, TimedOut, Unavailable
from gateway.execution.breadth_first import BreadthFirst, too_long
from gateway.execution.denials import MAX_EACH, Denials
from gateway.http.compiled import CompiledQueries
from gateway.http.compiled_payloads import payloads_of
from gateway.http.compression import ENCODINGS, MAX_AT_ONCE, accepted
from gateway.http.directives import Executed
from gateway.http.documents import VALIDATION_FAILED, Document, Documents
from gateway.http.errors import (
    CUT_OFF,
    MethodNotAllowed,
    PersistedQueryNotSupported,
    RequestRefused,
    innermost,
    refusal_in,
)
from gateway.http.in_flight import Flight, InFlight
from gateway.http.languages import language_of
from gateway.http.limits import Limits, Measure, measure
from gateway.http.request_log import RequestLog, request_id, trace_id
from gateway.http.requests import (
    IDEMPOTENCY,
    REPLAYED,
    GraphQLRequest,
    Hidden,
    declared_bytes,
    envelope_of,
    read_request,
    require_small_headers,
)
from gateway.http.responses import LEGACY, PARTIAL, Answer, formatted, negotiated, refusal, request_errors
from gateway.http.trusted_documents import TrustedDocuments
from gateway.http.variables import argument_misfit, check_variables
from gateway.observability.metrics import Metrics
from gateway.observability.traces import Root, Tracing, Untraced
from gateway.policy import Policy
from gateway.settings import Settings

MAIL_FIELDS = frozenset({"signUpFirm", "requestPasswordReset"})
"""Mutations that send a mail for an anonymous caller."""
# Executed without the caller's headers: a caller without a valid token must be able to get or give up one (D49).
CREDENTIAL_FIELDS = frozenset({"signIn", "refresh", "signOut"})
SINGLE = ("authorization", "x-acting-as", IDEMPOTENCY)
"""Headers that must not be repeated."""
BUG_CODE = "INTERNAL_SERVER_ERROR"
BUG_MESSAGE = "Internal error."


class Context(Protocol):
    """What resolvers receive; this package knows only these members of it."""

    denials: Denials
    policy: Policy
    payloads: Any

    @property
    def viewer(self) -> Viewer: ...

    def executed(self) -> None:
        """Count a statement that was executed for a payload."""

    @property
    def signed_in(self) -> bool: ...

    @property
    def caller(self) -> Mapping[str, str]:
        """The kind of viewer, its role and organisation, for the log: nothing that identifies a person."""

    @property
    def statements(self) -> int:
        """The number of statements that were executed for reads so far."""

    @property
    def missing(self) -> Counter[str]:
        """How often each field of a query resulted in NOT_FOUND."""

    @property
    def may_have_committed(self) -> bool:
        """Whether a mutation was committed, or its COMMIT was sent."""

    @property
    def is_replay(self) -> bool:
        """Whether all outcomes are those of an earlier request with the same Idempotency-Key."""

    async def reserve_key(self) -> None:
        """Raise Conflict if the Idempotency-Key of the request belongs to a request with another body."""


Allowance = Callable[[Mapping[str, str], Flight], Awaitable[int]]
Introspected = Callable[[Policy, str], GraphQLSchema]
"""Returns the part of the schema that a kind of viewer can ever see or use."""
OpenContext = Callable[[Mapping[str, str], Envelope | None, Flight], AbstractAsyncContextManager[Context]]


def graphql_endpoint(
    schema: GraphQLSchema,
    *,
    open_context: OpenContext,
    settings: Settings,
    log: FilteringBoundLogger,
    metrics: Metrics | None = None,
    tracing: Tracing | None = None,
    list_sizes: Mapping[str, int] | None = None,
    allowance: Allowance | None = None,
    compiled: CompiledQueries | None = None,
    trusted: TrustedDocuments | None = None,
    introspected: Introspected | None = None,
) -> "GraphQLEndpoint":
    """An ASGI application for GraphQL over HTTP.

    `open_context` gets the headers, which identify the caller, the envelope of a mutation, and the flight, in which it
    counts the request for the caller. `list_sizes` maps "Type.field" to the length that the calculation of the cost assumes
    for a list without pages. The response to a request with `extensions: {"cost": true}` has the cost and the limit in
    `extensions.cost`. `allowance` returns how many bytes the caller with these headers may send, if more than usual.
    `compiled` answers queries by compiled statements, as far as it can. `trusted` has the published documents,
    and `introspected` gives the schema that introspection shows to a kind of viewer.
    """
    assert_valid_schema(schema)
    watched = metrics or Metrics(), tracing or Untraced()
    sizes = list_sizes or {}
    return GraphQLEndpoint(
        schema, open_context, settings, log, *watched, sizes, allowance, compiled, trusted, introspected
    )


class GraphQLEndpoint:
    def __init__(
        self,
        schema: GraphQLSchema,
        open_context: OpenContext,
        settings: Settings,
        log: FilteringBoundLogger,
        metrics: Metrics,
        tracing: Tracing,
        list_sizes: Mapping[str, int],
        allowance: Allowance | None,
        compiled: CompiledQueries | None,
        trusted: TrustedDocuments | None,
        introspected: Introspected | None,
    ) -> None:
        self._schema = schema
        self._compiled = compiled
        self._trusted, self._introspected = trusted, introspected
        self._allowance = allowance
        self._open_context = open_context
        self._settings = settings
        self._log = log
        self._metrics = metrics
        self._tracing = tracing
        self._limits = Limits(
            depth=settings.max_depth,
            aliases=settings.max_aliases,
            root_fields=settings.max_root_fields,
            mutations=settings.max_mutations,
            cost=settings.max_cost,
            list_sizes=list_sizes,
        )
        self._is_edition = settings.http_edition == "2026"
        self._in_flight = InFlight.from_settings(settings)
        self._documents = Documents(schema, max_tokens=settings.max_tokens, cache_bytes=settings.document_cache_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, started = Request(scope, receive), time.perf_counter()
        with (
            self._metrics.in_flight.track_inprogress(),
            self._in_flight.request(scope) as flight,
            self._tracing.request(request.headers) as span,
        ):
            notes = RequestLog(request_id(request.headers), span.trace_id or trace_id(request.headers))
            media_type = LEGACY
            try:
                require_small_headers(request)
                media_type = negotiated(",".join(request.headers.getlist("accept")))
                answer = await self._answer(request, media_type, notes, flight)
            except Refused as refused:
                answer = refusal(refused)
            except Exception as error:
                answer = self._masked(error, notes)
            answer = answer.shown_in(language_of(request))
            if notes.may_have_committed:
                answer = answer.after_a_change()
            if self._is_edition and media_type != LEGACY and answer.status == 200 and answer.codes:
                answer = answer.at(PARTIAL)
            response = await self._response(answer, media_type, request, notes)
            self._record(answer, notes, time.perf_counter() - started, span)
            await response(scope, receive, send)

    async def _response(self, answer: Answer, media_type: str, request: Request, notes: RequestLog) -> Response:
        coding = self._coding(answer, request, notes)
        if coding is None:
            return answer.response(media_type, notes.request_id)
        compress = ENCODINGS[coding]
        if len(answer.body) <= MAX_AT_ONCE:
            body = compress(answer.body)
        else:
            body = await asyncio.to_thread(compress, answer.body)
        return answer.coded(coding, body).response(media_type, notes.request_id)

    def _coding(self, answer: Answer, request: Request, notes: RequestLog) -> str | None:
        """The content coding of the response; None if it is not to be compressed. A mutation may return a token."""
        above = self._settings.compress_above_bytes
        if not above or len(answer.body) <= above or notes.operation != "query":
            return None
        if not request.headers.get("authorization", "").lower().startswith("bearer "):
            return None
        return accepted(",".join(request.headers.getlist("accept-encoding")))

    def _record(self, answer: Answer, notes: RequestLog, seconds: float, span: Root) -> None:
        status, codes = answer.status, answer.codes
        self._log.info("request", **notes.line(status, codes, seconds))
        self._metrics.request(notes.operation, status, codes, seconds, notes.cost, notes.statements)
        span.set("http.response.status_code", status)
        span.set("graphql.operation.type", notes.operation)
        span.set("gateway.request_id", notes.request_id)
        if codes:
            span.set("error.type", codes[0])

    async def _answer(self, request: Request, media_type: str, notes: RequestLog, flight: Flight) -> Answer:
        try:
            async with asyncio.timeout(self._settings.request_seconds):
                max_bytes = await self._max_bytes(request, flight)
                sent = await read_request(request, max_bytes=max_bytes, max_depth=self._settings.max_depth)
                if self._trusted is not None:
                    sent = await self._trusted.resolve(sent)
                elif sent.document_id is not None and not sent.query:
                    raise RequestRefused.of(PersistedQueryNotSupported())
                return await self._perform(sent, request, notes, flight)
        except RequestRefused as refused:
            return request_errors(refused.errors, media_type, is_edition=self._is_edition)
        except ClientDisconnect:
            return refusal(BadInput(CUT_OFF))
        except Exception as error:
            refused_by = refusal_in(error)
            if refused_by is None:
                raise
            if refused_by is not error:
                notes.cause = innermost(error)
            return refusal(refused_by)

    async def _max_bytes(self, request: Request, flight: Flight) -> int:
        """The maximum length of this request's body.

        The caller is identified before the body only if the declared length is above the usual maximum, which few callers
        may exceed.
        """
        usual = self._settings.max_body_bytes
        if self._allowance is None or request.method != "POST" or declared_bytes(request) <= usual:
            return usual
        _require_single(request, "authorization")
        return max(usual, await self._allowance(request.headers, flight))

    async def _perform(self, sent: GraphQLRequest, request: Request, notes: RequestLog, flight: Flight) -> Answer:
        if (answer := await self._compiled_answer(sent, request, notes, flight)) is not None:
            return answer
        with self._tracing.part("parse"):
            document = self._documents.read(sent.query)
            operation = document.operation(sent.operation_name)
            notes.begin(operation)
            is_mutation = operation.operation is OperationType.MUTATION
            if is_mutation and request.method == "GET":
                raise MethodNotAllowed("Mutations must be sent by POST.", allow="POST")
            executed = Executed(document.ast, operation, sent.variables)
            measured = self._measured(executed)
            notes.cost = measured.cost
            self._metrics.document(known=document.is_valid)
            self._documents.check(document)
            _require_one_sign_in(executed)
            _require_one_mail(executed)
        is_new = self._note(sent, document, operation)
        if operation.operation is OperationType.QUERY and is_new:
            _require_single(request, *SINGLE)
            if (answer := await self._compiled_answer(sent, request, notes, flight)) is not None:
                return answer
        if operation.operation is OperationType.SUBSCRIPTION:
            raise _invalid("Subscriptions are not supported.")
        _require_single(request, *SINGLE)
        headers = {} if _is_about_credentials(executed) else request.headers
        envelope = envelope_of(sent, headers, notes.request_id, flight.address) if is_mutation else None
        async with self._open_context(headers, envelope, flight) as context:
            notes.caller = context.caller
            if self._trusted is not None:
                self._trusted.admit(sent, context.caller["viewer"], notes)
            shown = await self._introspected_by(context, executed)
            check_variables(self._schema, operation, sent.variables)
            if envelope is not None:
                await context.reserve_key()
                context.payloads = None if self._compiled is None else payloads_of(self._compiled, sent, context)
            try:
                with self._tracing.part("execute"):
                    result = execute(
                        self._schema,
                        document.ast,
                        context_value=context,
                        variable_values=dict(sent.variables),
                        operation_name=sent.operation_name,
                        executor_class=BreadthFirst,
                        hide_suggestions=True,
                        max_bytes=self._settings.max_response_bytes,
                        shown=shown,
                    )
                    if isawaitable(result):
                        result = await result
            except CostLimitExceeded as refused:
                raise RequestRefused.of(refused) from None
            finally:
                notes.statements = context.statements
                notes.may_have_committed = context.may_have_committed
            errors = self._errors(result, notes)
            if not is_mutation:
                context.missing.update(_fields_without_object(result))
            denied = context.denials.errors(result.data, MAX_EACH if sent.hidden is Hidden.EACH else 0)
            if (sent.hidden or (Hidden.NONE if is_mutation else Hidden.FIRST)) is not Hidden.NONE:
                errors += denied
        self._count(executed, errors, denied, notes)
        payload: dict[str, Any] = {"data": result.data}
        if errors:
            payload["errors"] = [formatted(error, sent.language) for error in errors]
        if sent.extensions.get("cost") is True:
            payload["extensions"] = {"cost": {"requested": measured.cost, "limit": self._limits.cost}}
        body = orjson.dumps(payload)
        if len(body) > self._settings.max_response_bytes:
            raise RequestRefused.of(too_long(self._settings.max_response_bytes))
        return Answer(payload, headers={REPLAYED: "true"} if context.is_replay else {}, body=body)

    async def _compiled_answer(
        self, sent: GraphQLRequest, request: Request, notes: RequestLog, flight: Flight
    ) -> Answer | None:
        if self._compiled is None or not self._compiled.knows(sent) or not _are_single(request):
            return None
        return await self._compiled.answer(sent, request.headers, notes, flight)

    def _note(self, sent: GraphQLRequest, document: Document, operation: OperationDefinitionNode) -> bool:
        """Remember a query. Returns whether it can be answered by a compiled statement at once."""

        def cost(variables: Mapping[str, Any]) -> int:
            return self._measured(Executed(document.ast, operation, variables)).cost

        return self._compiled is not None and self._compiled.note(sent, document, operation, cost)

    def _measured(self, executed: Executed) -> Measure:
        """Measures before validation: for a document within the limits, the work of validation is small."""
        try:
            return measure(executed, self._schema, self._limits)
        except (BadInput, CostLimitExceeded) as refused:
            raise RequestRefused.of(refused) from None

    def _count(
        self,
        executed: Executed,
        errors: Sequence[GraphQLError],
        denied: Sequence[GraphQLError],
        notes: RequestLog,
    ) -> None:
        for denial in denied:
            extensions = denial.extensions or {}
            notes.denials += extensions["count"]
            self._metrics.denied(extensions)
        if executed.operation.operation is OperationType.MUTATION:
            codes = {error.path[0]: (error.extensions or {})["code"] for error in errors if error.path}
            for key, field in executed.root_fields.items():
                if field.name.value in CREDENTIAL_FIELDS:
                    self._metrics.credentials(field.name.value, codes.get(key, "OK"))

    async def _introspected_by(self, context: Context, executed: Executed) -> GraphQLSchema | None:
        """The schema that introspection shows to the caller; None for an operation without introspection.

        Raises RequestRefused if the caller may not introspect.
        """
        if not executed.introspects:
            return None
        match self._settings.introspection:
            case "on":
                pass
            case "signed-in":
                if not context.signed_in:
                    raise _invalid("Introspection requires a signed-in caller.")
            case _:
                raise _invalid("Introspection is disabled.")
        if self._introspected is None:
            return None
        # Made once for each kind of viewer, which takes some tenths of a second.
        return await asyncio.to_thread(self._introspected, context.policy, context.caller["viewer"])

    def _errors(self, result: ExecutionResult, notes: RequestLog) -> list[GraphQLError]:
        """The errors of the response. Raises the error if the database is unavailable or too slow: the whole request is refused."""
        shown: list[GraphQLError] = []
        bugs: list[GraphQLError] = []
        for error in result.errors or ():
            refused = refusal_in(error)
            if isinstance(refused, Unavailable | TimedOut):
                raise error
            if isinstance(refused, InvalidInput):
                shown += [_at(error, each.message, each.extensions) for each in refused.each()]
            elif refused is not None:
                shown.append(_at(error, refused.message, refused.extensions))
            elif argument_misfit(error):
                shown.append(_at(error, "An argument does not fit its type.", {"code": BadInput.code}))
            else:
                bugs.append(error)
                shown.append(_at(error, BUG_MESSAGE, {"code": BUG_CODE, "requestId": notes.request_id}))
        if bugs:
            first = bugs[0].original_error or bugs[0]
            self._log.error("bug", request_id=notes.request_id, fields=len(bugs), exc_info=first)
        if shown and all(error.path is None for error in shown):
            raise RequestRefused(*shown)
        return shown

    def _masked(self, error: Exception, notes: RequestLog) -> Answer:
        self._log.error("bug", request_id=notes.request_id, exc_info=error)
        shown = GraphQLError(BUG_MESSAGE, extensions={"code": BUG_CODE, "requestId": notes.request_id})
        return Answer({"errors": [formatted(shown)]}, 500)


def _require_single(request: Request, *names: str) -> None:
    """Reject duplicate headers: a proxy might use a different copy."""
    for name in names:
        if len(request.headers.getlist(name)) > 1:
            raise BadInput(f"The header {name} must not be repeated.")


def _are_single(request: Request) -> bool:
    return all(len(request.headers.getlist(name)) <= 1 for name in SINGLE)


def _is_about_credentials(executed: Executed) -> bool:
    names = executed.root_names
    return (
        executed.operation.operation is OperationType.MUTATION and bool(names) and CREDENTIAL_FIELDS.issuperset(names)
    )


def _require_one_sign_in(executed: Executed) -> None:
    """Password hashes are slow on purpose: one request may try one password."""
    if executed.root_names.count("signIn") > 1:
        raise RequestRefused.of(BadInput("A request can contain only one signIn."))


def _fields_without_object(result: ExecutionResult) -> list[str]:
    """The field of each error with the code NOT_FOUND."""
    return [
        error.nodes[0].name.value
        for error in result.errors or ()
        if isinstance(refusal_in(error), NotFound) and error.nodes and isinstance(error.nodes[0], FieldNode)
    ]


def _require_one_mail(executed: Executed) -> None:
    """The limits of anonymous callers count requests: one request may send one mail."""
    if sum(name in MAIL_FIELDS for name in executed.root_names) > 1:
        raise RequestRefused.of(BadInput("A request can contain only one of signUpFirm and requestPasswordReset."))


def _at(error: GraphQLError, message: str, extensions: Mapping[str, Any]) -> GraphQLError:
    return GraphQLError(message, error.nodes, path=error.path, extensions=dict(extensions))


def _invalid(message: str) -> RequestRefused:
    return RequestRefused(GraphQLError(message, extensions={"code": VALIDATION_FAILED}))
