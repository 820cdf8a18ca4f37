"""Object types of integration tokens, with which machines act for an organisation."""

import strawberry

from gateway.db import models
from gateway.db.models.accounts import SCOPES
from gateway.reads import values
from gateway.schema.core.actions import Action, UnavailableAction, unavailable_actions, viewer_actions
from gateway.schema.core.fields import leaf
from gateway.schema.core.node import Node
from gateway.schema.core.scalars import DateTime
from gateway.schema.tokens.enums import TokenScope


@strawberry.type(
    description="A machine's token, bound to one organisation or to the platform. Its secret is returned once, by `createToken`."
)
class IntegrationToken(
    Node, row=models.IntegrationToken, joins=((models.User, models.User.id == models.IntegrationToken.created_by),)
):
    name: str = leaf("The name or purpose of the token.", values.text(models.IntegrationToken.name))
    scopes: list[TokenScope] = leaf("What the token may do.", values.bits(SCOPES, models.IntegrationToken.scopes))
    created_by: str = leaf(
        "The name of the person who created it. The token may never do more than this "
        "person may do now, and ends when the person leaves the organisation.",
        values.text(models.User.name.label("creator_name")),
    )
    created_at: DateTime = leaf("When it was created.", values.made_at(models.IntegrationToken.id))
    expires_at: DateTime | None = leaf(
        "When it expires; null if it does not expire.",
        values.moment(models.IntegrationToken.expires_at),
    )
    last_used_at: DateTime | None = leaf(
        "When it was last used, accurate to about one minute; null if it was never used.",
        values.moment(models.IntegrationToken.last_used_at),
    )
    revoked_at: DateTime | None = leaf(
        "When it was revoked; null if it is not revoked.",
        values.moment(models.IntegrationToken.revoked_at),
    )
    viewer_actions: list[Action] = viewer_actions()
    unavailable_actions: list[UnavailableAction] = unavailable_actions()
