"""Documents: read and validated once per text, kept while there is room."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    SKIP,
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OverlappingFieldsCanBeMergedRule,
    StringValueNode,
    ValidationContext,
    ValidationRule,
    ValueNode,
    ValuesOfCorrectTypeRule,
    VisitorAction,
    parse,
    specified_rules,
    validate,
)
from graphql.utilities import validate_input_literal

from gateway.caches import Cache
from gateway.errors import BadInput, CostLimitExceeded
from gateway.http.errors import RequestRefused
from gateway.http.variables import MAX_ERRORS, NO_NUL, misfits

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
MERGE_BUDGET = 30_000  # a comparison of two fields costs two or a little more
MAX_MESSAGE_LENGTH = 300  # names that do not fit are named, and may be as long as a document
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"


@dataclass(slots=True)
class Document:
    """A document that was read; `is_valid` once it was validated against the schema."""

    text: str
    ast: DocumentNode
    is_valid: bool = False

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation to run; raises RequestRefused where the name names none or is missing."""
        operations = [each for each in self.ast.definitions if isinstance(each, OperationDefinitionNode)]
        named = [each for each in operations if not name or (each.name and each.name.value == name)]
        match named:
            case [operation]:
                return operation
            case []:
                raise RequestRefused.of(BadInput("The document has no operation of that name."))
            case _:
                raise RequestRefused.of(BadInput("The document has several operations: say which by operationName."))


class Documents:
    """Valid documents by their text. `cache_bytes` counts text; what is kept takes some 250 times as much."""

    def __init__(self, schema: GraphQLSchema, *, max_tokens: int, cache_bytes: int) -> None:
        self._schema = schema
        self._max_tokens = max_tokens
        self._cache_bytes = cache_bytes
        self._kept: Cache[str, Document] = Cache(cache_bytes, weigh=_size)

    def read(self, text: str) -> Document:
        """The document of a text; raises RequestRefused where it is too long or cannot be read."""
        if known := self._kept.get(text):
            return known
        try:
            return Document(text, parse(text, max_lexical_tokens=self._max_tokens, max_comments=self._max_tokens))
        except GraphQLSyntaxError as error:
            if "Document contains more than" in error.message:
                raise RequestRefused.of(
                    CostLimitExceeded(f"A document may have at most {self._max_tokens} tokens.")
                ) from None
            raise RequestRefused(_coded(error, PARSE_FAILED)) from None

    def check(self, document: Document) -> None:
        """Validate a document and keep it; raises RequestRefused where it does not fit the schema."""
        if document.is_valid:
            return
        errors = validate(self._schema, document.ast, RULES, max_errors=MAX_ERRORS, hide_suggestions=True)
        if any(error.message == "Validation aborted." for error in errors):
            raise RequestRefused.of(CostLimitExceeded("The document names the same fields too often."))
        if errors:
            raise RequestRefused(*(_coded(error, VALIDATION_FAILED) for error in errors))
        document.is_valid = True
        self._keep(document)

    def _keep(self, document: Document) -> None:
        # One text must not push out all the others.
        if _size(document.text) <= self._cache_bytes // 8 and document.text not in self._kept:
            self._kept.put(document.text, document)


def _size(text: str) -> int:
    return len(text.encode())


class LiteralsFit(ValuesOfCorrectTypeRule):
    """Literals are judged and told like variables: BAD_USER_INPUT, in our own words (D36)."""

    def is_valid_value_node(self, node: ValueNode, input_type: GraphQLInputType | None) -> VisitorAction:
        if input_type:
            for error in misfits(validate_input_literal, "The value", node, input_type, node):
                self.report_error(error)
        return SKIP


class FieldsMerge(OverlappingFieldsCanBeMergedRule):
    """Compares fields with less patience than the library's own, which takes a second for 4 kB of repeated fields."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = MERGE_BUDGET


class TextsWithoutNul(ValidationRule):
    """PostgreSQL keeps no U+0000, so no text may hold it."""

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        if "\0" in node.value:
            self.report_error(GraphQLError(NO_NUL, node, extensions={"code": BadInput.code}))


OURS: Mapping[type[ASTValidationRule], type[ASTValidationRule]] = {
    ValuesOfCorrectTypeRule: LiteralsFit,
    OverlappingFieldsCanBeMergedRule: FieldsMerge,
}
RULES = (*(OURS.get(rule, rule) for rule in specified_rules), TextsWithoutNul)


def _coded(error: GraphQLError, code: str) -> GraphQLError:
    told = error.message.partition(" Did you mean")[0]  # one rule suggests all the same
    error.message = told if len(told) <= MAX_MESSAGE_LENGTH else f"{told[:MAX_MESSAGE_LENGTH]}…"
    error.extensions = {"code": code, **(error.extensions or {})}
    return error
