"""Audit trail entries: actor, acting organisation, subject and outcome of an action. They hold no field values (L21)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.auth.viewers import (
    Anonymous,
    ClientReporter,
    ClientToken,
    ClientViewer,
    FirmToken,
    FirmViewer,
    Machine,
    PlatformReporter,
    PlatformViewer,
    SystemViewer,
    Viewer,
)
from gateway.context import Context
from gateway.db.ids import uuid7
from gateway.db.models import AuditEntry, ClientSession, IntegrationToken
from gateway.db.queries.repeated_entries import counted
from gateway.errors import NotFound
from gateway.loaders import VisibleRow
from gateway.names import action_of
from gateway.reads.declarations import KEYS

HOMES: Final[Mapping[str, str]] = {"firm": "firm_id", "client": "client_id"}
"""The column that assigns an entry to the audit trail of an organisation, by the side of the organisation."""


@dataclass(slots=True)
class About:
    """The subject of an act, and the organisations to whose audit trails its entry belongs."""

    subject_type: str | None = None
    subject_id: UUID | None = None
    client_id: UUID | None = None
    firm_id: UUID | None = None
    collaboration_id: UUID | None = None
    is_offer: bool = False

    @classmethod
    def of(cls, seen: VisibleRow) -> Self:
        """Returns the row as a subject; the entry belongs to the organisations that the row belongs to."""
        row, name, key = seen.row, seen.type_name, seen.id
        match name:
            case "Firm":
                return cls(name, key, firm_id=key)
            case "Client":
                return cls(name, key, client_id=key)
            case "FirmMember" | "FirmProfile" | "StaffInvitation":
                return cls(name, key, firm_id=row.firm_id)
            case "ClientMember" | "ClientMemberInvitation":
                return cls(name, key, client_id=row.client_id)
            case "Conversation":
                return cls(name, key, row.client_id, row.firm_id, row.collaboration_id)
            case "Collaboration":
                return cls(name, key, row.client_id, row.firm_id, key)
            case _:
                return cls(name, key)


class Act(NamedTuple):
    """An action and its subject. `by_firm` marks a consequence of the mutation: its entry names this firm and no person."""

    action: str
    about: About
    by_firm: UUID | None = None


class Joined(NamedTuple):
    """The person identified by a single-use token, and the organisation that the person joined with it, if any."""

    user_id: UUID
    side: str | None = None
    organisation_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class AuditTrail:
    """Writes entries in the transaction of the change that they record.

    `inside` holds the clients whose accounts the viewer left by this change.
    """

    context: Context
    connection: AsyncConnection
    joined: Joined | None
    inside: set[UUID]

    async def write(self, acts: Sequence[Act], code: str | None) -> None:
        """Writes one entry for each act; with `code` the acts were refused. Writes nothing if there is no actor.

        Repeated NOT_FOUND outcomes are counted in one entry.
        """
        viewer, now, envelope = self.context.viewer, self.context.viewer.now, self.context.envelope
        who = self._actor()
        if who is None:
            return
        if code == NotFound.code:
            await self._count({acts[0].action: 1}, who)
            return
        inside = await self._accounts([act.about for act in acts])
        common = {
            "at": now,
            **who,
            "token_id": viewer.token_id if isinstance(viewer, Machine) else None,
            "request_id": envelope and envelope.request_id,
            "outcome": "refused" if code else "done",
            "code": code,
        }
        rows = [
            {
                "id": uuid7(now),
                **common,
                "action": action,
                "subject_type": about.subject_type,
                "subject_id": about.subject_id,
                "client_id": about.client_id,
                "firm_id": about.firm_id,
                "collaboration_id": about.collaboration_id,
                "on_behalf_of_id": about.client_id if about.client_id in inside else None,
                "is_offer": about.is_offer,
            }
            | _of_firm(by_firm)
            for action, about, by_firm in acts
        ]
        await self.connection.execute(sa.insert(AuditEntry).values(actor_name=_name_of(viewer)), rows)

    async def missing(self, fields: Mapping[str, int]) -> None:
        """Counts actions that did not find an object. `fields` holds the number of times for each action."""
        who = self._actor()
        if who is not None and fields:
            await self._count(fields, who)

    async def _count(self, actions: Mapping[str, int], who: Mapping[str, Any]) -> None:
        """Counts NOT_FOUND outcomes. Entries omit the requested id, so a hidden id and an unknown id leave equal entries.

        The entries belong to the acting organisation.
        """
        viewer, envelope = self.context.viewer, self.context.envelope
        common = {
            **who,
            "token_id": viewer.token_id if isinstance(viewer, Machine) else None,
            "request_id": envelope and envelope.request_id,
            "outcome": "refused",
            "code": NotFound.code,
            **{column: who["acting_id"] if side == who["acting_side"] else None for side, column in HOMES.items()},
        }
        entries = [{**common, "action": action, "count": count} for action, count in actions.items()]
        await self.connection.execute(counted(entries, viewer.now, actor_name=_name_of(viewer)))

    async def _accounts(self, acts: Sequence[About]) -> set[UUID]:
        """Returns the clients of these acts in whose accounts the viewer is, or was until this change (D3)."""
        viewer = self.context.viewer
        # Also executed if an invitation has no client: the number of statements must not reveal whether it has one (D42).
        if not isinstance(viewer, FirmViewer) or not any(each.collaboration_id or each.client_id for each in acts):
            return set()
        entered = sa.select(ClientSession.client_id).where(
            ClientSession.member_id == viewer.member_id,
            ClientSession.closed_at.is_(None),
            ClientSession.expires_at > viewer.now,
            ClientSession.client_id == sa.any_(KEYS),
        )
        keys = [each.client_id for each in acts if each.client_id is not None]
        return self.inside | set((await self.connection.execute(entered, {"keys": keys})).scalars())

    def _actor(self) -> dict[str, Any] | None:
        """Returns the columns that identify the actor, or None for an anonymous caller without a single-use token."""
        viewer, who = self.context.viewer, self.joined
        if who is not None:
            return {"actor_id": who.user_id, "acting_side": who.side, "acting_id": who.organisation_id}
        if isinstance(viewer, Anonymous):
            return None
        user_id = self.context.identity.user_id
        return {"actor_id": user_id, "acting_side": _side(viewer), "acting_id": viewer.acting_id}


async def note_missing(context: Context) -> None:
    """Records in the audit trail what a query did not find: one statement in a transaction of its own."""
    if context.missing and context.signed_in:
        actions = {action_of(field): count for field, count in context.missing.items()}
        async with context.engine.begin() as connection:
            await AuditTrail(context, connection, None, set()).missing(actions)


def _side(viewer: Viewer) -> str | None:
    """Returns the side that the viewer acts for; None for a viewer without an organisation."""
    match viewer:
        case FirmViewer() | FirmToken():
            return "firm"
        case ClientViewer() | ClientToken() | ClientReporter():
            return "client"
        case PlatformViewer() | SystemViewer() | PlatformReporter():
            return "platform"
        case _:
            return None


def _of_firm(firm_id: UUID | None) -> dict[str, Any]:
    if firm_id is None:
        return {}
    return {"actor_id": None, "token_id": None, "acting_side": "firm", "acting_id": firm_id}


def _name_of(viewer: Viewer) -> Any:
    """Returns a subquery for the name of a machine's token; NULL for a person.

    A person's name is read from the person's row, also after an erasure (D52).
    """
    if isinstance(viewer, Machine):
        return sa.select(IntegrationToken.name).where(IntegrationToken.id == viewer.token_id).scalar_subquery()
    return sa.null()
