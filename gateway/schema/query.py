"""The root type of queries."""

import strawberry

from gateway.resolvers.accounts import viewer as viewer_queries
from gateway.resolvers.audit import queries as audit_queries
from gateway.resolvers.clients import queries as clients_queries
from gateway.resolvers.collaborations import invitation_queries
from gateway.resolvers.collaborations import queries as collaborations_queries
from gateway.resolvers.conversations import queries as conversations_queries
from gateway.resolvers.core import nodes
from gateway.resolvers.firms import profiles
from gateway.resolvers.firms import queries as firms_queries
from gateway.resolvers.invoices import queries as invoices_queries
from gateway.resolvers.tokens import mutations as tokens_mutations
from gateway.schema.accounts.types import Viewer
from gateway.schema.audit.types import AuditEntry
from gateway.schema.clients.types import Client, ClientTabSummary
from gateway.schema.collaborations.invitation_types import ClientInvitation
from gateway.schema.collaborations.types import Collaboration
from gateway.schema.conversations.types import Conversation
from gateway.schema.core.explain import FieldExplanation
from gateway.schema.core.fields import via
from gateway.schema.core.node import Carrier, Connection, Node
from gateway.schema.firms.types import Firm, FirmProfile
from gateway.schema.invoices.types import Invoice
from gateway.schema.tokens.types import IntegrationToken


@strawberry.type(
    description="Queries. The policy decides every row and every field: a field that the "
    "viewer may not see is null, with the error code FIELD_NOT_PERMITTED."
)
class Query(Carrier):
    viewer: Viewer | None = via(viewer_queries.viewer, "The viewer; null for an anonymous caller.")
    client_tabs: list[ClientTabSummary] | None = via(
        clients_queries.client_tabs,
        "The tabs of the Clients page for the viewer's role. INVITES and ONBOARDING are omitted when they are empty.",
    )
    clients: Connection[Client] | None = via(clients_queries.clients, "The clients of one tab, by name.")
    client: Client | None = via(clients_queries.client, "One client by its global id.")
    firm: Firm | None = via(firms_queries.firm, "One firm by its global id; without `id`, the acting firm.")
    firms: Connection[Firm] | None = via(firms_queries.firms, "The firms that the viewer may see, by name.")
    collaboration: Collaboration | None = via(
        collaborations_queries.collaboration, "One collaboration by its global id."
    )
    collaborations: Connection[Collaboration] | None = via(
        collaborations_queries.collaborations, "The collaborations that the viewer may see, newest first."
    )
    client_invitations: Connection[ClientInvitation] | None = via(
        invitation_queries.client_invitations,
        "The invitations that the acting firm sent to companies, newest first; empty for all viewers except the firm's admins.",
    )
    client_invitation_count: int | None = via(
        invitation_queries.client_invitation_count,
        "The number of open invitations to companies; 0 for all viewers except the acting firm's admins.",
    )
    conversations: Connection[Conversation] | None = via(
        conversations_queries.conversations,
        "The conversations of the acting organisation, newest first.",
    )
    collaboration_requests: Connection[Conversation] | None = via(
        conversations_queries.collaboration_requests,
        "The conversations in which clients write to the acting firm, or request "
        "a collaboration, before the two work together; newest first.",
    )
    invoices: Connection[Invoice] | None = via(
        invoices_queries.invoices, "The invoices of the acting organisation, newest first."
    )
    audit_log: Connection[AuditEntry] | None = via(
        audit_queries.audit_log,
        "The entries of the audit trail that the viewer may see, newest first: actions that were done or refused.",
    )
    integration_tokens: Connection[IntegrationToken] | None = via(
        tokens_mutations.integration_tokens,
        "The integration tokens of the acting organisation, newest first, including revoked ones.",
    )
    public_directory: Connection[FirmProfile] | None = via(
        firms_queries.public_directory, "The published profiles of firms, by name, also for anonymous callers."
    )
    marketplace: Connection[FirmProfile] | None = via(
        profiles.marketplace,
        "The published profiles of firms, by name, for members of client companies; empty for all other viewers.",
    )
    review_queue: Connection[FirmProfile] | None = via(
        profiles.review_queue, "The revisions of profiles that wait for a reviewer, oldest first."
    )
    why_hidden: FieldExplanation | None = via(
        nodes.why_hidden, "Why a field of an object that the viewer may see is hidden, and what would make it visible."
    )
    node: Node | None = via(nodes.node, "One object by its global id.")
    nodes: list[Node | None] | None = via(
        nodes.nodes,
        "Objects by their global ids, in the order of `ids`. An id without a visible object gives null and an error of its own.",
    )
