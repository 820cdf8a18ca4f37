"""What is the case between a viewer and a row, in plain Python: from the specification and the meanings in the vocabulary.

With the tables, which say what follows from these facts, they are the model of every rule of the policy.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from tests.policies.model import (
    Assignment,
    AuditEntry,
    BillingModePeriod,
    Client,
    ClientInvitation,
    ClientMember,
    ClientMemberInvitation,
    ClientSession,
    Collaboration,
    Conversation,
    Firm,
    FirmMember,
    FirmProfile,
    Grant,
    IntegrationToken,
    Invoice,
    KpiSnapshot,
    Message,
    OfferedTerms,
    PendingActivity,
    Seer,
    StaffInvitation,
    User,
    World,
    current_collaboration,
    grant_in_force,
)

Fact = Callable[[World, Seer, Any], Any]
"""A word, true or false, or a set of words."""


# ---- what a firm has with a client (§4.2, D42, D46)


def _with_client(of: Callable[[World, Any], UUID | None]) -> Mapping[str, Fact]:
    """The facts of any row that hangs on a client; `of` finds the client."""

    def between(w: World, v: Seer, row: Any) -> Collaboration | None:
        client = of(w, row)
        return current_collaboration(w, v, client) if client else None

    def granted(w: World, v: Seer, row: Any) -> Grant | None:
        k = between(w, v, row)
        return grant_in_force(w, k) if k else None

    return {
        "collaboration_state": lambda w, v, row: k.state if (k := between(w, v, row)) else "none",
        "origin": lambda w, v, row: k.origin if (k := between(w, v, row)) else "none",
        "approved": lambda w, v, row: bool((k := between(w, v, row)) and _in_programme(w, k.firm)),
        "level": lambda w, v, row: g.level if (g := granted(w, v, row)) else "none",
        "shared": lambda w, v, row: g.shared if (g := granted(w, v, row)) else frozenset(),
        "assigned": lambda w, v, row: bool(w.all(Assignment, member=v.member, client=of(w, row), ended=False)),
        "sections": lambda w, v, row: w.get(Client, of(w, row)).sections,
    }


def _in_programme(w: World, firm: UUID | None) -> bool:
    """D10."""
    return firm is not None and bool(w.get(Firm, firm).programme == "approved")


def _takes_part(w: World, firm: UUID | None) -> bool:
    """M2, D61, D68: in the programme, and not closed."""
    return _in_programme(w, firm) and bool(w.get(Firm, firm).account != "closed")


def _some(facts: Mapping[str, Fact], *names: str) -> dict[str, Fact]:
    return {name: facts[name] for name in names}


OF_CLIENT: Final = _with_client(lambda w, c: c.id)
OF_ITS_CLIENT: Final = _with_client(lambda w, row: row.client)


def _is_mine(w: World, v: Seer, row: Any) -> bool:
    """Of the organisation that the viewer acts for."""
    return v.organisation in _organisations(row)


def _organisations(row: Any) -> set[UUID]:
    return {key for name in ("firm", "client") if (key := getattr(row, name, None)) is not None}


def _in_time(w: World, v: Seer, row: Any) -> bool:
    """M4, M11: its time is not over."""
    return bool(row.expires > 0)


def _rested(w: World, v: Seer, i: ClientInvitation) -> bool:
    """D63, L18: for the firm that sends it, which may send it again after a day."""
    return v.side == "firm" and i.sent <= -1


# ---- table A


def _engaged(w: World, v: Seer, f: Firm) -> bool:
    """P14, I27, D40: it works for the viewer's company, or one has asked the other."""
    ties = w.all(Collaboration, firm=f.id, client=v.organisation) if v.side == "client" else []
    return any(k.state in {"invited", "pending", "active"} for k in ties)


def _works_in(w: World, v: Seer, firm: UUID | None) -> bool:
    """M3: one of the platform's people who has a place in the firm, suspended or not."""
    places = w.all(FirmMember, firm=firm, user=v.user) if v.side == "platform" else []
    return any(m.state in {"active", "suspended"} for m in places)


def _belongs_to(w: World, v: Seer, client: UUID | None) -> bool:
    """M3: one of the platform's people who has a place in the company."""
    return v.side == "platform" and bool(w.all(ClientMember, client=client, user=v.user, state="active"))


def _party(w: World, v: Seer, c: Client) -> bool:
    """M3: of the company, or of a firm that it works with or that waits for it."""
    ties = [k for k in w.all(Collaboration, client=c.id) if k.state in {"pending", "active"}]
    return _belongs_to(w, v, c.id) or any(_works_in(w, v, k.firm) for k in ties)


def _clients_of(w: World, member: UUID | None) -> set[UUID]:
    return {a.client for a in w.all(Assignment, member=member, ended=False)}


def _colleague(w: World, v: Seer, m: FirmMember) -> bool:
    """D8: of the same firm and in charge of a client that the viewer is in charge of."""
    shared = _clients_of(w, m.id) & _clients_of(w, v.member)
    return bool((m.firm, m.state) == (v.organisation, "active") and shared)


def _serves(w: World, v: Seer, m: FirmMember) -> bool:
    """X-P6."""
    return m.state == "active" and v.organisation in _clients_of(w, m.id)


def _employed(w: World, v: Seer, m: FirmMember) -> bool:
    """P65, H49: the firm is in the programme, and there is a client to be in charge of."""
    ties = w.all(Collaboration, firm=m.firm)
    return v.side == "firm" and _in_programme(w, m.firm) and any(k.state in {"pending", "active"} for k in ties)


def _succeeded(w: World, v: Seer, m: FirmMember) -> bool:
    """M4: it is not the place of the last active admin. A firm's viewer is told so of the own place alone."""
    admins = {other.id for other in w.all(FirmMember, firm=m.firm, role="admin", state="active")}
    return (m.id == v.member or v.side == "platform") and bool(admins - {m.id})


def _owned(w: World, v: Seer, m: FirmMember) -> bool:
    """D52: the viewer owns this member's firm."""
    mine = w.get(FirmMember, v.member)
    return bool(mine and mine.owner and mine.firm == m.firm)


# ---- table C


def _last_grant(w: World, k: Collaboration) -> Grant | None:
    return max(w.all(Grant, collaboration=k.id), key=lambda g: g.version, default=None)


def _own_collaboration(w: World, v: Seer, k: Collaboration) -> bool:
    """D30, D42: to the firm and to the platform an invitation is one, however many companies may answer it."""
    if v.side == "platform":
        return k.copy_of is None
    return _is_mine(w, v, k) and (v.side not in {"firm", "firm_token"} or k.copy_of is None)


def _held(w: World, v: Seer, k: Collaboration) -> Grant | None:
    """M7: a grant in force, whatever the firm's standing in the programme."""
    last = _last_grant(w, k)
    over = last is None or last.revoked or (last.expires is not None and last.expires <= 0)
    return None if over or k.state != "active" else last


def _offered(w: World, k: Collaboration) -> bool:
    """D60: chosen with the acceptance, for the time after the verification."""
    offered = w.all(OfferedTerms, collaboration=k.id) if k.state == "pending" else []
    return any(each.expires is None or each.expires > 0 for each in offered)


def _is_verified(w: World, client: UUID | None) -> bool:
    """M5."""
    return client is not None and bool(w.get(Client, client).state == "verified")


def _lapsed(w: World, v: Seer, k: Collaboration) -> bool:
    """D50 EXPIRED: not taken back, and its time is over."""
    last = _last_grant(w, k)
    return bool(last and not last.revoked and last.expires is not None and last.expires <= 0)


def _mode(w: World, v: Seer, k: Collaboration) -> str:
    """M8: that of the open period."""
    return next((p.mode for p in w.all(BillingModePeriod, collaboration=k.id, is_open=True)), "client")


def _had_full(w: World, p: BillingModePeriod) -> bool:
    """D47, D59: while the collaboration, the period and a grant of FULL lasted, each from its first moment up to its last."""
    k = w.get(Collaboration, p.collaboration)

    def lasts(since: int | None, *ends: int | None) -> bool:
        return since is not None and since <= 0 and all(end is None or end > 0 for end in ends)

    return (
        lasts(*p.times)
        and lasts(k.started, k.ended)
        and any(
            lasts(g.granted, g.expires, g.revoked_on if g.revoked else None)
            for g in w.all(Grant, collaboration=k.id, level="full")
        )
    )


def _paused(w: World, v: Seer, k: Collaboration) -> bool:
    """D59: the client had chosen PARTNER when the firm was suspended, and the grant still allows it."""
    held = _held(w, v, k)
    return bool(k.paused and held and held.level == "full")


def _repeated(k: Collaboration) -> bool:
    """D64: FULL was requested less than a day ago."""
    return k.last_requested == "full" and k.repeats is not None and k.repeats > 0


def _managed(w: World, v: Seer, c: Client) -> bool:
    """H49: a member of the viewer's firm is assigned."""
    members = {m.id for m in w.all(FirmMember, firm=v.organisation)} if v.side == "firm" else set()
    return any(a.member in members for a in w.all(Assignment, client=c.id, ended=False))


def _pair(w: World, v: Seer, c: Conversation) -> Collaboration | None:
    """What is between the viewer's organisation and the other one of the conversation."""
    if v.side == "client" and c.client != v.organisation:
        return None
    ties = w.all(Collaboration, firm=v.organisation if v.side == "firm" else c.firm, client=c.client)
    return next((k for k in ties if k.state in {"pending", "active"}), None)


def _charged(w: World, v: Seer, s: ClientSession) -> bool:
    """X-P3, P40: an active place, and in charge of the client now."""
    return w.get(FirmMember, s.member).state == "active" and s.client in _clients_of(w, s.member)


EARLY: Final = {"invited", "pending", "declined", "withdrawn", "expired", "blocked"}


def _tie_of(w: World, v: Seer, e: AuditEntry) -> Collaboration | None:
    """The entry's collaboration, if it is one of the viewer's firm: a company's copy of an invitation is not (L18)."""
    k: Collaboration | None = w.get(Collaboration, e.collaboration)
    return k if k and k.firm == v.organisation and k.copy_of is None else None


def _own_entry(w: World, v: Seer, e: AuditEntry) -> bool:
    """L21: each side its own slice."""
    return _tie_of(w, v, e) is not None if v.side == "firm" else e.client is not None and e.client == v.organisation


def _ours(w: World, v: Seer, e: AuditEntry) -> bool:
    return e.acting is not None and e.acting == v.organisation


def _internal(w: World, v: Seer, e: AuditEntry) -> bool:
    return (e.firm, e.collaboration, e.client) == (v.organisation, None, None) and e.firm is not None


def _early(w: World, v: Seer, e: AuditEntry) -> bool:
    """D42: nothing has begun, or it was only written to."""
    k = _tie_of(w, v, e)
    written = e.talk and e.collaboration is None and e.firm is not None and e.firm == v.organisation
    return written or bool(k and k.state in EARLY)


def _up_to_the_end(w: World, v: Seer, e: AuditEntry) -> bool:
    """H63, L21."""
    k = w.get(Collaboration, e.collaboration)
    return bool(k and k.state in {"active", "ended"} and (k.ended is None or e.at <= k.ended))


# ---- table E


def _holder(w: World, v: Seer, i: Invoice) -> bool:
    """I14, I15, I21, I22, D34: PARTNER mode, the firm alone; CLIENT mode, the client alone."""
    return v.organisation is not None and v.organisation == (i.firm if i.mode == "partner" else i.client)


FACTS: Final[dict[type, dict[str, Fact]]] = {
    User: {"self": lambda w, v, u: u.id == v.user},
    Firm: {
        "is_own_org": lambda w, v, f: f.id == v.organisation,
        "engaged": _engaged,
        "programme": lambda w, v, f: f.programme,
        "tried": lambda w, v, f: f.trial_ends <= 0,  # V19, D9: from its last moment on
        "paid": lambda w, v, f: f.paid and (f.paid_until is None or f.paid_until > 0),  # H13
        "owned": lambda w, v, f: bool((m := w.get(FirmMember, v.member)) and m.owner and m.firm == f.id),
        "alive": lambda w, v, f: any(
            k.state in {"invited", "pending", "active"} for k in w.all(Collaboration, firm=f.id)
        ),
        "in_review": lambda w, v, f: bool(w.all(FirmProfile, firm=f.id, state="in_review")),  # H20
        "fitting": lambda w, v, f: f.business in {"agency", "advisory", "external_cfo"},  # H14
        "account": lambda w, v, f: f.account,
        "housed": lambda w, v, f: f.own_client is not None,  # D21
        "insider": lambda w, v, f: _works_in(w, v, f.id),
    },
    FirmProfile: {
        "is_own_org": _is_mine,
        "state": lambda w, v, p: p.state,
        "approved": lambda w, v, p: _takes_part(w, p.firm),
        "insider": lambda w, v, p: _works_in(w, v, p.firm),
    },
    FirmMember: {
        "own_firm": lambda w, v, m: m.firm == v.organisation and m.state != "removed",
        "self": lambda w, v, m: m.id == v.member,
        "same_person": lambda w, v, m: v.side == "platform" and m.user == v.user,
        "colleague": _colleague,
        "serves": _serves,
        "state": lambda w, v, m: m.state,
        "member_role": lambda w, v, m: m.role,
        "owner": lambda w, v, m: m.owner,
        "succeeded": _succeeded,
        "owned": _owned,
        "insider": lambda w, v, m: _works_in(w, v, m.firm),
        "employed": _employed,
        "erased": lambda w, v, m: v.side == "platform" and w.get(User, m.user).erased,
    },
    StaffInvitation: {
        "is_own_org": _is_mine,
        "state": lambda w, v, i: i.state,
        "current": _in_time,
        "approved": lambda w, v, i: _takes_part(w, i.firm),
    },
    Client: {
        **OF_CLIENT,
        "is_own_org": lambda w, v, c: c.id == v.organisation,
        "verification": lambda w, v, c: c.state,  # P34, D67
        "insider": _party,
        "managed": _managed,
        "repeated": lambda w, v, c: bool((k := current_collaboration(w, v, c.id)) and _repeated(k)),
        "reporting": lambda w, v, c: v.side == "client_reporter" and c.id == v.organisation,  # D26
    },
    ClientMember: {
        **_some(OF_ITS_CLIENT, "assigned", "level", "sections"),
        "insider": lambda w, v, m: _belongs_to(w, v, m.client),
        "is_own_org": _is_mine,
        "self": lambda w, v, m: m.id == v.member,
        "current": lambda w, v, m: m.state == "active",
        "member_role": lambda w, v, m: m.role,
    },
    ClientMemberInvitation: {"is_own_org": _is_mine, "state": lambda w, v, i: i.state, "current": _in_time},
    ClientInvitation: {
        "is_own_org": lambda w, v, i: w.get(Collaboration, i.collaboration).firm == v.organisation,
        "state": lambda w, v, i: w.get(Collaboration, i.collaboration).state,
        "rested": _rested,
        "current": _in_time,
        "approved": lambda w, v, i: _in_programme(w, w.get(Collaboration, i.collaboration).firm),
    },
    KpiSnapshot: {
        **_some(OF_ITS_CLIENT, "assigned", "level", "sections", "shared"),
        "is_own_org": _is_mine,
        "kind": lambda w, v, s: s.kind,
    },
    PendingActivity: {
        **_some(OF_ITS_CLIENT, "assigned", "level", "sections", "shared"),
        "is_own_org": _is_mine,
        "kind": lambda w, v, p: p.kind,
        "open": lambda w, v, p: not p.done,  # M13
    },
    Collaboration: {
        **_some(OF_ITS_CLIENT, "assigned"),
        "is_own_org": _own_collaboration,
        "state": lambda w, v, k: k.state,
        "origin": lambda w, v, k: k.origin,
        "ended_by": lambda w, v, k: k.ended_by or "none",
        "approved": lambda w, v, k: _in_programme(w, k.firm),
        "verified": lambda w, v, k: v.side == "firm" and _is_verified(w, k.client),
        "rested": lambda w, v, k: any(_rested(w, v, i) for i in w.all(ClientInvitation, collaboration=k.id)),
        "granted": lambda w, v, k: _last_grant(w, k) is not None,
        "lapsed": _lapsed,
        "held": lambda w, v, k: _held(w, v, k) is not None or _offered(w, k),
        "level": lambda w, v, k: g.level if (g := grant_in_force(w, k)) else "none",
        "shared": lambda w, v, k: g.shared if (g := grant_in_force(w, k)) else frozenset(),
        "mode": _mode,
        "paused": _paused,
        "requested": lambda w, v, k: k.requested or "none",
        "repeated": lambda w, v, k: _repeated(k),
        "insider": lambda w, v, k: _works_in(w, v, k.firm) or _belongs_to(w, v, k.client),
    },
    BillingModePeriod: {
        "is_own_org": lambda w, v, p: _is_mine(w, v, w.get(Collaboration, p.collaboration)),
        "state": lambda w, v, p: w.get(Collaboration, p.collaboration).state,
        "mode": lambda w, v, p: p.mode if v.side == "system" else "client",
        "had_full": lambda w, v, p: v.side == "system" and _had_full(w, p),
    },
    ClientSession: {
        **_some(OF_ITS_CLIENT, "sections"),
        "by_viewer": lambda w, v, s: s.member == v.member,
        "is_own_org": lambda w, v, s: v.organisation in {w.get(FirmMember, s.member).firm, s.client},
        "ended": lambda w, v, s: s.ended or "none",
        "current": _in_time,
        "member_role": lambda w, v, s: w.get(FirmMember, s.member).role,
        "member_active": lambda w, v, s: w.get(FirmMember, s.member).state == "active",
        "member_assigned": _charged,
        "level": lambda w, v, s: g.level if (g := grant_in_force(w, w.get(Collaboration, s.collaboration))) else "none",
    },
    Conversation: {
        "is_own_org": _is_mine,
        "collaboration_state": lambda w, v, c: k.state if (k := _pair(w, v, c)) else "none",
        "origin": lambda w, v, c: k.origin if (k := _pair(w, v, c)) else "none",
        "ended": lambda w, v, c: bool(w.all(Collaboration, firm=c.firm, client=c.client, state="ended")),
        "approved": lambda w, v, c: _takes_part(w, c.firm),
        "blocked": lambda w, v, c: c.blocked,
        "invited": lambda w, v, c: (
            v.side == "client"
            and c.client == v.organisation
            and bool(w.all(Collaboration, firm=c.firm, client=c.client, state="invited"))
        ),
        "rejected": lambda w, v, c: v.side == "client" and w.get(Client, c.client).state == "rejected",  # D67
        "listed": lambda w, v, c: (
            v.side == "client" and bool(w.all(FirmProfile, firm=c.firm, state="published"))
        ),  # H32
    },
    Message: {
        "is_own_org": lambda w, v, m: _is_mine(w, v, w.get(Conversation, m.conversation)),
        "by_own_org": lambda w, v, m: m.side == v.side,
        "blocked": lambda w, v, m: w.get(Conversation, m.conversation).blocked,
    },
    IntegrationToken: {
        "is_own_org": lambda w, v, t: (
            t.organisation == v.organisation and (v.organisation is not None or v.side == "platform")
        ),
        "not_revoked": lambda w, v, t: not t.revoked,
    },
    AuditEntry: {
        "is_own_org": _own_entry,
        "by_own_org": _ours,
        "internal": _internal,
        "early": _early,
        "offered": lambda w, v, e: v.side == "firm" and e.offered,
        "refused": lambda w, v, e: e.refused,
        "by_viewer": lambda w, v, e: _ours(w, v, e) and e.actor is not None and e.actor == v.user,
        "not_revoked": lambda w, v, e: bool((k := w.get(Collaboration, e.collaboration)) and k.state == "active"),
        "in_time": _up_to_the_end,
        "assigned": lambda w, v, e: bool(
            (k := w.get(Collaboration, e.collaboration))
            and w.all(Assignment, member=v.member, client=k.client, ended=False)
        ),
    },
    Invoice: {
        **_some(OF_ITS_CLIENT, "assigned", "collaboration_state"),
        "holder": _holder,
        "mode": lambda w, v, i: i.mode,
        "state": lambda w, v, i: i.state,
        "kind": lambda w, v, i: "credit_note" if i.credits else "invoice",  # D47
        "late": lambda w, v, i: i.due is not None and i.due < 0,  # D47: its day is over
        "approved": lambda w, v, i: _in_programme(w, i.firm),
    },
}

COLUMNS: Final[dict[type, dict[str, Fact]]] = {
    Client: {"order_name": lambda w, v, c: k.name_key if (k := current_collaboration(w, v, c.id)) else None},
}
"""What rows are put in order by, and no rule asks."""
