"""Integration tokens: machines that act for one organisation, or for the platform (D26, D41).

A token is kept as its hash alone, is looked up in each request, and so dies the moment it is revoked, runs out, or its
creator loses the place in the organisation. It never does more than its creator may today.
"""

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Update, and_, case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.auth.access_tokens import NOT_GOOD
from gateway.auth.secret_tokens import hash_of
from gateway.auth.viewers import (
    PLATFORM_ID,
    PLATFORM_NAME,
    ClientReporter,
    ClientToken,
    FirmToken,
    Machine,
    Membership,
    PlatformReporter,
    Reporter,
    SystemViewer,
)
from gateway.db.enums import bits
from gateway.db.models import Client, ClientMember, Firm, FirmMember, IntegrationToken, PlatformMember
from gateway.db.models.accounts import SCOPES
from gateway.errors import Forbidden, Unauthenticated

PREFIX: Final = "gwt_"
SEEN_EVERY: Final = timedelta(minutes=1)
OPENS_NOTHING: Final = "This token opens nothing."


class Opened(NamedTuple):
    """What a token opens: as whom it asks, as whom it reports where its scopes name that, and for which organisation."""

    machine: Machine
    reporter: Reporter | None
    place: Membership


async def machine_of(connection: AsyncConnection, bearer: str, now: datetime) -> Opened:
    """Whose token this is, and for which organisation it acts.

    `Unauthenticated` for a token that is unknown, revoked, over, or whose creator left; `Forbidden` for one whose scopes
    open nothing here.
    """
    token = (await connection.execute(_token(bearer, now))).one_or_none()
    if token is None:
        raise Unauthenticated(NOT_GOOD)
    if token.is_stale:
        await connection.execute(_use(token.id, now))
    return _opened(token, now)


def _opened(token: Any, now: datetime) -> Opened:
    """A token is taken for what its scopes name; what that opens to whoever stands behind it is the policy's to say.

    For each scope there is a viewer of its own, so that none opens what another one names.
    """
    reads, reports, bills = (
        bool(token.scopes & bits(SCOPES, [scope])) for scope in ("clients:read", "kpis:write", "billing:write")
    )
    machine: Machine | None = None
    reporter: Reporter | None = None
    match token.kind:
        case "firm":
            place = Membership("firm", token.firm_id, token.firm_name, token.member_id, token.role)
            machine = FirmToken(token.id, token.member_id, token.firm_id, token.role, now) if reads else None
        case "client":
            place = Membership("client", token.client_id, token.client_name, None, token.role)
            machine = ClientToken(token.id, token.client_id, token.role, now) if reads else None
            reporter = ClientReporter(token.id, token.client_id, token.role, now) if reports else None
        case _:
            place = Membership("platform", PLATFORM_ID, PLATFORM_NAME, None, "billing" if bills else "reporting")
            machine = SystemViewer(token.id, token.role, now) if bills else None
            reporter = PlatformReporter(token.id, token.role, now) if reports else None
    opened = machine or reporter
    if opened is None:
        raise Forbidden(OPENS_NOTHING)
    return Opened(opened, reporter, place)


def _token(bearer: str, now: datetime) -> Select[*tuple[Any, ...]]:
    """A living token with its creator's place in its organisation: no row where there is none any more."""
    # Moments are compared in the database: `infinity` is none of Python's.
    member = and_(
        FirmMember.firm_id == IntegrationToken.firm_id,
        FirmMember.user_id == IntegrationToken.created_by,
        FirmMember.state == "active",
    )
    insider = and_(
        ClientMember.client_id == IntegrationToken.client_id,
        ClientMember.user_id == IntegrationToken.created_by,
        ClientMember.state == "active",
    )
    of_platform = and_(IntegrationToken.firm_id.is_(None), IntegrationToken.client_id.is_(None))
    return (
        select(
            IntegrationToken.id,
            IntegrationToken.scopes,
            IntegrationToken.firm_id,
            IntegrationToken.client_id,
            Firm.name.label("firm_name"),
            Client.name.label("client_name"),
            FirmMember.id.label("member_id"),
            case(
                (FirmMember.id.is_not(None), "firm"), (ClientMember.id.is_not(None), "client"), else_="platform"
            ).label("kind"),
            case(
                (FirmMember.id.is_not(None), FirmMember.role),
                (ClientMember.id.is_not(None), ClientMember.role),
                else_=PlatformMember.role,
            ).label("role"),
            _is_stale(now).label("is_stale"),
        )
        .outerjoin(Firm, Firm.id == IntegrationToken.firm_id)
        .outerjoin(FirmMember, member)
        .outerjoin(Client, Client.id == IntegrationToken.client_id)
        .outerjoin(ClientMember, insider)
        .outerjoin(PlatformMember, and_(of_platform, PlatformMember.user_id == IntegrationToken.created_by))
        .where(
            IntegrationToken.token_hash == hash_of(bearer),
            IntegrationToken.revoked_at.is_(None),
            IntegrationToken.expires_at > now,
            or_(FirmMember.id.is_not(None), ClientMember.id.is_not(None), PlatformMember.user_id.is_not(None)),
        )
    )


def _use(token_id: UUID, now: datetime) -> Update:
    """Note the use, unless somebody is at it: requests with one token never wait for each other."""
    free = select(IntegrationToken.id).where(IntegrationToken.id == token_id, _is_stale(now))
    locked = free.with_for_update(skip_locked=True).scalar_subquery()
    return update(IntegrationToken).where(IntegrationToken.id == locked).values(last_used_at=now)


def _is_stale(now: datetime) -> ColumnElement[bool]:
    return or_(IntegrationToken.last_used_at.is_(None), IntegrationToken.last_used_at <= now - SEEN_EVERY)
