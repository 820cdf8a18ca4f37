"""The viewer of a request, and the mutations that begin, refresh and end sessions."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from gateway.auth.memberships import TYPES
from gateway.auth.sign_in import Session, SignInService
from gateway.auth.viewers import FirmViewer, Membership
from gateway.context import Context, Info
from gateway.loaders import VisibleRow
from gateway.schema.accounts.inputs import RefreshInput, SignInInput, SignOutInput


class Me(NamedTuple):
    """The signed-in viewer of this request; `user_id` is None for a machine."""

    user_id: UUID | None


async def viewer(info: Info) -> Me | None:
    identity = info.context.identity
    return Me(identity.user_id) if identity.signed_in else None


async def user(root: Me, info: Info) -> VisibleRow | None:
    return None if root.user_id is None else await info.context.load.node("User", root.user_id)


class Place(NamedTuple):
    """A membership as the graph shows it."""

    id: str
    name: str
    kind: str
    role: str


def place(context: Context, membership: Membership) -> Place:
    sealed = context.seal.id(TYPES[membership.kind], membership.organisation_id)
    return Place(sealed, membership.organisation_name, membership.kind.upper(), membership.role.upper())


async def memberships(info: Info) -> list[Place]:
    return [place(info.context, membership) for membership in info.context.identity.memberships]


async def acting_as(info: Info) -> Place | None:
    """Returns the acting organisation, so that the client can check for which one the request was answered (L16)."""
    acting = info.context.identity.acting
    return None if acting is None else place(info.context, acting)


async def menus(info: Info) -> list[str]:
    firm = await _acting_firm(info.context)
    return firm.situation.words("menu") if firm else []


async def banners(info: Info) -> list[str]:
    firm = await _acting_firm(info.context)
    return firm.situation.words("banner") if firm else []


async def _acting_firm(context: Context) -> VisibleRow | None:
    acting = context.viewer
    return await context.load.node("Firm", acting.firm_id) if isinstance(acting, FirmViewer) else None


class Ended(NamedTuple):
    signed_out: bool


class Opened(NamedTuple):
    access_token: str
    expires_at: str
    refresh_token: str
    refresh_expires_at: str
    device_token: str | None


async def sign_in(info: Info, input: SignInInput) -> Opened:
    request_id, network = _sent(info)
    session = await _sign_in_service(info).sign_in(
        input.email, input.password, _now(info), request_id, network=network, device_token=input.device_token
    )
    return _opened(session)


async def refresh(info: Info, input: RefreshInput) -> Opened:
    request_id, _ = _sent(info)
    return _opened(await _sign_in_service(info).refresh(input.refresh_token, _now(info), request_id))


async def sign_out(info: Info, input: SignOutInput) -> Ended:
    await _sign_in_service(info).sign_out(input.refresh_token, _now(info))
    return Ended(True)


def _sent(info: Info) -> tuple[str | None, str]:
    """Returns the id of the request and the network that it came from."""
    envelope = info.context.envelope
    return (None, "") if envelope is None else (envelope.request_id, envelope.network)


def _sign_in_service(info: Info) -> SignInService:
    """Returns the sign-in service. It commits by itself: a request cancelled after this may have begun or ended a session."""
    info.context.may_have_committed = True
    return info.context.sign_in_service


def _now(info: Info) -> datetime:
    return info.context.viewer.now


def _opened(session: Session) -> Opened:
    return Opened(
        session.access_token,
        session.expires_at.isoformat(),
        session.refresh_token,
        session.refresh_expires_at.isoformat(),
        session.device_token,
    )
