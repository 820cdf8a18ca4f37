"""A firm's account, its subscription, and the steps of its application to the partner programme (M1, M2, D55)."""

from typing import Any

import sqlalchemy as sa

from gateway.context import Info
from gateway.db.invitation_codes import new_code
from gateway.db.models import ClientSession, Firm
from gateway.db.queries.billing_mode_periods import clients_of
from gateway.errors import Conflict
from gateway.loaders import VisibleRow
from gateway.messages import text
from gateway.resolvers.client_sessions.mutations import end_lost
from gateway.resolvers.collaborations.billing_pause import pause_modes, queue_programme_mails, resume_modes
from gateway.resolvers.core.audit_trail import About
from gateway.resolvers.core.idempotency import Node
from gateway.resolvers.core.transaction import MutationContext, run_mutation
from gateway.schema.firms.enums import ApplicationDecision, PreconditionCode
from gateway.schema.firms.inputs import (
    AcceptAgreementInput,
    ActivateFirmAccountInput,
    DecideApplicationInput,
    ReinstateFirmInput,
    ReportSubscriptionInput,
    SubmitPartnerApplicationInput,
    SuspendFirmInput,
    WebinarWatchedInput,
)


async def activate_firm_account(info: Info, input: ActivateFirmAccountInput) -> Any:
    """Activates the account. It is free, and possible only after the trial (V19, D9)."""
    return await _own(info, "ACTIVATE_FIRM_ACCOUNT", account_state="active")


async def submit_partner_application(info: Info, input: SubmitPartnerApplicationInput) -> Any:
    """Submits the application and mails the invitation to the webinar (P11, H10, H11)."""
    begun: dict[str, Any] = {"programme_state": "submitted", "submitted_at": info.context.viewer.now}
    later = ("webinar_watched_at", "agreed_at", "decided_at", "decided_by", "decision_reason")
    return await _own(info, "SUBMIT_PARTNER_APPLICATION", "WEBINAR", **begun, **dict.fromkeys(later))


async def webinar_watched(info: Info, input: WebinarWatchedInput) -> Any:
    """Records that the webinar was watched and mails the agreement, which is never mailed earlier (P13)."""
    done: dict[str, Any] = {"programme_state": "webinar_watched", "webinar_watched_at": info.context.viewer.now}
    return await _own(info, "WEBINAR_WATCHED", "AGREEMENT", **done)


async def accept_agreement(info: Info, input: AcceptAgreementInput) -> Any:
    done: dict[str, Any] = {"programme_state": "agreed", "agreed_at": info.context.viewer.now}
    return await _own(info, "ACCEPT_AGREEMENT", **done)


async def decide_application(info: Info, input: DecideApplicationInput) -> Any:
    """Approves only if every precondition is met (H12–H14); rejects with a reason, which the firm's admins can read."""
    approves = input.decision is ApplicationDecision.APPROVE

    async def work(change: MutationContext) -> dict[str, Any]:
        row = await change.authorize_id("Firm", input.id, "DECIDE_APPLICATION")
        if input.decision.value not in row.situation.words("decision"):
            raise Conflict(text("conflict", "UNMET", names=", ".join(_unmet(row))))
        state = "approved" if approves else "rejected"
        code = {"invitation_code": sa.func.coalesce(Firm.invitation_code, new_code())} if approves else {}
        await change.notice(f"APPLICATION_{state.upper()}", subject=("Firm", row.id))
        return await _note(change, row, **_decided(change, state, input.reason), **code)

    return await run_mutation(info, work)


async def report_subscription(info: Info, input: ReportSubscriptionInput) -> Any:
    """Records whether the firm's own subscription is paid (H13). A lapse is shown but changes nothing by itself (D10)."""

    async def work(change: MutationContext) -> dict[str, Any]:
        row = await change.authorize_id("Firm", input.id, "REPORT_SUBSCRIPTION")
        return await _note(change, row, subscription_paid=input.paid, subscription_paid_until=input.until)

    return await run_mutation(info, work)


async def suspend_firm(info: Info, input: SuspendFirmInput) -> Any:
    """Suspends all access of the firm at once and its payments for clients; nothing is deleted (D10, D59)."""

    async def work(change: MutationContext) -> dict[str, Any]:
        row = await _served(change, input.id, "SUSPEND_FIRM")
        noted = await _note(change, row, **_decided(change, "suspended", input.reason))
        await queue_programme_mails(change, row.id, "FIRM_SUSPENDED")
        await pause_modes(change, row.id)
        await end_lost(change, ClientSession.firm_id == row.id)
        return noted

    return await run_mutation(info, work)


async def reinstate_firm(info: Info, input: ReinstateFirmInput) -> Any:
    """Restores access for grants still in force, and the PARTNER mode if the client still has it chosen (D59)."""

    async def work(change: MutationContext) -> dict[str, Any]:
        row = await _served(change, input.id, "REINSTATE_FIRM")
        noted = await _note(change, row, **_decided(change, "approved", None))
        await queue_programme_mails(change, row.id, "FIRM_REINSTATED")
        await resume_modes(change, row.id)
        return noted

    return await run_mutation(info, work)


def _unmet(row: VisibleRow) -> list[str]:
    met = row.situation.words("met")
    return [code.value for code in PreconditionCode if code.value not in met]


async def _served(change: MutationContext, id: str, action: str) -> VisibleRow:
    """Locks the firm's clients, then authorises the firm: changes that concern one client run one after the other."""
    key = change.key_of("Firm", id)
    return await change.authorize("Firm", key, action, clients=clients_of(key))


async def _own(info: Info, action: str, notice: str | None = None, **values: Any) -> Any:
    """Runs a step that the acting firm takes for itself."""

    async def work(change: MutationContext) -> dict[str, Any]:
        row = await change.authorize(*change.subject(), action)
        if notice is not None:
            await change.notice(notice, subject=("Firm", row.id))
        return await _note(change, row, **values)

    return await run_mutation(info, work)


def _decided(change: MutationContext, state: str, reason: str | None) -> dict[str, Any]:
    viewer: Any = change.context.viewer
    return {
        "programme_state": state,
        "decided_at": viewer.now,
        "decided_by": viewer.user_id,
        "decision_reason": reason,
    }


async def _note(change: MutationContext, row: VisibleRow, **values: Any) -> dict[str, Any]:
    await change.connection.execute(sa.update(Firm).where(Firm.id == row.id).values(values))
    change.about = About("Firm", row.id, firm_id=row.id)
    return {"firm": Node("Firm", row.id)}
