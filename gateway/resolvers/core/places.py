"""An organisation for which a person may act, as the graph shows it."""

from typing import NamedTuple
from uuid import UUID

from gateway.auth.memberships import TYPES, Kind
from gateway.context import Context


class Place(NamedTuple):
    id: str
    name: str
    kind: str
    role: str
    is_default: bool


def place_at(
    context: Context, kind: Kind, organisation_id: UUID, name: str, role: str, *, is_default: bool | None = None
) -> Place:
    """`is_default` is known for a membership that exists; a new one is the default of a person without others."""
    first = is_default if is_default is not None else not context.identity.memberships
    return Place(context.seal.id(TYPES[kind], organisation_id), name, kind.upper(), role.upper(), first)
