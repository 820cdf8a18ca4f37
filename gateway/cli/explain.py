"""`gateway policy explain`: whether a person of the demo sees a field, as a text."""

from uuid import UUID

from sqlalchemy import select

from gateway.app import Gateway, build_app
from gateway.auth.access_tokens import FIRST_VERSION
from gateway.auth.memberships import ACTING_AS
from gateway.db.models import User
from gateway.db.seeds.demo import MACHINES, key
from gateway.errors import Refused
from gateway.global_ids import Seal
from gateway.http.in_flight import InFlight
from gateway.resolvers.core.nodes import explain
from gateway.settings import Settings


async def explained(settings: Settings, acting: str, organisation: str | None, id: str, field: str) -> str:
    """One paragraph: whether the field is visible, the reason, its statements and what would make it visible.

    Raises ValueError if the gateway refuses the request.
    """
    gateway: Gateway = build_app(settings).state.gateway
    tokens = {machine.handle: machine.token for machine in MACHINES}
    try:
        token = tokens.get(acting) or await _issued(gateway, key(acting))
        headers = {"Authorization": f"Bearer {token}"}
        if organisation is not None:
            headers[ACTING_AS] = sealed(gateway.seal, organisation)
        in_flight = InFlight.from_settings(settings)
        with in_flight.request({}) as flight:
            async with gateway.open_context(headers, None, flight) as context:
                [found] = await explain(context, sealed(gateway.seal, id), [field])
    except Refused as refused:
        memberships = refused.extensions.get("memberships")
        message = (
            f"{acting} has several memberships: select one, such as --for Firm:F or --for Client:C3."
            if memberships
            else refused.message
        )
        raise ValueError(message) from refused
    finally:
        await gateway.engine.dispose()
    subject = f"{found.type}.{found.field}"
    basis = f"It is based on {', '.join(found.statements)}."
    if found.visible:
        return f"{subject} is visible to {acting}. {basis}"
    conditions = " and ".join(map(str, found.requires))
    change = (
        f"It would be visible if {conditions}."
        if conditions
        else f"No change that {acting} may know of would make it visible."
    )
    return f"{subject} is hidden from {acting}, reason {found.reason}. {basis} {change}"


async def _issued(gateway: Gateway, user_id: UUID) -> str:
    """An access token for a person of the demo, valid even if the person has ended all sessions before."""
    async with gateway.engine.connect() as connection:
        version = await connection.scalar(select(User.session_version).where(User.id == user_id))
    return gateway.tokens.issue(user_id, gateway.clock(), version or FIRST_VERSION).text


def sealed(seal: Seal, text: str) -> str:
    """The global id of, for example, `Client:C1` of the demo. A global id is returned unchanged."""
    type_name, colon, handle = text.partition(":")
    if not colon:
        return text
    return seal.id(type_name, UUID(handle) if len(handle) == 36 else key(handle))
