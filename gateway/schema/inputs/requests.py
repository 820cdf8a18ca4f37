"""Inputs about how clients and firms find together."""

import strawberry

_PROFILE = "The global id of the firm's published profile."
_MESSAGE = "What the firm's admins read with it, up to 1,000 characters."


@strawberry.input(
    description="The firm that keeps the acting company's books from now on, if it accepts: one of `profile` and `code`."
)
class AddFirmAsBookkeeperInput:
    profile: strawberry.ID | None = strawberry.field(description=_PROFILE, default=None)
    code: str | None = strawberry.field(
        description="The firm's invitation code, in any case, with or without hyphens and spaces.", default=None
    )
    message: str | None = strawberry.field(description=_MESSAGE, default=None)


@strawberry.input(description="The firm of the marketplace that is asked to work for the acting company.")
class RequestCollaborationInput:
    profile: strawberry.ID = strawberry.field(description=_PROFILE)
    message: str | None = strawberry.field(description=_MESSAGE, default=None)
