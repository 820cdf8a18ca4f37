"""Enums whose values building the schema adds: they follow from the types, and new types add to them."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

import strawberry
from graphql import GraphQLEnumValue

from gateway.schema.core.enums import GROWS


class LateValue(NamedTuple):
    value: str
    description: str


@strawberry.enum(description=f"The name of a field that may be hidden, of any type. {GROWS}")
class FieldName(Enum):
    """A value is a name in the policy: `pendingActivities(JOURNAL)` is `pendingActivities` with this section."""

    id = "id"


@strawberry.enum(description=f"An action in the audit trail: the name of a mutation or query in capitals. {GROWS}")
class AuditAction(Enum):
    """A value is an action as it is stored. The word of a mutation that is removed stays: entries with it do."""

    SIGN_IN = "SIGN_IN"


def add_values(enum: Any, values: Mapping[str, LateValue]) -> None:
    """Gives the enum of a schema these values, by name."""
    make: Any = Enum
    enum.wrapped_cls = make(enum.name, {name: late.value for name, late in values.items()})
    enum.values = {name: GraphQLEnumValue(late.value, description=late.description) for name, late in values.items()}
