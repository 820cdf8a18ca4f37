"""Object types of integration tokens, with which machines act for an organisation."""

import strawberry

from gateway.resolvers.core.formats import moment
from gateway.resolvers.tokens import mutations as tokens_mutations
from gateway.schema.core.fields import column, leaf, words_of
from gateway.schema.core.node import Node
from gateway.schema.tokens.enums import TokenAction, TokenScope


@strawberry.type(
    description="A machine's token, bound to one organisation or to the platform. Its secret is returned once, by `createToken`."
)
class IntegrationToken(Node):
    name: str = leaf("The name or purpose of the token.")
    scopes: list[TokenScope] = leaf("What the token may do.", tokens_mutations.scopes)
    created_by: str = leaf(
        "The name of the person who created it. The token may never do more than this "
        "person may do now, and ends when the person leaves the organisation."
    )
    created_at: str = leaf("When it was created (ISO 8601 with UTC offset).", tokens_mutations.created_at)
    expires_at: str | None = leaf(
        "When it expires (ISO 8601 with UTC offset); null if it does not expire.", column("expires_at", moment)
    )
    last_used_at: str | None = leaf(
        "When it was last used, accurate to about one minute (ISO 8601 with UTC offset); null if it was never used.",
        column("last_used_at", moment),
    )
    revoked_at: str | None = leaf(
        "When it was revoked (ISO 8601 with UTC offset); null if it is not revoked.", column("revoked_at", moment)
    )
    viewer_actions: list[TokenAction] = leaf("The actions that the viewer may take on the token now.", words_of("may"))
