"""The names of all fields that the policy decides about, as an enum: building the schema adds those of each type."""

from collections.abc import Iterable
from enum import Enum
from typing import Any

import strawberry
from graphql import GraphQLEnumValue

from gateway.reads.formats import graph_name


@strawberry.enum(
    description="The name of a field that may be hidden, of any type. More names are added with new fields."
)
class FieldName(Enum):
    """A value is a name in the policy: `pendingActivities(JOURNAL)` is `pendingActivities` with this section."""

    id = "id"


def name_fields(enum: Any, names: Iterable[str]) -> None:
    """Gives the enum of a schema these names."""
    known = {graph_name(name): name for name in sorted(set(names))}
    make: Any = Enum
    enum.wrapped_cls = make("FieldName", known)
    enum.values = {
        spelled: GraphQLEnumValue(name, description=f"The field `{name}`.") for spelled, name in known.items()
    }
