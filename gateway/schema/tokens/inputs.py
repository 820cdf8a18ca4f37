"""Inputs for integration tokens."""

import strawberry

from gateway.schema.core.scalars import DateTime
from gateway.schema.tokens.enums import TokenScope


@strawberry.input(description="The integration token to create for the acting organisation.")
class CreateTokenInput:
    name: str = strawberry.field(description="The name or purpose of the token, in 1 to 100 characters.")
    scopes: list[TokenScope] = strawberry.field(
        description="What the token may do: one or more of `viewer { tokenScopes }`."
    )
    expires_at: DateTime | None = strawberry.field(
        description="When it expires, a future time. Without it, the token works until it is revoked.",
        default=None,
    )


@strawberry.input(description="The integration token to revoke.")
class RevokeTokenInput:
    id: strawberry.ID = strawberry.field(description="The global id of the token.")
