"""The audit entries of the demo world, derived from its other tables."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from gateway.db.seeds.bills import BILLS
from gateway.db.seeds.companies import FIRMS
from gateway.db.seeds.keys import DAYS_AGO
from gateway.db.seeds.partnerships import BY_HANDLE, CHARGES, GRANTS, MODES, PARTNERSHIPS, Partnership
from gateway.db.seeds.people import OWNERS

ASKING: Final = {
    "firm_invitation": "INVITE_CLIENT",
    "client_added_firm": "ADD_FIRM_AS_BOOKKEEPER",
    "marketplace": "REQUEST_COLLABORATION",
}


class Act(NamedTuple):
    """One audit entry: actor (None: the billing run), action, subject, and the organisations whose audit trail contains it."""

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
    """All audit entries, the oldest first."""
    return sorted([*_beginnings(), *_grants(), *_modes(), *_charges(), *_bills()], key=lambda act: -act.days)


def _about(one: Partnership, days: int, side: Literal["firm", "client"], action: str) -> Act:
    actor = FIRMS[one.firm].admin if side == "firm" else OWNERS[one.client]
    return Act(days, actor, side, action, "Collaboration", one.handle, one.firm, one.client, one.handle)


def _beginnings() -> Iterator[Act]:
    for one in PARTNERSHIPS:
        if one.origin == "firm_invitation":
            yield _about(one, one.asked, "firm", "INVITE_CLIENT")
            yield _about(one, one.asked - 1, "client", "ACCEPT_CLIENT_INVITATION")
            if one.began is not None:
                yield Act(one.began, "pia", "platform", "DECIDE_VERIFICATION", "Client", one.client, client=one.client)
        else:
            yield _about(one, one.asked, "client", ASKING[one.origin])
            if one.began is not None:
                yield _about(one, one.began, "firm", "ACCEPT_COLLABORATION")
        if one.ended is not None:
            yield _about(one, one.ended, "client", "TERMINATE_COLLABORATION")


def _grants() -> Iterator[Act]:
    for grant in GRANTS:
        action = "GRANT_ACCESS" if grant.version == 1 else "CHANGE_ACCESS"
        yield _about(BY_HANDLE[grant.partnership], grant.since, "client", action)


def _modes() -> Iterator[Act]:
    for before, mode in pairwise(MODES):
        if mode.partnership == before.partnership:
            yield _about(BY_HANDLE[mode.partnership], mode.since, "client", "CHANGE_BILLING_MODE")


def _charges() -> Iterator[Act]:
    for charge in CHARGES:
        one = BY_HANDLE[f"F-{charge.client}"]
        yield _about(one, charge.since, "firm", "ASSIGN_MANAGERS")


def _bills() -> Iterator[Act]:
    """Entries about invoices. Each is only in its holder's part of the audit trail.

    The other side must not be able to count invoices that it may not see (L21, L25).
    """
    for bill in BILLS:
        if bill.state != "draft":
            action = "CREDIT_INVOICE" if bill.credits else "ISSUE_INVOICE"
            client = None if bill.payer else bill.client
            yield Act(DAYS_AGO[bill.handle], None, "platform", action, "Invoice", bill.handle, bill.payer, client)
