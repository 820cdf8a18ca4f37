"""Statements on sign-ups of firms and on password links (V18, V30–V34, L18). Nothing here decides about permissions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from gateway.db.models import FirmSignUp, Notice, PasswordLink, User


def open_sign_up(token_hash: bytes, now: datetime) -> sa.Select[*tuple[Any, ...]]:
    """The open sign-up of an unused token, and the person of its address, if there is one."""
    known = sa.select(User.id).where(User.email_key == FirmSignUp.email_key).scalar_subquery()
    good = (FirmSignUp.token_hash == token_hash, FirmSignUp.state == "open", FirmSignUp.expires_at > now)
    return sa.select(*FirmSignUp.__table__.columns, known.label("user_id")).where(*good)


def open_link(token_hash: bytes, now: datetime) -> sa.Select[UUID, UUID, str]:
    """The link of an unused token, and the person whose password it sets."""
    return (
        sa.select(PasswordLink.id, PasswordLink.user_id, User.email_key)
        .join(User, User.id == PasswordLink.user_id)
        .where(
            PasswordLink.token_hash == token_hash,
            PasswordLink.used_at.is_(None),
            PasswordLink.expires_at > now,
            User.erased_at.is_(None),
        )
    )


def used_links(user_id: UUID, now: datetime) -> sa.Update:
    """Marks all links of the person as used."""
    unused = sa.and_(PasswordLink.user_id == user_id, PasswordLink.used_at.is_(None))
    return sa.update(PasswordLink).where(unused).values(used_at=now)


def link_for(email_key: str, link: Mapping[str, Any], notice: Mapping[str, Any], *, wanted: bool) -> sa.Insert:
    """Inserts a link for the person of an address and the notice for its mail, if the person exists and it is `wanted`.

    It is one statement in either case, so that its caller does not learn whether the person exists (L18). The notice's job
    is a second statement, which is also executed in either case.
    """
    of_them = sa.and_(User.email_key == email_key, User.erased_at.is_(None), sa.literal(wanted))
    columns = PasswordLink.__table__.columns
    person = sa.select(User.id, *(sa.literal(value, columns[name].type) for name, value in link.items()))
    made = sa.insert(PasswordLink).from_select(["user_id", *link], person.where(of_them))
    written = made.returning(PasswordLink.id).cte("written")
    columns = Notice.__table__.columns
    event = sa.select(*(sa.literal(value, columns[name].type) for name, value in notice.items()))
    return sa.insert(Notice).from_select(list(notice), event.select_from(written)).add_cte(written)
