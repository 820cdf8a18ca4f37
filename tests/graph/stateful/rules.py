"""What people try: every verb, who alone may do it (product.md §4.7), and the words it is tried with.

To add one is to add a `Verb`; a wish names things by `One`, which is found when the step is taken.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from gateway.db.enums import KPI_KINDS
from tests.graph.conftest import CALLERS
from tests.policies import model
from tests.policies.model import Seer, World
from tests.support.invoices import PLAN

WHOEVER_MAY: Final = "whoever may"


@dataclass(frozen=True)
class One:
    """One of the things of this kind that are `wanted`, or of all where none is."""

    kind: str
    wanted: str = "any"
    number: int = 0

    def found(self, things: list[Any], world: World) -> Any:
        fitting = [thing for thing in things if WANTED[self.wanted](world, thing)] or things
        return fitting[self.number % len(fitting)] if fitting else None


@dataclass(frozen=True)
class Letters:
    """A text of so many."""

    length: int

    def __str__(self) -> str:
        return "x" * self.length


@dataclass(frozen=True)
class Ahead:
    """So many hours from now."""

    hours: int

    def at(self, now: datetime) -> str:
        return (now + timedelta(hours=self.hours)).isoformat()


def _in_force(world: World, tie: model.Collaboration, *levels: str) -> bool:
    grants = [grant for grant in world.all(model.Grant, collaboration=tie.id) if not grant.revoked]
    return tie.state == "active" and any(
        grant.level in levels and (grant.expires is None or grant.expires > 0) for grant in grants
    )


def _is_offered(world: World, tie: model.Collaboration) -> bool:
    return tie.state == "pending" and bool(world.all(model.OfferedTerms, collaboration=tie.id))


WANTED: Final[Mapping[str, Callable[[World, Any], bool]]] = {
    "any": lambda _, __: True,
    "asked for by a client": lambda _, tie: tie.state == "pending" and tie.origin != "firm_invitation",
    "active": lambda _, row: row.state == "active",
    "without access": lambda world, tie: tie.state == "active" and not _in_force(world, tie, "limited", "full"),
    "with access": lambda world, tie: _in_force(world, tie, "limited", "full") or _is_offered(world, tie),
    "with full access": lambda world, tie: _in_force(world, tie, "full"),
    "verifying": lambda world, client: bool(
        world.all(model.Collaboration, client=client.id, origin="firm_invitation", state="pending")
    ),
    "published": lambda _, profile: profile.state == "published",
    "draft": lambda _, profile: profile.state == "draft",
    "in review": lambda _, profile: profile.state == "in_review",
    "to pay": lambda _, invoice: invoice.state == "open",
    "to credit": lambda _, invoice: invoice.state in {"open", "paid"} and invoice.credits is None,
    "in the programme": lambda _, firm: firm.programme == "approved",
    "suspended": lambda _, row: "suspended" in {getattr(row, "state", None), getattr(row, "programme", None)},
    "not the first": lambda _, member: member.role != "admin" and member.state == "active",
    "open": lambda _, invitation: invitation.state == "open",
    "with whom a firm works": lambda world, client: bool(
        world.all(model.Collaboration, client=client.id, state="active")
    ),
}

# ---- words of wishes

_NUMBERS: Final = st.integers(0, 7)


def one(kind: str, wanted: str = "any") -> SearchStrategy[Any]:
    """Mostly what is wanted, and now and then anything."""
    return st.builds(One, st.just(kind), st.sampled_from([wanted] * 5 + ["any"]), _NUMBERS)


def maybe(wish: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.none() | wish


def wish(**parts: SearchStrategy[Any]) -> SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(parts)


_LEVEL: Final = st.sampled_from(["FULL", "FULL", "LIMITED"])
_MODE: Final = st.sampled_from(["PARTNER", "CLIENT"])
_KPIS: Final = st.lists(st.sampled_from(KPI_KINDS), max_size=4, unique=True) | st.just(list(KPI_KINDS))
_YES: Final = st.sampled_from([True] * 7 + [False])
_TEXT: Final = maybe(st.sampled_from(["As we said.", "", Letters(1001), "a\x07b"]))
_ENDS: Final = st.none() | st.builds(Ahead, st.sampled_from([24, 240, -1]))
_AT: Final = st.builds(Ahead, st.sampled_from([0, -1, -24, -1000, 5]))
_ADDRESS: Final = st.sampled_from(["new@people.example", "other@people.example", "ben@havlygte-revision.example", "@"])
_ROLE: Final = st.sampled_from(["BOOKKEEPER", "ADMIN", "STAFF"])


def _terms() -> SearchStrategy[dict[str, Any]]:
    """FULL comes with a mode; now and then it does not."""
    full = wish(level=st.just("FULL"), billingMode=_MODE)
    limited = wish(level=st.just("LIMITED"))
    wrong = wish(level=_LEVEL, billingMode=maybe(_MODE))
    return st.sampled_from([full] * 4 + [limited] * 2 + [wrong]).flatmap(lambda chosen: chosen)


def _grant(wanted: str) -> SearchStrategy[dict[str, Any]]:
    rest = wish(
        id=one("Collaboration", wanted),
        sharedKpis=_KPIS,
        expiresAt=_ENDS,
        confirmMovesFrom=maybe(one("Collaboration", "with full access")),
    )
    return st.builds(lambda terms, more: terms | more, _terms(), rest)


# ---- verbs

GOVERNS: Final = {("client", "owner"), ("client", "admin")}
ADMIN: Final = {("firm", "admin")}
WORKS: Final = {*ADMIN, ("firm", "bookkeeper")}
PLATFORM: Final = {("platform", "admin")}
REVIEWER: Final = {("platform", "reviewer")}
BILLING: Final = {("system", "admin")}


@dataclass(frozen=True)
class Verb:
    """`may` are the sides and roles that are ever allowed it; `about` is the part of the wish whose parties they are of.

    Where things in the world are mostly for some of them, `mostly` says for whom.
    """

    name: str
    may: set[tuple[str, str]]
    wish: SearchStrategy[dict[str, Any]]
    about: str | None = "id"
    mostly: set[tuple[str, str]] | None = None

    @property
    def document(self) -> str:
        kind = f"{self.name[0].upper()}{self.name[1:]}Input"
        return f"mutation ($input: {kind}!) {{ {self.name}(input: $input) {{ __typename }} }}"

    def is_for(self, seer: Seer | None) -> bool:
        return seer is not None and (seer.side, seer.role) in self.may

    def is_mostly_for(self, seer: Seer | None) -> bool:
        return self.is_for(seer) and (self.mostly is None or (seer.side, seer.role) in self.mostly)


_COLLABORATING: Final = (
    Verb(
        "acceptCollaboration",
        ADMIN | GOVERNS,
        wish(id=one("Collaboration", "asked for by a client"), confirm=_YES),
        mostly=ADMIN,
    ),
    Verb("declineCollaboration", ADMIN | GOVERNS, wish(id=one("Collaboration", "asked for by a client"), reason=_TEXT)),
    Verb(
        "withdrawCollaboration",
        ADMIN | GOVERNS,
        wish(id=one("Collaboration", "asked for by a client")),
        mostly=GOVERNS,
    ),
    Verb(
        "terminateCollaboration",
        ADMIN | GOVERNS | PLATFORM,
        wish(id=one("Collaboration", "active"), confirm=_YES, reason=_TEXT),
    ),
    Verb("addFirmAsBookkeeper", GOVERNS, wish(profile=one("FirmProfile", "published"), message=_TEXT), None),
    Verb("requestCollaboration", GOVERNS, wish(profile=one("FirmProfile", "published"), message=_TEXT), None),
    Verb(
        "decideVerification",
        PLATFORM,
        st.sampled_from([("VERIFY", None)] * 4 + [("REJECT", "Who is it?"), ("REJECT", None)]).flatmap(
            lambda told: wish(id=one("Client", "verifying"), decision=st.just(told[0]), reason=st.just(told[1]))
        ),
    ),
    Verb("requestVerification", GOVERNS, wish(confirm=_YES, companyNumber=maybe(st.just("HRB 7"))), None),
)
_GOVERNING: Final = (
    Verb("requestAccess", WORKS, wish(id=one("Collaboration", "active"), level=_LEVEL, message=_TEXT)),
    Verb("grantAccess", GOVERNS, _grant("without access")),
    Verb("changeAccess", GOVERNS, _grant("with access")),
    Verb("removeAccess", GOVERNS, wish(id=one("Collaboration", "with access"))),
    Verb("setKpiSharing", GOVERNS, wish(id=one("Collaboration", "with access"), sharedKpis=_KPIS)),
    Verb("handBackAccess", ADMIN, wish(id=one("Collaboration", "with access"), level=maybe(_LEVEL))),
    Verb(
        "changeBillingMode",
        GOVERNS,
        wish(
            id=one("Collaboration", "with full access"),
            mode=_MODE,
            expectedMode=_MODE,
            confirm=_YES,
            confirmMovesFrom=maybe(one("Collaboration", "with full access")),
        ),
    ),
)
_BILLING: Final = (
    Verb(
        "recordOrder",
        BILLING,
        wish(
            client=one("Client", "with whom a firm works"),
            collaboration=maybe(one("Collaboration")),
            kind=st.sampled_from(["ORDER", "RENEWAL"]),
            placedBy=st.sampled_from(["PARTNER", "CLIENT"]),
            placedAt=_AT,
        ),
        "client",
    ),
    Verb(
        "issueInvoice",
        BILLING,
        wish(
            client=one("Client", "with whom a firm works"),
            order=maybe(one("Order")),
            orderedAt=maybe(_AT),
            lines=st.just([PLAN]) | st.just([]),
            taxPercent=st.sampled_from(["19", "8.1", "x"]),
            currency=st.just("EUR"),
            dueAt=maybe(st.builds(Ahead, st.sampled_from([24, 700]))),
        ),
        "client",
    ),
    Verb("creditInvoice", BILLING, wish(id=one("Invoice", "to credit"))),
    Verb("payInvoice", ADMIN | GOVERNS, wish(id=one("Invoice", "to pay"))),
)
_STAFFING: Final = (
    Verb(
        "assignManagers",
        ADMIN,
        wish(
            clients=st.lists(one("Client", "with whom a firm works"), min_size=1, max_size=2),
            members=st.lists(one("FirmMember", "not the first"), min_size=1, max_size=2),
        ),
        "members",
    ),
    Verb(
        "unassignManager",
        WORKS,
        wish(client=one("Client", "with whom a firm works"), member=one("FirmMember")),
        "member",
    ),
    Verb(
        "inviteStaff",
        ADMIN,
        wish(addresses=st.lists(wish(email=_ADDRESS, role=_ROLE), max_size=2)),
        None,
    ),
    Verb("resendStaffInvitation", ADMIN, wish(id=one("StaffInvitation", "open"))),
    Verb("revokeStaffInvitation", ADMIN, wish(id=one("StaffInvitation", "open"))),
    Verb("changeStaffRole", ADMIN, wish(id=one("FirmMember", "active"), role=_ROLE), "member"),
    Verb("suspendStaff", ADMIN, wish(id=one("FirmMember", "not the first")), "member"),
    Verb("reinstateStaff", ADMIN, wish(id=one("FirmMember", "suspended")), "member"),
    Verb("removeStaff", ADMIN, wish(id=one("FirmMember", "not the first")), "member"),
)
_CONFIRMED: Final = wish(confirm=_YES)
_ADMITTING: Final = (
    Verb("suspendFirm", PLATFORM, wish(id=one("Firm", "in the programme"), reason=_TEXT)),
    Verb("reinstateFirm", PLATFORM, wish(id=one("Firm", "suspended"))),
    Verb("activateFirmAccount", ADMIN, _CONFIRMED, None),
    Verb("submitPartnerApplication", ADMIN, _CONFIRMED, None),
    Verb("webinarWatched", ADMIN, _CONFIRMED, None),
    Verb("acceptAgreement", ADMIN, _CONFIRMED, None),
    Verb(
        "decideApplication",
        REVIEWER,
        wish(id=one("Firm"), decision=st.sampled_from(["APPROVE", "REJECT"]), reason=_TEXT),
    ),
    Verb(
        "saveProfileDraft",
        ADMIN,
        wish(
            displayName=st.sampled_from(["Havlygte", ""]),
            description=st.just("We keep books."),
            specialties=st.just(["payroll"]),
            location=st.just("Svendborg"),
            languages=st.just(["da"]),
        ),
        None,
    ),
    Verb("submitProfile", ADMIN, wish(id=one("FirmProfile", "draft"))),
    Verb(
        "decideProfileRevision",
        REVIEWER,
        wish(
            id=one("FirmProfile", "in review"),
            decision=st.sampled_from(["PUBLISH", "REQUEST_CHANGES"]),
            comment=_TEXT,
        ),
    ),
    Verb("withdrawProfile", ADMIN, wish(id=one("FirmProfile", "published"))),
)

VERBS: Final = {verb.name: verb for verb in (*_COLLABORATING, *_GOVERNING, *_BILLING, *_STAFFING, *_ADMITTING)}


@dataclass(frozen=True)
class Deed:
    """One step: a verb, tried by somebody, with a wish; and perhaps once more with the same Idempotency-Key.

    Of several who may, `turn` says which.
    """

    verb: str
    who: str
    wish: dict[str, Any] = field(hash=False)
    twice: bool = False
    turn: int = 0


@dataclass(frozen=True)
class Later:
    """Time goes on; and perhaps somebody notices what has run out meanwhile."""

    hours: int
    noticed: bool


Step = Deed | Later


PAYING: Final = (
    *("grantAccess", "changeAccess", "removeAccess", "handBackAccess", "setKpiSharing", "changeBillingMode"),
    *("requestCollaboration", "addFirmAsBookkeeper", "acceptCollaboration", "terminateCollaboration"),
    *("decideVerification", "suspendFirm", "reinstateFirm", "recordOrder", "issueInvoice"),
)
"""What decides who pays."""


def steps(verbs: Iterable[str] = tuple(VERBS)) -> SearchStrategy[Step]:
    """Any of these verbs as often as any other, mostly by a caller who may."""
    who = st.sampled_from([WHOEVER_MAY] * 4 * len(CALLERS) + list(CALLERS))
    twice = st.sampled_from([False] * 3 + [True])
    deeds = {name: st.builds(Deed, st.just(name), who, VERBS[name].wish, twice, _NUMBERS) for name in verbs}
    later = {f"later {number}": st.builds(Later, st.integers(1, 400), st.booleans()) for number in range(4)}
    every: dict[str, SearchStrategy[Any]] = deeds | later
    return st.sampled_from(sorted(every)).flatmap(every.__getitem__)
