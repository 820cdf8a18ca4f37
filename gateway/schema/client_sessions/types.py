"""Object types of sessions: a firm's members in the accounts of its clients."""

from typing import TYPE_CHECKING, Annotated, Final

import strawberry
from sqlalchemy.orm import aliased

from gateway.db import models
from gateway.reads import by_policy, values
from gateway.schema.client_sessions.enums import SessionState
from gateway.schema.core.actions import Action, UnavailableAction, unavailable_actions, viewer_actions
from gateway.schema.core.explain import HiddenField, hidden_fields
from gateway.schema.core.fields import leaf, to_one
from gateway.schema.core.node import Node
from gateway.schema.core.scalars import DateTime

if TYPE_CHECKING:
    from gateway.schema.clients.types import Client

OneClient = Annotated["Client", strawberry.lazy("gateway.schema.clients.types")]

PLACE: Final = aliased(models.FirmMember)
"""The member who entered: joined in addition to the member by which the policy decides about a session."""


@strawberry.type(
    description="A session of a firm's member in a client's account. A member has at most one open "
    "session. It ends after 30 minutes, unless the operator configures another time."
)
class ClientSession(
    Node,
    row=models.ClientSession,
    joins=(
        (PLACE, PLACE.id == models.ClientSession.member_id),
        (models.User, models.User.id == PLACE.user_id),
        (models.Firm, models.Firm.id == models.ClientSession.firm_id),
    ),
):
    client: OneClient | None = to_one(
        "The client; null if the viewer may not see it any more.", models.ClientSession.client_id
    )
    firm_name: str = leaf(
        "The name of the firm for which the person entered.", values.text(models.Firm.name.label("firm_name"))
    )
    member_name: str | None = leaf(
        "The name of the person who entered.", values.text(models.User.name.label("member_name"))
    )
    opened_at: DateTime = leaf("When the person entered.", values.moment(models.ClientSession.opened_at))
    expires_at: DateTime | None = leaf(
        "When the session ends by itself.", values.moment(models.ClientSession.expires_at)
    )
    closed_at: DateTime | None = leaf(
        "When the session was closed, `expiresAt` at the latest; null if it was not closed.",
        values.moment(models.ClientSession.closed_at),
    )
    session_state: SessionState = leaf("The state of the session.", by_policy.first("status"))
    viewer_actions: list[Action] = viewer_actions()
    unavailable_actions: list[UnavailableAction] = unavailable_actions()
    hidden_fields: list[HiddenField] = hidden_fields()
