"""The rules of the domain in plain Python, from the product's specification (§4.2, §4.6 A–E, §4.9), not from the policies."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from functools import cached_property
from operator import attrgetter
from typing import Any
from uuid import UUID

MACHINES = {"system", "firm_token", "client_token", "platform_reporter", "client_reporter"}
LIMITED = {"EMPLOYEES", "SALARIES", "PAYROLL_BASIS", "RECEIPTS", "OUTLAYS"}  # V10–V13
NEEDS = {  # Table D
    "MISSING_RECEIPTS": "RECEIPTS",
    "EXPENSES_READY_FOR_EXPORT": "OUTLAYS",
    "PAYROLL_BASIS_PENDING": "PAYROLL_BASIS",
    "WALLET_BALANCE": "WALLET",
    "JOURNAL_PENDING": "JOURNAL",
    "SALES_TO_REVIEW": "SALES",
    "BANK_TO_RECONCILE": "BANK",
    "INBOX_DOCUMENTS": "INBOX",
    "BILLS_TO_PAY": "SUPPLIER_BILLS",
}


STARTED = -9  # days from now: when each collaboration began, if it did


@dataclass(frozen=True)
class Row:
    id: UUID

    def __str__(self) -> str:
        parts = (f"{f.name}={getattr(self, f.name)!r}" for f in fields(self))
        return f"{type(self).__name__}({', '.join(parts)})"


@dataclass(frozen=True)
class User(Row):
    erased: bool = False


@dataclass(frozen=True)
class Firm(Row):
    programme: str
    account: str = "active"
    trial_ends: int = 0  # days from now, as all times here
    paid: bool = True
    business: str = "advisory"
    own_client: UUID | None = None
    paid_until: int | None = None


@dataclass(frozen=True)
class FirmMember(Row):
    firm: UUID
    user: UUID
    role: str
    state: str
    owner: bool = False


@dataclass(frozen=True)
class StaffInvitation(Row):
    firm: UUID
    role: str
    state: str
    expires: int


@dataclass(frozen=True)
class FirmProfile(Row):
    firm: UUID
    state: str


@dataclass(frozen=True)
class Client(Row):
    sections: frozenset[str]
    state: str = "verified"


@dataclass(frozen=True)
class ClientMember(Row):
    client: UUID
    user: UUID
    role: str
    state: str


@dataclass(frozen=True)
class ClientMemberInvitation(Row):
    client: UUID
    role: str
    state: str
    expires: int


@dataclass(frozen=True)
class Assignment(Row):
    member: UUID
    client: UUID
    ended: bool


@dataclass(frozen=True)
class Collaboration(Row):
    firm: UUID
    client: UUID | None
    origin: str
    state: str
    ended_by: str | None = None
    ended: int | None = None  # days from now, as all times here
    paused: bool = False
    copy_of: UUID | None = None  # the firm's invitation that this is a company's copy of (D30, D42)
    requested: str | None = None
    last_requested: str | None = None
    repeats: int | None = None  # until when the same request changes nothing (D64)
    started: int | None = STARTED

    @property
    def name_key(self) -> str:
        """How this firm spells the client, for its lists: of each collaboration its own."""
        return f"client {self.id.int}"


@dataclass(frozen=True)
class ClientInvitation(Row):
    collaboration: UUID
    expires: int
    sent: int = -9


@dataclass(frozen=True)
class Grant(Row):
    collaboration: UUID
    version: int
    level: str
    shared: frozenset[str]
    revoked: bool
    expires: int | None
    granted: int = -9
    revoked_on: int = -1  # if it was


@dataclass(frozen=True)
class OfferedTerms(Row):
    """What the client grants once it is verified (D60)."""

    collaboration: UUID
    expires: int | None


@dataclass(frozen=True)
class BillingModePeriod(Row):
    collaboration: UUID
    mode: str
    is_open: bool
    lasts: tuple[int, int | None] | None = None

    @property
    def times(self) -> tuple[int, int | None]:
        """From and to; None is for good. Closed ones lie one after another: the database refuses two payers at once."""
        begin = -1 if self.is_open else -100 - self.id.int
        return self.lasts or (begin, None if self.is_open else begin + 1)


@dataclass(frozen=True)
class KpiSnapshot:
    client: UUID
    kind: str

    @property
    def id(self) -> tuple[UUID, str]:
        return self.client, self.kind


@dataclass(frozen=True)
class PendingActivity(Row):
    client: UUID
    kind: str
    done: bool


@dataclass(frozen=True)
class Invoice(Row):
    mode: str
    client: UUID
    firm: UUID | None
    state: str
    due: int | None = None
    credits: UUID | None = None


@dataclass(frozen=True)
class Conversation(Row):
    firm: UUID
    client: UUID
    blocked: bool


@dataclass(frozen=True)
class Message(Row):
    conversation: UUID
    side: str


@dataclass(frozen=True)
class ClientSession(Row):
    member: UUID
    client: UUID
    collaboration: UUID
    ended: str | None
    expires: int


@dataclass(frozen=True)
class IntegrationToken(Row):
    organisation: UUID | None  # None is the platform
    kind: str
    revoked: bool


@dataclass(frozen=True)
class AuditEntry(Row):
    collaboration: UUID | None
    client: UUID | None
    actor: UUID | None
    acting: UUID | None
    at: int
    refused: bool = False
    firm: UUID | None = None  # where it concerns no collaboration
    talk: bool = False  # of a conversation
    offered: bool = False  # of terms, before the verification (D60)


@dataclass(frozen=True)
class World:
    """Everything there is, by the name of its type."""

    rows: tuple[Any, ...]

    @cached_property
    def _by_kind(self) -> dict[type, dict[Any, Any]]:
        found: dict[type, dict[Any, Any]] = {}
        for row in self.rows:
            found.setdefault(type(row), {})[row.id] = row
        return found

    @cached_property
    def _by_values(self) -> dict[tuple[Any, ...], dict[Any, list[Any]]]:
        """The rows of a type by the values of some of its columns: filled as it is used."""
        return {}

    def all(self, kind: type, **given: Any) -> list[Any]:
        rows = self._by_kind.get(kind, {}).values()
        if not given or not rows:
            return list(rows)
        index = self._by_values.get((kind, *given))
        if index is None:
            values, index = attrgetter(*given), {}
            for row in rows:
                index.setdefault(values(row), []).append(row)
            self._by_values[(kind, *given)] = index
        wanted = tuple(given.values())
        return list(index.get(wanted if len(wanted) > 1 else wanted[0], ()))

    def get(self, kind: type, key: Any) -> Any:
        return self._by_kind.get(kind, {}).get(key)


@dataclass(frozen=True)
class Seer:
    """Who asks: side firm, client, platform, system, firm_token, client_token or nobody, in one role of one organisation (D4)."""

    side: str
    role: str
    user: UUID | None = None
    member: UUID | None = None
    organisation: UUID | None = None


def seen(world: World, seer: Seer, kind: type) -> dict[Any, set[str]]:
    """The rows of one type that this viewer sees, each with its visible fields."""
    found = ((row.id, set(RULES[kind](world, seer, row))) for row in world.all(kind))
    return {key: shown for key, shown in found if shown}


# ---- §4.2: what ties a viewer to a client


def current_collaboration(w: World, v: Seer, client: UUID | None) -> Collaboration | None:
    """The firm's collaboration that the client knows of (D42)."""
    return next(
        (k for k in w.all(Collaboration, firm=v.organisation, client=client) if k.state in {"pending", "active"}), None
    )


def _works(w: World, v: Seer, client: UUID | None) -> bool:
    """H22, P36, P40, H49."""
    if v.side not in {"firm", "firm_token"} or v.role == "staff":
        return False
    return v.role == "admin" or bool(w.all(Assignment, member=v.member, client=client, ended=False))


def grant_in_force(w: World, k: Collaboration) -> Grant | None:
    """The grant in force: D46, H38, V6."""
    newest = max(w.all(Grant, collaboration=k.id), key=lambda g: g.version, default=None)
    if k.state != "active" or w.get(Firm, k.firm).programme != "approved" or newest is None:
        return None
    return None if newest.revoked or (newest.expires is not None and newest.expires <= 0) else newest


def _level(w: World, v: Seer, client: UUID) -> str:
    k = current_collaboration(w, v, client)
    grant = grant_in_force(w, k) if k and _works(w, v, client) else None
    return grant.level if grant else "none"


def _reach(w: World, v: Seer, client: UUID) -> set[str]:
    """The sections that level and plan open (V7–V13, H56)."""
    plan: frozenset[str] = w.get(Client, client).sections
    return {"none": set(), "limited": LIMITED & plan, "full": set(plan)}[_level(w, v, client)]


def _shared(w: World, v: Seer, client: UUID) -> frozenset[str]:
    k = current_collaboration(w, v, client)
    grant = grant_in_force(w, k) if k and _works(w, v, client) else None
    return grant.shared if grant else frozenset()


def _kpis(w: World, v: Seer, client: UUID) -> set[str]:
    """The kinds that may be seen (Table D, D41)."""
    if _governs(v, client):
        return set(NEEDS)
    if v.side != "firm":
        return set()
    return {kind for kind in _shared(w, v, client) if NEEDS[kind] in _reach(w, v, client)}


def _inside(v: Seer, client: UUID | None) -> bool:
    return v.side == "client" and v.organisation == client


def _governs(v: Seer, client: UUID | None) -> bool:
    return _inside(v, client) and v.role in {"owner", "admin"}


def _bills(v: Seer) -> bool:
    return (v.side, v.role) == ("system", "admin")


def _platform(v: Seer) -> bool:
    return (v.side, v.role) == ("platform", "admin")


# ---- Table A


def _user(w: World, v: Seer, u: User) -> Iterable[str]:
    return {"id", "name", "email", "locale"} if u.id == v.user else ()


def _firm(w: World, v: Seer, f: Firm) -> Iterable[str]:
    if v.side == "firm" and v.organisation == f.id:
        shown = {"id", "name", "viewerActions", "profile", "accountState", "trialEndsAt", "staff"}
        admins = {"resellerTier", "cashbackRate", "staffInvitations", "application", "hasOwnAccount"}
        admins |= {"profileRevisions", "subscription", "invitationCode"}
        return shown | (admins if v.role == "admin" else set()) | ({"clientCount"} if v.role != "staff" else set())
    if any(
        _governs(v, k.client) and k.state in {"invited", "pending", "active"} for k in w.all(Collaboration, firm=f.id)
    ):
        return {"id", "name", "viewerActions", "profile", "staff"}
    if (v.side, v.role) == ("platform", "reviewer") and _queued(f):
        return {"id", "name", "profile", "profileRevisions", "application", "viewerActions"}
    if _platform(v):
        return {
            "id",
            "name",
            "profile",
            "profileRevisions",
            "accountState",
            "trialEndsAt",
            "staff",
            "staffInvitations",
            "clientCount",
            "resellerTier",
            "hasOwnAccount",
            "cashbackRate",
            "application",
            "viewerActions",
            "subscription",
        }
    mine = v.side == "firm_token" and v.organisation == f.id
    if _bills(v):
        return {"id", "name", "viewerActions", "subscription"}  # D76
    return {"id", "name", "viewerActions"} if mine else ()


def _queued(f: Firm) -> bool:
    return f.account != "closed" and f.programme in {"submitted", "webinar_watched", "agreed"}


def _takes_part(f: Firm) -> bool:
    """M2, D61, D68: in the programme, and not closed."""
    return f.programme == "approved" and f.account != "closed"


def _firm_profile(w: World, v: Seer, p: FirmProfile) -> Iterable[str]:
    known = {"id", "displayName", "description", "specialties", "location", "languages", "website"}
    known |= {"viewerActions"}
    reviewer = (v.side, v.role) == ("platform", "reviewer")
    if _platform(v) or reviewer or (v.side, v.role, v.organisation) == ("firm", "admin", p.firm):
        return known | {"profileState", "revision", "comment"}
    listed = p.state == "published" and _takes_part(w.get(Firm, p.firm))  # D68
    return known if listed and v.side not in MACHINES else ()


def _firm_member(w: World, v: Seer, m: FirmMember) -> Iterable[str]:
    def clients(member: UUID | None) -> set[UUID]:
        return {a.client for a in w.all(Assignment, member=member, ended=False)}

    everything = {"id", "name", "firmName", "firmRole", "email", "viewerActions"}
    if v.side == "firm" and v.role == "admin" and m.firm == v.organisation and m.state != "removed":
        return everything | {"membershipState", "isOwner"}
    if _platform(v) or (v.side == "firm" and m.id == v.member):
        return everything
    if m.state != "active":
        return ()
    if v.side == "firm" and v.role == "bookkeeper" and m.firm == v.organisation and clients(m.id) & clients(v.member):
        return everything - {"email"}
    return {"id", "name", "firmName", "viewerActions"} if any(_governs(v, client) for client in clients(m.id)) else ()


def _staff_invitation(w: World, v: Seer, i: StaffInvitation) -> Iterable[str]:
    shown = {"id", "email", "firmRole", "invitationState", "invitedAt", "expiresAt", "viewerActions"}
    return shown if _platform(v) or (v.side, v.role, v.organisation) == ("firm", "admin", i.firm) else ()


# ---- Table B


def _client(w: World, v: Seer, c: Client) -> Iterable[str]:
    plain = {"id", "name", "country", "viewerActions", "visibleFields"}
    account = {
        "verificationState",
        "companyNumber",
        "address",
        "contactEmail",
        "plan",
        "members",
        "accountManagers",
        "collaborations",
        "invoices",
        "sessions",
    }
    parts = {kind: f"pendingActivities({section})" for kind, section in NEEDS.items()}
    pending = {"kpis", "pendingTotal", "pendingActivities"}
    if _governs(v, c.id):
        return plain | account | {"wallet", "memberInvitations", "verificationReason"} | pending | set(parts.values())
    if _inside(v, c.id):
        return plain | {"members", "collaborations"}
    if _platform(v):
        return plain | account | {"memberInvitations", "verificationReason"}
    if _bills(v):
        return {"id", "name", "viewerActions", "visibleFields", "invoices"}  # D41
    if v.side == "client_token":  # D41: its own company, and none of its content
        known = plain
        particulars = {"verificationState", "companyNumber", "address", "plan"} if v.role != "member" else set()
        return known | particulars if v.organisation == c.id else ()
    if not _works(w, v, c.id) or not current_collaboration(w, v, c.id):
        return ()
    if v.side == "firm_token":
        if current_collaboration(w, v, c.id).state != "active":
            return ()
        found = plain | {"verificationState", "collaboration", "collaborations"}
        found |= {"plan"} if _level(w, v, c.id) == "full" else set()
        return found | ({"companyNumber", "address"} if "COMPANY" in _reach(w, v, c.id) else set())
    shown = plain | {"verificationState", "accountManagers", "collaboration", "collaborations", "invoices", "sessions"}
    level, reach, shared = _level(w, v, c.id), _reach(w, v, c.id), _shared(w, v, c.id)
    if v.role == "admin":
        shown |= {"contactEmail"}
    if level == "full":
        shown |= {"plan"}
    for section, lying in {
        "COMPANY": {"companyNumber", "address"},
        "WALLET": {"wallet"},
        "MEMBERS": {"members"},
    }.items():
        shown |= lying if section in reach else set()
    if level != "none":
        # At LIMITED the plan is not told (D24, D39): a section that it lacks has a list, and the list is empty (D45).
        told = LIMITED if level == "limited" else reach
        shown |= pending | {parts[kind] for kind in shared if NEEDS[kind] in told}
    return shown


def _client_member(w: World, v: Seer, m: ClientMember) -> Iterable[str]:
    reached = v.side == "firm" and "MEMBERS" in _reach(w, v, m.client)
    theirs = _governs(v, m.client) or reached or _platform(v)
    myself = v.side == "client" and m.id == v.member
    return {"id", "name", "email", "clientRole", "viewerActions"} if myself or (theirs and m.state == "active") else ()


def _client_member_invitation(w: World, v: Seer, i: ClientMemberInvitation) -> Iterable[str]:
    shown = {"id", "email", "clientRole", "invitationState", "invitedAt", "expiresAt", "viewerActions"}
    return shown if _platform(v) or _governs(v, i.client) else ()


def _client_session(w: World, v: Seer, s: ClientSession) -> Iterable[str]:
    """M11: one's own, the firm's admins', the client's, who is told names of those in charge (X-P6), the platform's."""
    shown = {"id", "client", "firmName", "openedAt", "expiresAt", "closedAt", "sessionState", "viewerActions"}
    member = w.get(FirmMember, s.member)
    admin = (v.side, v.role, v.organisation) == ("firm", "admin", member.firm)
    if admin or _platform(v) or ((v.side, v.role, v.member) == ("firm", "bookkeeper", s.member)):
        return shown | {"memberName"}
    served = member.state == "active" and w.all(Assignment, member=s.member, client=s.client, ended=False)
    return shown | ({"memberName"} if served else set()) if _governs(v, s.client) else ()


# ---- Table C


def _collaboration(w: World, v: Seer, k: Collaboration) -> Iterable[str]:
    names = {"id", "collaborationState", "firmName", "visibleFields", "viewerActions"}
    origin = {"origin", "stage", "firm", "clientName"}
    asked, typed = {"requestedLevel", "requestMessage"}, {"invitedEmail", "invitedCountry", "discountOffer"}
    access = {"level", "expiresAt", "sharedKpis", "billingMode", "effectiveAccess"}
    dates = {"startedAt", "endedAt", "endedBy"}
    everything = names | origin | asked | typed | access | dates | {"client", "billingModePeriods", "auditEntries"}
    everything |= {"pausedBillingMode", "offeredTerms"}
    if _platform(v):
        return everything | {"endReason"} if k.copy_of is None else ()
    if _governs(v, k.client):
        return everything | {"conversation"} | ({"endReason"} if k.ended_by in {None, "client"} else set())  # D22
    if _inside(v, k.client):
        return names
    if k.firm != v.organisation or k.copy_of or not _works(w, v, k.client):  # L18: no copy is the firm's
        return ()
    if v.side == "firm_token":  # D41: the active ones
        return names | origin | access | {"client", "startedAt"} if k.state == "active" else ()
    admin = v.role == "admin"
    match k.state:
        case "invited" if admin:
            return names | origin | asked | typed  # D42
        case "pending":
            return names | origin | {"client"} | (asked | typed | {"conversation"} if admin else set())
        case "active":
            bookkeeper = names | origin | access | dates | {"client", "auditEntries"}
            more = asked | typed | {"billingModePeriods", "endReason", "conversation"}
            return bookkeeper | more if admin else bookkeeper
        case "ended" if admin:
            kept = names | origin | dates | {"effectiveAccess", "billingModePeriods", "auditEntries", "conversation"}
            return kept | ({"endReason"} if k.ended_by == "firm" else set())
    return ()


def _talks(v: Seer, c: Conversation) -> bool:
    """X-H2, D22: the admins of the two, in whatever state they are."""
    return (v.side, v.role, v.organisation) == ("firm", "admin", c.firm) or _governs(v, c.client)


def _conversation(w: World, v: Seer, c: Conversation) -> Iterable[str]:
    names = {"id", "firmName", "clientName", "firm", "client", "collaboration"}
    return (
        names | {"openedAt", "blockedAt", "lastMessageAt", "unreadCount", "viewerActions", "messages"}
        if _talks(v, c)
        else ()
    )


def _message(w: World, v: Seer, m: Message) -> Iterable[str]:
    if not _talks(v, w.get(Conversation, m.conversation)):
        return ()
    return {"id", "side", "authorName", "body", "sentAt"}  # D69


def _client_invitation(w: World, v: Seer, i: ClientInvitation) -> Iterable[str]:
    """D66: the firm's admins, whatever came of it."""
    shown = {
        "id",
        "email",
        "companyName",
        "country",
        "clientInvitationState",
        "sentAt",
        "expiresAt",
        "requestedLevel",
        "message",
    }
    shown |= {"discountOffer", "collaboration", "viewerActions"}
    firm = w.get(Collaboration, i.collaboration).firm
    return shown if (v.side, v.role, v.organisation) == ("firm", "admin", firm) else ()


def _billing_mode_period(w: World, v: Seer, p: BillingModePeriod) -> Iterable[str]:
    k = w.get(Collaboration, p.collaboration)
    firm = (v.side, v.role, v.organisation) == ("firm", "admin", k.firm) and k.state in {"active", "ended"}
    return {"mode", "from", "to"} if firm or _governs(v, k.client) or _platform(v) else ()


def _audit_entry(w: World, v: Seer, e: AuditEntry) -> Iterable[str]:
    k = w.get(Collaboration, e.collaboration)
    ours = e.acting == v.organisation and v.side in {"firm", "client"}
    told = ours or not (e.refused or (v.side == "firm" and e.offered))
    house = (v.side, v.role, e.collaboration, e.client) == ("firm", "admin", None, None) and e.firm == v.organisation
    talked = e.talk and (v.side, v.role, e.collaboration) == ("firm", "admin", None) and e.firm == v.organisation
    admin, bookkeeper = talked and ours, False
    if k and v.side == "firm" and v.organisation == k.firm and k.copy_of is None:
        begun = k.state in {"active", "ended"}
        admin = v.role == "admin" and ((k.ended is None or e.at <= k.ended) if begun else ours)
        bookkeeper = v.role == "bookkeeper" and _works(w, v, k.client) and k.state == "active"
        bookkeeper = bookkeeper and (e.actor, e.acting) == (v.user, v.organisation)
    shown = told and (admin or house or (e.client is not None and _governs(v, e.client)))
    who = {"actorName", "requestId"} if _platform(v) or ours else set()
    acts = {"id", "at", "lastAt", "count", "action", "actingSide", "onBehalfOf", "outcome", "code"} | who
    return acts if shown or bookkeeper or _platform(v) else ()


def _integration_token(w: World, v: Seer, t: IntegrationToken) -> Iterable[str]:
    """D26, D41: those who make the organisation's tokens."""
    dates = {"createdAt", "expiresAt", "lastUsedAt", "revokedAt"}
    makers = {("firm", "admin"), ("client", "owner"), ("client", "admin"), ("platform", "admin")}
    mine = t.kind == v.side and t.organisation == (None if v.side == "platform" else v.organisation)
    return {"id", "name", "scopes", "createdBy", "viewerActions"} | dates if mine and (v.side, v.role) in makers else ()


# ---- Tables D and E


def _kpi_snapshot(w: World, v: Seer, s: KpiSnapshot) -> Iterable[str]:
    return {"kind", "count", "amount", "asOf", "section"} if s.kind in _kpis(w, v, s.client) else ()


def _pending_activity(w: World, v: Seer, p: PendingActivity) -> Iterable[str]:
    shown = not p.done and p.kind in _kpis(w, v, p.client)
    enters = v.side == "client" or _level(w, v, p.client) == "full"
    return {"id", "section", "kpiKind", "title", "dueAt"} | {*["deepLink"] * enters} if shown else ()


def _invoice(w: World, v: Seer, i: Invoice) -> Iterable[str]:
    holder = i.firm if i.mode == "partner" else i.client  # I14, I21, D34
    fields = {
        "id",
        "invoiceKind",
        "credits",
        "number",
        "issuedTo",
        "billingMode",
        "clientName",
        "lines",
        "net",
        "tax",
        "total",
    }
    fields |= {"currency", "invoiceState", "issuedAt", "dueAt", "paidAt", "viewerActions"}
    if _platform(v) or _bills(v):
        return fields | {"client"}
    if i.state == "draft" or holder != v.organisation:
        return ()
    if _governs(v, i.client) and i.mode == "client":
        return fields | {"client"}
    if v.side != "firm" or i.mode != "partner":
        return ()
    k = current_collaboration(w, v, i.client)
    working = k is not None and k.state == "active" and w.get(Firm, k.firm).programme == "approved"
    if v.role == "admin" or (v.role == "bookkeeper" and working and _works(w, v, i.client)):
        return fields | ({"client"} if k else set())
    return ()


RULES: dict[type, Callable[[World, Seer, Any], Iterable[str]]] = {
    User: _user,
    Firm: _firm,
    FirmProfile: _firm_profile,
    FirmMember: _firm_member,
    StaffInvitation: _staff_invitation,
    Client: _client,
    ClientMember: _client_member,
    ClientMemberInvitation: _client_member_invitation,
    Collaboration: _collaboration,
    ClientInvitation: _client_invitation,
    BillingModePeriod: _billing_mode_period,
    Conversation: _conversation,
    Message: _message,
    ClientSession: _client_session,
    AuditEntry: _audit_entry,
    IntegrationToken: _integration_token,
    KpiSnapshot: _kpi_snapshot,
    PendingActivity: _pending_activity,
    Invoice: _invoice,
}
