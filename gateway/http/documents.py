"""Parses and validates each document once per text, and caches it."""

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
MERGE_BUDGET = 30_000  # the comparison of two fields costs two or a little more
MAX_MESSAGE_LENGTH = 300  # a message quotes unknown names, which may be as long as the document
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"


@dataclass(slots=True)
class Document:
    """A parsed document; `is_valid` is true after it was validated against the schema."""

    text: str
    ast: DocumentNode
    is_valid: bool = False

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation to run; raises RequestRefused if none has this name, or if there are several and no name is given."""
        operations = [each for each in self.ast.definitions if isinstance(each, OperationDefinitionNode)]
        named = [each for each in operations if not name or (each.name and each.name.value == name)]
        match named:
            case [operation]:
                return operation
            case []:
                raise RequestRefused.of(BadInput("The document has no operation of that name."))
            case _:
                raise RequestRefused.of(BadInput("The document has several operations: select one by `operationName`."))


class Documents:
    """A cache of valid documents by their text. `cache_bytes` limits the text; a cached document takes about 250 times as much."""

    def __init__(self, schema: GraphQLSchema, *, max_tokens: int, cache_bytes: int) -> None:
        self._schema = schema
        self._max_tokens = max_tokens
        self._cache_bytes = cache_bytes
        self._kept: Cache[str, Document] = Cache(cache_bytes, weigh=lambda text, _: _size(text))

    def read(self, text: str) -> Document:
        """The document of a text; raises RequestRefused if it has too many tokens or cannot be parsed."""
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
        """Validate a document and cache it; raises RequestRefused if it is not valid for the schema."""
        if document.is_valid:
            return
        errors = validate(self._schema, document.ast, RULES, max_errors=MAX_ERRORS, hide_suggestions=True)
        if any(error.message == "Validation aborted." for error in errors):
            raise RequestRefused.of(CostLimitExceeded("The document selects the same fields too many times."))
        if errors:
            raise RequestRefused(*(_coded(error, VALIDATION_FAILED) for error in errors))
        document.is_valid = True
        self._keep(document)

    def _keep(self, document: Document) -> None:
        # One text must not evict all the others.
        if _size(document.text) <= self._cache_bytes // 8 and document.text not in self._kept:
            self._kept.put(document.text, document)


def _size(text: str) -> int:
    return len(text.encode())


class LiteralsFit(ValuesOfCorrectTypeRule):
    """Validates literals like variables: the code is BAD_USER_INPUT, and the messages are the gateway's own (D36)."""

    def is_valid_value_node(self, node: ValueNode, input_type: GraphQLInputType | None) -> VisitorAction:
        if input_type:
            for error in misfits(validate_input_literal, "The value", node, input_type, node):
                self.report_error(error)
        return SKIP


class FieldsMerge(OverlappingFieldsCanBeMergedRule):
    """Compares fields with a smaller budget than the library's rule, which takes a second for 4 kB of repeated fields."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = MERGE_BUDGET


class TextsWithoutNul(ValidationRule):
    """Rejects strings with U+0000, which PostgreSQL cannot store."""

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        if "\0" in node.value:
            self.report_error(GraphQLError(NO_NUL, node, extensions={"code": BadInput.code}))


REPLACED_RULES: Mapping[type[ASTValidationRule], type[ASTValidationRule]] = {
    ValuesOfCorrectTypeRule: LiteralsFit,
    OverlappingFieldsCanBeMergedRule: FieldsMerge,
}
RULES = (*(REPLACED_RULES.get(rule, rule) for rule in specified_rules), TextsWithoutNul)


def _coded(error: GraphQLError, code: str) -> GraphQLError:
    message = error.message.partition(" Did you mean")[0]  # one rule ignores `hide_suggestions`
    error.message = message if len(message) <= MAX_MESSAGE_LENGTH else f"{message[:MAX_MESSAGE_LENGTH]}…"
    error.extensions = {"code": code, **(error.extensions or {})}
    return error
