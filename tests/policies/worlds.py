"""Random worlds: drawn small, so that they shrink; written to the real tables, whose own rules they keep."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.auth import viewers
from gateway.db import enums, models
from gateway.db.seeds.keys import DEMO_NOW as NOW
from tests.policies import model
from tests.policies.model import NEEDS, Seer, World
from tests.support.make import FOREVER

LIVING: Final = {"invited", "pending", "active"}
EVERYTHING: Final = frozenset(enums.SECTIONS)
PLANS: Final = [EVERYTHING, EVERYTHING - {"COMPANY", "WALLET", "RECEIPTS"}, frozenset(model.LIMITED), frozenset[str]()]
SHARED: Final = [frozenset(NEEDS), frozenset({"MISSING_RECEIPTS", "WALLET_BALANCE"}), frozenset[str]()]
TOKEN: Final = UUID(int=77)


class Maker:
    """Makes rows with keys of their own and leaves out what the database would refuse."""

    def __init__(self) -> None:
        self.rows: list[Any] = []

    def add(self, kind: type, *values: Any) -> UUID:
        key = UUID(int=len(self.rows) + 1)
        self.rows.append(kind(key, *values))
        return key

    def has(self, kind: type, **given: Any) -> bool:
        return bool(World(tuple(self.rows)).all(kind, **given))

    def firm_member(self, firm: UUID, user: UUID, role: str, state: str, owner: bool = False) -> None:
        living = World(tuple(self.rows)).all(model.FirmMember, firm=firm, user=user)
        if state == "removed" or all(member.state == "removed" for member in living):
            self.add(model.FirmMember, firm, user, role, state, owner)

    def client_member(self, client: UUID, user: UUID, role: str, state: str) -> None:
        if state == "removed" or not self.has(model.ClientMember, client=client, user=user, state="active"):
            self.add(model.ClientMember, client, user, role, state)

    def assignment(self, member: UUID, client: UUID, ended: bool) -> None:
        if ended or not self.has(model.Assignment, member=member, client=client, ended=False):
            self.add(model.Assignment, member, client, ended)

    def collaboration(
        self,
        firm: UUID,
        client: UUID | None,
        origin: str,
        state: str,
        ended_by: str,
        paused: bool = False,
        *request: str | int | None,
        is_copy: bool = False,
    ) -> UUID | None:
        """With `is_copy` a company's copy of an invitation, if it can be one; what is invited with a client always is (D42)."""
        others = World(tuple(self.rows)).all(model.Collaboration, firm=firm, client=client)
        if state in LIVING and client is not None and any(other.state in LIVING for other in others):
            return None
        if client is None and state in {"pending", "active", "ended"}:
            return None
        over = state == "ended"
        end = (ended_by, -2) if over else (None, None)
        of = None
        if client is not None and (state == "invited" or (is_copy and state not in {"pending", "active", "ended"})):
            of = self.add(model.Collaboration, firm, None, "firm_invitation", "invited")
            self.add(model.ClientInvitation, of, 1)
        return self.add(model.Collaboration, firm, client, origin, state, *end, paused, of, *request)

    def offer(self, collaboration: UUID, expires: int, sent: int = -9) -> None:
        """What was mailed with an invitation; a copy has none of its own."""
        if World(tuple(self.rows)).get(model.Collaboration, collaboration).copy_of is None:
            self.add(model.ClientInvitation, collaboration, expires, sent)

    def grants(self, collaboration: UUID, versions: list[tuple[str, frozenset[str], bool, int | None]]) -> None:
        """All but the last were taken back when the next one came. An invitation that waits has none: its client may change."""
        if World(tuple(self.rows)).get(model.Collaboration, collaboration).state == "invited":
            return
        for number, (level, shared, revoked, expires) in enumerate(versions, 1):
            self.add(model.Grant, collaboration, number, level, shared, revoked or number < len(versions), expires)

    def conversation(self, firm: UUID, client: UUID, blocked: bool, sides: Iterable[str]) -> None:
        """One of each pair."""
        if not self.has(model.Conversation, firm=firm, client=client):
            key = self.add(model.Conversation, firm, client, blocked)
            for side in sides:
                self.add(model.Message, key, side)

    def terms(self, collaboration: UUID, expires: int) -> None:
        """Terms are offered on acceptance: an invitation that waits has none."""
        if World(tuple(self.rows)).get(model.Collaboration, collaboration).state != "invited":
            self.add(model.OfferedTerms, collaboration, expires)

    def session(self, member: UUID, tie: model.Collaboration, ended: str | None, expires: int) -> None:
        """In one account at a time (P29), and not before the company has accepted."""
        if (
            tie.client
            and tie.state != "invited"
            and (ended or not self.has(model.ClientSession, member=member, ended=None))
        ):
            self.add(model.ClientSession, member, tie.client, tie.id, ended, expires)

    def period(self, collaboration: UUID, client: UUID, mode: str, is_open: bool) -> None:
        """One firm pays at a time (D16)."""
        world = World(tuple(self.rows))
        payers = world.all(model.BillingModePeriod, mode="partner", is_open=is_open)
        paid = any(world.get(model.Collaboration, payer.collaboration).client == client for payer in payers)
        self.add(model.BillingModePeriod, collaboration, "client" if paid else mode, is_open)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """One or two firms and clients, three people in any seats, and whatever lies between them."""

    def some(most: int, *parts: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(st.tuples(*parts), max_size=most))

    one = st.sampled_from
    made = Maker()
    users = [made.add(model.User) for _ in range(3)]
    companies = st.tuples(one(PLANS), one(enums.CLIENT_STATES))
    clients = [made.add(model.Client, *company) for company in draw(st.lists(companies, min_size=1, max_size=2))]
    programmes = one(("approved", "suspended", *enums.PROGRAMME_STATES))
    accounts = (one(enums.ACCOUNT_STATES), one((-1, 0, 1)), st.booleans(), one(enums.BUSINESS_KINDS))
    offices = st.tuples(programmes, *accounts, one((None, *clients)), one((None, -1, 0, 1)))
    firms = [made.add(model.Firm, *office) for office in draw(st.lists(offices, min_size=1, max_size=2))]
    states = ("active", *enums.FIRM_MEMBER_STATES)
    for seat in some(4, one(firms), one(users), one(enums.FIRM_ROLES), one(states), st.booleans()):
        made.firm_member(*seat)
    for offer in some(2, one(firms), one(enums.FIRM_ROLES), one(enums.INVITATION_STATES), one((-1, 0, 1))):
        made.add(model.StaffInvitation, *offer)
    for offer in some(2, one(clients), one(enums.CLIENT_ROLES), one(enums.INVITATION_STATES), one((-1, 0, 1))):
        made.add(model.ClientMemberInvitation, *offer)
    for seat in some(3, one(clients), one(users), one(enums.CLIENT_ROLES), one(enums.CLIENT_MEMBER_STATES)):
        made.client_member(*seat)
    members = [row.id for row in World(tuple(made.rows)).all(model.FirmMember)]
    for duty in some(4, one(members), one(clients), st.booleans()) if members else []:
        made.assignment(*duty)
    state = one(("active", "ended", *enums.COLLABORATION_STATES))
    grants = st.lists(
        st.tuples(one(("full", "limited")), one(SHARED), st.booleans(), one((None, 5, 0, -1))), max_size=2
    )
    modes = one((None, "client", "partner"))
    for firm, client, origin, at, ended_by, paused, is_copy, granted, before, now in some(
        4,
        *(one(firms), one((*clients, None)), one(enums.ORIGINS), state, one(enums.SIDES), st.booleans(), st.booleans()),
        *(grants, modes, modes),
    ):
        key = made.collaboration(firm, client, origin, at, ended_by, paused, is_copy=is_copy)
        if key is not None and origin == "firm_invitation":
            made.offer(key, draw(one((-1, 0, 1))), draw(one((-2, -1, 0))))
        if key is None or client is None:
            continue
        made.grants(key, [(*grant[:2], True, grant[3]) for grant in granted] if at == "ended" else granted)
        if offered := draw(one((None, None, -1, 0, 1))):
            made.terms(key, offered)
        if before:
            made.period(key, client, before, False)
        if now and at == "active":
            made.period(key, client, now, True)
    for kpi in draw(st.sets(st.tuples(one(clients), one(enums.KPI_KINDS)), max_size=4)):
        made.rows.append(model.KpiSnapshot(*kpi))
    for activity in some(3, one(clients), one(enums.KPI_KINDS), st.booleans()):
        made.add(model.PendingActivity, *activity)
    due = one((None, -1, 0, 1))
    for bill in some(4, one(enums.BILLING_MODES), one(clients), one((*firms, None)), one(enums.INVOICE_STATES), due):
        if bill[0] == "client" or bill[2]:
            made.add(model.Invoice, *bill)
    for firm, client, blocked, sides in some(
        2, one(firms), one(clients), st.booleans(), st.lists(one(enums.SIDES[:2]), max_size=2)
    ):
        made.conversation(firm, client, blocked, sides)
    for firm, at in some(2, one(firms), one(enums.PROFILE_STATES)):
        if at != "published" or not made.has(model.FirmProfile, firm=firm, state=at):
            made.add(model.FirmProfile, firm, at)
    owners = [(firm, "firm") for firm in firms] + [(client, "client") for client in clients] + [(None, "platform")]
    for (owner, kind), revoked in some(2, one(owners), st.booleans()):
        made.add(model.IntegrationToken, owner, kind, revoked)
    entered = World(tuple(made.rows)).all(model.Collaboration)
    ends = one((None, None, *enums.SESSION_ENDS))
    for stay in some(3, one(members), one(entered), ends, one((-1, 0, 1))) if members and entered else []:
        made.session(*stay)
    ties = [row.id for row in World(tuple(made.rows)).all(model.Collaboration)]
    for tie, client, actor, acting, day, refused, house, talk, offered in some(
        3,
        one((None, *ties)),
        one((*clients, None)),
        one((*users, None)),
        one((*firms, *clients, None)),
        one((-10, -3, -2, -1)),
        one((False, True)),
        one((*firms, None)),
        st.booleans(),
        st.booleans(),
    ):
        subject = World(tuple(made.rows)).get(model.Collaboration, tie)
        whose = subject.client if subject else client
        made.add(model.AuditEntry, tie, whose, actor, acting, day, refused, house, talk, offered)
    return World(tuple(made.rows))


def crowded() -> World:
    """Everything that must never be missing: the cases that only data of this kind tells apart."""
    made = Maker()
    ada, ben, cleo, dan, eva, fay = (made.add(model.User) for _ in range(6))
    lively, narrow, quiet = (made.add(model.Client, plan) for plan in (EVERYTHING, PLANS[1], EVERYTHING))
    approved, rival = made.add(model.Firm, "approved"), made.add(model.Firm, "approved")
    suspended, queued = made.add(model.Firm, "suspended"), made.add(model.Firm, "submitted", "trial")
    for user, role, state in [
        (ada, "admin", "active"),
        (ben, "bookkeeper", "active"),
        (cleo, "staff", "active"),
        (dan, "bookkeeper", "suspended"),
        (eva, "bookkeeper", "removed"),
        (eva, "bookkeeper", "invited"),
        (fay, "bookkeeper", "active"),
    ]:
        made.firm_member(approved, user, role, state)
    for firm, user, role in [
        (rival, dan, "admin"),
        (suspended, cleo, "admin"),
        (suspended, ben, "bookkeeper"),
        (queued, eva, "admin"),
    ]:
        made.firm_member(firm, user, role, "active", owner=firm == rival)
    for firm in (approved, rival):
        for state in enums.INVITATION_STATES:
            for expires in (-1, 0, 1):
                made.add(model.StaffInvitation, firm, "bookkeeper", state, expires)
    for client in (lively, narrow):
        for state in enums.INVITATION_STATES:
            for expires in (-1, 0, 1):
                made.add(model.ClientMemberInvitation, client, "member", state, expires)
    # Ada wears two hats, and so does Ben.
    for user, role, state in [
        (ada, "owner", "active"),
        (ben, "member", "active"),
        (cleo, "admin", "removed"),
        (eva, "admin", "active"),
    ]:
        made.client_member(lively, user, role, state)
    made.client_member(narrow, dan, "member", "active")
    for member in World(tuple(made.rows)).all(model.FirmMember):
        made.assignment(member.id, lively, True)
        if member.role == "bookkeeper":
            made.assignment(member.id, lively, member.state == "removed" or member.user == fay)
            made.assignment(member.id, narrow, member.user == ben and member.firm == approved)
    for firm, client, origin, state, ended_by, granted in [
        (approved, lively, "marketplace", "ended", "firm", [("full", SHARED[0], True, None)]),
        (approved, lively, "client_added_firm", "ended", "client", []),
        (
            approved,
            lively,
            "client_added_firm",
            "active",
            "",
            [("full", SHARED[0], False, -1), ("limited", SHARED[1], False, 5)],
        ),
        (rival, lively, "marketplace", "active", "", [("full", SHARED[1], False, None)]),
        (suspended, lively, "marketplace", "active", "", [("full", SHARED[0], False, None)]),
        (approved, narrow, "marketplace", "active", "", [("full", SHARED[0], True, None)]),
        (approved, quiet, "marketplace", "active", "", [("full", SHARED[0], False, 0)]),
        (rival, narrow, "firm_invitation", "invited", "", []),
        (suspended, narrow, "firm_invitation", "active", "", [("full", SHARED[0], False, 0)]),
        (queued, lively, "firm_invitation", "pending", "", [("full", SHARED[0], False, None)]),
        *(
            (queued, client, "firm_invitation", state, "platform", [])
            for client in (None, narrow)
            for state in enums.COLLABORATION_STATES
        ),
    ]:
        key = made.collaboration(firm, client, origin, state, ended_by, firm == suspended)
        if key and origin == "firm_invitation":
            made.offer(key, len(made.rows) % 3 - 1, len(made.rows) % 5 % 3 - 2)
        if key and client:
            made.grants(key, granted)
            made.period(key, client, "partner", False)
            if state == "active":
                made.period(key, client, "partner", True)
    # Copies of invitations: of a firm that works with the company by now, and of one that does not.
    for firm in (approved, suspended, queued):
        for state in ("invited", "declined", "withdrawn", "expired"):
            made.collaboration(firm, lively, "firm_invitation", state, "client", is_copy=True)
    for client in (lively, narrow):
        for kind in enums.KPI_KINDS:
            made.rows.append(model.KpiSnapshot(client, kind))
            made.add(model.PendingActivity, client, kind, kind == "JOURNAL_PENDING")
        for state in enums.INVOICE_STATES:
            for firm in (None, approved, rival, suspended):
                made.add(model.Invoice, "client", client, firm, state, -1)
                if firm:
                    made.add(model.Invoice, "partner", client, firm, state, None)
        for firm in (None, approved):
            mode = "partner" if firm else "client"
            original = made.add(model.Invoice, mode, client, firm, "credited", None)
            made.add(model.Invoice, mode, client, firm, "open", None, original)
    for owner, kind in [
        (approved, "firm"),
        (rival, "firm"),
        (lively, "client"),
        (narrow, "client"),
        (None, "platform"),
    ]:
        made.add(model.IntegrationToken, owner, kind, False)
        made.add(model.IntegrationToken, owner, kind, True)
    for firm in (approved, rival, suspended, queued):
        for client in (lively, narrow, quiet):
            made.conversation(firm, client, firm == rival or client == quiet, enums.SIDES[:2])
    for number, state in enumerate(enums.PROFILE_STATES):
        made.add(model.FirmProfile, (approved, queued)[number % 2], state)
    for member in World(tuple(made.rows)).all(model.FirmMember):
        for tie in World(tuple(made.rows)).all(model.Collaboration, firm=member.firm):
            made.session(member.id, tie, None if tie.state == "active" else "left", 1)
    for tie in World(tuple(made.rows)).all(model.Collaboration):
        for actor, day in ((ben, -3), (ben, -1), (None, -2)):
            made.add(model.AuditEntry, tie.id, tie.client, actor, tie.firm, day)
        made.add(model.AuditEntry, tie.id, tie.client, ben, rival, -3)
    made.add(model.AuditEntry, None, None, None, None, -1)
    made.add(model.AuditEntry, None, narrow, dan, narrow, -1)
    for refused in (False, True):
        made.add(model.AuditEntry, None, narrow, dan, approved, -1, refused)
        for acting in (approved, rival, None):
            made.add(model.AuditEntry, None, None, ben, acting, -1, refused, approved)
            for talk in (False, True):
                made.add(model.AuditEntry, None, narrow, ben, acting, -1, refused, approved, talk)
    for tie in World(tuple(made.rows)).all(model.Collaboration):
        made.add(model.AuditEntry, tie.id, tie.client, ben, tie.firm, 1, True, tie.firm, True)
    return World(tuple(made.rows))


# ---- who asks


def askers(world: World) -> list[tuple[Seer, Any]]:
    """Every viewer of this world, as the model and as the gateway know it. Only an active seat makes a viewer (D46)."""
    found: list[tuple[Seer, Any]] = []
    for m in world.all(model.FirmMember, state="active"):
        seer = Seer("firm", m.role, m.user, m.id, m.firm)
        found.append((seer, viewers.FirmViewer(m.user, m.id, m.firm, m.role, NOW)))
        machine = viewers.FirmToken(TOKEN, m.id, m.firm, m.role, NOW)
        found.append((Seer("firm_token", m.role, None, m.id, m.firm), machine))
    for c in world.all(model.ClientMember, state="active"):
        seer = Seer("client", c.role, c.user, c.id, c.client)
        found.append((seer, viewers.ClientViewer(c.user, c.id, c.client, c.role, NOW)))
        found.append(
            (
                Seer("client_token", c.role, None, None, c.client),
                viewers.ClientToken(TOKEN, c.client, c.role, NOW),
            )
        )
        reporter = viewers.ClientReporter(TOKEN, c.client, c.role, NOW)
        found.append((Seer("client_reporter", c.role, None, None, c.client), reporter))
    user = world.all(model.User)[0].id
    found += [(Seer("platform", "admin", user), viewers.PlatformViewer(user, "admin", NOW))]
    found += [(Seer("platform", "reviewer", user), viewers.PlatformViewer(user, "reviewer", NOW))]
    found += [(Seer("system", "admin"), viewers.SystemViewer(TOKEN, "admin", NOW))]
    found += [(Seer("system", "reviewer"), viewers.SystemViewer(TOKEN, "reviewer", NOW))]
    found += [(Seer("platform_reporter", "admin"), viewers.PlatformReporter(TOKEN, "admin", NOW))]
    found += [(Seer("platform_reporter", "reviewer"), viewers.PlatformReporter(TOKEN, "reviewer", NOW))]
    found += [(Seer("nobody", "none", user), viewers.Memberless(user, "none", NOW))]
    return [*found, (Seer("nobody", "none"), viewers.Anonymous("none", NOW))]


# ---- into the tables


async def write(connection: AsyncConnection, world: World) -> None:
    """The world in an empty database."""
    tables: dict[str, list[dict[str, Any]]] = {}
    for row in world.rows:
        for name, values in _lines(world, row):
            tables.setdefault(name, []).append(values)
    for table in models.Base.metadata.sorted_tables:
        if lines := tables.get(table.name):
            await connection.execute(sa.insert(table), lines)


def _at(days: int | None) -> datetime:
    return FOREVER if days is None else NOW + timedelta(days=days)


def _offered(world: World, row: Any) -> dict[str, Any]:
    address = {"email": f"{row.id.hex}@x.example", "email_key": row.id.hex}
    return address | {"invited_by": world.all(model.User)[0].id, "invited_at": _at(-9), "expires_at": _at(row.expires)}


def _lines(world: World, row: Any) -> list[tuple[str, dict[str, Any]]]:
    """The lines of the tables that one row of the model stands for."""
    key = {"id": row.id}
    match row:
        case model.User():
            return [
                (
                    "user_account",
                    key
                    | {"email": f"{row.id.hex}@x.example", "email_key": row.id.hex, "name": "Somebody"}
                    | {"erased_at": NOW if row.erased else None},
                )
            ]
        case model.Client(sections=sections, state=state):
            plan = {"id": row.id, "tier": "pro", "sections": enums.bits(enums.SECTIONS, tuple(sections))}
            name = {
                "name": "Client",
                "name_key": "client",
                "spelled_key": "client",
                "country": "DE",
                "state": state,
            }
            return [
                ("plan", plan | {"fee_amount": 1, "fee_currency": "EUR"}),
                ("client", key | name | {"plan_id": row.id}),
            ]
        case model.Firm():
            name = {
                "name": "Firm",
                "name_key": "firm",
                "spelled_key": "firm",
                "country": "DE",
                "business_kind": row.business,
            }
            name |= {"contact_email_key": "x@x.example"}
            account = {"account_state": row.account, "trial_ends_at": _at(row.trial_ends)}
            account |= {"subscription_paid": row.paid, "own_client_id": row.own_client}
            account |= {
                "subscription_paid_until": _at(row.paid_until) if row.paid and row.paid_until is not None else None
            }
            contact = {"contact_name": "Somebody", "contact_email": "x@x.example", "programme_state": row.programme}
            return [("firm", key | name | account | contact)]
        case model.FirmMember():
            seat = {"role": row.role, "state": row.state}
            return [("firm_member", key | {"firm_id": row.firm, "user_id": row.user, "is_owner": row.owner} | seat)]
        case model.ClientMemberInvitation():
            offer = {"client_id": row.client, "role": row.role, "state": row.state, "token_hash": row.id.bytes}
            return [("client_member_invitation", key | offer | _offered(world, row))]
        case model.StaffInvitation():
            offer = {"firm_id": row.firm, "role": row.role, "state": row.state, "token_hash": row.id.bytes}
            return [("staff_invitation", key | offer | _offered(world, row))]
        case model.ClientMember():
            seat = {"client_id": row.client, "user_id": row.user, "role": row.role, "state": row.state}
            return [("client_member", key | seat)]
        case model.Assignment():
            ended = NOW if row.ended else None
            return [("assignment", key | {"member_id": row.member, "client_id": row.client, "ended_at": ended})]
        case model.Collaboration():
            pair = {"firm_id": row.firm, "client_id": row.client, "origin": row.origin, "state": row.state}
            names = {
                "firm_name": "Firm",
                "client_name": "Client",
                "client_name_key": row.name_key,
                "client_spelled_key": row.name_key,
            }
            started = None if row.started is None else _at(row.started)
            times = {"started_at": started, "ended_at": _at(row.ended), "ended_by": row.ended_by}
            times |= {"partner_paused": row.paused, "copy_of": row.copy_of}
            times |= {"requested_level": row.requested, "last_requested_level": row.last_requested}
            times |= {"request_repeats_at": None if row.repeats is None else _at(row.repeats)}
            return [("collaboration", key | pair | names | times)]
        case model.Grant():
            tie = {
                "collaboration_id": row.collaboration,
                "client_id": world.get(model.Collaboration, row.collaboration).client,
            }
            what = {
                "version": row.version,
                "level": row.level,
                "shared_kpis": enums.bits(enums.KPI_KINDS, tuple(row.shared)),
            }
            times = {
                "granted_at": _at(row.granted),
                "revoked_at": _at(row.revoked_on) if row.revoked else None,
                "expires_at": _at(row.expires),
            }
            return [("access_grant", key | tie | what | times)]
        case model.OfferedTerms():
            tie = {"collaboration_id": row.collaboration}
            tie |= {"client_id": world.get(model.Collaboration, row.collaboration).client}
            return [("offered_terms", tie | {"level": "limited", "shared_kpis": 1, "expires_at": _at(row.expires)})]
        case model.ClientInvitation():
            offer = {"collaboration_id": row.collaboration, "token_hash": row.id.bytes}
            return [("client_invitation", key | offer | _offered(world, row) | {"invited_at": _at(row.sent)})]
        case model.BillingModePeriod():
            tie = {
                "collaboration_id": row.collaboration,
                "client_id": world.get(model.Collaboration, row.collaboration).client,
            }
            times = dict(zip(("from_at", "to_at"), map(_at, row.times), strict=True))
            return [("billing_mode_period", key | tie | {"mode": row.mode} | times)]
        case model.Conversation():
            pair = {"firm_id": row.firm, "client_id": row.client, "opened_by": world.all(model.User)[0].id}
            times = {"opened_at": _at(-9), "blocked_at": _at(-1) if row.blocked else None}
            return [("conversation", key | pair | times)]
        case model.Message():
            said = {"side": row.side, "author_id": world.all(model.User)[0].id, "body": "Well", "sent_at": _at(-2)}
            talk = world.get(model.Conversation, row.conversation)
            return [("message", key | said | {"client_id": talk.client, "conversation_id": talk.id})]
        case model.KpiSnapshot():
            return [("kpi_snapshot", {"client_id": row.client, "kind": row.kind, "count": 1, "as_of": NOW})]
        case model.PendingActivity():
            what = {"client_id": row.client, "reference": row.id.hex, "section": NEEDS[row.kind], "kind": row.kind}
            return [
                (
                    "pending_activity",
                    key | what | {"title": "Do", "deep_link": "x", "done_at": NOW if row.done else None},
                )
            ]
        case model.Invoice():
            whose = {"billing_mode": row.mode, "client_id": row.client, "firm_id": row.firm, "client_name": "Client"}
            money = {"net": 1, "tax": 0, "total": 1, "currency": "EUR"}
            times = {"ordered_at": NOW, "issued_at": NOW, "due_at": None if row.due is None else _at(row.due)}
            what = {"kind": "credit_note" if row.credits else "invoice", "credits_id": row.credits}
            return [("invoice", key | whose | money | times | what | {"number": row.id.hex, "state": row.state})]
        case model.FirmProfile():
            text = {
                "display_name": "Firm",
                "name_key": "firm",
                "spelled_key": "firm",
                "description": "",
                "specialties": [],
                "location": "",
                "languages": [],
            }
            return [("firm_profile", key | text | {"firm_id": row.firm, "revision": row.id.int, "state": row.state})]
        case model.ClientSession():
            where = {"member_id": row.member, "firm_id": world.get(model.FirmMember, row.member).firm}
            where |= {"client_id": row.client, "collaboration_id": row.collaboration, "ended_as": row.ended}
            times = {"opened_at": _at(-2), "expires_at": _at(row.expires), "closed_at": _at(-1) if row.ended else None}
            return [("client_session", key | where | times)]
        case model.IntegrationToken(organisation=owner, kind=kind):
            whose = {"firm_id": owner if kind == "firm" else None, "client_id": owner if kind == "client" else None}
            what = {
                "name": "Machine",
                "token_hash": row.id.bytes,
                "scopes": 1,
                "created_by": world.all(model.User)[0].id,
            }
            return [("integration_token", key | whose | what | {"revoked_at": NOW if row.revoked else None})]
        case model.AuditEntry():
            who = {"actor_id": row.actor, "actor_name": "Somebody", "acting_side": "firm", "acting_id": row.acting}
            what = {"action": "NODE", "is_offer": row.offered, "subject_type": "Conversation" if row.talk else "Client"}
            what |= {"subject_id": row.id, "firm_id": row.firm}
            what |= {"outcome": "refused", "code": "FORBIDDEN"} if row.refused else {"outcome": "done", "code": None}
            tie = {"client_id": row.client, "collaboration_id": row.collaboration, "at": _at(row.at)}
            return [("audit_entry", key | who | what | tie)]
    raise TypeError(row)
