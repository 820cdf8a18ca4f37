"""Who asks, and for which of their organisations (D4, D41, D49)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, literal, null, select, true, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.auth.access_tokens import NOT_GOOD, Bearer, TokenIssuer
from gateway.auth.bearer import bearer_of
from gateway.auth.integration_tokens import PREFIX, machine_of
from gateway.auth.viewers import (
    PLATFORM_ID,
    PLATFORM_NAME,
    Anonymous,
    ClientViewer,
    FirmViewer,
    Memberless,
    Membership,
    PlatformViewer,
    Reporter,
    Viewer,
)
from gateway.db.models import Client, ClientMember, Firm, FirmMember, PlatformMember, User
from gateway.errors import BadInput, Forbidden, Unauthenticated

ACTING_AS: Final = "X-Acting-As"

NOT_MINE: Final = "You cannot act for this organisation."
CHOOSE: Final = f"You belong to several organisations. Say in {ACTING_AS} for which of them you act."

OpenId = Callable[[str], tuple[str, UUID]]
SealId = Callable[[str, UUID], str]
Kind = Literal["firm", "client", "platform"]

TYPES: Final[Mapping[Kind, str]] = {"firm": "Firm", "client": "Client", "platform": "Platform"}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks: as whom they act, and all that they may act as."""

    viewer: Viewer
    user_id: UUID | None
    memberships: tuple[Membership, ...]
    signed_in: bool
    acting: Membership | None = None
    reporter: Reporter | None = None  # as whom it reports pending work, for who does


async def identify(
    connection: AsyncConnection,
    headers: Mapping[str, str],
    now: datetime,
    *,
    tokens: TokenIssuer,
    open_id: OpenId,
    seal_id: SealId,
    visitor: UUID | None = None,
    named: Bearer | None = None,
) -> Identity:
    """Who sent a request with these headers, whose names are looked up without regard to case.

    Credentials that are shown and not good are `Unauthenticated`, with one text; they never make anybody anonymous.
    The only membership is the acting one. With several, `X-Acting-As` must say which: without it `BadInput` names the
    person's own. An organisation that isn't theirs is `Forbidden`, with one text, whether it exists or not; all are
    to nobody and to the memberless. `open_id` raises `BadInput` for an id that we did not make.
    `visitor` is the person whom a token of another issuer in these headers has been found to name;
    `named` is what a token of ours in them says, where it was read before.
    """
    bearer = bearer_of(headers)
    wanted = headers.get(ACTING_AS)
    if bearer is None:
        if wanted is not None:
            raise Forbidden(NOT_MINE)
        return Identity(Anonymous("none", now), None, (), signed_in=False)
    if bearer.startswith(PREFIX):
        machine, reporter, place = await machine_of(connection, bearer, now)
        if wanted is not None and open_id(wanted) != (TYPES[place.kind], place.organisation_id):
            raise Forbidden(NOT_MINE)
        return Identity(machine, None, (), signed_in=True, acting=place, reporter=reporter)
    user_id, version = (visitor, None) if visitor else named or tokens.read(bearer, now)
    memberships = await _memberships_of(connection, user_id, version)
    acting = _chosen(memberships, wanted, open_id, seal_id)
    viewer_of_them = Memberless(user_id, "none", now) if acting is None else _viewer(user_id, acting, now)
    return Identity(viewer_of_them, user_id, memberships, signed_in=True, acting=acting)


async def _memberships_of(connection: AsyncConnection, user_id: UUID, version: int | None) -> tuple[Membership, ...]:
    """In one order: firms by name, then clients by name, then the platform.

    `version` is the token's session version; the token of another issuer has none, and its issuer ends it.
    """
    rows = (await connection.execute(_of_one_person(), {"user_id": user_id})).all()
    if not rows or version not in (None, rows[0].session_version):
        raise Unauthenticated(NOT_GOOD)  # the person is gone or all of their sessions have ended, the token not yet
    return tuple(
        Membership(row.kind, row.organisation_id, row.organisation_name, row.member_id, row.role)
        for row in rows
        if row.kind is not None
    )


@cache
def _of_one_person() -> Select[*tuple[Any, ...]]:
    """One row per membership, one of NULLs for a person without any, none for nobody and for whoever was erased."""
    person = bindparam("user_id", type_=Uuid)
    firms = (
        select(
            literal("firm").label("kind"),
            Firm.id.label("organisation_id"),
            Firm.name.label("organisation_name"),
            FirmMember.id.label("member_id"),
            FirmMember.role.label("role"),
            literal(1).label("rank"),
            Firm.name_key.label("name_key"),
        )
        .join(Firm, Firm.id == FirmMember.firm_id)
        .where(FirmMember.user_id == person, FirmMember.state == "active")
    )
    clients = (
        select(
            literal("client"), Client.id, Client.name, ClientMember.id, ClientMember.role, literal(2), Client.name_key
        )
        .join(Client, Client.id == ClientMember.client_id)
        .where(ClientMember.user_id == person, ClientMember.state == "active")
    )
    platform = select(
        literal("platform"),
        literal(PLATFORM_ID, Uuid),
        literal(PLATFORM_NAME),
        null().cast(Uuid),
        PlatformMember.role,
        literal(3),
        literal(""),
    ).where(PlatformMember.user_id == person)
    places = union_all(firms, clients, platform).subquery()
    return (
        select(places, User.session_version)
        .select_from(User)
        .outerjoin(places, true())
        .where(User.id == person, User.erased_at.is_(None))
        .order_by(places.c.rank, places.c.name_key, places.c.organisation_id)
    )


def _chosen(
    memberships: tuple[Membership, ...], wanted: str | None, open_id: OpenId, seal_id: SealId
) -> Membership | None:
    if wanted is None:
        if len(memberships) > 1:
            raise BadInput(CHOOSE, memberships=[_told(membership, seal_id) for membership in memberships])
        return memberships[0] if memberships else None
    organisation = open_id(wanted)
    for membership in memberships:
        if (TYPES[membership.kind], membership.organisation_id) == organisation:
            return membership
    raise Forbidden(NOT_MINE)


def _told(membership: Membership, seal_id: SealId) -> dict[str, str]:
    return {
        "id": seal_id(TYPES[membership.kind], membership.organisation_id),
        "name": membership.organisation_name,
        "kind": membership.kind.upper(),
        "role": membership.role.upper(),
    }


def _viewer(user_id: UUID, acting: Membership, now: datetime) -> Viewer:
    match acting:
        case Membership("firm", firm_id, _, UUID() as member_id, ("admin" | "bookkeeper" | "staff") as role):
            return FirmViewer(user_id, member_id, firm_id, role, now)
        case Membership("client", client_id, _, UUID() as member_id, ("owner" | "admin" | "member") as role):
            return ClientViewer(user_id, member_id, client_id, role, now)
        case Membership("platform", _, _, _, ("admin" | "reviewer") as role):
            return PlatformViewer(user_id, role, now)
        case unknown:
            raise ValueError(f"no viewer for {unknown!r}")
