"""Mails with an offer to an e-mail address: each has a token that works once. The recipient may not have an account yet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from gateway.db.enums import LOCALES, PLAN_TIERS, chosen
from gateway.db.models import ClientInvitation, Collaboration, FirmSignUp, PasswordLink, User
from gateway.db.queries.invitation_copies import has_copies
from gateway.db.queries.memberships import CLIENT, FIRM, Side
from gateway.mail.content import line, quoted
from gateway.mail.templates import PLAIN, Language, Values

KEY: Final = sa.bindparam("key", type_=sa.Uuid())
NOW: Final[sa.BindParameter[datetime]] = sa.bindparam("now")

SPOKEN_IN: Final = {"DE": "de", "DK": "da", "CH": "de", "ES": "es", "SE": "sv"}


@dataclass(frozen=True, slots=True)
class Offer:
    """One kind of offer.

    `found` is the statement with the parameters `key` and `now`: it selects the offer while it can be accepted, with id,
    email, locale, sendings and expires_at. `values` returns the values for the mail. `page` is the page of the portal on
    which the offer is accepted, with the token after `#`.
    """

    found: sa.Select[*tuple[Any, ...]]
    values: Callable[[Language, Any], Values]
    page: str

    async def read(self, connection: AsyncConnection, data: Mapping[str, Any], now: datetime) -> Any:
        """Returns the offer that a notice's `data` names; None if it is over or has been sent again since."""
        found = (await connection.execute(self.found, {"key": UUID(data["offer"]), "now": now})).one_or_none()
        return found if found is not None and data.get("sending", found.sendings) == found.sendings else None


def _place(side: Side) -> Offer:
    """Returns the offer of a membership in a firm or a client company."""
    inviter, invitation, organisation = aliased(User), side.invitation, side.organisation
    columns = (invitation.id, invitation.email, invitation.role, invitation.sendings, invitation.expires_at)
    locale = sa.func.coalesce(User.locale, inviter.locale).label("locale")
    found = (
        sa.select(*columns, organisation.name.label("organisation"), locale)
        .join(organisation, organisation.id == side.of(invitation))
        .join(inviter, inviter.id == invitation.invited_by)
        .outerjoin(User, User.email_key == invitation.email_key)
        .where(invitation.id == KEY, invitation.state == "open", invitation.expires_at > NOW)
    )

    def values(language: Language, row: Any) -> Values:
        role = language.word(PLAIN, f"ROLE_{row.role.upper()}")
        return {side.name: line(row.organisation), "role": role, "until": language.moment(row.expires_at)}

    return Offer(found, values, "invitation")


def _company() -> Offer:
    """Returns the offer to a client company that a firm has invited.

    A recipient without an account gets the mail in the language of the invited country.
    """
    invitation, tie = ClientInvitation, Collaboration
    country = sa.case(SPOKEN_IN, value=tie.invited_country, else_=LOCALES[0])
    columns = (invitation.id, invitation.email, invitation.sendings, invitation.expires_at)
    discount = (invitation.discount_percent, invitation.discount_plans)
    typed = (tie.client_name, tie.requested_level, tie.request_message)
    locale = sa.func.coalesce(User.locale, country).label("locale")
    found = (
        sa.select(*columns, *discount, *typed, tie.firm_name, locale)
        .join(tie, tie.id == invitation.collaboration_id)
        .outerjoin(User, User.email_key == invitation.email_key)
        .where(invitation.id == KEY, invitation.state == "open", invitation.expires_at > NOW)
        .where(tie.state == "invited", ~has_copies(tie.id))
    )

    def values(language: Language, row: Any) -> Values:
        plans = chosen(PLAN_TIERS, row.discount_plans or 0)
        return {
            "firm": line(row.firm_name),
            "client": line(row.client_name),
            "message": row.request_message and quoted(row.request_message),
            "requested": row.requested_level and language.word(PLAIN, f"LEVEL_{row.requested_level.upper()}"),
            "percent": row.discount_percent and str(row.discount_percent),
            "plans": ", ".join(plan.title() for plan in plans),
            "until": language.moment(row.expires_at),
        }

    return Offer(found, values, "client-invitation")


def _sign_up() -> Offer:
    """Returns the offer to complete the sign-up of a firm (V32, V33)."""
    wanted = FirmSignUp
    columns = (wanted.id, wanted.email, wanted.locale, wanted.firm_name, wanted.sendings, wanted.expires_at)
    found = sa.select(*columns).where(wanted.id == KEY, wanted.state == "open", wanted.expires_at > NOW)
    return Offer(found, lambda language, row: {"firm": line(row.firm_name)}, "sign-up")


def _password() -> Offer:
    """Returns the offer to set a new password (V34). It goes to the user's present address."""
    columns = (PasswordLink.id, User.email, User.locale, sa.literal(1).label("sendings"), PasswordLink.expires_at)
    found = (
        sa.select(*columns)
        .join(User, User.id == PasswordLink.user_id)
        .where(PasswordLink.id == KEY, PasswordLink.used_at.is_(None), PasswordLink.expires_at > NOW)
    )
    return Offer(found, lambda language, row: {}, "password")


OFFERS: Final[Mapping[str, Offer]] = {
    "STAFF_INVITATION": _place(FIRM),
    "CLIENT_MEMBER_INVITATION": _place(CLIENT),
    "CLIENT_INVITATION": _company(),
    "ACCOUNT_CREATED": _sign_up(),
    "PASSWORD_RESET": _password(),
}
