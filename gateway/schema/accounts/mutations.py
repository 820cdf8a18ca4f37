"""Accounts: a firm signs up, people set their passwords and their language, and are erased (V17–V34, P19–P23, D52)."""

import strawberry

from gateway.resolvers.accounts import erasure, passwords, sign_up, viewer
from gateway.schema.accounts.types import User
from gateway.schema.core.fields import leaf, via
from gateway.schema.core.node import Carrier
from gateway.schema.firms.types import Firm


@strawberry.type(description="A sign-up that was taken down. The answer is the same whoever has the address.")
class SignUpFirmPayload(Carrier):
    accepted: bool = leaf("Always true. If it was not one of too many, a letter goes to the address.")


@strawberry.type(description="A firm that was founded. It is one to act for from the next request on.")
class CompleteSignUpPayload(Carrier):
    firm_id: strawberry.ID | None = leaf("The firm's global id, for the header X-Acting-As.")
    firm_name: str | None = leaf("The firm's name.")


@strawberry.type(description="A firm's own account. It is one to act for from the next request on.")
class CreateOwnAccountPayload(Carrier):
    client_id: strawberry.ID | None = leaf("The company's global id, for the header X-Acting-As.")
    client_name: str | None = leaf("The company's name.")
    firm: Firm | None = leaf("The firm.")


@strawberry.type(description="A letter that was asked for. The answer is the same whoever has the address.")
class RequestPasswordResetPayload(Carrier):
    accepted: bool = leaf("Always true. If the address is known and it was not one of too many, a letter goes there.")


@strawberry.type(description="A password that was set.")
class ResetPasswordPayload(Carrier):
    done: bool = leaf("Always true. All sessions of the person have ended.")


@strawberry.type(description="A password that was changed.")
class ChangePasswordPayload(Carrier):
    ended_sessions: int = leaf(
        "How many other sessions ended. All access tokens of before end: who keeps a session refreshes it."
    )


@strawberry.type(description="A language that was chosen.")
class SetLocalePayload(Carrier):
    user: User | None = leaf("The person.")


@strawberry.type(description="A person who was erased.")
class EraseUserPayload(Carrier):
    erased: bool = leaf("Always true.")


@strawberry.type
class Accounts:
    sign_up_firm: SignUpFirmPayload | None = via(
        sign_up.sign_up_firm, "Sign a firm up for its trial. The letter's link works for 24 hours, once."
    )
    complete_sign_up: CompleteSignUpPayload | None = via(
        sign_up.complete_sign_up, "Found the firm of a sign-up, with the token of its letter."
    )
    create_own_account: CreateOwnAccountPayload | None = via(
        sign_up.create_own_account, "Create an account for the acting firm's own spending. The viewer owns it."
    )
    request_password_reset: RequestPasswordResetPayload | None = via(
        passwords.request_password_reset, "Ask for a letter with a link that sets a new password, for an hour, once."
    )
    reset_password: ResetPasswordPayload | None = via(
        passwords.reset_password, "Set a new password, with the token of the letter. All sessions end."
    )
    change_password: ChangePasswordPayload | None = via(
        passwords.change_password, "Change the viewer's password. All sessions end but the one that is named."
    )
    set_locale: SetLocalePayload | None = via(passwords.set_locale, "Choose the language of the viewer's mails.")
    erase_user: EraseUserPayload | None = via(
        erasure.erase_user,
        "Erase a person: what is known of them is replaced by a pseudonym, and all their places end. For good.",
    )


@strawberry.type(description="What signing in gives.")
class Session(Carrier):
    access_token: str = leaf("The token for the Authorization header, as Bearer.")
    expires_at: str = leaf("When it ends.")
    refresh_token: str = leaf("What the next session costs. It works once; used twice it ends the whole session.")
    refresh_expires_at: str = leaf("When that ends.")
    device_token: str | None = leaf(
        "Only from `signIn`: send it with the next sign-in on this device. It works once, and until the password changes."
    )


@strawberry.type(description="What signing out gives.")
class SignedOut(Carrier):
    signed_out: bool = leaf("Always true.")


@strawberry.type
class Credentials:
    sign_in: Session | None = via(viewer.sign_in, "Sign in by e-mail and password.")
    refresh: Session | None = via(viewer.refresh, "Change a refresh token for a new session.")
    sign_out: SignedOut | None = via(viewer.sign_out, "End a session.")
