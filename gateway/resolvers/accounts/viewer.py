"""The viewer of a request, and the mutations that begin, refresh and end sessions."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from gateway.auth.memberships import NOT_MINE, TYPES
from gateway.auth.sign_in import Session, SignInService
from gateway.auth.viewers import ClientViewer, FirmViewer, Membership, Viewer
from gateway.context import Context, Info
from gateway.db.models import User
from gateway.errors import Forbidden
from gateway.reads.roots import RootOwn, RootWords
from gateway.resolvers.core.places import Place, place_at
from gateway.resolvers.core.transaction import MutationContext, acting_organisation, run_mutation
from gateway.schema.accounts.inputs import (
    RefreshInput,
    SetDefaultOrganisationInput,
    SignInInput,
    SignOutInput,
)


def own_user(viewer: Viewer) -> tuple[str, UUID] | None:
    """The person; None for a machine."""
    return ("User", viewer.user_id) if hasattr(viewer, "user_id") else None


def staffed_firm(viewer: Viewer) -> tuple[str, UUID] | None:
    """The firm for which a person acts."""
    return ("Firm", viewer.firm_id) if isinstance(viewer, FirmViewer) else None


def own_membership(viewer: Viewer) -> tuple[str, UUID] | None:
    """The membership with which a person acts for a firm or a company."""
    match viewer:
        case FirmViewer():
            return "FirmMember", viewer.member_id
        case ClientViewer():
            return "ClientMember", viewer.member_id
        case _:
            return None


USER: Final = RootOwn(own=own_user)
MEMBERSHIP: Final = RootOwn(own=own_membership)
PAGES: Final = RootWords(own=acting_organisation, rule="page")
MENUS: Final = RootWords(own=staffed_firm, rule="menu")
BANNERS: Final = RootWords(own=staffed_firm, rule="banner")


class Me(NamedTuple):
    """The signed-in viewer of this request."""


async def viewer(info: Info) -> Me | None:
    return Me() if info.context.identity.signed_in else None


def place(context: Context, membership: Membership) -> Place:
    at = membership.kind, membership.organisation_id
    is_default = membership.is_default
    return place_at(context, *at, membership.organisation_name, membership.role, is_default=is_default)


async def memberships(info: Info) -> list[Place]:
    return [place(info.context, membership) for membership in info.context.identity.memberships]


async def acting_as(info: Info) -> Place | None:
    """Returns the acting organisation, so that the client can check for which one the request was answered (L16)."""
    acting = info.context.identity.acting
    return None if acting is None else place(info.context, acting)


async def set_default_organisation(info: Info, input: SetDefaultOrganisationInput) -> Any:
    """Raises Forbidden, with one text, for an organisation that the person is not a member of, whether it exists or not."""
    context = info.context

    async def work(change: MutationContext) -> dict[str, Any]:
        own = (await change.authorize("User", change.person(), "SET_DEFAULT_ORGANISATION")).id
        wanted = context.seal.open_id(input.organisation)
        for each in context.identity.memberships:
            if (TYPES[each.kind], each.organisation_id) == wanted:
                chosen = sa.update(User).where(User.id == own)
                await change.connection.execute(chosen.values(default_organisation_id=each.organisation_id))
                return {"membership": place(context, replace(each, is_default=True))}
        raise Forbidden(NOT_MINE)

    return await run_mutation(info, work)


class Ended(NamedTuple):
    ended: bool


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
