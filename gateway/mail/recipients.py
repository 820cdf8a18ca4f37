"""Selects the possible recipients of a mail, and evaluates with the policy what each of them may see of its subject."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.auth.viewers import ClientViewer, FirmViewer, PlatformViewer
from gateway.db.models import (
    ClientInvitation,
    ClientMember,
    Collaboration,
    Conversation,
    FirmMember,
    FirmProfile,
    Message,
    PlatformMember,
    User,
)
from gateway.db.queries.same_client import in_conversation
from gateway.loaders import VisibleRow, visible_rows
from gateway.policy import Policy
from gateway.reads.declarations import readable
from gateway.schema import query as _query  # noqa: F401 - it declares the types whose rows are read here

_PERSON: Final = (User.name, User.email, User.locale)
_MEMBERS: Final = {
    "firm": sa.select(FirmMember.id, FirmMember.user_id, FirmMember.firm_id.label("of"), FirmMember.role, *_PERSON)
    .join(User, User.id == FirmMember.user_id)
    .where(FirmMember.state == "active"),
    "client": sa.select(
        ClientMember.id, ClientMember.user_id, ClientMember.client_id.label("of"), ClientMember.role, *_PERSON
    )
    .join(User, User.id == ClientMember.user_id)
    .where(ClientMember.state == "active"),
    # A platform member has no membership id; the user id is used.
    "platform": sa.select(User.id, PlatformMember.user_id, PlatformMember.role, *_PERSON).join(
        User, User.id == PlatformMember.user_id
    ),
}
_MEMBER: Final = sa.bindparam("member", type_=sa.Uuid())
_ONE: Final = {
    "firm": _MEMBERS["firm"].where(FirmMember.id == _MEMBER),
    "client": _MEMBERS["client"].where(ClientMember.id == _MEMBER),
    "platform": _MEMBERS["platform"].where(PlatformMember.user_id == _MEMBER),
}
_OF: Final = sa.bindparam("of", type_=sa.Uuid())
_ALL: Final = {
    "Collaboration": {
        "firm": _MEMBERS["firm"]
        .join(Collaboration, Collaboration.firm_id == FirmMember.firm_id)
        .where(Collaboration.id == _OF),
        "client": _MEMBERS["client"]
        .join(Collaboration, Collaboration.client_id == ClientMember.client_id)
        .where(Collaboration.id == _OF),
    },
    "ClientInvitation": {
        "firm": _MEMBERS["firm"]
        .join(Collaboration, Collaboration.firm_id == FirmMember.firm_id)
        .join(ClientInvitation, ClientInvitation.collaboration_id == Collaboration.id)
        .where(ClientInvitation.id == _OF),
    },
    "Firm": {"firm": _MEMBERS["firm"].where(FirmMember.firm_id == _OF)},
    "FirmProfile": {
        "firm": _MEMBERS["firm"]
        .join(FirmProfile, FirmProfile.firm_id == FirmMember.firm_id)
        .where(FirmProfile.id == _OF),
    },
    "Client": {"client": _MEMBERS["client"].where(ClientMember.client_id == _OF)},
    "User": {"platform": _MEMBERS["platform"].where(PlatformMember.user_id == _OF)},
    "Message": {
        "firm": _MEMBERS["firm"]
        .join(Conversation, Conversation.firm_id == FirmMember.firm_id)
        .join(Message, in_conversation())
        .where(Message.id == _OF),
        "client": _MEMBERS["client"]
        .join(Conversation, Conversation.client_id == ClientMember.client_id)
        .join(Message, in_conversation())
        .where(Message.id == _OF),
    },
}
ABOUT: Final = frozenset(_ALL)
"""The types of subject that a mail can have."""


class Subject(NamedTuple):
    """The subject of a mail: a type and a key."""

    type_name: str
    key: UUID


Viewer = FirmViewer | ClientViewer | PlatformViewer


@dataclass(frozen=True, slots=True)
class Reader:
    """A recipient in one membership, as a viewer for the policy. `member_id` is the membership; for the platform, the user."""

    side: str
    member_id: UUID
    viewer: Viewer
    name: str
    address: str
    locale: str


async def readers(connection: AsyncConnection, subject: Subject, now: datetime) -> list[Reader]:
    """Returns every active member of the subject's organisations, such as the firm and the client of a collaboration.

    For a `User`, returns only that user, and only if the user is a platform member.
    """
    found: list[Reader] = []
    for side, statement in _ALL[subject.type_name].items():
        found += _read(side, (await connection.execute(statement, {"of": subject.key})).all(), now)
    return found


async def reader(connection: AsyncConnection, side: str, member_id: UUID, now: datetime) -> Reader | None:
    """Returns the member with the present data; None if the membership is not active any more."""
    return next(iter(_read(side, (await connection.execute(_ONE[side], {"member": member_id})).all(), now)), None)


def _read(side: str, rows: Sequence[Any], now: datetime) -> list[Reader]:
    return [Reader(side, row.id, _viewer(side, row, now), row.name, row.email, row.locale) for row in rows]


def _viewer(side: str, row: Any, now: datetime) -> Viewer:
    match side:
        case "firm":
            return FirmViewer(row.user_id, row.id, row.of, row.role, now)
        case "client":
            return ClientViewer(row.user_id, row.id, row.of, row.role, now)
        case "platform":
            return PlatformViewer(row.user_id, row.role, now)
        case unknown:
            raise LookupError(unknown)  # perhaps of a newer release


async def told(
    connection: AsyncConnection, policy: Policy, viewer: Viewer, kind: str, subject: Subject
) -> VisibleRow | None:
    """Returns the row as the viewer sees it if the policy permits the viewer a mail of this kind at present; None otherwise (L19)."""
    plan = policy.plan(viewer, subject.type_name)
    if not plan.can_ever("notify", kind):
        return None
    found = await seen_by(connection, policy, viewer, subject)
    return found if found is not None and kind in found.situation.words("notify") else None


async def seen_by(connection: AsyncConnection, policy: Policy, viewer: Viewer, subject: Subject) -> VisibleRow | None:
    """Returns the row as the viewer sees it now; None if the viewer may not read it."""
    plan = policy.plan(viewer, subject.type_name)
    statement = plan.keep("a mail's subject", lambda: readable(plan).where(plan.row.table.c.id == _OF))
    rows = (await connection.execute(statement, {**plan.bind(viewer), "of": subject.key})).all()
    return next(iter(visible_rows(plan, rows)), None)
