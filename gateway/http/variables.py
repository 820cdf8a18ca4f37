"""Validates the values that a caller sends, and writes the errors for those that do not fit their types."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from graphql import (
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    Undefined,
    ValueNode,
    get_nullable_type,
    get_variable_values,
    is_input_type,
    is_list_type,
    type_from_ast,
)
from graphql.utilities import validate_input_value

from gateway.errors import BadInput
from gateway.http.errors import RequestRefused, refusal_in

MAX_ERRORS = 20
MAX_MISFITS = 20  # reported per value
MISFIT = "TYPE"
"""The rule of a value that does not fit its type (D74). Generated clients never send one: its message is English."""
NO_NUL = "A string must not contain the character U+0000."


def check_variables(schema: GraphQLSchema, operation: OperationDefinitionNode, given: Mapping[str, Any]) -> None:
    """Raise RequestRefused with errors for each variable that does not fit (D36); the messages show nothing internal."""
    if holds_nul(given):
        raise RequestRefused.of(BadInput(NO_NUL))
    definitions = operation.variable_definitions or ()
    if not isinstance(get_variable_values(schema, definitions, dict(given), 0, hide_suggestions=True), list):
        return
    errors: list[GraphQLError] = []
    for definition in definitions:
        name, type_ = definition.variable.name.value, type_from_ast(schema, definition.type)
        if not is_input_type(type_) or (name not in given and definition.default_value):
            continue
        value = given.get(name, Undefined)
        errors += misfits(validate_input_value, f"Variable ${name}", value, type_, definition)
        if len(errors) >= MAX_ERRORS:
            break
    raise RequestRefused(
        *errors or [GraphQLError("The variables do not fit their types.", extensions={"code": BadInput.code})]
    )


class Validate(Protocol):
    """The library's validation of a value or a literal."""

    def __call__(
        self,
        value: Any,
        type_: GraphQLInputType,
        on_error: Callable[[GraphQLError, list[str | int]], None],
        /,
        *,
        hide_suggestions: bool,
    ) -> None: ...


class _Enough(Exception):
    """Ends a validation: the library serialises the whole value for each of its errors, so many errors take long."""


def misfits(
    validate: Validate, subject: str, value: Any, type_: GraphQLInputType, node: Node
) -> Sequence[GraphQLError]:
    """An error for each of the first places, at most MAX_MISFITS, where a value does not fit its type."""
    errors: list[GraphQLError] = []

    def report(error: GraphQLError, path: Sequence[str | int]) -> None:
        errors.append(_misfit(subject, type_, path, node, error))
        if len(errors) == MAX_MISFITS:
            raise _Enough

    try:
        validate(value, type_, report, hide_suggestions=True)
    except _Enough:
        pass
    except RecursionError:
        errors.append(_misfit(subject, type_, (), node))
    return errors


def _misfit(
    subject: str, type_: GraphQLInputType, path: Sequence[str | int], node: Node, error: GraphQLError | None = None
) -> GraphQLError:
    """An error about one value: the message of the scalar that refused it, or the place and the expected type."""
    refused = refusal_in(error) if error else None
    if refused is not None:
        return GraphQLError(refused.message, node, extensions=dict(refused.extensions))
    place, expected = subject, type_
    for key in path:
        expected = _inner(expected, key)
        place += f".{key}" if isinstance(key, str) else f"[{key}]"
    extensions = {"code": BadInput.code, "rule": MISFIT, "input": list(path)}
    return GraphQLError(f"{place} does not fit its type {expected}.", node, extensions=extensions)


def argument_misfit(error: GraphQLError) -> bool:
    """Whether a field failed because one of its arguments could not be coerced, which only its variables can cause."""
    return any(isinstance(node, ValueNode) for node in error.nodes or ())


def holds_nul(value: Any) -> bool:
    """Whether a string in a JSON value contains U+0000, which PostgreSQL cannot store."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str(text) if "\0" in text:
                return True
            case dict(held):
                waiting += held.keys()
                waiting += held.values()
            case list(held):
                waiting += held
    return False


def _inner(type_: GraphQLInputType, key: str | int) -> GraphQLInputType:
    """The type of the value at a key; a single value is accepted as a list of one."""
    expected: Any = get_nullable_type(type_)
    while is_list_type(expected) and isinstance(key, str):
        expected = get_nullable_type(expected.of_type)
    within: GraphQLInputType = expected.of_type if is_list_type(expected) else expected.fields[key].type
    return within
