"""Letters that offer something to an address, by a token that works once: to somebody who is nobody here yet, perhaps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from gateway.db.models import Firm, StaffInvitation, User
from gateway.mail.letters import line
from gateway.mail.texts import PLAIN, Language, Values

KEY: Final = sa.bindparam("key", type_=sa.Uuid())
NOW: Final[sa.BindParameter[datetime]] = sa.bindparam("now")


@dataclass(frozen=True, slots=True)
class Offer:
    """One kind of them.

    `found` binds `key` and `now` and gives the row while the offer can be taken, with id, email, locale, sendings and
    expires_at; `values` says what the letter tells of it; `page` of the portal takes it, with the token after `#`.
    """

    found: sa.Select[*tuple[Any, ...]]
    values: Callable[[Language, Any], Values]
    page: str

    async def read(self, connection: AsyncConnection, data: Mapping[str, Any], now: datetime) -> Any:
        """The offer that a notice's `data` names, while this is its last sending; None where it is over."""
        found = (await connection.execute(self.found, {"key": UUID(data["offer"]), "now": now})).one_or_none()
        return found if found is not None and data.get("sending", found.sendings) == found.sendings else None


def _staff() -> Offer:
    inviter, invitation = aliased(User), StaffInvitation
    columns = (invitation.id, invitation.email, invitation.role, invitation.sendings, invitation.expires_at)
    found = (
        sa.select(*columns, Firm.name.label("firm"), sa.func.coalesce(User.locale, inviter.locale).label("locale"))
        .join(Firm, Firm.id == invitation.firm_id)
        .join(inviter, inviter.id == invitation.invited_by)
        .outerjoin(User, User.email_key == invitation.email_key)
        .where(invitation.id == KEY, invitation.state == "open", invitation.expires_at > NOW)
    )

    def values(language: Language, row: Any) -> Values:
        return {"firm": line(row.firm), "role": language.word(PLAIN, f"ROLE_{row.role.upper()}"), "until": until(row)}

    return Offer(found, values, "invitation")


def until(row: Any) -> str:
    """The day on which it is over."""
    return str(row.expires_at.date().isoformat())


OFFERS: Final[Mapping[str, Offer]] = {"STAFF_INVITATION": _staff()}
