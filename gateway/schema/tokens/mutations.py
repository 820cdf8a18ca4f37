"""Integration tokens: made and revoked (D26, D41)."""

import strawberry

from gateway.resolvers.tokens import mutations as tokens_mutations
from gateway.schema.core.fields import leaf, via
from gateway.schema.core.node import Carrier
from gateway.schema.tokens.types import IntegrationToken


@strawberry.type(description="A token that was made.")
class CreateTokenPayload(Carrier):
    token: IntegrationToken | None = leaf("The token.")
    secret: str | None = leaf(
        "Its text, for the Authorization header, as Bearer. It is never shown again: null when this was asked before."
    )


@strawberry.type(description="A token that was revoked.")
class RevokeTokenPayload(Carrier):
    token: IntegrationToken | None = leaf("The token.")


@strawberry.type
class Tokens:
    create_token: CreateTokenPayload | None = via(
        tokens_mutations.create_token, "Make an integration token for the acting organisation."
    )
    revoke_token: RevokeTokenPayload | None = via(
        tokens_mutations.revoke_token, "Revoke an integration token, at once."
    )
