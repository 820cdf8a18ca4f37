"""What of an operation is executed: @skip and @include leave out what the executor leaves out."""

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
    """An operation of a document with the values of its variables as the caller sent them.

    Safe on documents that were not validated: a condition that is no boolean leaves its selection in, as it is refused later.
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
        """The fields that are executed at the root, through fragments as well, by the key that they have in the response."""
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
                        # Taken out of the unseen ones: neither repeats nor cycles visit a fragment again.
                        if fragment := unseen.pop(selection.name.value, None):
                            waiting.append(fragment.selection_set)
        return found

    @property
    def root_names(self) -> list[str]:
        """The names of the root fields, one for each key of the response; `__typename` is not among them."""
        return [field.name.value for field in self.root_fields.values() if field.name.value != TYPENAME]

    @property
    def introspects(self) -> bool:
        """Whether the schema itself is read: `__schema` and `__type` are fields of the root alone."""
        return not INTROSPECTION.isdisjoint(self.root_names)

    def value(self, node: ValueNode) -> Any:
        """The caller's value for a variable, its default where there is none, or the node that holds a literal."""
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
