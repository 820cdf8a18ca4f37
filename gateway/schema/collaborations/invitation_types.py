"""Object types of a firm's invitations to companies."""

from typing import Final

import strawberry
from sqlalchemy.orm import aliased

from gateway.db import models
from gateway.reads import by_policy, values
from gateway.schema.collaborations.enums import ClientInvitationState, GrantableLevel
from gateway.schema.collaborations.types import Collaboration, DiscountOffer
from gateway.schema.core.actions import Action, UnavailableAction, unavailable_actions, viewer_actions
from gateway.schema.core.enums import Country
from gateway.schema.core.fields import leaf, part, to_one
from gateway.schema.core.node import Node
from gateway.schema.core.scalars import DateTime, EmailAddress

INVITED: Final = aliased(models.Collaboration)
"""What the firm entered: joined in addition to the collaboration by which the policy decides. The address of an erased person is
null there; the invitation's own column would contain the person's key."""


@strawberry.type(
    description="An invitation that a firm sent to a company. It is the same whether or not the company already used the product."
)
class ClientInvitation(
    Node, row=models.ClientInvitation, joins=((INVITED, INVITED.id == models.ClientInvitation.collaboration_id),)
):
    email: EmailAddress | None = leaf(
        "The mail address that the firm entered; null after the invited person was erased.",
        values.text(INVITED.invited_email),
    )
    company_name: str = leaf(
        "The company's name: the one that the firm entered, until the company accepts.",
        values.text(INVITED.client_name),
    )
    country: Country | None = leaf("The country that the firm entered.", values.word(INVITED.invited_country))
    client_invitation_state: ClientInvitationState = leaf("The state of the invitation.", by_policy.first("status"))
    sent_at: DateTime = leaf("When the last mail was sent.", values.moment(models.ClientInvitation.invited_at))
    expires_at: DateTime | None = leaf(
        "Until when the link in the last mail works.",
        values.moment(models.ClientInvitation.expires_at),
    )
    requested_level: GrantableLevel | None = leaf(
        "The level that the firm requested.", values.word(INVITED.requested_level)
    )
    message: str | None = leaf("The message that was sent with the invitation.", values.text(INVITED.request_message))
    discount_offer: DiscountOffer | None = part(
        "The discount that the firm offered; null if it offered none.",
        DiscountOffer,
        values.number(models.ClientInvitation.discount_percent),
    )
    collaboration: Collaboration | None = to_one(
        "The collaboration, whose id the mutations take; null if the invitation led to none.",
        models.ClientInvitation.collaboration_id,
    )
    viewer_actions: list[Action] = viewer_actions()
    unavailable_actions: list[UnavailableAction] = unavailable_actions()
