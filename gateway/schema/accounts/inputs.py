"""Inputs about how people and firms come in, and leave for good."""

import strawberry

from gateway.schema.core.enums import Country, Locale
from gateway.schema.firms.enums import BusinessKind, FirmAccountType, Industry


@strawberry.input(description="The firm to found, and whoever founds it.")
class SignUpFirmInput:
    type: FirmAccountType = strawberry.field(description="Which account: that of an advisory firm.")
    industry: Industry = strawberry.field(description="The industry: that of partners.")
    firm_name: str = strawberry.field(description="The firm's name, in 1 to 100 characters.")
    business_kind: BusinessKind = strawberry.field(description="What kind of firm it is.")
    country: Country = strawberry.field(description="Where it is.")
    name: str = strawberry.field(description="The person's name, in 1 to 100 characters.")
    email: str = strawberry.field(description="The person's address, to which the letter goes: 254 characters at most.")
    payroll_program: str | None = strawberry.field(
        description="The payroll program that the firm uses, in 1 to 100 characters.", default=None
    )
    phone: str | None = strawberry.field(description="The person's phone, in 1 to 40 characters.", default=None)
    locale: Locale | None = strawberry.field(description="The language of mails; English if left out.", default=None)


@strawberry.input(
    description="The sign-up to complete. Whoever is known here signs in first; whoever is not chooses a password."
)
class CompleteSignUpInput:
    token: str = strawberry.field(description="What the letter's link carries.")
    password: str | None = strawberry.field(
        description="The password of somebody new, in 12 to 128 characters; of a known person it is ignored.",
        default=None,
    )


@strawberry.input(description="The account for the acting firm's own spending.")
class CreateOwnAccountInput:
    company_name: str = strawberry.field(description="Its name, in 1 to 100 characters.")
    country: Country = strawberry.field(description="Where the company is.")
    company_number: str | None = strawberry.field(
        description="Its number in the register, in 1 to 50 characters.", default=None
    )


@strawberry.input(description="Whose password is lost.")
class RequestPasswordResetInput:
    email: str = strawberry.field(description="The address.")


@strawberry.input(description="The password to set.")
class ResetPasswordInput:
    token: str = strawberry.field(description="What the letter's link carries.")
    password: str = strawberry.field(description="The new password, in 12 to 128 characters.")


@strawberry.input(description="The password to change: the viewer's own.")
class ChangePasswordInput:
    current_password: str = strawberry.field(description="The password as it is.")
    new_password: str = strawberry.field(description="The new password, in 12 to 128 characters.")
    refresh_token: str | None = strawberry.field(
        description="The refresh token of the session that stays. Without it all of them end.", default=None
    )


@strawberry.input(description="The language to use.")
class SetLocaleInput:
    locale: Locale = strawberry.field(description="The language of mails.")


@strawberry.input(description="The person to erase.")
class EraseUserInput:
    user: strawberry.ID = strawberry.field(
        description="The global id of the person in any firm, or in any client company."
    )
    confirm: bool = strawberry.field(description="Must be true: nobody can take it back.")


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
