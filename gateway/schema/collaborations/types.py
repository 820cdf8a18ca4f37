"""Collaborations: who works for whom, with which access, and who pays."""

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


@strawberry.type(description="The level that is in effect, and why.")
class EffectiveAccess(Carrier):
    level: AccessLevel = leaf("The level.")
    because: AccessReason = leaf("Why it is that.")


@strawberry.type(description="What the client grants once it is verified.")
class OfferedTerms(Carrier):
    level: GrantableLevel = leaf("The level.")
    shared_kpis: list[KpiKind] = leaf("The kinds of pending work that the firm may see.")
    billing_mode: BillingMode | None = leaf("Who pays from then on; null below FULL.")
    expires_at: str | None = leaf("When the access ends by itself; null if it does not.")


@strawberry.type(description="From when to when one billing mode held.")
class BillingModePeriod:
    mode: BillingMode | None = leaf("The mode.", column("mode", word))
    from_: str | None = strawberry.field(
        name="from", description="Since when.", metadata={"read": column("from_at", moment)}
    )
    to: str | None = leaf("Until when; null while it holds.", column("to_at", moment))


@strawberry.type(description="A discount on plans, offered to a company that was not here yet.")
class DiscountOffer(Carrier):
    percent: int = leaf("How many per cent.")
    plans: list[PlanTier] = leaf("The plans it is for.")
    state: DiscountOfferState = leaf("Where it is.")


@strawberry.type(description="A firm and a client, from the first request to the end.")
class Collaboration(Node):
    state: CollaborationState = leaf("Where it is.", word_of("status"))
    stage: CollaborationStage | None = leaf("A stage within PENDING.", word_of("stage"))
    origin: CollaborationOrigin | None = leaf("How it began.", column("origin", word))
    firm: Firm | None = via(collaborations_queries.firm, "The firm.")
    client: OneClient | None = via(collaborations_queries.client, "The client, while the firm may reach it.")
    firm_name: str = leaf("The firm's name; after the end, as it was then.")
    client_name: str | None = leaf("The client's name; after the end, as it was then.")
    started_at: str | None = leaf("When it became active.", column("started_at", moment))
    ended_at: str | None = leaf("When it ended.", column("ended_at", moment))
    ended_by: Side | None = leaf("Which side ended it.", column("ended_by", word))
    end_reason: str | None = leaf("One's own side's reason for the end.")
    requested_level: GrantableLevel | None = leaf("The level that the firm asked for.", column("requested_level", word))
    request_message: str | None = leaf("The message that came with the request.")
    invited_email: str | None = leaf("The address that the firm typed when it invited.")
    invited_country: Country | None = leaf("The country that the firm typed when it invited.")
    discount_offer: DiscountOffer | None = via(
        collaborations_queries.discount_offer, "The discount that the firm offered with its invitation."
    )
    offered_terms: OfferedTerms | None = via(
        collaborations_queries.offered_terms,
        "What the client has chosen with its acceptance, in force once it is verified; null if it waits for none or chose none.",
    )
    level: AccessLevel | None = leaf("The level in effect.", word_of("level"))
    expires_at: str | None = via(
        collaborations_queries.expires_at, "When the grant ends by itself; null if it does not."
    )
    shared_kpis: list[KpiKind] | None = leaf("The kinds of pending work that the client shares.", words_of("shares"))
    billing_mode: BillingMode | None = leaf("Who pays now; null where no mode exists, below FULL.", word_of("mode"))
    paused_billing_mode: BillingMode | None = leaf(
        "PARTNER while the firm is suspended and the client's choice that it pays waits for its reinstatement; else null.",
        word_of("resumes"),
    )
    billing_mode_periods: Connection[BillingModePeriod] | None = via(
        nested_list("Collaboration.billingModePeriods"), "Who paid when, the oldest first."
    )
    effective_access: EffectiveAccess | None = leaf(
        "The level in effect and why.", collaborations_queries.effective_access
    )
    conversation: OneConversation | None = via(
        conversations_queries.of_collaboration, "What the two write to each other; null if they do not."
    )
    audit_entries: Connection[AuditEntry] | None = via(
        nested_list("Collaboration.auditEntries"), "What was done, the newest first: one's own side's slice."
    )
    viewer_actions: list[CollaborationAction] = leaf("What the viewer may do with it now.", words_of("may"))
    visible_fields: list[str] = leaf("The fields that the viewer may see here.", lambda row: row.situation.visible())
