"""Sessions: begun, renewed, ended. These three mutations take no Idempotency-Key: a refresh token is one itself."""

import strawberry

from gateway.resolvers import people as how
from gateway.schema.fields import leaf, via


@strawberry.type(description="What signing in gives.")
class Session:
    access_token: str = leaf("The token for the Authorization header, as Bearer.")
    expires_at: str = leaf("When it ends.")
    refresh_token: str = leaf("What the next session costs. It works once; used twice it ends the whole session.")
    refresh_expires_at: str = leaf("When that ends.")
    device_token: str | None = leaf(
        "Only from `signIn`: send it with the next sign-in on this device. It works once, and until the password changes."
    )


@strawberry.type(description="What signing out gives.")
class SignedOut:
    signed_out: bool = leaf("Always true.")


@strawberry.type
class Credentials:
    sign_in: Session | None = via(how.sign_in, "Sign in by e-mail and password.")
    refresh: Session | None = via(how.refresh, "Change a refresh token for a new session.")
    sign_out: SignedOut | None = via(how.sign_out, "End a session.")
