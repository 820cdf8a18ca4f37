"""Inputs for integration tokens."""

from datetime import datetime

import strawberry

from gateway.forms import checks, entry
from gateway.schema.tokens.enums import TokenScope


@strawberry.input(description="The integration token to create for the acting organisation.")
class CreateTokenInput:
    name: str = entry(check=checks.name(), description="The name or purpose of the token, in 1 to 100 characters.")
    scopes: list[TokenScope] = strawberry.field(
        description="What the token may do: one or more of `viewer { tokenScopes }`."
    )
    expires_at: datetime | None = entry(
        check=checks.future,
        description="When it expires, a future time. Without it, the token works until it is revoked.",
        default=None,
    )


@strawberry.input(description="The integration token to revoke.")
class RevokeTokenInput:
    id: strawberry.ID = strawberry.field(description="The global id of the token.")
