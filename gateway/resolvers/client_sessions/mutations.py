"""Sessions in clients' accounts: how they are opened, left and revoked (M11, P18, P28, P29, H57, V9, V15)."""

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from gateway.context import Info
from gateway.db.ids import uuid7
from gateway.db.models import ClientSession
from gateway.db.queries.by_state import closed_sessions, running_collaboration
from gateway.errors import Conflict, Forbidden, NotFound
from gateway.loaders import VisibleRow
from gateway.messages import text
from gateway.resolvers.core.audit_trail import About
from gateway.resolvers.core.idempotency import Node, Secret
from gateway.resolvers.core.refusals import RULES
from gateway.resolvers.core.transaction import MutationContext, run_mutation
from gateway.schema.client_sessions.inputs import EnterClientAccountInput, LeaveClientAccountInput

NO_PRODUCT: Final = text("conflict", "NO_PRODUCT")


async def enter_client_account(info: Info, input: EnterClientAccountInput) -> Any:
    """Opens a session in a client's account. Closes the session that the viewer has, in this or another account (P29).

    Raises Conflict where no product is configured.
    """
    context = info.context
    viewer: Any = context.viewer  # a member of a firm: `authorize_id` below refuses all others
    session_id = uuid7(viewer.now)

    async def work(change: MutationContext) -> dict[str, Any]:
        client = await change.authorize_id("Client", input.client, "ENTER_CLIENT_ACCOUNT")
        if context.hand_offs is None:
            raise Conflict(NO_PRODUCT)
        target = await _target(change, client, input)
        for left in await _closed(change, "left", ClientSession.member_id == viewer.member_id):
            change.also("LEAVE_CLIENT_ACCOUNT", _about(left))
        row = {
            "id": session_id,
            "member_id": viewer.member_id,
            "firm_id": viewer.firm_id,
            "client_id": client.id,
            "collaboration_id": running_collaboration(viewer.firm_id, client.id).scalar_subquery(),
            "opened_at": viewer.now,
            "expires_at": viewer.now + context.hand_offs.stay,
        }
        made = sa.insert(ClientSession).values(row).returning(*_KNOWN)
        session = (await change.connection.execute(made)).one()
        change.about = _about(session)
        url = context.hand_offs.link(
            viewer.now,
            person=context.seal.id("User", viewer.user_id),
            session=context.seal.id("ClientSession", session_id),
            firm=context.seal.id("Firm", viewer.firm_id),
            collaboration=context.seal.id("Collaboration", session.collaboration_id),
            client=context.seal.id("Client", client.id),
            target=target,
        )
        return {"session": Node("ClientSession", session_id), "url": Secret(url)}

    # Alone, so that two requests at once do not open two sessions.
    return await run_mutation(info, work, alone=True)


async def _target(
    change: MutationContext, client: VisibleRow, input: EnterClientAccountInput
) -> Mapping[str, str] | None:
    """Returns where to go in the account (H62).

    Raises NotFound for an activity that the viewer may not see or that is another client's, and
    Forbidden for a section that the client's plan does not include.
    """
    if input.activity is not None:
        key = change.key_of("PendingActivity", input.activity)
        activity = await change.find_visible("PendingActivity", key)
        if activity.row.client_id != client.id:
            raise NotFound
        address = activity.row.deep_link
        return {"section": activity.row.section, **({} if address is None else {"address": address})}
    if input.section is None:
        return None
    if input.section.value not in client.situation.words("opens"):
        raise Forbidden(RULES["PLAN"])
    return {"section": input.section.value}


async def leave_client_account(info: Info, input: LeaveClientAccountInput) -> Any:
    async def work(change: MutationContext) -> dict[str, Any]:
        row = await change.authorize_id("ClientSession", input.id, "LEAVE_CLIENT_ACCOUNT")
        change.about = _about(row.row)
        await _closed(change, "left", ClientSession.id == row.id)
        return {"session": Node("ClientSession", row.id)}

    return await run_mutation(info, work)


async def end_lost(change: MutationContext, *of: sa.ColumnElement[bool]) -> int:
    """Closes those of these sessions that the policy no longer regards as open. Returns how many it closed (H63, L23).

    To be called once the change is written. The change itself ends the sessions, with or without this call, which only keeps the
    table correct for its readers.
    """
    plan = change.context.plan("ClientSession")
    still = plan.plain(ClientSession.id).where(plan.predicate("status", "OPEN"), *of).correlate(None)
    lost = await _closed(change, "revoked", *of, ClientSession.id.not_in(still))
    return len(lost)


_KNOWN: Final = (
    ClientSession.id,
    ClientSession.member_id,
    ClientSession.client_id,
    ClientSession.firm_id,
    ClientSession.collaboration_id,
)


async def _closed(change: MutationContext, ended_as: str, *of: sa.ColumnElement[bool]) -> list[Any]:
    """Closes sessions. Returns those that this ended, without those that had expired before."""
    viewer = change.context.viewer
    closed = closed_sessions(ended_as, viewer.now).where(*of).returning(*_KNOWN, ClientSession.ended_as)
    parameters = change.context.plan("ClientSession").bind(viewer)
    found = await change.connection.execute(closed, parameters)
    ended = [row for row in found if row.ended_as == ended_as]
    change.inside |= {row.client_id for row in ended if row.member_id == getattr(viewer, "member_id", None)}
    return ended


def _about(session: Any) -> About:
    return About(
        "ClientSession", session.id, session.client_id, session.firm_id, collaboration_id=session.collaboration_id
    )
