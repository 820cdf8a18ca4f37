"""Object types of collaborations: which firm works for which client, with which access, and who pays."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.resolvers.collaborations import queries as collaborations_queries
from gateway.resolvers.conversations import queries as conversations_queries
from gateway.resolvers.core.connections import nested_list
from gateway.resolvers.core.formats import moment, word
from gateway.schema.audit.types import AuditEntry
from gateway.schema.clients.enums import PlanTier
from gateway.schema.collaborations.enums import (
    AccessLevel,
    AccessReason,
    BillingMode,
    CollaborationAction,
    CollaborationOrigin,
    CollaborationStage,
    CollaborationState,
    DiscountOfferState,
    GrantableLevel,
)
from gateway.schema.core.enums import Country, Side
from gateway.schema.core.fields import column, leaf, via, word_of, words_of
from gateway.schema.core.node import Carrier, Connection, Node
from gateway.schema.firms.types import Firm
from gateway.schema.kpis.enums import KpiKind

if TYPE_CHECKING:
    from gateway.schema.clients.types import Client
    from gateway.schema.conversations.types import Conversation

OneConversation = Annotated["Conversation", strawberry.lazy("gateway.schema.conversations.types")]
OneClient = Annotated["Client", strawberry.lazy("gateway.schema.clients.types")]


@strawberry.type(description="The access level in effect, and the reason for it.")
class EffectiveAccess(Carrier):
    level: AccessLevel = leaf("The access level.")
    because: AccessReason = leaf("The reason for the level.")


@strawberry.type(description="The terms that the client grants when it is verified.")
class OfferedTerms(Carrier):
    level: GrantableLevel = leaf("The access level.")
    shared_kpis: list[KpiKind] = leaf("The kinds of pending work that the firm may see.")
    billing_mode: BillingMode | None = leaf("Who pays from then on; null below FULL.")
    expires_at: str | None = leaf("When the access ends by itself (ISO 8601 with UTC offset); null if it has no end.")


@strawberry.type(description="A period in which one billing mode was in force.")
class BillingModePeriod:
    mode: BillingMode | None = leaf("The billing mode.", column("mode", word))
    from_: str | None = strawberry.field(
        name="from",
        description="When the period began (ISO 8601 with UTC offset).",
        metadata={"read": column("from_at", moment)},
    )
    to: str | None = leaf(
        "When the period ended (ISO 8601 with UTC offset); null while it lasts.", column("to_at", moment)
    )


@strawberry.type(description="A discount on plans, offered to a company that did not use the product yet.")
class DiscountOffer(Carrier):
    percent: int = leaf("The discount in percent, from 1 to 100.")
    plans: list[PlanTier] = leaf("The plans that the discount applies to.")
    state: DiscountOfferState = leaf("The state of the offer.")


@strawberry.type(description="The relation of a firm and a client, from the first request to the end.")
class Collaboration(Node):
    state: CollaborationState = leaf("The state of the collaboration.", word_of("status"))
    stage: CollaborationStage | None = leaf("The stage within PENDING; null in all other cases.", word_of("stage"))
    origin: CollaborationOrigin | None = leaf("How the collaboration began.", column("origin", word))
    firm: Firm | None = via(collaborations_queries.firm, "The firm.")
    client: OneClient | None = via(
        collaborations_queries.client, "The client. A firm does not see it before the client accepts or after the end."
    )
    firm_name: str = leaf("The firm's name; after the end, the name at that time.")
    client_name: str | None = leaf("The client's name; after the end, the name at that time.")
    started_at: str | None = leaf(
        "When it became active (ISO 8601 with UTC offset); null before that.", column("started_at", moment)
    )
    ended_at: str | None = leaf(
        "When it ended (ISO 8601 with UTC offset); null before that.", column("ended_at", moment)
    )
    ended_by: Side | None = leaf("The side that ended it; null before the end.", column("ended_by", word))
    end_reason: str | None = leaf("The reason for the end. Only the side that gave it and the platform can read it.")
    requested_level: GrantableLevel | None = leaf(
        "The level that the firm requests; null if it requests none.", column("requested_level", word)
    )
    request_message: str | None = leaf("The message that was sent with the request.")
    invited_email: str | None = leaf("The mail address that the firm entered in its invitation.")
    invited_country: Country | None = leaf("The country that the firm entered in its invitation.")
    discount_offer: DiscountOffer | None = via(
        collaborations_queries.discount_offer,
        "The discount that the firm offered with its invitation; null if it offered none.",
    )
    offered_terms: OfferedTerms | None = via(
        collaborations_queries.offered_terms,
        "The terms that the client chose with its acceptance, in force once the client is verified; "
        "null if the collaboration does not wait for the verification or the client chose none.",
    )
    level: AccessLevel | None = leaf("The access level in effect.", word_of("level"))
    expires_at: str | None = via(
        collaborations_queries.expires_at,
        "When the grant ends by itself (ISO 8601 with UTC offset); null if it has no end.",
    )
    shared_kpis: list[KpiKind] | None = leaf("The kinds of pending work that the client shares.", words_of("shares"))
    billing_mode: BillingMode | None = leaf(
        "Who pays now; null below FULL, where no billing mode exists.", word_of("mode")
    )
    paused_billing_mode: BillingMode | None = leaf(
        "PARTNER while the firm is suspended and the client's choice that "
        "the firm pays waits for its reinstatement; otherwise null.",
        word_of("resumes"),
    )
    billing_mode_periods: Connection[BillingModePeriod] | None = via(
        nested_list("Collaboration.billingModePeriods"), "The periods of billing modes, oldest first."
    )
    effective_access: EffectiveAccess | None = leaf(
        "The access level in effect, and the reason for it.", collaborations_queries.effective_access
    )
    conversation: OneConversation | None = via(
        conversations_queries.of_collaboration, "The conversation of the firm and the client; null if there is none."
    )
    audit_entries: Connection[AuditEntry] | None = via(
        nested_list("Collaboration.auditEntries"),
        "The entries of the audit trail about the collaboration that the viewer may see, newest first.",
    )
    viewer_actions: list[CollaborationAction] = leaf(
        "The actions that the viewer may take on the collaboration now.", words_of("may")
    )
    visible_fields: list[str] = leaf(
        "The fields of this object that the viewer may see. They distinguish a hidden field from an empty one.",
        lambda row: row.situation.visible(),
    )
