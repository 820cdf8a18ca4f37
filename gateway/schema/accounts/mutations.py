"""Mutations of accounts: sign-up, sign-in, passwords, the language and erasure (V17–V34, P19–P23, D52)."""

import strawberry

from gateway.resolvers.accounts import erasure, passwords, sign_up, viewer
from gateway.schema.accounts.types import Membership, User
from gateway.schema.core.fields import leaf, via
from gateway.schema.core.node import Carrier
from gateway.schema.core.scalars import DateTime
from gateway.schema.firms.types import Firm


@strawberry.type(
    description="The result of `signUpFirm`. It is the same whether or not the address belongs to a known person."
)
class SignUpFirmPayload(Carrier):
    accepted: bool = leaf("Always true. A mail is sent to the address, unless too many were requested.")


@strawberry.type(description="The new firm. The caller can act for it from the next request on.")
class CompleteSignUpPayload(Carrier):
    membership: Membership | None = leaf("The person's membership of the firm.")


@strawberry.type(description="The firm's new account. The viewer can act for it from the next request on.")
class CreateOwnAccountPayload(Carrier):
    membership: Membership | None = leaf("The person's membership of the company.")
    firm: Firm | None = leaf("The firm.")


@strawberry.type(
    description="The result of `requestPasswordReset`. It is the same whether or not the address belongs to a known person."
)
class RequestPasswordResetPayload(Carrier):
    accepted: bool = leaf(
        "Always true. If the address belongs to a known person, a mail is sent to it, unless too many were requested."
    )


@strawberry.type(description="The result of `resetPassword`.")
class ResetPasswordPayload(Carrier):
    done: bool = leaf("Always true. All sessions of the person have ended.")


@strawberry.type(description="The result of `changePassword`.")
class ChangePasswordPayload(Carrier):
    ended_sessions: int = leaf(
        "The number of other sessions that ended. All access tokens issued before the "
        "change are invalid: a client that keeps its session has to refresh it."
    )


@strawberry.type(description="The result of `setLocale`.")
class SetLocalePayload(Carrier):
    user: User | None = leaf("The person.")


@strawberry.type(description="The result of `setDefaultOrganisation`.")
class SetDefaultOrganisationPayload(Carrier):
    membership: Membership | None = leaf("The viewer's membership of the organisation.")


@strawberry.type(description="The result of `eraseUser`.")
class EraseUserPayload(Carrier):
    erased: bool = leaf("Always true.")


@strawberry.type
class Accounts:
    sign_up_firm: SignUpFirmPayload | None = via(
        sign_up.sign_up_firm,
        "Sign a firm up for its trial of 14 days. The link in the mail works once, within 24 hours.",
    )
    complete_sign_up: CompleteSignUpPayload | None = via(
        sign_up.complete_sign_up, "Create the firm of a sign-up, with the token from the mail."
    )
    create_own_account: CreateOwnAccountPayload | None = via(
        sign_up.create_own_account,
        "Create an account for the acting firm's own spending. The viewer becomes its owner.",
    )
    request_password_reset: RequestPasswordResetPayload | None = via(
        passwords.request_password_reset,
        "Request a mail with a link to set a new password. The link works once, within one hour.",
    )
    reset_password: ResetPasswordPayload | None = via(
        passwords.reset_password, "Set a new password, with the token from the mail. All sessions of the person end."
    )
    change_password: ChangePasswordPayload | None = via(
        passwords.change_password,
        "Change the viewer's password. All sessions end, except the one named by `refreshToken`.",
    )
    set_locale: SetLocalePayload | None = via(passwords.set_locale, "Choose the language of the viewer's mails.")
    set_default_organisation: SetDefaultOrganisationPayload | None = via(
        viewer.set_default_organisation,
        "Choose the organisation that the viewer acts for in requests without the header X-Acting-As.",
    )
    erase_user: EraseUserPayload | None = via(
        erasure.erase_user,
        "Erase a person permanently: a pseudonym replaces their personal data, and all their memberships end.",
    )


@strawberry.type
class Tokens(Carrier):
    """The tokens of a session."""

    access_token: str = leaf("The access token, for the Authorization header as Bearer.")
    expires_at: DateTime = leaf("When the access token expires.")
    refresh_token: str = leaf(
        "The token with which `refresh` opens the next session. It works once; a second use ends the whole session."
    )
    refresh_expires_at: DateTime = leaf("When the refresh token expires.")


@strawberry.type(description="The tokens of a new session.")
class SignInPayload(Tokens):
    device_token: str | None = leaf(
        "Send it with the next sign-in on this device. It works once, and becomes invalid when the password changes."
    )


@strawberry.type(description="The new tokens of a session.")
class RefreshPayload(Tokens):
    pass


@strawberry.type(description="The result of `signOut`.")
class SignOutPayload(Carrier):
    ended: bool = leaf("Always true.")


@strawberry.type
class Credentials:
    sign_in: SignInPayload | None = via(viewer.sign_in, "Sign in with a mail address and a password.")
    refresh: RefreshPayload | None = via(viewer.refresh, "Exchange a refresh token for new tokens of the same session.")
    sign_out: SignOutPayload | None = via(viewer.sign_out, "End the session of a refresh token.")
