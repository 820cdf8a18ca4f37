"""Object types of a firm's invitations to companies."""

import strawberry

from gateway.resolvers.collaborations import invitation_queries
from gateway.resolvers.core.formats import moment, word
from gateway.schema.collaborations.enums import ClientInvitationAction, ClientInvitationState, GrantableLevel
from gateway.schema.collaborations.types import Collaboration, DiscountOffer
from gateway.schema.core.enums import Country
from gateway.schema.core.fields import column, leaf, via, word_of, words_of
from gateway.schema.core.node import Node


@strawberry.type(
    description="An invitation that a firm sent to a company. It is the same whether or not the company already used the product."
)
class ClientInvitation(Node):
    email: str | None = leaf(
        "The mail address that the firm entered; null after the invited person was erased.", "invited_email"
    )
    company_name: str = leaf(
        "The company's name: the one that the firm entered, until the company accepts.", "client_name"
    )
    country: Country | None = leaf("The country that the firm entered.", "invited_country")
    state: ClientInvitationState = leaf("The state of the invitation.", word_of("status"))
    sent_at: str = leaf("When the last mail was sent (ISO 8601 with UTC offset).", column("invited_at", moment))
    expires_at: str = leaf(
        "Until when the link in the last mail works (ISO 8601 with UTC offset).", column("expires_at", moment)
    )
    requested_level: GrantableLevel | None = leaf("The level that the firm requested.", column("requested_level", word))
    message: str | None = leaf("The message that was sent with the invitation.", "request_message")
    discount_offer: DiscountOffer | None = leaf(
        "The discount that the firm offered; null if it offered none.", invitation_queries.discount_offer
    )
    collaboration: Collaboration | None = via(
        invitation_queries.collaboration,
        "The collaboration, whose id the mutations take; null if the invitation led to none.",
    )
    viewer_actions: list[ClientInvitationAction] = leaf(
        "The actions that the viewer may take on the invitation now.", words_of("may")
    )
