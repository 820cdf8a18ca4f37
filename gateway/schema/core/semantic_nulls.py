"""Which nullable fields are null only because they are hidden, or because they failed: `@semanticNonNull`.

A client that handles errors itself, such as Relay with `@throwOnFieldError`, can type such a field as never null.
"""

import re
from collections.abc import Iterator, Set
from typing import Any, Final

import sqlalchemy as sa
from graphql import DirectiveLocation, GraphQLArgument, GraphQLDirective, GraphQLInt, GraphQLList
from sqlalchemy.orm import InstrumentedAttribute

from gateway.reads.declarations import EDGE, VALUE
from gateway.reads.edges import CountOf, ManyOf, PagesOf, SumOf
from gateway.reads.values import Shown

DIRECTIVE: Final = GraphQLDirective(
    "semanticNonNull",
    [DirectiveLocation.FIELD_DEFINITION],
    {"levels": GraphQLArgument(GraphQLList(GraphQLInt), [0])},
    description="The field is null only together with an error, or because it is hidden from the viewer.",
)
_TYPE: Final = re.compile(r"(?:type|interface|input|enum|union|scalar|directive) (\w+)")
_FIELD: Final = re.compile(r"  (\w+)[(:]")
_END: Final = re.compile(r"  (?:\w+: |\): )")


def is_never_empty(field: Any) -> bool:
    """Whether a field of a type with rows has a value wherever it is visible."""
    if isinstance(field.metadata.get(EDGE), (PagesOf, ManyOf, CountOf, SumOf)):
        return True
    value = field.metadata.get(VALUE)
    return isinstance(value, Shown) and all(map(_is_filled, value.columns))


def _is_filled(column: Any) -> bool:
    """Whether a column is never NULL, and never infinity, which is shown as null."""
    if not isinstance(column, InstrumentedAttribute):
        return False
    known: Any = column.property.columns[0]
    return not known.nullable and not isinstance(known.type, sa.DateTime)


def annotated(sdl: str, fields: Set[tuple[str, str]]) -> str:
    """Returns the text of a schema with the directive at these fields of types."""
    return "\n".join(_lines(sdl, fields))


def _lines(sdl: str, fields: Set[tuple[str, str]]) -> Iterator[str]:
    type_name = field = ""
    for line in sdl.split("\n"):
        if (begun := _TYPE.match(line)) is not None:
            type_name = begun[1]
        elif (named := _FIELD.match(line)) is not None:
            field = named[1]
        is_end = _END.match(line) is not None and (type_name, field) in fields
        yield f"{line} @{DIRECTIVE.name}" if is_end else line
