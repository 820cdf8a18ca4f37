"""Integration tokens: machines that act for an organisation."""

import strawberry

from gateway.resolvers.core.formats import moment
from gateway.resolvers.tokens import mutations as tokens_mutations
from gateway.schema.core.fields import column, leaf, words_of
from gateway.schema.core.node import Node
from gateway.schema.tokens.enums import TokenAction, TokenScope


@strawberry.type(
    description="A machine's token, bound to one organisation or to the platform. Its text is shown once, when it is made."
)
class IntegrationToken(Node):
    name: str = leaf("What it is for.")
    scopes: list[TokenScope] = leaf("What it may do.", tokens_mutations.scopes)
    created_by: str = leaf("Who made it. It never does more than they may today, and dies when they leave.")
    created_at: str = leaf("When it was made.", tokens_mutations.created_at)
    expires_at: str | None = leaf("When it ends by itself; null if it does not.", column("expires_at", moment))
    last_used_at: str | None = leaf("When it was last used, to the minute.", column("last_used_at", moment))
    revoked_at: str | None = leaf("When it was revoked.", column("revoked_at", moment))
    viewer_actions: list[TokenAction] = leaf("What the viewer may do with it now.", words_of("may"))
