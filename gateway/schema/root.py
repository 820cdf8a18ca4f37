"""Where requests begin."""

import strawberry

from gateway.resolvers import audit as audit_how
from gateway.resolvers import clients as clients_how
from gateway.resolvers import collaborations as collaborations_how
from gateway.resolvers import conversations as conversations_how
from gateway.resolvers import firms as firms_how
from gateway.resolvers import invitations as invitations_how
from gateway.resolvers import invoices as invoices_how
from gateway.resolvers import nodes as nodes_how
from gateway.resolvers import people as people_how
from gateway.resolvers import profiles as profiles_how
from gateway.resolvers import tokens as tokens_how
from gateway.schema.clients import Client, ClientConnection, ClientTabSummary
from gateway.schema.collaborations import AuditEntryConnection, Collaboration, CollaborationConnection
from gateway.schema.conversations import ConversationConnection
from gateway.schema.explain import FieldExplanation
from gateway.schema.fields import via
from gateway.schema.firms import Firm, FirmConnection, FirmProfile
from gateway.schema.invitations import ClientInvitation
from gateway.schema.invoices import InvoiceConnection
from gateway.schema.mutations.access import Access
from gateway.schema.mutations.accounts import Accounts
from gateway.schema.mutations.assignments import Assignments
from gateway.schema.mutations.collaborations import Collaborating
from gateway.schema.mutations.conversations import Conversing
from gateway.schema.mutations.credentials import Credentials
from gateway.schema.mutations.inviting import Inviting
from gateway.schema.mutations.invoices import Invoices
from gateway.schema.mutations.members import Members
from gateway.schema.mutations.profiles import Profiles
from gateway.schema.mutations.programme import Programme
from gateway.schema.mutations.renaming import Renaming
from gateway.schema.mutations.reports import Reports
from gateway.schema.mutations.requests import Requests
from gateway.schema.mutations.sessions import Sessions
from gateway.schema.mutations.staff import Staff
from gateway.schema.mutations.tokens import Tokens
from gateway.schema.mutations.verifying import Verifying
from gateway.schema.node import Connection, Node
from gateway.schema.people import Viewer
from gateway.schema.tokens import IntegrationTokenConnection


@strawberry.type(description="What can be read. Every row and every field is decided by the policy.")
class Query:
    viewer: Viewer | None = via(people_how.viewer, "Whoever asks; null when nobody is signed in.")
    client_tabs: list[ClientTabSummary] | None = via(
        clients_how.client_tabs,
        "The tabs of the Clients page for this role; empty ones of INVITES and ONBOARDING are left out.",
    )
    clients: ClientConnection | None = via(clients_how.clients, "The clients of one tab, by name.")
    client: Client | None = via(clients_how.client, "One client.")
    firm: Firm | None = via(firms_how.firm, "One firm: without an id the acting one.")
    firms: FirmConnection | None = via(firms_how.firms, "The firms that the viewer may see, by name.")
    collaboration: Collaboration | None = via(collaborations_how.collaboration, "One collaboration.")
    collaborations: CollaborationConnection | None = via(
        collaborations_how.collaborations, "The collaborations that the viewer may see, the newest first."
    )
    client_invitations: Connection[ClientInvitation] | None = via(
        invitations_how.client_invitations,
        "The invitations that the acting firm sent to companies, the newest first; empty for all but its admins.",
    )
    client_invitation_count: int | None = via(
        invitations_how.client_invitation_count,
        "The number of open invitations to companies; 0 for all but the acting firm's admins.",
    )
    conversations: ConversationConnection | None = via(
        conversations_how.conversations,
        "What the acting organisation and others write to each other, the newest first.",
    )
    collaboration_requests: ConversationConnection | None = via(
        conversations_how.collaboration_requests,
        "What clients write to the acting firm, and ask of it, before they work together; the newest first.",
    )
    invoices: InvoiceConnection | None = via(
        invoices_how.invoices, "The invoices of the acting organisation, the newest first."
    )
    audit_log: AuditEntryConnection | None = via(
        audit_how.audit_log, "What was done and refused, the newest first: the viewer's own slice."
    )
    integration_tokens: IntegrationTokenConnection | None = via(
        tokens_how.integration_tokens, "The integration tokens of the acting organisation, the newest first."
    )
    public_directory: Connection[FirmProfile] | None = via(
        firms_how.public_directory, "The published profiles of firms, for everybody."
    )
    marketplace: Connection[FirmProfile] | None = via(
        profiles_how.marketplace, "The published profiles of firms, for people of clients; empty for all others."
    )
    review_queue: Connection[FirmProfile] | None = via(
        profiles_how.review_queue, "The revisions of profiles that wait for a reviewer, the oldest first."
    )
    why_hidden: FieldExplanation | None = via(
        nodes_how.why_hidden, "Why a field of an object that the viewer may see is hidden, and what would open it."
    )
    node: Node | None = via(nodes_how.node, "An object by its global id.")
    nodes: list[Node | None] | None = via(nodes_how.nodes, "Objects by their global ids, in the order asked for.")


@strawberry.type(description="What can be changed. An `Idempotency-Key` header makes asking again harmless.")
class Mutation(
    Credentials,
    Accounts,
    Tokens,
    Programme,
    Requests,
    Verifying,
    Collaborating,
    Access,
    Invoices,
    Reports,
    Staff,
    Members,
    Renaming,
    Assignments,
    Profiles,
    Sessions,
    Conversing,
    Inviting,
):
    pass
