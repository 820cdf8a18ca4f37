"""A firm's invitation code, with which clients can add the firm even if it is not listed (P15)."""

from math import ceil
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from gateway.auth.viewers import ClientViewer
from gateway.context import Info
from gateway.db.invitation_codes import new_code
from gateway.db.models import Firm
from gateway.db.queries import code_guesses
from gateway.errors import NotFound, RateLimited
from gateway.messages import text
from gateway.resolvers.core.idempotency import Node
from gateway.resolvers.core.transaction import MutationContext, is_repeated_request, run_mutation
from gateway.schema.firms.inputs import RotateInvitationCodeInput


async def rotate_invitation_code(info: Info, input: RotateInvitationCodeInput) -> Any:
    async def work(change: MutationContext) -> dict[str, Any]:
        firm = await change.authorize(*change.subject(), "ROTATE_INVITATION_CODE")
        rotated = sa.update(Firm).where(Firm.id == firm.id).values(invitation_code=new_code())
        await change.connection.execute(rotated)
        return {"firm": Node("Firm", firm.id)}

    return await run_mutation(info, work)


async def count_guess(info: Info, action: str) -> None:
    """Counts a guess of the viewer's company before the code is looked up: parallel requests get no more guesses.

    Raises RateLimited if there are too many. It has a transaction of its own, because the refusal of a wrong code rolls
    back the transaction of the mutation.
    """
    viewer = info.context.viewer
    is_allowed = isinstance(viewer, ClientViewer) and info.context.plan("Client").can_ever("may", action)
    if not isinstance(viewer, ClientViewer) or not is_allowed or await is_repeated_request(info):
        return
    async with info.context.engine.begin() as connection:
        counted = (await connection.execute(code_guesses.counted(viewer.client_id, viewer.now))).one()
    if counted.guesses > code_guesses.MAX_COUNT:
        raise RateLimited(
            text("general", "GUESSES", most=code_guesses.MAX_COUNT),
            retry_after=max(1, ceil((counted.window_ends_at - viewer.now).total_seconds())),
        )


async def firm_by_code(change: MutationContext, code: str, client_id: UUID) -> UUID:
    """Returns the firm that has this code now and is in the programme, and takes back the counted guess.

    Raises NotFound for any other code, after the same single statement.
    """
    plan = change.context.plan("Firm")
    admitted = (
        sa.select(Firm.id).select_from(plan.source).where(Firm.invitation_code == code, plan.blind("admits", "CODE"))
    )
    found: UUID | None = await change.connection.scalar(admitted, plan.bind(change.context.viewer))
    if found is None:
        raise NotFound
    await change.connection.execute(code_guesses.forgiven(client_id))
    return found
