"""Statements on the copies of a firm's invitation for the companies that may answer it (P14, D30, D42).

The invitation is one collaboration of the firm, which has no client until a company accepts it. Each company that may answer
has a copy of that row: the firm never reads a copy, and a company reads no other row of the invitation. Nothing here decides
about permissions.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningUpdate

from gateway.db.models import Client, ClientInvitation, ClientMember, Collaboration, User
from gateway.db.queries.billing_mode_periods import LIVING

COPIED: Final = (
    "firm_id",
    "origin",
    "requested_by",
    "requested_level",
    "request_message",
    "invited_email",
    "invited_email_key",
    "invited_country",
    "firm_name",
    "client_name",
    "client_name_key",
    "client_spelled_key",
)
"""The columns of the invitation that a company reads."""
_WHOSE: Final = (Collaboration.id, Collaboration.client_id, Collaboration.firm_id)


def companies_of(email_key: str | sa.ScalarSelect[str]) -> sa.Select[UUID]:
    """Every company that the person of this address is a member of, in any role (D30).

    A member's address counts as that of an existing client, like the owner's, so that the company gets no discount (P5).
    """
    return (
        sa.select(ClientMember.client_id)
        .join(User, User.id == ClientMember.user_id)
        .join(Client, Client.id == ClientMember.client_id)
        .where(User.email_key == email_key, ClientMember.state == "active", Client.state != "rejected")
    )


def address_of(collaboration_id: UUID) -> sa.ScalarSelect[str]:
    """The key of the address that was invited."""
    mine = ClientInvitation.collaboration_id == collaboration_id
    return sa.select(ClientInvitation.email_key).where(mine).scalar_subquery()


def without_copy(firm_id: UUID, invitation: UUID, email_key: str) -> sa.Select[UUID]:
    """The companies of the address that have no copy yet and no current collaboration with the firm, in key order.

    Execute it after the companies are locked. The same invitation does not invite a company again that has declined it.
    """
    living = sa.and_(Collaboration.firm_id == firm_id, Collaboration.state.in_(LIVING))
    known = sa.exists().where(
        Collaboration.client_id == ClientMember.client_id, sa.or_(living, Collaboration.copy_of == invitation)
    )
    return companies_of(email_key).where(~known).distinct().order_by(ClientMember.client_id)


def copies(invitation: UUID, keys: Sequence[UUID], companies: Sequence[UUID], at: datetime) -> sa.Insert:
    """Inserts a copy for each of the companies, with the key at the same position. One statement for any number, also for none."""
    pairs = (
        sa.func.unnest(_array(keys), _array(companies))
        .table_valued(sa.column("id", sa.Uuid()), sa.column("client_id", sa.Uuid()))
        .render_derived(name="pairs")
    )
    original = [Collaboration.__table__.c[name] for name in COPIED]
    own = (
        pairs.c.id,
        pairs.c.client_id,
        Collaboration.id,
        sa.literal("invited"),
        sa.cast(at, Collaboration.created_at.type),
    )
    rows = sa.select(*own, *original).select_from(pairs).where(Collaboration.id == invitation)
    return sa.insert(Collaboration).from_select(["id", "client_id", "copy_of", "state", "created_at", *COPIED], rows)


def open_copies(invitation: UUID) -> sa.Select[UUID, UUID | None, UUID]:
    """id, client_id and firm_id of the unanswered copies, the oldest first."""
    return sa.select(*_WHOSE).where(*_open(invitation)).order_by(Collaboration.id)


def has_copies(invitation: Any) -> sa.ColumnElement[bool]:
    """Whether companies answer an invitation in the portal: then its token does not work."""
    copy = aliased(Collaboration)
    return sa.exists().where(copy.copy_of == invitation)


def ended(invitation: UUID, state: str, side: str) -> ReturningUpdate[UUID, UUID | None, UUID]:
    """Ends the unanswered copies. Returns id, client_id and firm_id of each."""
    over = {"state": state, "ended_by": side, "version": Collaboration.version + 1}
    return sa.update(Collaboration).where(*_open(invitation)).values(over).returning(*_WHOSE)


def released(copy: UUID) -> sa.Update:
    """Removes the company from its copy, before it becomes the client of the invitation itself."""
    left = {"state": "withdrawn", "client_id": None, "version": Collaboration.version + 1}
    return sa.update(Collaboration).where(Collaboration.id == copy).values(left)


def accepted(invitation: UUID, client_id: UUID, **begun: Any) -> sa.Update:
    """Makes the company the client of the invitation, and sets the columns `begun`."""
    taken = {"client_id": client_id, **begun, "version": Collaboration.version + 1}
    return sa.update(Collaboration).where(Collaboration.id == invitation).values(taken)


def declined_by_all(invitation: UUID | None) -> ReturningUpdate[UUID, UUID | None, UUID]:
    """Declines the invitation if no copy of it is unanswered. Returns id, client_id and firm_id if it was declined."""
    over = {"state": "declined", "ended_by": "client", "version": Collaboration.version + 1}
    copy = aliased(Collaboration)
    waiting = sa.exists().where(copy.copy_of == Collaboration.id, copy.state == "invited")
    last = sa.update(Collaboration).where(Collaboration.id == sa.literal(invitation, sa.Uuid()), ~waiting)
    return last.values(over).returning(*_WHOSE)


def held_for(client_id: UUID) -> sa.Select[UUID]:
    """Locks the invitations that a company has open copies of, in key order.

    They are locked before their copies, as in every statement that changes them.
    """
    copy = aliased(Collaboration)
    waiting = sa.exists().where(copy.copy_of == Collaboration.id, copy.client_id == client_id, copy.state == "invited")
    return sa.select(Collaboration.id).where(waiting).order_by(Collaboration.id).with_for_update(key_share=True)


def declined_for(client_id: UUID) -> ReturningUpdate[UUID, UUID | None, UUID]:
    """Declines the open copies of a company, by the platform. Returns id, client_id and firm_id of each."""
    over = {"state": "declined", "ended_by": "platform", "version": Collaboration.version + 1}
    copies = (
        Collaboration.client_id == client_id,
        Collaboration.copy_of.is_not(None),
        Collaboration.state == "invited",
    )
    return sa.update(Collaboration).where(*copies).values(over).returning(*_WHOSE)


def _open(invitation: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return Collaboration.copy_of == invitation, Collaboration.state == "invited"


def _array(keys: Sequence[UUID]) -> sa.ColumnElement[Any]:
    return sa.literal(list(keys), ARRAY(sa.Uuid()))
