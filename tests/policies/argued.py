"""Edits of the policy that change no answer, each with the reason why the text stays as it is."""

from collections.abc import Mapping
from typing import Final

ANSWERED: Final = '["pending", "active", "ended"]'
OVER: Final = '["ended", "declined", "withdrawn", "expired", "blocked"]'
_ONE_SIDE: Final = (
    'collaboration_invitations.polar: read(f: ClientInvitationFacts): without f.side = "firm"',
    'clients.polar: tab(f: ClientFacts, "MINE"): without f.side = "firm"',
    'clients.polar: first_tab(f: ClientFacts, "MINE"): without f.side = "firm"',
    'clients.polar: unassigns(f: ClientFacts, "SELF"): without f.side = "firm"',
    'conversations.polar: asks(f: ConversationFacts): without f.side = "firm" (2)',
    'audit.polar: read(f: AuditEntryFacts): without f.side = "firm" (2)',
    'audit.polar: read(f: AuditEntryFacts): without f.side = "firm" (3)',
    'audit.polar: read(f: AuditEntryFacts): without f.side = "firm" (4)',
    'firms.polar: read(f: FirmMemberFacts): without f.side = "firm" (3)',
    'firms.polar: see(f: FirmMemberFacts, "email"): without f.side = "firm" (2)',
    'invoices.polar: read(f: InvoiceFacts): without f.side = "firm" (2)',
    'client_sessions.polar: read(f: ClientSessionFacts): without f.side = "firm" (2)',
    'firms.polar: manages(f): without f.side = "firm"',
    'firms.polar: read(f: StaffInvitationFacts): without f.side = "firm"',
    'firms.polar: may(f: StaffInvitationFacts, "RESEND_STAFF_INVITATION"): without f.side = "firm"',
    'clients.polar: tab(f: ClientFacts, "INVITES"): without f.side = "firm"',
    'clients.polar: read(f: ClientMemberFacts): without f.side = "client"',
    'collaborations.polar: read(f: BillingModePeriodFacts): without f.side = "firm"',
    'audit.polar: read(f: AuditEntryFacts): without f.side = "firm"',
    'client_sessions.polar: read(f: ClientSessionFacts): without f.side = "firm"',
    'firms.polar: read(f: FirmFacts): without f.role = "reviewer"',
    'firms.polar: read(f: FirmMemberFacts): without f.side = "firm"',
    'firms.polar: read(f: FirmMemberFacts): without f.side = "firm" (2)',
    'firms.polar: read(f: FirmMemberFacts): without f.side = "client"',
    'firms.polar: see(f: FirmMemberFacts, "email"): without f.side = "firm"',
    'invoices.polar: read(f: InvoiceFacts): without f.side = "firm"',
    'invoices.polar: read(f: InvoiceFacts): without f.side = "client"',
    'invoices.polar: see(f: InvoiceFacts, "client"): without f.side = "firm"',
    'firms.polar: engaged(f): without f.side = "client"',
    'kpis.polar: reports(f: ClientFacts, "KPIS" …): without f.side = "client_reporter"',
    'collaborations.polar: may(f: CollaborationFacts, "ACCEPT_COLLABORATION"): without f.side = "firm"',
    'collaborations.polar: may(f: CollaborationFacts, "RESEND_CLIENT_INVITATION"): without f.side = "firm"',
    'firms.polar: may(f: StaffInvitationFacts, "REVOKE_STAFF_INVITATION"): without f.side = "firm"',
)
_ORDER: Final = (
    'refusals.polar: refuses(f: ClientFacts, "ENTER_CLIENT_ACCOUNT", "PLAN"): without f.level = "full"',
    'refusals.polar: refuses(f: ConversationFacts, action, "SUSPENDED"): without f.side = "client"',
    'refusals.polar: refuses(f: FirmFacts, "ACTIVATE_FIRM_ACCOUNT", "ACTIVATED"): without f.account = "active"',
    'refusals.polar: refuses(f: StaffInvitationFacts, "RESEND_STAFF_INVITATION", "PROGRAMME"): without f.state = "open"',
    'collaboration_invitations.polar: status(f: ClientInvitationFacts, "EXPIRED"): '
    'f.state = "expired" -> f.state in ["expired", "invited"]',
    'collaboration_invitations.polar: status(f: ClientInvitationFacts, "EXPIRED"): without f.current = false',
    *(
        f'collaboration_invitations.polar: status(f: ClientInvitationFacts, "ACCEPTED"): f.state in {ANSWERED} -> '
        f'f.state in {ANSWERED[:-1]}, "{word}"]'
        for word in ("expired", "invited")
    ),
    *(
        'collaboration_invitations.polar: status(f: ClientInvitationFacts, "DECLINED"): f.state in ["declined", "blocked"] -> '
        f'f.state in ["declined", "blocked", "{word}"]'
        for word in ("invited", "active", "expired", "pending", "ended")
    ),
    *(
        'collaboration_invitations.polar: status(f: ClientInvitationFacts, "VOID"): f.state = "withdrawn" -> '
        f'f.state in ["withdrawn", "{word}"]'
        for word in ("expired", "invited", "declined", "active", "blocked", "pending", "ended")
    ),
    'collaboration_invitations.polar: status(f: ClientInvitationFacts, "VOID"): without f.state = "withdrawn"',
    'clients.polar: hidden_because(f: ClientFacts, "memberInvitations" …, "ROLE"): without f.side = "firm"',
    'clients.polar: hidden_because(f: ClientMemberFacts, _, "ROLE"): without f.side in ["firm", "client", "platform"]',
    'firms.polar: answers(f, "EXPIRED"): without f.current = false',
    'clients.polar: hidden_because(f: ClientFacts, "contactEmail", "ROLE"): without f.side = "firm"',
    'clients.polar: hidden_because(f: ClientFacts, field, "NOT_SHARED"): without f.level = "full"',
    'clients.polar: hidden_because(f: ClientFacts, _, "PLAN"): without f.level = "full"',
    'clients.polar: hidden_because(f: ClientFacts, field, "LEVEL"): without f.side = "firm_token"',
    'clients.polar: hidden_because(f: ClientFacts, "plan", "LEVEL"): without f.side = "firm_token"',
    'clients.polar: hidden_because(f: ClientFacts, field, "PLAN"): without f.side = "firm_token"',
    'clients.polar: hidden_because(f: ClientFacts, _, "ROLE"): without f.side = "firm_token"',
    'collaborations.polar: hidden_because(f: CollaborationFacts, "requestedLevel" …, "ROLE"): without f.side = "firm"',
    'collaborations.polar: hidden_because(f: CollaborationFacts, _, "ROLE"): without f.side = "firm_token"',
    'firms.polar: hidden_because(f: FirmFacts, _, "ROLE"): without f.side in ["firm", "client", "platform", "system", "firm_token"]',
    'firms.polar: hidden_because(f: FirmMemberFacts, _, "ROLE"): without f.side in ["firm", "client", "platform"]',
    'invoices.polar: hidden_because(f: InvoiceFacts, "client", "ENDED"): without f.side = "firm"',
    'client_sessions.polar: hidden_because(f: ClientSessionFacts, _, "ROLE"): without f.side = "client"',
    'client_sessions.polar: status(f: ClientSessionFacts, "REVOKED"): without f.ended in ["none", "revoked"]',
    'client_sessions.polar: status(f: ClientSessionFacts, "EXPIRED"): f.ended = "expired" -> f.ended in ["expired", "left"]',
    'client_sessions.polar: status(f: ClientSessionFacts, "EXPIRED"): f.ended = "none" -> f.ended in ["none", "left"]',
    *(
        'client_sessions.polar: status(f: ClientSessionFacts, "REVOKED"): f.ended in ["none", "revoked"] -> '
        f'f.ended in ["none", "revoked", "{other}"]'
        for other in ("left", "expired")
    ),
    'firms.polar: account_state(f: FirmFacts, "CLOSED"): without f.account = "closed"',
    'firms.polar: account_state(f: FirmFacts, "TRIAL_ENDED"): without f.tried',
    'firms.polar: account_state(f: FirmFacts, "ACTIVE"): f.account = "active" -> f.account in ["active", "trial"]',
    *(
        f'firms.polar: account_state(f: FirmFacts, "CLOSED"): f.account = "closed" -> f.account in ["closed", "{word}"]'
        for word in ("trial", "active")
    ),
    'firms.polar: answered(f, "VOID"): f.state = "void" -> f.state in ["void", "accepted"]',
    *(
        f'collaborations.polar: access(f: CollaborationFacts, "ENDED"): f.state in {OVER} -> f.state in {OVER[:-1]}, "{word}"]'
        for word in ("pending", "invited")
    ),
    'collaborations.polar: level(f: CollaborationFacts, "LIMITED"): f.level = "limited" -> f.level in ["limited", "full"]',
)
_SCOPE: Final = (
    'refusals.polar: refuses(f: ClientFacts, "ENTER_CLIENT_ACCOUNT" …, "UNBEGUN"): without serves_client(f)',
    'refusals.polar: refuses(f: ClientFacts, "REQUEST_ACCESS", "REPEATED"): without serves_client(f)',
    'clients.polar: disclosed_fact(f: ClientMemberFacts, "is_own_org" …): without read(f)',
    'clients.polar: tab(f: ClientFacts, "ONBOARDING"): without serves_client(f)',
    'clients.polar: disclosed_fact(f: ClientFacts, "is_own_org" …): without read(f)',
    'clients.polar: disclosed_fact(f: ClientFacts, "sections"): without read(f)',
    'collaborations.polar: disclosed_fact(f: CollaborationFacts, "is_own_org" …): without read(f)',
    'firms.polar: disclosed_fact(f: FirmFacts, "is_own_org" …): without read(f)',
    'firms.polar: menu(f: FirmFacts, "PARTNER_PORTAL" …): without f.is_own_org',
    'firms.polar: menu(f: FirmFacts, "ACTIVATE"): without f.is_own_org',
    'firms.polar: menu(f: FirmFacts, "PARTNER_PORTAL"): without f.is_own_org',
    'firms.polar: disclosed_fact(f: FirmMemberFacts, "own_firm" …): without read(f)',
    'invoices.polar: disclosed_fact(f: InvoiceFacts, "holder" …): without read(f)',
    'client_sessions.polar: disclosed_fact(f: ClientSessionFacts, "by_viewer" …): without read(f)',
    'tokens.polar: disclosed_fact(f: IntegrationTokenFacts, "is_own_org" …): without read(f)',
)
_TWICE: Final = (
    'collaborations.polar: hidden_because(f: CollaborationFacts, _, "ENDED"): without f.role = "admin"',
    'clients.polar: tab(f: ClientFacts, "MINE"): without f.role in ["admin", "bookkeeper"]',
    'collaborations.polar: see(f: CollaborationFacts, "endReason"): without f.state = "ended"',
)

_WIDER: Final = (
    'clients.polar: see(f: ClientFacts, "verificationState" …): without f.side = "client_token"',
    'clients.polar: see(f: ClientFacts, field): without f.side = "client_token"',
    'conversations.polar: read(f: ConversationFacts): without f.side = "firm"',
    'conversations.polar: read(f: MessageFacts): without f.side = "firm"',
    'firm_programme.polar: see(f: FirmFacts, "application"): without f.role = "reviewer"',
)

_ALL_THERE_ARE: Final = (
    'refusals.polar: refuses(f: CollaborationFacts, action, "OVER"): without asks_of_collaboration(action)',
    "refusals.polar: asks_of_collaboration(action): without precedes(action)",
    "refusals.polar: asks_of_collaboration(action): without follows(action)",
    *(
        f'refusals.polar: refuses(f: ClientInvitationFacts, "RESEND_CLIENT_INVITATION" …, "{word}"): '
        'without action in ["RESEND_CLIENT_INVITATION", "WITHDRAW_COLLABORATION"]'
        for word in ("OVER", "BEGUN")
    ),
    'refusals.polar: refuses(f: InvoiceFacts, "PAY_INVOICE" …, "VOIDED"): without action in ["PAY_INVOICE", "CREDIT_INVOICE"]',
    'refusals.polar: refuses(f: InvoiceFacts, "PAY_INVOICE" …, "CREDITED"): without action in ["PAY_INVOICE", "CREDIT_INVOICE"]',
    'refusals.polar: refuses(f: InvoiceFacts, "PAY_INVOICE" …, "CREDIT_NOTE"): without action in ["PAY_INVOICE", "CREDIT_INVOICE"]',
)


_NEVER_OTHERWISE: Final = (
    'firm_programme.polar: fact(v, "paid", f: Firm, true): without f.subscription_paid = true',
    'firm_programme.polar: fact(_, "fitting", f: Firm, true): without f.business_kind in ["agency", "advisory", "external_cfo"]',
)
_NOT_YET: Final = (
    'collaborations.polar: fact(v, "held", k: Collaboration, true): k.state = "pending" -> k.state in ["pending", "invited"]',
    'collaborations.polar: fact(v, "held", k: Collaboration, true): k.state = "active" -> k.state in ["active", "invited"]',
    'collaborations.polar: fact(v, "paused", k: Collaboration, true): k.state = "active" -> k.state in ["active", "invited"]',
)

OF_ONE_SIDE: Final = """
The fact or the role with it belongs to this side alone and is false for the others; the rule names the side all the same, so that
it reads aloud and stays right on the day when another side gets that fact."""
IN_ORDER: Final = (
    "Reasons are given in their order (D39): the rules before have taken every other case, and it says which is left."
)
IN_SCOPE: Final = (
    "Only rows in scope are judged by it, and there it always holds; it keeps the answer right without a scope."
)
SAID_TWICE: Final = (
    "Another fact implies it (D12, D22, H63, V15, P38): the rule says what the specification says, word for word."
)
ANYHOW: Final = (
    "Each other viewer of whom it would be true sees as much by another rule; the side keeps people and machines apart."
)
ALL_THERE_ARE: Final = "The type has no other action today; the rule names those that it speaks of."
NEVER_OTHERWISE: Final = """
No data tells them apart: the database refuses a firm of another kind (H14) and an end of what was not paid (H13)."""

NOT_YET: Final = """
No data tells them apart: before the company accepts, nothing is granted or offered. The acceptance gives the firm's invitation its
company, and the key of a grant holds the company, so that a grant made earlier would forbid it."""

ARGUED: Final[Mapping[str, str]] = {
    **dict.fromkeys(_ONE_SIDE, OF_ONE_SIDE),
    **dict.fromkeys(_ORDER, IN_ORDER),
    **dict.fromkeys(_SCOPE, IN_SCOPE),
    **dict.fromkeys(_TWICE, SAID_TWICE),
    **dict.fromkeys(_WIDER, ANYHOW),
    **dict.fromkeys(_ALL_THERE_ARE, ALL_THERE_ARE),
    **dict.fromkeys(_NEVER_OTHERWISE, NEVER_OTHERWISE),
    **dict.fromkeys(_NOT_YET, NOT_YET),
}
