"""Inputs that change the name of a company or a firm."""

import strawberry

NAME = "The new name, in 1 to 100 characters."


@strawberry.input(description="The new name of the acting company.")
class RenameCompanyInput:
    name: str = strawberry.field(description=NAME)


@strawberry.input(description="The new name of the acting firm.")
class RenameFirmInput:
    name: str = strawberry.field(description=NAME)
