"""The root type of queries."""

import strawberry

from gateway.reads.roots import RootExplained, RootNodes, RootViewer
from gateway.resolvers.accounts import viewer as viewer_queries
from gateway.resolvers.audit.queries import AUDIT_LOG
from gateway.resolvers.clients.queries import CLIENT, CLIENT_TABS, CLIENTS
from gateway.resolvers.collaborations.queries import (
    CLIENT_INVITATION_COUNT,
    CLIENT_INVITATIONS,
    COLLABORATION,
    COLLABORATIONS,
)
from gateway.resolvers.conversations.queries import COLLABORATION_REQUESTS, CONVERSATIONS
from gateway.resolvers.core import nodes
from gateway.resolvers.firms.queries import FIRM, FIRMS, MARKETPLACE, PUBLIC_DIRECTORY, REVIEW_QUEUE
from gateway.resolvers.invoices.queries import INVOICES
from gateway.resolvers.kpis.sections import SECTIONS_OF_LEVELS, resolve_sections
from gateway.resolvers.tokens.mutations import INTEGRATION_TOKENS
from gateway.schema.accounts.types import Viewer
from gateway.schema.audit.types import AuditEntry
from gateway.schema.clients.types import Client, ClientTabSummary
from gateway.schema.collaborations.invitation_types import ClientInvitation
from gateway.schema.collaborations.types import Collaboration
from gateway.schema.conversations.types import Conversation
from gateway.schema.core.explain import FieldExplanation
from gateway.schema.core.fields import begun_at, by_id, count_by, listed_by, tabs_of
from gateway.schema.core.node import Carrier, Connection, Node
from gateway.schema.firms.types import Firm, FirmProfile
from gateway.schema.invoices.types import Invoice
from gateway.schema.kpis.types import OpenSection
from gateway.schema.tokens.types import IntegrationToken


@strawberry.type(
    description="Queries. The policy decides every row and every field: a field that the "
    "viewer may not see is null, with the error code FIELD_NOT_PERMITTED."
)
class Query(Carrier):
    viewer: Viewer | None = begun_at("The viewer; null for an anonymous caller.", RootViewer(), viewer_queries.viewer)
    client_tabs: list[ClientTabSummary] | None = tabs_of(
        "The tabs of the Clients page for the viewer's role. INVITES and ONBOARDING are omitted when they are empty.",
        CLIENT_TABS,
    )
    clients: Connection[Client] | None = listed_by("The clients of one tab, by name.", CLIENTS)
    client: Client | None = by_id("One client by its global id.", CLIENT)
    firm: Firm | None = by_id("One firm by its global id; without `id`, the acting firm.", FIRM)
    firms: Connection[Firm] | None = listed_by("The firms that the viewer may see, by name.", FIRMS)
    collaboration: Collaboration | None = by_id("One collaboration by its global id.", COLLABORATION)
    collaborations: Connection[Collaboration] | None = listed_by(
        "The collaborations that the viewer may see, newest first.", COLLABORATIONS
    )
    client_invitations: Connection[ClientInvitation] | None = listed_by(
        "The invitations that the acting firm sent to companies, newest first; empty for all viewers except the firm's admins.",
        CLIENT_INVITATIONS,
    )
    client_invitation_count: int | None = count_by(
        "The number of open invitations to companies; 0 for all viewers except the acting firm's admins.",
        CLIENT_INVITATION_COUNT,
    )
    conversations: Connection[Conversation] | None = listed_by(
        "The conversations of the acting organisation, by their last message, newest first.", CONVERSATIONS
    )
    collaboration_requests: Connection[Conversation] | None = listed_by(
        "The conversations in which clients write to the acting firm, or request "
        "a collaboration, before the two work together; by their last message, newest first.",
        COLLABORATION_REQUESTS,
    )
    invoices: Connection[Invoice] | None = listed_by("The invoices of the acting organisation, newest first.", INVOICES)
    audit_log: Connection[AuditEntry] | None = listed_by(
        "The entries of the audit trail that the viewer may see, newest first: actions that were done or refused.",
        AUDIT_LOG,
    )
    integration_tokens: Connection[IntegrationToken] | None = listed_by(
        "The integration tokens of the acting organisation, newest first, including revoked ones.",
        INTEGRATION_TOKENS,
    )
    public_directory: Connection[FirmProfile] | None = listed_by(
        "The published profiles of firms, by name, also for anonymous callers.", PUBLIC_DIRECTORY
    )
    marketplace: Connection[FirmProfile] | None = listed_by(
        "The published profiles of firms, by name, for members of client companies; empty for all other viewers.",
        MARKETPLACE,
    )
    review_queue: Connection[FirmProfile] | None = listed_by(
        "The revisions of profiles that wait for a reviewer, oldest first.", REVIEW_QUEUE
    )
    sections: list[OpenSection] | None = begun_at(
        "The sections of the product that a grant of access opens, by level, with their kinds of pending work. It is the same"
        " for every caller.",
        SECTIONS_OF_LEVELS,
        resolve_sections,
    )
    why_hidden: list[FieldExplanation] | None = begun_at(
        "Why fields of an object that the viewer may see are hidden, and what would make them visible.",
        RootExplained(),
        nodes.why_hidden,
    )
    node: Node | None = begun_at("One object by its global id.", RootNodes(many=False), nodes.node)
    nodes: list[Node | None] | None = begun_at(
        "Objects by their global ids, in the order of `ids`. An id without a visible object gives null and an error of its own.",
        RootNodes(many=True),
        nodes.nodes,
    )
