"""Invitations of companies that a firm sent."""

import strawberry

from gateway.resolvers.collaborations import invitation_queries
from gateway.resolvers.core.formats import moment, word
from gateway.schema.collaborations.enums import ClientInvitationAction, ClientInvitationState, GrantableLevel
from gateway.schema.collaborations.types import Collaboration, DiscountOffer
from gateway.schema.core.enums import Country
from gateway.schema.core.fields import column, leaf, via, word_of, words_of
from gateway.schema.core.node import Node


@strawberry.type(
    description="An invitation that a firm sent to a company: the same whether the company was here or not."
)
class ClientInvitation(Node):
    email: str | None = leaf("The address that the firm typed; null after its person was erased.", "invited_email")
    company_name: str = leaf("The company's name, as the firm typed it until the company accepted.", "client_name")
    country: Country | None = leaf("The country that the firm typed.", "invited_country")
    state: ClientInvitationState = leaf("The state of the invitation.", word_of("status"))
    sent_at: str = leaf("The time of the last mail.", column("invited_at", moment))
    expires_at: str = leaf("The time until which the link of the last mail works.", column("expires_at", moment))
    requested_level: GrantableLevel | None = leaf("The level that the firm requested.", column("requested_level", word))
    message: str | None = leaf("The message that came with the invitation.", "request_message")
    discount_offer: DiscountOffer | None = leaf(
        "The discount that the firm offered.", invitation_queries.discount_offer
    )
    collaboration: Collaboration | None = via(
        invitation_queries.collaboration, "The collaboration, whose id the actions take; null when nothing came of it."
    )
    viewer_actions: list[ClientInvitationAction] = leaf("The actions that the viewer may take now.", words_of("may"))
