"""Object types of collaborations: which firm works for which client, with which access, and who pays."""

from typing import TYPE_CHECKING, Annotated, Final

import sqlalchemy as sa
import strawberry
from sqlalchemy.orm import aliased

from gateway.db import models
from gateway.db.enums import KPI_KINDS, PLAN_TIERS
from gateway.db.queries.same_client import in_collaboration
from gateway.reads import by_policy, values
from gateway.reads.declarations import Row
from gateway.schema.audit.types import AuditEntry
from gateway.schema.clients.enums import PlanTier
from gateway.schema.collaborations.enums import (
    AccessLevel,
    AccessReason,
    BillingMode,
    CollaborationOrigin,
    CollaborationStage,
    CollaborationState,
    DiscountOfferState,
    GrantableLevel,
)
from gateway.schema.core.actions import Action, UnavailableAction, unavailable_actions, viewer_actions
from gateway.schema.core.enums import Country, Side
from gateway.schema.core.explain import HiddenField, hidden_fields
from gateway.schema.core.fields import joined, joined_leaf, leaf, newest_of, one_of, pages_of, part, to_one
from gateway.schema.core.late_enums import FieldName
from gateway.schema.core.node import Carrier, Connection, Node
from gateway.schema.core.scalars import DateTime, EmailAddress
from gateway.schema.firms.types import Firm
from gateway.schema.kpis.enums import KpiKind

if TYPE_CHECKING:
    from gateway.schema.clients.types import Client
    from gateway.schema.conversations.types import Conversation

OneConversation = Annotated["Conversation", strawberry.lazy("gateway.schema.conversations.types")]
OneClient = Annotated["Client", strawberry.lazy("gateway.schema.clients.types")]

PAIR: Final = aliased(models.Collaboration)
OF_THE_PAIR: Final = sa.and_(
    PAIR.firm_id == models.Conversation.firm_id, PAIR.client_id == models.Conversation.client_id
)
"""Any collaboration of the two sides of a conversation."""


@strawberry.type(description="The access level in effect, and the reason for it.")
class EffectiveAccess(Carrier):
    level: AccessLevel = leaf("The access level.", by_policy.first("level"))
    because: AccessReason = leaf("The reason for the level.", by_policy.first("access"))


@strawberry.type(description="The terms that the client grants when it is verified.")
class OfferedTerms(Carrier):
    level: GrantableLevel = leaf("The access level.", values.word(models.OfferedTerms.level))
    shared_kpis: list[KpiKind] = leaf(
        "The kinds of pending work that the firm may see.", values.bits(KPI_KINDS, models.OfferedTerms.shared_kpis)
    )
    billing_mode: BillingMode | None = leaf(
        "Who pays from then on; null below FULL.", values.word(models.OfferedTerms.mode)
    )
    expires_at: DateTime | None = leaf(
        "When the access ends by itself; null if it has no end.",
        values.moment(models.OfferedTerms.expires_at),
    )


@strawberry.type(description="A period in which one billing mode was in force.")
class BillingModePeriod(Row, row=models.BillingModePeriod):
    mode: BillingMode | None = leaf("The billing mode.", values.word(models.BillingModePeriod.mode))
    from_: DateTime | None = leaf(
        "When the period began.",
        values.moment(models.BillingModePeriod.from_at),
        name="from",
    )
    to: DateTime | None = leaf(
        "When the period ended; null while it lasts.",
        values.moment(models.BillingModePeriod.to_at),
    )


@strawberry.type(description="A discount on plans, offered to a company that did not use the product yet.")
class DiscountOffer(Carrier):
    percent: int = leaf(
        "The discount in percent, from 1 to 100.", values.number(models.ClientInvitation.discount_percent)
    )
    plans: list[PlanTier] = leaf(
        "The plans that the discount applies to.", values.bits(PLAN_TIERS, models.ClientInvitation.discount_plans)
    )
    state: DiscountOfferState = leaf(
        "The state of the offer.",
        by_policy.unless(
            "voids",
            "VOID",
            values.translated(
                {"open": "OFFERED", "accepted": "ACCEPTED", "void": "VOID"}, models.ClientInvitation.state
            ),
        ),
    )


@strawberry.type(description="The relation of a firm and a client, from the first request to the end.")
class Collaboration(Node, row=models.Collaboration):
    collaboration_state: CollaborationState = leaf("The state of the collaboration.", by_policy.first("status"))
    stage: CollaborationStage | None = leaf(
        "The stage within PENDING; null in all other cases.", by_policy.first("stage")
    )
    origin: CollaborationOrigin | None = leaf("How the collaboration began.", values.word(models.Collaboration.origin))
    firm: Firm | None = to_one("The firm.", models.Collaboration.firm_id)
    client: OneClient | None = to_one(
        "The client. A firm does not see it before the client accepts or after the end.", models.Collaboration.client_id
    )
    firm_name: str = leaf(
        "The firm's name; after the end, the name at that time.", values.text(models.Collaboration.firm_name)
    )
    client_name: str | None = leaf(
        "The client's name; after the end, the name at that time.", values.text(models.Collaboration.client_name)
    )
    started_at: DateTime | None = leaf(
        "When it became active; null before that.",
        values.moment(models.Collaboration.started_at),
    )
    ended_at: DateTime | None = leaf("When it ended; null before that.", values.moment(models.Collaboration.ended_at))
    ended_by: Side | None = leaf(
        "The side that ended it; null before the end.", values.word(models.Collaboration.ended_by)
    )
    end_reason: str | None = leaf(
        "The reason for the end. Only the side that gave it and the platform can read it.",
        values.text(models.Collaboration.end_reason),
    )
    requested_level: GrantableLevel | None = leaf(
        "The level that the firm requests; null if it requests none.", values.word(models.Collaboration.requested_level)
    )
    request_message: str | None = leaf(
        "The message that was sent with the request.", values.text(models.Collaboration.request_message)
    )
    invited_email: EmailAddress | None = leaf(
        "The mail address that the firm entered in its invitation.", values.text(models.Collaboration.invited_email)
    )
    invited_country: Country | None = leaf(
        "The country that the firm entered in its invitation.", values.word(models.Collaboration.invited_country)
    )
    discount_offer: DiscountOffer | None = joined(
        "The discount that the firm offered with its invitation; null if it offered none.",
        DiscountOffer,
        models.ClientInvitation,
        sa.and_(
            models.ClientInvitation.collaboration_id
            == sa.func.coalesce(models.Collaboration.copy_of, models.Collaboration.id),
            models.ClientInvitation.discount_percent.is_not(None),
        ),
    )
    offered_terms: OfferedTerms | None = joined(
        "The terms that the client chose with its acceptance, in force once the client is verified; "
        "null if the collaboration does not wait for the verification or the client chose none.",
        OfferedTerms,
        models.OfferedTerms,
        in_collaboration(models.OfferedTerms),
        "offers",
    )
    level: AccessLevel | None = leaf("The access level in effect.", by_policy.first("level"))
    expires_at: DateTime | None = joined_leaf(
        "When the grant ends by itself; null if it has no end.",
        values.moment(models.AccessGrant.expires_at),
        models.AccessGrant,
        sa.and_(in_collaboration(models.AccessGrant), models.AccessGrant.revoked_at.is_(None)),
    )
    shared_kpis: list[KpiKind] | None = leaf(
        "The kinds of pending work that the client shares.", by_policy.words("shares")
    )
    billing_mode: BillingMode | None = leaf(
        "Who pays now; null below FULL, where no billing mode exists.", by_policy.first("mode")
    )
    paused_billing_mode: BillingMode | None = leaf(
        "PARTNER while the firm is suspended and the client's choice that "
        "the firm pays waits for its reinstatement; otherwise null.",
        by_policy.first("resumes"),
    )
    billing_mode_periods: Connection[BillingModePeriod] | None = pages_of(
        "The periods of billing modes, oldest first.",
        models.BillingModePeriod.collaboration_id,
        models.BillingModePeriod.from_at,
        models.BillingModePeriod.id,
    )
    effective_access: EffectiveAccess | None = part(
        "The access level in effect, and the reason for it.", EffectiveAccess
    )
    conversation: OneConversation | None = one_of(
        "The conversation of the firm and the client; null if there is none.", PAIR.id, joins=((PAIR, OF_THE_PAIR),)
    )
    audit_entries: Connection[AuditEntry] | None = newest_of(
        "The entries of the audit trail about the collaboration that the viewer may see, newest first.",
        models.AuditEntry.collaboration_id,
        models.AuditEntry.id,
    )
    viewer_actions: list[Action] = viewer_actions()
    unavailable_actions: list[UnavailableAction] = unavailable_actions()
    visible_fields: list[FieldName] = leaf(
        "The fields of this object that the viewer may see. They distinguish a hidden field from an empty one.",
        by_policy.visible(),
    )
    hidden_fields: list[HiddenField] = hidden_fields()
