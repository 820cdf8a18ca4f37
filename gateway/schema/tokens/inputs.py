"""Inputs about integration tokens."""

import strawberry

from gateway.schema.tokens.enums import TokenScope


@strawberry.input(description="The integration token to make, for the organisation that the request acts for.")
class CreateTokenInput:
    name: str = strawberry.field(description="What it is for, in 1 to 100 characters.")
    scopes: list[TokenScope] = strawberry.field(description="What it may do: one or more of `viewer { tokenScopes }`.")
    expires_at: str | None = strawberry.field(
        description="When it ends by itself, as ISO 8601 with an offset; without it, when it is revoked.", default=None
    )


@strawberry.input(description="The integration token to revoke.")
class RevokeTokenInput:
    id: strawberry.ID = strawberry.field(description="Its global id.")
