"""The root type of mutations."""

import strawberry

from gateway.schema.accounts.mutations import Accounts, Credentials
from gateway.schema.client_sessions.mutations import Sessions
from gateway.schema.clients.mutations import Assignments, Members, Renaming, Verifying
from gateway.schema.collaborations.mutations import Access, Collaborating, Inviting, Requests
from gateway.schema.conversations.mutations import Conversing
from gateway.schema.core.node import Carrier
from gateway.schema.firms.mutations import Profiles, Programme, Staff
from gateway.schema.invoices.mutations import Invoices
from gateway.schema.kpis.mutations import Reports
from gateway.schema.tokens.mutations import Tokens


@strawberry.type(
    description="Mutations. A signed-in caller that sends an `Idempotency-Key` header can "
    "repeat the same request within 24 hours without changing anything twice."
)
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
    Carrier,
):
    pass
