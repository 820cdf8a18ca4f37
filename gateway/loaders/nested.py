"""The lists of one parent: the parent's column, the rules for the rows and the order."""

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from gateway.db.models import (
    Assignment,
    AuditEntry,
    BillingModePeriod,
    ClientMember,
    ClientMemberInvitation,
    ClientSession,
    Collaboration,
    FirmMember,
    FirmProfile,
    Invoice,
    Message,
    PendingActivity,
    StaffInvitation,
    User,
)
from gateway.policy import Plan
from gateway.policy.plan import Joining


@dataclass(frozen=True, slots=True)
class Nested:
    """`order` ends with a unique column; its columns are in the shape of the type. Each row satisfies `rules` of the policy."""

    type_name: str
    parent: Any
    order: tuple[Any, ...]
    descending: bool = False
    rules: tuple[str, ...] = ()
    beside: Joining = ()
    part: Any = None  # the column that has one value in a part of the list

    def narrowed(self, plan: Plan, statement: sa.Select[Any], part: str | None) -> sa.Select[Any]:
        statement = statement.where(*(plan.predicate(rule) for rule in self.rules))
        return statement if part is None else statement.where(self.part == sa.bindparam("part", type_=sa.Text()))


IN_CHARGE: Final = aliased(Assignment)


def _newest(type_name: str, parent: Any, key: Any, *rules: str) -> Nested:
    return Nested(type_name, parent, (key,), descending=True, rules=rules)


NESTED: Final[dict[str, Nested]] = {
    "Client.accountManagers": Nested(
        "FirmMember",
        IN_CHARGE.client_id,
        (User.name_key, FirmMember.id),
        beside=((IN_CHARGE, sa.and_(IN_CHARGE.member_id == FirmMember.id, IN_CHARGE.ended_at.is_(None))),),
    ),
    "Client.collaborations": _newest("Collaboration", Collaboration.client_id, Collaboration.id),
    "Client.invoices": _newest("Invoice", Invoice.client_id, Invoice.id),
    "Client.memberInvitations": _newest(
        "ClientMemberInvitation", ClientMemberInvitation.client_id, ClientMemberInvitation.id, "waiting"
    ),
    "Client.members": Nested("ClientMember", ClientMember.client_id, (User.name_key, ClientMember.id)),
    "Client.pendingActivities": Nested(
        "PendingActivity",
        PendingActivity.client_id,
        (PendingActivity.due_at, PendingActivity.id),
        part=PendingActivity.section,
    ),
    "Client.sessions": _newest("ClientSession", ClientSession.client_id, ClientSession.id),
    "Collaboration.auditEntries": _newest("AuditEntry", AuditEntry.collaboration_id, AuditEntry.id),
    "Collaboration.billingModePeriods": Nested(
        "BillingModePeriod",
        BillingModePeriod.collaboration_id,
        (BillingModePeriod.from_at, BillingModePeriod.id),
    ),
    "Conversation.messages": _newest("Message", Message.conversation_id, Message.id),
    "Firm.profileRevisions": Nested(
        "FirmProfile", FirmProfile.firm_id, (FirmProfile.revision, FirmProfile.id), descending=True
    ),
    "Firm.staff": Nested("FirmMember", FirmMember.firm_id, (User.name_key, FirmMember.id)),
    "Firm.staffInvitations": _newest("StaffInvitation", StaffInvitation.firm_id, StaffInvitation.id, "waiting"),
}
"""By the GraphQL field that returns them."""
