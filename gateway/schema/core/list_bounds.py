"""The maximum length of each list without pages. Each bound is imported from the code that enforces it."""

from collections.abc import Mapping
from typing import Final

from graphql import GraphQLEnumType, GraphQLObjectType, GraphQLSchema, get_named_type, get_nullable_type, is_list_type

from gateway.db.bounds import MAX_LANGUAGES, MAX_LINES, MAX_PLACES, MAX_SPECIALTIES
from gateway.db.enums import KPI_KINDS, SECTIONS
from gateway.forms.checks import MAX_INVITEES
from gateway.reads.roots import MAX_FIELDS, MAX_NODES
from gateway.resolvers.clients.queries import TABS
from gateway.resolvers.kpis.reports import MAX_ITEMS
from gateway.schema.clients.inputs import MAX_CLIENTS
from gateway.schema.collaborations.enums import RevokedKind
from gateway.schema.firms.enums import PreconditionCode

MAX_STATEMENTS: Final = 20  # behind one field and one reason
MAX_ACTIONS: Final = 20  # on an object of one type
MAX_REQUIREMENTS: Final = 6  # facts that together would make one field visible

MASKED: Final = (
    "AuditEntry",
    "Client",
    "ClientSession",
    "Collaboration",
    "Firm",
    "FirmMember",
    "FirmProfile",
    "Invoice",
    "PendingActivity",
)
"""The types of which a field is hidden from some viewers."""

ACTED_ON: Final = (
    "Client",
    "ClientInvitation",
    "ClientMember",
    "ClientMemberInvitation",
    "ClientSession",
    "Collaboration",
    "Conversation",
    "Firm",
    "FirmMember",
    "FirmProfile",
    "IntegrationToken",
    "Invoice",
    "StaffInvitation",
)
"""The types with actions."""

BOUNDS: Final[Mapping[str, int]] = {
    "Query.clientTabs": len(TABS),
    "Query.nodes": MAX_NODES,
    "Query.sections": len(SECTIONS),
    "Viewer.memberships": MAX_PLACES + 1,  # one more for the platform
    "Client.kpis": len(KPI_KINDS),
    "Client.visibleFields": MAX_FIELDS,
    "Collaboration.visibleFields": MAX_FIELDS,
    "FirmProfile.specialties": MAX_SPECIALTIES,
    "FirmProfile.languages": MAX_LANGUAGES,
    "FirmApplication.preconditions": len(PreconditionCode),
    "Invoice.lines": MAX_LINES,
    "FieldExplanation.statements": MAX_STATEMENTS,
    "FieldExplanation.requires": MAX_REQUIREMENTS,
    "HiddenField.requires": MAX_REQUIREMENTS,
    "Query.whyHidden": MAX_FIELDS,
    "UnavailableAction.requires": MAX_REQUIREMENTS,
    **{f"{name}.{field}": MAX_ACTIONS for name in ACTED_ON for field in ("viewerActions", "unavailableActions")},
    **{f"{name}.hiddenFields": MAX_FIELDS for name in MASKED},
    "TerminateCollaborationPayload.revoked": len(RevokedKind),
    "ReportKpisPayload.results": MAX_ITEMS,
    "ReportPendingActivitiesPayload.results": MAX_ITEMS,
    "InviteStaffPayload.invitations": MAX_INVITEES,
    "InviteMemberPayload.invitations": MAX_INVITEES,
    "AssignManagersPayload.clients": MAX_CLIENTS,
}
"""By "Type.field". A list of enum values is bounded by the number of values of the enum."""


def list_sizes(schema: GraphQLSchema, bounds: Mapping[str, int] = BOUNDS) -> dict[str, int]:
    """Returns the bound of each list without pages. Raises ValueError with the lists without a bound and the bounds without a list."""
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
        raise ValueError(f"every list needs pages or a bound, and every bound a list: {', '.join(sorted(wrong))}")
    return found
