"""The rows that there are, as a world of the model that is typed from the specification; and who asks, as the model knows them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.enums import KPI_KINDS, SECTIONS, chosen
from gateway.db.seeds.demo import key
from gateway.db.seeds.people import MACHINES, PLATFORM_PLACES
from tests.graph.conftest import FIRMS
from tests.policies import model
from tests.policies.model import Seer, World


def _days(column: str) -> str:
    """Days from now, as the model has all times; NULL for never and for ever."""
    return f"CASE WHEN {column} < 'infinity' THEN extract(epoch FROM {column} - CAST(:now AS timestamptz)) / 86400 END"


READ: Final[dict[type, str]] = {
    model.User: "SELECT id FROM user_account",
    model.Firm: "SELECT id, programme_state, account_state FROM firm",
    model.FirmMember: "SELECT id, firm_id, user_id, role, state, is_owner FROM firm_member",
    model.StaffInvitation: f"SELECT id, firm_id, role, state, {_days('expires_at')} FROM staff_invitation",
    model.FirmProfile: "SELECT id, firm_id, state FROM firm_profile",
    model.Client: "SELECT client.id, plan.sections FROM client JOIN plan ON plan.id = client.plan_id",
    model.ClientMember: "SELECT id, client_id, user_id, role, state FROM client_member",
    model.Assignment: "SELECT id, member_id, client_id, ended_at IS NOT NULL FROM assignment",
    model.Collaboration: f"SELECT id, firm_id, client_id, origin, state, ended_by, {_days('ended_at')}, partner_paused,"
    " copy_of FROM collaboration",
    model.Grant: "SELECT id, collaboration_id, version, level, shared_kpis, revoked_at IS NOT NULL,"
    f" {_days('expires_at')} FROM access_grant",
    model.OfferedTerms: f"SELECT collaboration_id, collaboration_id, {_days('expires_at')} FROM offered_terms",
    model.BillingModePeriod: "SELECT id, collaboration_id, mode, to_at = 'infinity' FROM billing_mode_period",
    model.Invoice: "SELECT id, billing_mode, client_id, firm_id, state, NULL, credits_id FROM invoice",
}
"""What decides about clients, collaborations and invoices. In the order of the model's fields, the oldest first."""

SETS: Final[dict[type, tuple[int, tuple[str, ...]]]] = {model.Client: (1, SECTIONS), model.Grant: (4, KPI_KINDS)}
"""Which column of a type is a set of words."""


@dataclass(frozen=True)
class Rows(World):
    """A world that is asked often: its rows lie by their types."""

    _by_type: dict[type, list[Any]] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        for row in self.rows:
            self._by_type.setdefault(type(row), []).append(row)

    def all(self, kind: type, **given: Any) -> list[Any]:
        found = self._by_type.get(kind, [])
        return [row for row in found if all(getattr(row, name) == value for name, value in given.items())]


async def read(connection: AsyncConnection, now: datetime) -> Rows:
    found: list[Any] = []
    for kind, statement in READ.items():
        rows = await connection.execute(text(f"{statement} ORDER BY 1"), {"now": now} if ":now" in statement else {})
        found += [_row(kind, list(row)) for row in rows]
    return Rows(tuple(found))


def _row(kind: type, values: list[Any]) -> Any:
    if kind in SETS:
        place, words = SETS[kind]
        values[place] = frozenset(chosen(words, values[place]))
    return kind(*values)


# ---- who asks

Seat = Callable[[World], list[Seer]]


def seer(world: World, caller: str) -> Seer | None:
    """Who this caller is now; None where the place or the token does not stand any more, so that the request is refused."""
    if caller == "anonymous":
        return Seer("nobody", "none")
    for machine in MACHINES:
        if machine.handle == caller:
            return next(
                (_machine(seat) for seat in _seats(world, machine.maker) if _acts_for(seat, machine.organisation)), None
            )
    person, _, organisation = caller.partition("@")
    seats = _seats(world, person)
    if organisation:
        return next((seat for seat in seats if _acts_for(seat, organisation)), None)
    return seats[0] if seats else Seer("nobody", "none", key(person))


def _seats(world: World, person: str) -> list[Seer]:
    user = key(person)
    firms = [Seer("firm", m.role, user, m.id, m.firm) for m in world.all(model.FirmMember, user=user, state="active")]
    clients = [
        Seer("client", m.role, user, m.id, m.client) for m in world.all(model.ClientMember, user=user, state="active")
    ]
    platform = [Seer("platform", PLATFORM_PLACES[person], user)] if person in PLATFORM_PLACES else []
    return firms + clients + platform


def _acts_for(seat: Seer, organisation: str | None) -> bool:
    return seat.organisation == (None if organisation is None else key(organisation))


def _machine(seat: Seer) -> Seer:
    """What a token of this place is (D26, D41)."""
    match seat.side:
        case "firm":
            return Seer("firm_token", seat.role, None, seat.member, seat.organisation)
        case "client":
            return Seer("client_token", seat.role, None, None, seat.organisation)
        case _:
            return Seer("system", seat.role)


def organisation(handle: str) -> tuple[str, UUID]:
    return ("Firm" if handle in FIRMS else "Client"), key(handle)
