"""Mutations of integration tokens: creation and revocation (D26, D41)."""

import strawberry

from gateway.resolvers.tokens import mutations as tokens_mutations
from gateway.schema.core.fields import leaf, via
from gateway.schema.core.node import Carrier
from gateway.schema.tokens.types import IntegrationToken


@strawberry.type(description="The result of `createToken`.")
class CreateTokenPayload(Carrier):
    token: IntegrationToken | None = leaf("The token.")
    secret: str | None = leaf(
        "The secret, for the Authorization header as Bearer. It is returned once: "
        "null if the request is repeated with the same Idempotency-Key."
    )


@strawberry.type(description="The result of `revokeToken`.")
class RevokeTokenPayload(Carrier):
    token: IntegrationToken | None = leaf("The token.")


@strawberry.type
class Tokens:
    create_token: CreateTokenPayload | None = via(
        tokens_mutations.create_token, "Create an integration token for the acting organisation."
    )
    revoke_token: RevokeTokenPayload | None = via(
        tokens_mutations.revoke_token, "Revoke an integration token, with immediate effect."
    )
