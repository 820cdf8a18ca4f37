"""The viewer of a request, and the mutations that begin, refresh and end sessions."""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from gateway.auth.memberships import TYPES
from gateway.auth.sign_in import Session, SignInService
from gateway.auth.viewers import FirmViewer, Membership, Viewer
from gateway.context import Context, Info
from gateway.reads.roots import RootOwn, RootWords
from gateway.schema.accounts.inputs import RefreshInput, SignInInput, SignOutInput


def own_user(viewer: Viewer) -> tuple[str, UUID] | None:
    """The person; None for a machine."""
    return ("User", viewer.user_id) if hasattr(viewer, "user_id") else None


def staffed_firm(viewer: Viewer) -> tuple[str, UUID] | None:
    """The firm for which a person acts."""
    return ("Firm", viewer.firm_id) if isinstance(viewer, FirmViewer) else None


USER: Final = RootOwn(own=own_user)
MENUS: Final = RootWords(own=staffed_firm, rule="menu")
BANNERS: Final = RootWords(own=staffed_firm, rule="banner")


class Me(NamedTuple):
    """The signed-in viewer of this request."""


async def viewer(info: Info) -> Me | None:
    return Me() if info.context.identity.signed_in else None


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
