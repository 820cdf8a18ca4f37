"""Inputs about people and their sessions."""

import strawberry


@strawberry.input(description="Who signs in.")
class SignInInput:
    email: str = strawberry.field(description="The address.")
    password: str = strawberry.field(description="The password.")
    device_token: str | None = strawberry.field(
        description="The `deviceToken` of the last sign-in of this person on this device. With it, failed sign-ins "
        "from elsewhere do not delay this one. One that is not valid is ignored.",
        default=None,
    )


@strawberry.input(description="The refresh token of the last session.")
class RefreshInput:
    refresh_token: str = strawberry.field(description="The token; it works once.")


@strawberry.input(description="The session to end.")
class SignOutInput:
    refresh_token: str = strawberry.field(description="Any refresh token of the session.")
