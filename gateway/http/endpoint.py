"""The GraphQL endpoint: who asks, what they ask for, within which limits; status, headers, and bugs masked."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, Generic, Protocol, TypeVar
from uuid import uuid4

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    assert_valid_schema,
    execute,
)
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send
from structlog.typing import FilteringBoundLogger

from gateway.denials import Denials
from gateway.errors import BadInput, CostLimitExceeded, Refused, TimedOut, Unavailable
from gateway.http.answers import LEGACY, Answer, formatted, negotiated, refusal, request_errors
from gateway.http.body import Asked, read_request
from gateway.http.documents import VALIDATION_FAILED, Document, Documents
from gateway.http.limits import Limits, Measure, measure
from gateway.http.refusals import MethodNotAllowed, RequestRefused, innermost, refusal_in
from gateway.http.values import argument_misfit, check_variables
from gateway.settings import Settings

# Those who have no good token any more must be able to get or give up one (D49).
CREDENTIAL_FIELDS = frozenset({"signIn", "refresh", "signOut"})
INTROSPECTION = re.compile(r"\b__(schema|type)\b", re.ASCII)
OPERATION_NAME_LENGTH = 64
BUG_CODE = "INTERNAL_SERVER_ERROR"
BUG_MESSAGE = "Internal error."


class Identity(Protocol):
    """Who asks; nothing more of them is known here."""

    @property
    def signed_in(self) -> bool: ...


class Context(Protocol):
    """What resolvers are given; nothing more of it is known here."""

    @property
    def denials(self) -> Denials: ...


IdentityT = TypeVar("IdentityT", bound=Identity)

Identify = Callable[[Mapping[str, str]], Awaitable[IdentityT]]
OpenContext = Callable[[IdentityT, bool], AbstractAsyncContextManager[Context]]


def graphql_endpoint(
    schema: GraphQLSchema,
    *,
    identify: Identify[IdentityT],
    open_context: OpenContext[IdentityT],
    settings: Settings,
    log: FilteringBoundLogger,
    list_sizes: Mapping[str, int] | None = None,
) -> "GraphQLEndpoint[IdentityT]":
    """An ASGI application that answers GraphQL over HTTP.

    `identify` reads who asks from the headers; `open_context` is given them and whether they ask for a mutation;
    `list_sizes` maps "Type.field" to the length that a list without pages is taken to have when cost is counted.
    A request that carries `extensions: {"cost": true}` is told its cost and the limit in `extensions.cost`.
    """
    assert_valid_schema(schema)
    return GraphQLEndpoint(schema, identify, open_context, settings, log, list_sizes or {})


@dataclass(slots=True)
class _Notes:
    """What the log says about one request: never who, nor what they wrote."""

    request_id: str
    operation: str | None = None
    cost: int | None = None
    cause: str | None = None


class GraphQLEndpoint(Generic[IdentityT]):
    def __init__(
        self,
        schema: GraphQLSchema,
        identify: Identify[IdentityT],
        open_context: OpenContext[IdentityT],
        settings: Settings,
        log: FilteringBoundLogger,
        list_sizes: Mapping[str, int],
    ) -> None:
        self._schema = schema
        self._identify = identify
        self._open_context = open_context
        self._settings = settings
        self._log = log
        self._limits = Limits(
            depth=settings.max_depth,
            aliases=settings.max_aliases,
            root_fields=settings.max_root_fields,
            cost=settings.max_cost,
            list_sizes=list_sizes,
        )
        self._documents = Documents(schema, max_tokens=settings.max_tokens, cache_bytes=settings.document_cache_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, started = Request(scope, receive), time.perf_counter()
        notes = _Notes(uuid4().hex)
        media_type = LEGACY
        try:
            media_type = negotiated(",".join(request.headers.getlist("accept")))
            answer = await self._answer(request, media_type, notes)
            response = answer.response(media_type, notes.request_id)
        except Refused as refused:
            answer = refusal(refused)
            response = answer.response(media_type, notes.request_id)
        except Exception as error:
            answer = self._masked(error, notes)
            response = answer.response(media_type, notes.request_id)
        milliseconds = round((time.perf_counter() - started) * 1000, 1)
        self._log.info(
            "request",
            request_id=notes.request_id,
            status=answer.status,
            ms=milliseconds,
            codes=answer.codes,
            operation=notes.operation,
            cost=notes.cost,
            **({"cause": notes.cause} if notes.cause else {}),
        )
        await response(scope, receive, send)

    async def _answer(self, request: Request, media_type: str, notes: _Notes) -> Answer:
        try:
            async with asyncio.timeout(self._settings.request_seconds):
                asked = await read_request(request, max_bytes=self._settings.max_body_bytes)
                return await self._perform(asked, request, notes)
        except RequestRefused as refused:
            return request_errors(refused.errors, media_type)
        except ClientDisconnect:
            return refusal(BadInput("The body did not arrive."))
        except Exception as error:
            refused_by = refusal_in(error)
            if refused_by is None:
                raise
            if refused_by is not error:
                notes.cause = innermost(error)
            return refusal(refused_by)

    async def _perform(self, asked: Asked, request: Request, notes: _Notes) -> Answer:
        document = self._documents.read(asked.query)
        operation = document.operation(asked.operation_name)
        notes.operation = operation.name.value[:OPERATION_NAME_LENGTH] if operation.name else None
        is_mutation = operation.operation is OperationType.MUTATION
        if is_mutation and request.method == "GET":
            raise MethodNotAllowed("Mutations are asked for by POST.", allow="POST")
        measured = self._measured(document, operation, asked)
        notes.cost = measured.cost
        self._documents.check(document)
        if operation.operation is OperationType.SUBSCRIPTION:
            raise _invalid("Subscriptions are not taken here.")
        _require_single(request, "authorization", "x-acting-as")
        identity = await self._identify({} if _is_about_credentials(document, operation) else request.headers)
        self._require_introspection_for(identity, document)
        check_variables(self._schema, operation, asked.variables)

        async with self._open_context(identity, is_mutation) as context:
            result = execute(
                self._schema,
                document.ast,
                context_value=context,
                variable_values=dict(asked.variables),
                operation_name=asked.operation_name,
                hide_suggestions=True,
            )
            if isawaitable(result):
                result = await result
            errors = self._errors(result, notes) + context.denials.errors(result.data)
        payload: dict[str, Any] = {"data": result.data}
        if errors:
            payload["errors"] = [formatted(error) for error in errors]
        if asked.extensions.get("cost") is True:
            payload["extensions"] = {"cost": {"asked": measured.cost, "limit": self._limits.cost}}
        return Answer(payload)

    def _measured(self, document: Document, operation: OperationDefinitionNode, asked: Asked) -> Measure:
        """Comes before validation, whose work a document within the limits keeps small."""
        try:
            return measure(document.ast, self._schema, operation, asked.variables, self._limits)
        except (BadInput, CostLimitExceeded) as refused:
            raise RequestRefused.of(refused) from None

    def _require_introspection_for(self, identity: IdentityT, document: Document) -> None:
        if INTROSPECTION.search(document.text) is None:
            return
        match self._settings.introspection:
            case "on":
                return
            case "signed-in":
                if not identity.signed_in:
                    raise _invalid("Introspection is open to those who are signed in.")
            case _:
                raise _invalid("Introspection is off.")

    def _errors(self, result: ExecutionResult, notes: _Notes) -> list[GraphQLError]:
        """The errors to show. A database that is away, or too slow, refuses the whole request instead."""
        shown: list[GraphQLError] = []
        bugs: list[GraphQLError] = []
        for error in result.errors or ():
            refused = refusal_in(error)
            if isinstance(refused, Unavailable | TimedOut):
                raise error
            if refused is not None:
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

    def _masked(self, error: Exception, notes: _Notes) -> Answer:
        self._log.error("bug", request_id=notes.request_id, exc_info=error)
        shown = GraphQLError(BUG_MESSAGE, extensions={"code": BUG_CODE, "requestId": notes.request_id})
        return Answer({"errors": [formatted(shown)]}, 500)


def _require_single(request: Request, *names: str) -> None:
    """Of two, a proxy before us may believe the other one."""
    for name in names:
        if len(request.headers.getlist(name)) > 1:
            raise BadInput(f"The header {name} stands more than once.")


def _is_about_credentials(document: Document, operation: OperationDefinitionNode) -> bool:
    names = {field.name.value for field in document.root_fields(operation)}
    return operation.operation is OperationType.MUTATION and names <= CREDENTIAL_FIELDS


def _at(error: GraphQLError, message: str, extensions: Mapping[str, Any]) -> GraphQLError:
    return GraphQLError(message, error.nodes, path=error.path, extensions=dict(extensions))


def _invalid(message: str) -> RequestRefused:
    return RequestRefused(GraphQLError(message, extensions={"code": VALIDATION_FAILED}))
