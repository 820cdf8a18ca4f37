"""The executed part of an operation: @skip and @include are applied as the executor applies them."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    NullValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)

INTROSPECTION: Final = frozenset({"__schema", "__type"})
TYPENAME: Final = "__typename"


class Executed:
    """An operation of a document, with the values of its variables as the caller sent them.

    Safe for documents that are not validated: a condition that is not a boolean includes its selection, and is rejected
    later.
    """

    def __init__(
        self, document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any] | None = None
    ) -> None:
        self.operation = operation
        self.fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }
        self._variables = variables or {}
        self._defaults = {each.variable.name.value: each.default_value for each in operation.variable_definitions or ()}

    def selections(self, selection_set: SelectionSetNode) -> Iterator[SelectionNode]:
        """The selections of a set that are executed."""
        for selection in selection_set.selections:
            if not selection.directives or self._includes(selection.directives):
                yield selection

    @cached_property
    def root_fields(self) -> Mapping[str, FieldNode]:
        """The executed root fields, including those in fragments, by their key in the response."""
        found: dict[str, FieldNode] = {}
        unseen = dict(self.fragments)
        waiting = [self.operation.selection_set]
        while waiting:
            for selection in self.selections(waiting.pop()):
                match selection:
                    case FieldNode():
                        found.setdefault((selection.alias or selection.name).value, selection)
                    case InlineFragmentNode():
                        waiting.append(selection.selection_set)
                    case FragmentSpreadNode():
                        # Removed from `unseen`, so that neither repeats nor cycles visit a fragment again.
                        if fragment := unseen.pop(selection.name.value, None):
                            waiting.append(fragment.selection_set)
        return found

    @property
    def root_names(self) -> list[str]:
        """The names of the root fields, one per key of the response, without `__typename`."""
        return [field.name.value for field in self.root_fields.values() if field.name.value != TYPENAME]

    @property
    def introspects(self) -> bool:
        """Whether the operation reads the schema: `__schema` and `__type` are root fields only."""
        return not INTROSPECTION.isdisjoint(self.root_names)

    def value(self, node: ValueNode) -> Any:
        """The caller's value of a variable, its default if there is none, or the node of a literal; None for null."""
        if not isinstance(node, VariableNode):
            return None if isinstance(node, NullValueNode) else node
        name = node.name.value
        return self._variables[name] if name in self._variables else self._default(name)

    def _default(self, name: str) -> ValueNode | None:
        default = self._defaults.get(name)
        return None if isinstance(default, NullValueNode) else default

    def _includes(self, directives: tuple[DirectiveNode, ...]) -> bool:
        conditions = [
            (directive.name.value, self._boolean(argument.value))
            for directive in directives
            for argument in directive.arguments or ()
            if argument.name.value == "if"
        ]
        return ("skip", True) not in conditions and ("include", False) not in conditions

    def _boolean(self, node: ValueNode) -> bool | None:
        value = self.value(node)
        if isinstance(value, BooleanValueNode):
            return value.value
        return value if isinstance(value, bool) else None
