"""How long the lists that have no pages may be. What holds each to its bound is where the bound comes from."""

from collections.abc import Mapping
from typing import Final

from graphql import GraphQLEnumType, GraphQLObjectType, GraphQLSchema, get_named_type, get_nullable_type, is_list_type

from gateway.db.bounds import MOST_LANGUAGES, MOST_LINES, MOST_PLACES, MOST_SPECIALTIES
from gateway.db.enums import KPI_KINDS
from gateway.resolvers.clients.assignments import MOST_CLIENTS
from gateway.resolvers.clients.queries import TABS
from gateway.resolvers.core.nodes import MOST_NODES
from gateway.resolvers.kpis.reports import MOST_ITEMS
from gateway.resolvers.memberships.invitations import MOST_AT_ONCE
from gateway.schema.collaborations.enums import RevokedKind
from gateway.schema.firms.enums import PreconditionCode

MOST_FIELDS: Final = 50  # of one type that the policy decides
MOST_STATEMENTS: Final = 20  # that one field and one reason rest on
MOST_OPENINGS: Final = 10  # facts that together would open one field

BOUNDS: Final[Mapping[str, int]] = {
    "Query.clientTabs": len(TABS),
    "Query.nodes": MOST_NODES,
    "Viewer.memberships": MOST_PLACES + 1,  # and the platform
    "Client.kpis": len(KPI_KINDS),
    "Client.visibleFields": MOST_FIELDS,
    "Collaboration.visibleFields": MOST_FIELDS,
    "FirmProfile.specialties": MOST_SPECIALTIES,
    "FirmProfile.languages": MOST_LANGUAGES,
    "FirmApplication.preconditions": len(PreconditionCode),
    "Invoice.lines": MOST_LINES,
    "FieldExplanation.statements": MOST_STATEMENTS,
    "FieldExplanation.openings": MOST_OPENINGS,
    "TerminateCollaborationPayload.revoked": len(RevokedKind),
    "ReportKpisPayload.results": MOST_ITEMS,
    "ReportPendingActivitiesPayload.results": MOST_ITEMS,
    "InviteStaffPayload.invitations": MOST_AT_ONCE,
    "InviteMemberPayload.invitations": MOST_AT_ONCE,
    "AssignManagersPayload.clients": MOST_CLIENTS,
}
"""By "Type.field". A list of the words of an enum is as long as the enum."""


def list_sizes(schema: GraphQLSchema, bounds: Mapping[str, int] = BOUNDS) -> dict[str, int]:
    """The bound of each list without pages; ValueError names those that have none, and bounds of what is no such list."""
    found, missing = {}, []
    for type_ in schema.type_map.values():
        if not isinstance(type_, GraphQLObjectType) or type_.name.startswith("__") or "pageInfo" in type_.fields:
            continue
        for name, field in type_.fields.items():
            if not is_list_type(get_nullable_type(field.type)):
                continue
            place, item = f"{type_.name}.{name}", get_named_type(field.type)
            if place in bounds:
                found[place] = bounds[place]
            elif isinstance(item, GraphQLEnumType):
                found[place] = len(item.values)
            else:
                missing.append(place)
    wrong = [*missing, *(place for place in bounds if place not in found)]
    if wrong:
        raise ValueError(f"lists need pages or a bound, and bounds a list: {', '.join(sorted(wrong))}")
    return found
