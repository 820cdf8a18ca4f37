"""The companies that answer a firm's invitation, as statements (P14, D30, D42). Nothing here decides who may.

The invitation is one collaboration of the firm, which has no client until a company accepts it. Each company that may answer
has a copy of that row: the firm never reads a copy, and a company reads no other row of the invitation.
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
"""What a company reads of the invitation."""
_WHOSE: Final = (Collaboration.id, Collaboration.client_id, Collaboration.firm_id)


def companies_of(email_key: str | sa.ScalarSelect[str]) -> sa.Select[UUID]:
    """Every company that the person of this address belongs to, in any role (D30).

    A member's address counts as an existing client's, as the owner's does, so that no discount reaches it (P5).
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
    """The companies of the address that have no copy yet and no living collaboration with the firm, in key order.

    To be executed once the companies are locked. One that has declined is not invited again by the same invitation.
    """
    living = sa.and_(Collaboration.firm_id == firm_id, Collaboration.state.in_(LIVING))
    known = sa.exists().where(
        Collaboration.client_id == ClientMember.client_id, sa.or_(living, Collaboration.copy_of == invitation)
    )
    return companies_of(email_key).where(~known).distinct().order_by(ClientMember.client_id)


def copies(invitation: UUID, keys: Sequence[UUID], companies: Sequence[UUID], at: datetime) -> sa.Insert:
    """A copy with each of the keys for each of the companies; one statement for any number of them, also for none."""
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
    """id, client_id and firm_id of the copies that are not answered yet, the oldest first."""
    return sa.select(*_WHOSE).where(*_open(invitation)).order_by(Collaboration.id)


def has_copies(invitation: Any) -> sa.ColumnElement[bool]:
    """Whether companies answer an invitation in the portal: then no token does."""
    copy = aliased(Collaboration)
    return sa.exists().where(copy.copy_of == invitation)


def ended(invitation: UUID, state: str, side: str) -> ReturningUpdate[UUID, UUID | None, UUID]:
    """The copies that are not answered yet end. id, client_id and firm_id of each."""
    over = {"state": state, "ended_by": side, "version": Collaboration.version + 1}
    return sa.update(Collaboration).where(*_open(invitation)).values(over).returning(*_WHOSE)


def released(copy: UUID) -> sa.Update:
    """The company leaves its copy, to become the client of the invitation itself."""
    left = {"state": "withdrawn", "client_id": None, "version": Collaboration.version + 1}
    return sa.update(Collaboration).where(Collaboration.id == copy).values(left)


def accepted(invitation: UUID, client_id: UUID, **begun: Any) -> sa.Update:
    """The invitation has its client, and begins."""
    taken = {"client_id": client_id, **begun, "version": Collaboration.version + 1}
    return sa.update(Collaboration).where(Collaboration.id == invitation).values(taken)


def declined_by_all(invitation: UUID | None) -> ReturningUpdate[UUID, UUID | None, UUID]:
    """The invitation is declined if no copy of it is unanswered. id, client_id and firm_id where it is."""
    over = {"state": "declined", "ended_by": "client", "version": Collaboration.version + 1}
    copy = aliased(Collaboration)
    waiting = sa.exists().where(copy.copy_of == Collaboration.id, copy.state == "invited")
    last = sa.update(Collaboration).where(Collaboration.id == sa.literal(invitation, sa.Uuid()), ~waiting)
    return last.values(over).returning(*_WHOSE)


def held_for(client_id: UUID) -> sa.Select[UUID]:
    """The invitations that a company has open copies of, locked in key order: before their copies, as in each change of them."""
    copy = aliased(Collaboration)
    waiting = sa.exists().where(copy.copy_of == Collaboration.id, copy.client_id == client_id, copy.state == "invited")
    return sa.select(Collaboration.id).where(waiting).order_by(Collaboration.id).with_for_update(key_share=True)


def declined_for(client_id: UUID) -> ReturningUpdate[UUID, UUID | None, UUID]:
    """The open copies of a company are declined, by the platform. id, client_id and firm_id of each."""
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
