"""Firms, clients, staff and collaborations of the large world: equal random numbers give an equal world."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Final, NamedTuple
from uuid import UUID

from gateway.db.enums import COUNTRIES, KPI_KINDS
from gateway.db.ids import uuid7
from gateway.db.seeds import names
from gateway.db.seeds.keys import DEMO_NOW, key
from gateway.db.seeds.people import LARGE_PEOPLE

BEGINNING: Final = DEMO_NOW - timedelta(days=1000)
LONG_HENCE: Final = DEMO_NOW + timedelta(days=5000)
FOREVER: Final = datetime.max  # noqa: DTZ901 - how asyncpg spells `infinity`
EVERY_KPI: Final = (1 << len(KPI_KINDS)) - 1
BIG: Final = 0
"""The index of the first firm, which has a fifth of all clients."""
MANY: Final = 40
"""Firms from which on the world has the exceptions: a firm without clients, and a client that had `FORMER` firms before."""
FORMER: Final = 29


class Firm(NamedTuple):
    """A firm."""

    key: UUID
    name: str
    country: str


class Client(NamedTuple):
    """A client. A client without a firm does its own bookkeeping (P2)."""

    key: UUID
    name: str
    country: str
    state: str
    since: datetime


class Mode(NamedTuple):
    """The period of a billing mode."""

    mode: str
    start: datetime
    end: datetime


class Grant(NamedTuple):
    """One version of an access grant."""

    level: str
    shared: int
    since: datetime
    revoked_at: datetime | None
    expires_at: datetime


class Pair(NamedTuple):
    """A collaboration of the firm and the client at these indexes of their lists."""

    key: UUID
    firm: int
    client: int
    origin: str
    state: str
    asked: datetime
    began: datetime | None
    ended: datetime
    grants: Sequence[Grant]
    modes: Sequence[Mode]

    @property
    def lives(self) -> bool:
        return self.state in {"pending", "active"}


class Worker(NamedTuple):
    """A member of a firm, and the clients assigned to them."""

    key: UUID
    user: UUID
    firm: int
    name: str
    email: str
    role: str
    clients: Sequence[int]


def gather_firms(random: Random, number: int) -> list[Firm]:
    countries = random.choices(COUNTRIES, k=number)
    return [Firm(new_key(random, BEGINNING), names.office(random, country), country) for country in countries]


def gather_clients(random: Random, number: int) -> list[Client]:
    found = []
    for country in random.choices(COUNTRIES, k=number):
        since = _between(random, BEGINNING, DEMO_NOW - timedelta(days=60))
        state = "verifying" if random.random() < 0.02 else "verified"
        found.append(Client(new_key(random, since), names.company(random, country), country, state, since))
    return found


def pair_up(random: Random, firms: int, clients: Sequence[Client], *, even: bool = False) -> list[Pair]:
    """The collaborations of all clients.

    The first fifth of the clients goes to the big firm. Of the rest, one in eight has no firm, and the others go to firms of
    all sizes; of many firms, the last has no clients, and the first client had many of them before. `even`: all firms have
    equally many clients.
    """
    are_many = firms >= MANY and not even
    others = range(1, firms - 1 if are_many else firms) or range(1)
    weights = list(accumulate(min(random.paretovariate(1.1), 20) for _ in others))
    chosen = random.choices(others, cum_weights=weights, k=len(clients) * 2)
    found: list[Pair] = []
    if are_many:
        found += [_brief(random, firm, 0, clients[0]) for firm in range(1, FORMER + 1)]
    for place, client in enumerate(clients):
        is_big = place < len(clients) // 5
        if even:
            found += _partnerships(random, place % firms, (place + 1) % firms, place, client)
            continue
        if not is_big and random.random() < 0.125:
            continue
        found += _partnerships(random, BIG if is_big else chosen.pop(), chosen.pop(), place, client)
    return found


def gather_staff(random: Random, number: int, firms: Sequence[Firm], pairs: Sequence[Pair]) -> list[Worker]:
    """An administrator for each firm, and the other members in proportion to the clients. A bookkeeper has 20 to 200 clients."""
    served: list[list[int]] = [[] for _ in firms]
    for pair in pairs:
        if pair.lives:
            served[pair.firm].append(pair.client)
    weights = list(accumulate(len(clients) + 1 for clients in served))
    rest = random.choices(range(len(firms)), cum_weights=weights, k=max(0, number - len(firms) - 1))
    posts = [(firm, "admin") for firm in range(len(firms))] + [(BIG, "bookkeeper")]
    posts += [(firm, random.choices(("bookkeeper", "admin", "staff"), (90, 6, 4))[0]) for firm in rest]
    known = dict(zip((0, len(firms)), LARGE_PEOPLE, strict=True))
    found = []
    for place, (firm, role) in enumerate(posts):
        person = known.get(place)
        name = person.name if person else names.person(random, firms[firm].country)
        email = person.email if person else f"person-{place}@firm-{firm}.example"
        number = 0 if role != "bookkeeper" else 120 if person else random.randint(20, 200)
        mine = sorted(random.sample(served[firm], min(number, len(served[firm]))))
        user = key(person.handle) if person else new_key(random)
        found.append(Worker(new_key(random), user, firm, name, email, role, mine))
    return found


def new_key(random: Random, at: datetime = BEGINNING) -> UUID:
    return uuid7(at, random.getrandbits(74))


def _partnerships(random: Random, firm: int, other: int, place: int, client: Client) -> Iterator[Pair]:
    """All collaborations of a client: perhaps an ended one, the present one, and perhaps one with a second firm."""
    today = _between(random, client.since, DEMO_NOW - timedelta(days=30))
    dice = random.random()
    if dice < 0.08 and today - client.since > timedelta(days=40):
        before = firm if dice < 0.04 else other
        start = client.since + (today - client.since) / 4
        yield _ended(random, before, place, start, today - timedelta(days=1))
    if client.state == "verifying":
        yield _waiting(random, firm, place, today, "pending", "firm_invitation")
    elif random.random() < 0.04:
        yield _waiting(random, firm, place, today, "pending", random.choice(("client_added_firm", "marketplace")))
    else:
        yield _active(random, firm, place, today, may_pay=True)
    if other != firm and random.random() < 0.08:
        match random.choice(("second", "second", "declined", "withdrawn", "expired")):
            case "second":  # never pays, because the first firm may pay (D16)
                yield _active(random, other, place, today, may_pay=False)
            case over:
                yield _waiting(random, other, place, today, over, "marketplace")


def _brief(random: Random, firm: int, place: int, client: Client) -> Pair:
    """A collaboration that ended after a day, on the day after the client joined or on one of the following days."""
    start = client.since + timedelta(days=firm)
    return Pair(
        new_key(random, start), firm, place, _origin(random), "ended", start, start, start + timedelta(hours=23), (), ()
    )


def _waiting(random: Random, firm: int, place: int, asked: datetime, state: str, origin: str) -> Pair:
    return Pair(new_key(random, asked), firm, place, origin, state, asked, None, FOREVER, (), ())


def _ended(random: Random, firm: int, place: int, start: datetime, end: datetime) -> Pair:
    middle = start + (end - start) / 2
    grants = [Grant("full", EVERY_KPI, start, end, FOREVER)]
    modes = [Mode("client", start, middle), Mode("partner", middle, end)] if random.random() < 0.5 else []
    return Pair(new_key(random, start), firm, place, _origin(random), "ended", start, start, end, grants, modes)


def _active(random: Random, firm: int, place: int, start: datetime, *, may_pay: bool) -> Pair:
    """Full (60 %), limited (25 %), accepted without access (7 %), access removed (4 %) or expired (4 %)."""
    shared = EVERY_KPI if random.random() < 0.6 else random.getrandbits(len(KPI_KINDS))
    middle = start + (DEMO_NOW - start) / 2
    grants: list[Grant] = []
    modes: list[Mode] = []
    dice = random.random()
    if dice < 0.25:
        grants = [Grant("limited", shared, start, None, LONG_HENCE if dice < 0.03 else FOREVER)]
    elif dice < 0.32:
        pass
    elif dice < 0.36:
        grants = [Grant("full", shared, start, middle, FOREVER)]
        modes = _modes(random, start, middle, middle, may_pay=may_pay)
    elif dice < 0.40:
        grants = [Grant("full", shared, start, None, middle)]
        modes = _modes(random, start, middle, middle, may_pay=may_pay)
    elif dice < 0.50:
        grants = [Grant("limited", shared, start, middle, FOREVER), Grant("full", shared, middle, None, FOREVER)]
        modes = _modes(random, middle, DEMO_NOW, FOREVER, may_pay=may_pay)
    else:
        grants = [Grant("full", shared, start, None, LONG_HENCE if dice < 0.53 else FOREVER)]
        modes = _modes(random, start, DEMO_NOW, FOREVER, may_pay=may_pay)
    return Pair(new_key(random, start), firm, place, _origin(random), "active", start, start, FOREVER, grants, modes)


def _modes(random: Random, start: datetime, now: datetime, end: datetime, *, may_pay: bool) -> list[Mode]:
    """The billing modes from `start` to `end`. Three in ten clients have changed the mode half way from `start` to `now`."""
    if not may_pay:
        return [Mode("client", start, end)]
    first, then = random.sample(("client", "partner"), 2)
    if random.random() < 0.7:
        return [Mode(first, start, end)]
    change = start + (now - start) / 2
    return [Mode(first, start, change), Mode(then, change, end)]


def _origin(random: Random) -> str:
    return random.choice(("firm_invitation", "client_added_firm", "marketplace"))


def _between(random: Random, start: datetime, end: datetime) -> datetime:
    """A random time, nearer to `start` than to `end`: most data is old."""
    return start + (end - start) * random.random() ** 3
