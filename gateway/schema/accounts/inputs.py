"""Inputs for sign-up, sign-in, passwords, the language and the erasure of a person."""

from typing import Final

import strawberry

from gateway.forms import checks, entry
from gateway.schema.core.enums import Country, Locale
from gateway.schema.core.scalars import EmailAddress
from gateway.schema.firms.enums import BusinessKind, FirmAccountType, Industry
from gateway.text.validation import MAX_NAME_LENGTH, MAX_NUMBER_LENGTH

MAX_PHONE_LENGTH: Final = 40  # characters


@strawberry.input(description="The firm to sign up, and the person who signs it up.")
class SignUpFirmInput:
    type: FirmAccountType = strawberry.field(description="The account type.")
    industry: Industry = strawberry.field(description="The industry.")
    firm_name: str = entry(check=checks.name(), description="The firm's name, in 1 to 100 characters.")
    business_kind: BusinessKind = strawberry.field(description="The kind of the firm.")
    country: Country = strawberry.field(description="The country of the firm.")
    name: str = entry(check=checks.name(), description="The person's name, in 1 to 100 characters.")
    email: EmailAddress = entry(
        check=checks.address,
        description="The person's mail address, at most 254 characters. The sign-up mail is sent to it.",
    )
    payroll_program: str | None = entry(
        check=checks.maybe_text(MAX_NAME_LENGTH, lines=False),
        description="The payroll program that the firm uses, in 1 to 100 characters.",
        default=None,
    )
    phone: str | None = entry(
        check=checks.maybe_text(MAX_PHONE_LENGTH, lines=False),
        description="The person's phone number, in 1 to 40 characters.",
        default=None,
    )
    locale: Locale | None = strawberry.field(description="The language of mails. Default: English.", default=None)


@strawberry.input(
    description="The sign-up to complete. If the address belongs to a known person, that "
    "person must be signed in. Otherwise `password` is required."
)
class CompleteSignUpInput:
    token: str = strawberry.field(description="The token from the link in the mail.")
    password: str | None = strawberry.field(
        description="The password of a new person, in 12 to 128 characters. It is ignored for a known person.",
        default=None,
    )


@strawberry.input(description="The account for the acting firm's own spending.")
class CreateOwnAccountInput:
    company_name: str = entry(check=checks.name(), description="The name of the company, in 1 to 100 characters.")
    country: Country = strawberry.field(description="The country of the company.")
    company_number: str | None = entry(
        check=checks.text(MAX_NUMBER_LENGTH),
        description="The number of the company in the register, in 1 to 50 characters.",
        default=None,
    )


@strawberry.input(description="The person who has lost their password.")
class RequestPasswordResetInput:
    email: EmailAddress = entry(check=checks.address, description="The person's mail address.")


@strawberry.input(description="The password to set.")
class ResetPasswordInput:
    token: str = strawberry.field(description="The token from the link in the mail.")
    password: str = entry(check=checks.password, description="The new password, in 12 to 128 characters.")


@strawberry.input(description="The change of the viewer's own password.")
class ChangePasswordInput:
    current_password: str = strawberry.field(description="The present password.")
    new_password: str = entry(check=checks.password, description="The new password, in 12 to 128 characters.")
    refresh_token: str | None = strawberry.field(
        description="The refresh token of the session to keep. Without it, all sessions end.", default=None
    )


@strawberry.input(description="The language to use.")
class SetLocaleInput:
    locale: Locale = strawberry.field(description="The language of mails.")


@strawberry.input(description="The organisation to act for by default.")
class SetDefaultOrganisationInput:
    organisation: strawberry.ID = strawberry.field(
        description="The global id of the organisation: one of `viewer { memberships }`."
    )


@strawberry.input(description="The person to erase.")
class EraseUserInput:
    id: strawberry.ID = strawberry.field(
        description="The global id of any `FirmMember` or `ClientMember` of the person."
    )
    confirm: bool = entry(check=checks.confirmed, description="Must be true: the erasure cannot be undone.")


@strawberry.input(description="The credentials of the person who signs in.")
class SignInInput:
    email: EmailAddress = strawberry.field(description="The person's mail address.")
    password: str = strawberry.field(description="The password.")
    device_token: str | None = strawberry.field(
        description="The `deviceToken` of this person's last sign-in on this device. With it, failed "
        "sign-ins from elsewhere do not delay this one. An invalid token is ignored.",
        default=None,
    )


@strawberry.input(description="The refresh token of the last session.")
class RefreshInput:
    refresh_token: str = strawberry.field(description="The refresh token. It works once.")


@strawberry.input(description="The session to end.")
class SignOutInput:
    refresh_token: str = strawberry.field(description="Any refresh token of the session.")
