"""Collaborations, and the invitations that the acting firm sent to companies (D66): the lists."""

from typing import Any, Final

import sqlalchemy as sa

from gateway.db.models import ClientInvitation, Collaboration
from gateway.policy import Plan
from gateway.reads.roots import RootById, RootCount, RootList, Rows, Selection
from gateway.schema.core.arguments import ClientInvitationStates, CollaborationStates


def in_states(states: list[Any] | None, **more: Any) -> Selection:
    """Selects the rows in one of these states, as the API shows them: by the policy's rule `status`."""
    wanted = None if states is None else tuple(sorted({state.value for state in states}))
    return Selection(
        kind=(wanted,),
        filter=(wanted,),
        conditions=lambda rows: () if wanted is None else (any_of(rows, wanted),),
        descending=True,
        **more,
    )


def any_of(rows: Rows, states: tuple[str, ...]) -> sa.ColumnElement[bool]:
    """Condition for rows in one of these states, by the policy's rule `status`."""
    return sa.or_(sa.false(), *(rows.predicate("status", state) for state in states))


def _collaborations(plan: Plan, states: CollaborationStates = None) -> Selection:
    return in_states(states)


def _invitations(plan: Plan, states: ClientInvitationStates = None) -> Selection:
    return in_states(states)


COLLABORATION: Final = RootById(target="Collaboration")
COLLABORATIONS: Final = RootList(
    target="Collaboration", order=lambda rows: (rows.own(Collaboration.id),), select=_collaborations
)
# In the order of their collaboration ids, which an index keeps for each firm.
CLIENT_INVITATIONS: Final = RootList(
    target="ClientInvitation",
    order=lambda rows: (rows.own(ClientInvitation.collaboration_id),),
    select=_invitations,
)
CLIENT_INVITATION_COUNT: Final = RootCount(target="ClientInvitation", rules=(("status", "OPEN"),))
