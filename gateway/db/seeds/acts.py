"""What was done in the demo world until now, as the audit trail tells it. It follows from the other tables."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from gateway.db.seeds.bills import BILLS
from gateway.db.seeds.companies import FIRMS
from gateway.db.seeds.keys import DAYS_AGO
from gateway.db.seeds.partnerships import BY_HANDLE, CHARGES, GRANTS, MODES, PARTNERSHIPS, Partnership
from gateway.db.seeds.people import OWNERS

ASKING: Final = {
    "firm_invitation": "inviteClient",
    "client_added_firm": "addFirmAsBookkeeper",
    "marketplace": "requestCollaboration",
}


class Act(NamedTuple):
    """One entry: who (nobody: the billing run) did what to whom, and in which slices of the trail it stands."""

    days: int
    actor: str | None
    side: Literal["firm", "client", "platform"]
    action: str
    subject_type: str
    subject: str
    firm: str | None = None
    client: str | None = None
    partnership: str | None = None


def acts() -> list[Act]:
    """All of them, the oldest first."""
    return sorted([*_beginnings(), *_grants(), *_modes(), *_charges(), *_bills()], key=lambda act: -act.days)


def _about(one: Partnership, days: int, side: Literal["firm", "client"], action: str) -> Act:
    actor = FIRMS[one.firm].admin if side == "firm" else OWNERS[one.client]
    return Act(days, actor, side, action, "Collaboration", one.handle, one.firm, one.client, one.handle)


def _beginnings() -> Iterator[Act]:
    for one in PARTNERSHIPS:
        if one.origin == "firm_invitation":
            yield _about(one, one.asked, "firm", "inviteClient")
            yield _about(one, one.asked - 1, "client", "acceptClientInvitation")
            if one.began is not None:
                yield Act(one.began, "pia", "platform", "decideVerification", "Client", one.client, client=one.client)
        else:
            yield _about(one, one.asked, "client", ASKING[one.origin])
            if one.began is not None:
                yield _about(one, one.began, "firm", "acceptCollaboration")
        if one.ended is not None:
            yield _about(one, one.ended, "client", "terminateCollaboration")


def _grants() -> Iterator[Act]:
    for grant in GRANTS:
        action = "grantAccess" if grant.version == 1 else "changeAccess"
        yield _about(BY_HANDLE[grant.partnership], grant.since, "client", action)


def _modes() -> Iterator[Act]:
    for before, mode in pairwise(MODES):
        if mode.partnership == before.partnership:
            yield _about(BY_HANDLE[mode.partnership], mode.since, "client", "changeBillingMode")


def _charges() -> Iterator[Act]:
    for charge in CHARGES:
        one = BY_HANDLE[f"F-{charge.client}"]
        yield _about(one, charge.since, "firm", "assignManagers")


def _bills() -> Iterator[Act]:
    """Each stands in its holder's slice alone: the other side must not count bills that it may not see (L21, L25)."""
    for bill in BILLS:
        if bill.state != "draft":
            action = "creditInvoice" if bill.credits else "issueInvoice"
            client = None if bill.payer else bill.client
            yield Act(DAYS_AGO[bill.handle], None, "platform", action, "Invoice", bill.handle, bill.payer, client)
