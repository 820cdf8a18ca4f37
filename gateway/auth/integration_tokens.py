"""Integration tokens: machines that act for one organisation, or for the platform (D26, D41).

Only the hash of a token is stored, and it is looked up in each request. So a token is invalid as soon as it is revoked, it
expires, or its creator loses the membership in the organisation. It never permits more than its creator may do at present.
"""

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Update, and_, case, literal, or_, select, update
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
from gateway.messages import text

PREFIX: Final = "gwt_"
SEEN_EVERY: Final = timedelta(minutes=1)
OPENS_NOTHING: Final = text("forbidden", "SCOPES")


class Opened(NamedTuple):
    """The viewer of a token, its viewer for reporting pending work if a scope permits that, and the acting organisation."""

    machine: Machine
    reporter: Reporter | None
    place: Membership
    token: Row[Any]


async def machine_of(connection: AsyncConnection, bearer: str, now: datetime) -> Opened:
    """Returns the viewers of a token and its acting organisation, and records the use of the token.

    Raises `Unauthenticated` for a token that is unknown, revoked or expired, or whose creator has left the organisation.
    Raises `Forbidden` if none of its scopes permits an operation.
    """
    token = (await connection.execute(token_by(literal(hash_of(bearer)), literal(now)))).one_or_none()
    if token is None:
        raise Unauthenticated(NOT_GOOD)
    if token.is_stale:
        await connection.execute(_use(token.id, now))
    return _opened(token, now)


def _opened(token: Any, now: datetime) -> Opened:
    """Creates the viewers from the token's scopes. The policy decides what these viewers may do.

    Each scope has its own type of viewer, so that one scope never permits what belongs to another.
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
    return Opened(opened, reporter, place, token)


def token_by(token_hash: ColumnElement[bytes], now: ColumnElement[datetime]) -> Select[*tuple[Any, ...]]:
    """Selects a valid token with its creator's membership in its organisation. No row if that membership no longer exists."""
    # The database compares the timestamps: Python has no value for `infinity`.
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
            IntegrationToken.token_hash == token_hash,
            IntegrationToken.revoked_at.is_(None),
            IntegrationToken.expires_at > now,
            or_(FirmMember.id.is_not(None), ClientMember.id.is_not(None), PlatformMember.user_id.is_not(None)),
        )
    )


def _use(token_id: UUID, now: datetime) -> Update:
    """Records the use. Skips a locked row, so that requests with the same token never wait for each other."""
    free = select(IntegrationToken.id).where(IntegrationToken.id == token_id, _is_stale(literal(now)))
    locked = free.with_for_update(skip_locked=True).scalar_subquery()
    return update(IntegrationToken).where(IntegrationToken.id == locked).values(last_used_at=now)


def _is_stale(now: ColumnElement[datetime]) -> ColumnElement[bool]:
    return or_(IntegrationToken.last_used_at.is_(None), IntegrationToken.last_used_at <= now - SEEN_EVERY)
