"""The world in which each fact is true, and false for each of its conditions alone: what single edits of a fact are tried on."""

from itertools import product
from typing import Any, Final
from uuid import UUID

from gateway.db import enums
from tests.policies import model
from tests.policies.model import World
from tests.policies.worlds import EVERYTHING, SHARED, Maker, crowded

MOMENTS: Final = (-1, 0, 1)
"""In days from now: over, at this very moment, still to come."""


def crowd() -> World:
    """The cases that data must not lack, and the near misses: every word of every column, every moment."""
    made = Maker()
    made.rows = list(crowded().rows)
    world = World(tuple(made.rows))
    first, lively, narrow = (row.id for row in (*world.all(model.User)[:1], *world.all(model.Client)[:2]))
    approved, rival = (row.id for row in world.all(model.Firm)[:2])
    _people(made, approved, rival)
    offices = _offices(made, first, lively, narrow)
    for moment in (0, 1):
        for firm, mode in ((None, "client"), (approved, "partner")):
            made.add(model.Invoice, mode, lively, firm, "open", moment)
    for firm, _ in offices:
        for client in (lively, narrow):
            made.add(model.Invoice, "partner", client, firm, "open", 0)
    for state in ("verifying", "rejected"):
        company = made.add(model.Client, EVERYTHING, state)
        made.client_member(company, made.add(model.User), "owner", "active")
        if state == "verifying":  # with a rejected one nothing is left unanswered (D67)
            made.collaboration(approved, company, "firm_invitation", "invited", "")
    # At FULL a firm of the programme pays for its client.
    paying = made.add(model.Client, EVERYTHING)
    if tie := made.collaboration(approved, paying, "marketplace", "active", ""):
        made.grants(tie, [("full", SHARED[0], False, None)])
        made.period(tie, paying, "partner", True)
    _stays(made)
    _verified(made, approved)
    _standings(made)
    _alone(made)
    _insiders(made, first, rival)
    _waiting(made)
    _billed(made, approved)
    # At FULL a bookkeeper in charge is inside, and one who is not in charge any more.
    entered = world.all(model.Collaboration, firm=rival, client=lively)[0]
    for ended in (False, True):
        made.firm_member(rival, person := made.add(model.User), "bookkeeper", "active")
        seat = World(tuple(made.rows)).all(model.FirmMember, firm=rival, user=person)[0].id
        made.assignment(seat, lively, ended)
        made.session(seat, entered, None, 1)
    for firm, key in offices:
        for moment in (*MOMENTS, -2):
            made.add(model.AuditEntry, key, lively, first, firm, moment)
        # About terms that were only offered, by either side, whenever it was (D60).
        for acting, at in product((firm, lively), (model.STARTED - 1, -1)):
            made.add(model.AuditEntry, key, lively, first, acting, at, False, None, False, True)
    # What the client itself did, and what another company did or tried.
    for acting in (lively, narrow):
        for refused in (False, True):
            made.add(model.AuditEntry, None, lively, first, acting, -1, refused)
    return World(tuple(made.rows))


def _people(made: Maker, approved: UUID, rival: UUID) -> None:
    """Admins who could succeed one another, and admins who could not; people in charge who have no active place."""
    for state in ("suspended", "invited", "removed"):
        made.firm_member(approved, made.add(model.User), "admin", state)
    made.firm_member(rival, made.add(model.User), "admin", "active")
    made.firm_member(rival, made.add(model.User, True), "bookkeeper", "removed")
    world = World(tuple(made.rows))
    for member in world.all(model.FirmMember):
        if member.state != "active":
            for client in world.all(model.Client):
                made.assignment(member.id, client.id, False)
    for client in world.all(model.Client)[:2]:
        for role in enums.CLIENT_ROLES[1:]:
            made.client_member(client.id, made.add(model.User), role, "removed")


def _offices(made: Maker, first: UUID, lively: UUID, narrow: UUID) -> list[tuple[UUID, UUID | None]]:
    """A firm for each state of a collaboration, whose admin asks; each other word of a firm comes up among them.

    The platform's people have a place in some of them, in each state that a place can have.
    """
    found = []
    # One that works with no company, whose owner may close it (D61).
    idle = made.add(model.Firm, "approved")
    made.firm_member(idle, made.add(model.User), "admin", "active")
    # One that was rejected and has an account all the same, whose invitations of staff wait.
    rejected = made.add(model.Firm, "rejected")
    made.firm_member(rejected, made.add(model.User), "admin", "active")
    made.add(model.StaffInvitation, rejected, "staff", "open", 1)
    states = enums.COLLABORATION_STATES
    for number, state in enumerate(states):
        programme = enums.PROGRAMME_STATES[number % len(enums.PROGRAMME_STATES)]
        account = enums.ACCOUNT_STATES[number % len(enums.ACCOUNT_STATES)]
        kind = enums.BUSINESS_KINDS[number % len(enums.BUSINESS_KINDS)]
        housed = narrow if number % 2 else None
        firm = made.add(
            model.Firm,
            programme,
            account,
            MOMENTS[number % 3],
            number % 2 == 0,
            kind,
            housed,
            (None, *MOMENTS)[number // 2 % 4],  # only those who have paid have it
        )
        made.firm_member(firm, made.add(model.User), "admin", "active")
        place = enums.FIRM_MEMBER_STATES[number % len(enums.FIRM_MEMBER_STATES)]
        if place != "active":
            made.firm_member(firm, first, "bookkeeper", place)
            made.client_member(made.add(model.Client, EVERYTHING, "verifying"), first, "owner", "active")
        made.add(model.FirmProfile, firm, "in_review")
        made.add(model.StaffInvitation, firm, "staff", "open", 1)
        tie = _tie(made, firm, lively, state, number)
        # Whatever came of it with the one, the other works with the firm now: an admin in each state of the programme does.
        _tie(made, firm, narrow, "active", number)
        for client in (lively, narrow):
            made.conversation(firm, client, number % 2 == 0, enums.SIDES)
        found.append((firm, tie))
    return found


def _verified(made: Maker, firm: UUID) -> None:
    """Companies in each state of their verification, which write to a firm and have offered terms to it, at each moment or not."""
    world = World(tuple(made.rows))
    for tie in world.all(model.Collaboration):
        if tie.client and tie.state != "pending":
            made.terms(tie.id, 1)
    for state in enums.CLIENT_STATES:
        for moment in (None, *MOMENTS):
            company = made.add(model.Client, EVERYTHING, state)
            made.client_member(company, made.add(model.User), "owner", "active")
            made.conversation(firm, company, False, enums.SIDES[:1])
            tie = made.collaboration(firm, company, "firm_invitation", "pending", "")
            if tie and moment is not None:
                made.terms(tie, moment)
        asking = made.add(model.Client, EVERYTHING, state)
        made.collaboration(firm, asking, "marketplace", "pending", "")


def _standings(made: Maker) -> None:
    """A firm at each step into the programme and in each state of its account, as it is listed, written to, invites and works."""
    steps = [(programme, "active") for programme in enums.PROGRAMME_STATES]
    for programme, account in steps + [("approved", account) for account in enums.ACCOUNT_STATES]:
        firm = made.add(model.Firm, programme, account)
        made.firm_member(firm, made.add(model.User), "admin", "active")
        made.add(model.FirmProfile, firm, "published")
        made.add(model.StaffInvitation, firm, "staff", "open", 1)
        writing, invited, served = (made.add(model.Client, EVERYTHING) for _ in range(3))
        made.client_member(writing, made.add(model.User), "owner", "active")
        made.client_member(invited, made.add(model.User), "owner", "active")
        for company in (writing, invited):
            made.conversation(firm, company, False, enums.SIDES[:2])
        made.collaboration(firm, invited, "firm_invitation", "invited", "")
        if tie := made.collaboration(firm, served, "marketplace", "active", ""):
            made.grants(tie, [("full", SHARED[0], False, 1)])


def _alone(made: Maker) -> None:
    """Firms that have had one thing to do with one company each, in each state, with a grant whose time is not over."""
    for state in enums.COLLABORATION_STATES:
        firm, company = made.add(model.Firm, "approved"), made.add(model.Client, EVERYTHING)
        made.firm_member(firm, made.add(model.User), "admin", "active")
        origin = "firm_invitation" if state == "invited" else "marketplace"
        if tie := made.collaboration(firm, company, origin, state, "firm"):
            made.grants(tie, [("full", SHARED[0], False, 1)])


def _insiders(made: Maker, person: UUID, other: UUID) -> None:
    """Companies that have had one thing each to do with a firm of somebody who runs the platform, one with another firm, and
    one that this person has left.
    """
    home = made.add(model.Firm, "approved")
    made.firm_member(home, person, "bookkeeper", "active")
    for number, state in enumerate(enums.COLLABORATION_STATES):
        company = made.add(model.Client, EVERYTHING, "verifying")
        made.collaboration(home, company, enums.ORIGINS[number % 3], state, "firm")
    made.collaboration(other, made.add(model.Client, EVERYTHING, "verifying"), "marketplace", "active", "")
    made.client_member(made.add(model.Client, EVERYTHING, "verifying"), person, "admin", "removed")


def _waiting(made: Maker) -> None:
    """PARTNER that waits for a suspended firm, at each level and in each state; and FULL that was asked for today."""
    suspended, approved = made.add(model.Firm, "suspended"), made.add(model.Firm, "approved")
    made.firm_member(approved, made.add(model.User), "admin", "active")
    for level, state in [("limited", "active"), *(("full", state) for state in enums.COLLABORATION_STATES)]:
        company = made.add(model.Client, EVERYTHING)
        made.client_member(company, made.add(model.User), "owner", "active")
        if tie := made.collaboration(suspended, company, "marketplace", state, "firm", True):
            made.grants(tie, [(level, SHARED[0], False, 1)])
    asked = made.add(model.Client, EVERYTHING)
    if tie := made.collaboration(approved, asked, "marketplace", "active", "", False, "full", "full", 1):
        made.grants(tie, [("limited", SHARED[0], False, 1)])


def _billed(made: Maker, firm: UUID) -> None:
    """Periods at FULL, and beside each what differs in one thing: a time of the collaboration, the period or the grant, or a word."""
    lasting: dict[str, Any] = {"state": "active", "started": -2, "ended": None, "period": (-2, None), "mode": "partner"}
    lasting |= {"level": "full", "granted": -2, "expires": None, "revoked_on": None}
    others = [{"mode": "client"}, {"level": "limited"}, {"state": "pending", "started": None}]
    others += [{name: at} for name in ("started", "granted") for at in (0, 1)]
    others += [{"period": (at, 2)} for at in (0, 1)] + [{"period": (-2, at)} for at in MOMENTS]
    others += [{"state": "ended", "ended": at} for at in MOMENTS]
    others += [{name: at} for name in ("expires", "revoked_on") for at in MOMENTS]
    # Taken back later, and not begun or over at the same time.
    others += [{"revoked_on": 2, "granted": at} for at in (0, 1)] + [{"revoked_on": 2, "expires": at} for at in MOMENTS]
    for other in ({}, *others):
        one = lasting | other
        company = made.add(model.Client, EVERYTHING)
        end = ("client", one["ended"]) if one["ended"] is not None else (None, None)
        unasked = (False, None, None, None, None)
        tie = made.add(model.Collaboration, firm, company, "marketplace", one["state"], *end, *unasked, one["started"])
        back = one["revoked_on"]
        grant = (
            one["level"],
            SHARED[0],
            back is not None,
            one["expires"],
            one["granted"],
            -1 if back is None else back,
        )
        made.add(model.Grant, tie, 1, *grant)
        made.add(model.BillingModePeriod, tie, one["mode"], one["period"][1] is None, one["period"])


def _tie(made: Maker, firm: UUID, client: UUID, state: str, number: int) -> UUID | None:
    origin = "firm_invitation" if state == "invited" else enums.ORIGINS[number % len(enums.ORIGINS)]
    level = ("full", "limited", None)[number % 3]
    request = (level, level, MOMENTS[number // 3 % 3])
    key = made.collaboration(
        firm, client, origin, state, enums.SIDES[number % len(enums.SIDES)], number % 2 == 0, *request
    )
    if key:
        over = MOMENTS[(number + 1) % 3] if state == "active" else 1
        grants = [("limited", SHARED[1], False, 1), ("full", SHARED[0], False, over)]
        made.grants(key, grants[:1] if number % 4 == 3 else grants)
    return key


def _stays(made: Maker) -> None:
    """Sessions that ended in each way or not at all, at each moment, of each person with a place in a firm."""
    world = World(tuple(made.rows))
    for number, member in enumerate(world.all(model.FirmMember)):
        ties = [tie for tie in world.all(model.Collaboration, firm=member.firm) if tie.client]
        for tie in ties[:2]:
            for at, ended in enumerate((None, *enums.SESSION_ENDS)):
                made.session(member.id, tie, ended, MOMENTS[(number + at) % 3])
