"""Publishes documents: each is valid, within the limits, and compiled for every role before it is stored."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    Undefined,
    get_variable_values,
    type_from_ast,
)
from graphql.execution.values import VariableValues
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.auth import viewers
from gateway.db.queries import trusted_documents
from gateway.documents.manifests import Shipped
from gateway.errors import Refused
from gateway.global_ids import Seal
from gateway.http.directives import Executed
from gateway.http.documents import Document, Documents
from gateway.http.errors import RequestRefused
from gateway.http.limits import Limits, measure
from gateway.policy import Policy
from gateway.reads.compiled import compile_operation
from gateway.reads.requests import Walk
from gateway.reads.writer import Writer
from gateway.settings import Settings

NOBODY: Final = UUID(int=0)
NO_EXAMPLE: Final = "refused with example values"


class Checked(NamedTuple):
    """A document that can be published: its cost, and for how many roles its query is compiled or why it is walked."""

    id: str
    text: str
    cost: int
    compiled: int
    walked: Counter[str]


class Publisher:
    def __init__(self, schema: GraphQLSchema, policy: Policy, settings: Settings, list_sizes: dict[str, int]) -> None:
        self._schema, self._policy = schema, policy
        self._documents = Documents(schema, max_tokens=settings.max_tokens, cache_bytes=settings.document_cache_bytes)
        self._limits = Limits(
            depth=settings.max_depth,
            aliases=settings.max_aliases,
            root_fields=settings.max_root_fields,
            mutations=settings.max_mutations,
            cost=settings.max_cost,
            list_sizes=list_sizes,
        )
        self._seal = Seal(bytes(64))

    def checked(self, shipped: Shipped) -> Checked:
        """Raises ValueError with the faults of a document that cannot be published."""
        try:
            document = self._documents.read(shipped.text)
            self._documents.check(document)
            operations = [each for each in document.ast.definitions if isinstance(each, OperationDefinitionNode)]
            if not operations:
                raise ValueError("it has no operation")
            cost = max(
                measure(Executed(document.ast, each, {}), self._schema, self._limits).cost for each in operations
            )
        except RequestRefused as refused:
            raise ValueError(" ".join(error.message for error in refused.errors)) from None
        except Refused as refused:
            raise ValueError(refused.message) from None
        walked: Counter[str] = Counter()
        compiled = 0
        for operation in operations:
            for viewer in _viewers(self._policy):
                reason = self._reason(document, operation, viewer)
                if reason is None:
                    compiled += 1
                else:
                    walked[reason] += 1
        return Checked(*shipped, cost, compiled, walked)

    def _reason(self, document: Document, operation: OperationDefinitionNode, viewer: Any) -> str | None:
        """Why the operation is executed field by field; None for a query that is compiled."""
        if operation.operation is not OperationType.QUERY:
            return "mutation"
        definitions = operation.variable_definitions or ()
        given = {
            each.variable.name.value: _example(type_from_ast(self._schema, each.type), self._seal)
            for each in definitions
            if each.default_value is None
        }
        values = get_variable_values(self._schema, definitions, given, 0, hide_suggestions=True)
        if not isinstance(values, VariableValues):
            return NO_EXAMPLE
        try:
            compile_operation(Writer(self._policy, self._schema, self._seal, viewer, document.ast, operation, values))
        except Walk as walk:
            return str(walk.reason)
        except (Refused, GraphQLError):
            return NO_EXAMPLE
        return None


def _viewers(policy: Policy) -> Iterator[Any]:
    """A viewer of each kind and role."""
    for name, kind in policy.vocabulary.kinds.items():
        made = getattr(viewers, name, None)
        if made is not None:
            for role in kind.roles:
                known = {"role": role, "now": datetime.now(UTC)}
                yield made(**{each.name: known.get(each.name, NOBODY) for each in fields(made)})


def _example(type_: Any, seal: Seal) -> Any:
    """A value that fits the type of a variable; null where it may be null."""
    if not isinstance(type_, GraphQLNonNull):
        return None
    match type_.of_type:
        case GraphQLList():
            return []
        case GraphQLEnumType() as enum:
            return next(iter(enum.values))
        case GraphQLInputObjectType() as input_type:
            return {
                name: _example(field.type, seal)
                for name, field in input_type.fields.items()
                if isinstance(field.type, GraphQLNonNull) and field.default_value is Undefined
            }
        case named:
            return {"ID": seal.id("Client", NOBODY), "Int": 1, "Float": 1.0, "Boolean": True}.get(str(named), "x")


async def store(connection: AsyncConnection, documents: Sequence[Checked], application: str, at: datetime) -> None:
    """Stores the documents. Raises ValueError for an id that is known with another text: shipped clients rely on it."""
    stored = await connection.execute(trusted_documents.texts_of([each.id for each in documents]))
    known = {row.id: row.text for row in stored}
    for document in documents:
        if known.get(document.id, document.text) != document.text:
            raise ValueError(f"The id {document.id} is published with another text. Nothing was published.")
    common = {"application": application, "published_at": at}
    rows = [{"id": each.id, "text": each.text, "cost": each.cost, **common} for each in documents]
    await connection.execute(trusted_documents.published(rows))
