"""Identifies the caller of a request and the acting organisation (D4, D41, D49)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import BindParameter, CompoundSelect, Select, Uuid, bindparam, literal, null, select, true, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.auth.access_tokens import NOT_GOOD, Bearer, TokenIssuer
from gateway.auth.bearer import bearer_of
from gateway.auth.integration_tokens import PREFIX, machine_of
from gateway.auth.proofs import proof_of_machine, proof_of_person
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
from gateway.errors import Forbidden, Unauthenticated
from gateway.messages import text

ACTING_AS: Final = "X-Acting-As"

NOT_MINE: Final = text("forbidden", "NOT_MINE")

OpenId = Callable[[str], tuple[str, UUID]]
Kind = Literal["firm", "client", "platform"]

TYPES: Final[Mapping[str, str]] = {"firm": "Firm", "client": "Client", "platform": "Platform"}


@dataclass(frozen=True, slots=True)
class Identity:
    """The caller: the viewer, and all organisations for which the caller may act."""

    viewer: Viewer
    user_id: UUID | None
    memberships: tuple[Membership, ...]
    signed_in: bool
    acting: Membership | None = None
    reporter: Reporter | None = None  # the viewer for reporting pending work, if the caller may report it
    proof: str | None = field(default=None, compare=False)  # of all that this identity depends on in the database

    @property
    def described(self) -> dict[str, str]:
        """The kind, role and organisation of the caller, for the log; never the person."""
        known = {"viewer": type(self.viewer).__name__, "role": self.viewer.role}
        return known if self.acting is None else {**known, "organisation": str(self.acting.organisation_id)}


async def identify(
    connection: AsyncConnection | None,
    headers: Mapping[str, str],
    now: datetime,
    *,
    tokens: TokenIssuer,
    open_id: OpenId,
    visitor: UUID | None = None,
    named: Bearer | None = None,
) -> Identity:
    """Identifies the caller of a request. `headers` must look names up without regard to case.

    Raises `Unauthenticated`, with one text, for invalid credentials: such a caller never becomes anonymous. The request acts
    for the organisation that `X-Acting-As` names, or for the person's default one: the one that they chose, or else the
    one that they joined first (D71). Raises `Forbidden`, with one text, for any other organisation, whether it exists or
    not. For an anonymous caller and one without memberships, that is every organisation.
    `open_id` raises `BadInput` for an id that the gateway has not issued.
    `visitor` is the user that was identified by another issuer's token in these headers;
    `named` is the content of the gateway's own token in them, if it has been read already.
    """
    bearer = bearer_of(headers)
    wanted = headers.get(ACTING_AS)
    if bearer is None:
        if wanted is not None:
            raise Forbidden(NOT_MINE)
        return Identity(Anonymous("none", now), None, (), signed_in=False)
    if connection is None:
        raise ValueError("only an anonymous caller is identified without a connection")
    if bearer.startswith(PREFIX):
        machine, reporter, place, token = await machine_of(connection, bearer, now)
        if wanted is not None and open_id(wanted) != (TYPES[place.kind], place.organisation_id):
            raise Forbidden(NOT_MINE)
        proof = proof_of_machine(token)
        return Identity(machine, None, (), signed_in=True, acting=place, reporter=reporter, proof=proof)
    user_id, version = (visitor, None) if visitor else named or tokens.read(bearer, now)
    memberships, proof = await _memberships_of(connection, user_id, version)
    acting = _chosen(memberships, wanted, open_id)
    viewer = Memberless(user_id, "none", now) if acting is None else _viewer(user_id, acting, now)
    return Identity(viewer, user_id, memberships, signed_in=True, acting=acting, proof=proof)


async def _memberships_of(
    connection: AsyncConnection, user_id: UUID, version: int | None
) -> tuple[tuple[Membership, ...], str]:
    """Returns the user's memberships and their proof: firms by name, then clients by name, then the platform.

    Raises `Unauthenticated` if the user does not exist or the session version has changed. `version` is the session
    version in the token. It is None for another issuer's token, which only that issuer can revoke.
    """
    rows = (await connection.execute(_of_one_person(), {"user_id": user_id})).all()
    if not rows or version not in (None, rows[0].session_version):
        raise Unauthenticated(NOT_GOOD)  # erased, or all sessions ended before the token expired
    found, chosen = [row for row in rows if row.kind is not None], rows[0].default_organisation_id
    default = min(found, key=lambda row: (row.organisation_id != chosen, row.since, row.organisation_id), default=None)
    memberships = tuple(
        Membership(row.kind, row.organisation_id, row.organisation_name, row.member_id, row.role, row is default)
        for row in found
    )
    return memberships, proof_of_person(rows[0].session_version, chosen, memberships)


@cache
def _of_one_person() -> Select[*tuple[Any, ...]]:
    """Selects one row per membership, one row of NULLs for a user without any, and no row for an unknown or erased user."""
    person = bindparam("user_id", type_=Uuid)
    places = places_of(person).subquery()
    return (
        select(places, User.session_version, User.default_organisation_id)
        .select_from(User)
        .outerjoin(places, true())
        .where(User.id == person, User.erased_at.is_(None))
        .order_by(places.c.rank, places.c.name_key, places.c.organisation_id)
    )


def places_of(person: BindParameter[UUID]) -> CompoundSelect[*tuple[Any, ...]]:
    """Selects the user's memberships. Their order is that of `rank`, `name_key` and `organisation_id`."""
    firms = (
        select(
            literal("firm").label("kind"),
            Firm.id.label("organisation_id"),
            Firm.name.label("organisation_name"),
            FirmMember.id.label("member_id"),
            FirmMember.role.label("role"),
            literal(1).label("rank"),
            Firm.name_key.label("name_key"),
            FirmMember.created_at.label("since"),
        )
        .join(Firm, Firm.id == FirmMember.firm_id)
        .where(FirmMember.user_id == person, FirmMember.state == "active")
    )
    clients = (
        select(
            literal("client"),
            Client.id,
            Client.name,
            ClientMember.id,
            ClientMember.role,
            literal(2),
            Client.name_key,
            ClientMember.created_at,
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
        PlatformMember.created_at,
    ).where(PlatformMember.user_id == person)
    return union_all(firms, clients, platform)


def _chosen(memberships: tuple[Membership, ...], wanted: str | None, open_id: OpenId) -> Membership | None:
    if wanted is None:
        return next((membership for membership in memberships if membership.is_default), None)
    organisation = open_id(wanted)
    for membership in memberships:
        if (TYPES[membership.kind], membership.organisation_id) == organisation:
            return membership
    raise Forbidden(NOT_MINE)


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
