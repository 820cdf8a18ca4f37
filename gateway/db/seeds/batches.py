"""The rows of the large world except its invoices, for COPY."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from random import Random
from typing import Any, Final, NamedTuple
from uuid import UUID

from gateway.db.enums import SECTIONS, bits
from gateway.db.seeds import names
from gateway.db.seeds.companies import CURRENCIES, PLANS, WORK
from gateway.db.seeds.crowd import BEGINNING, Client, Firm, Pair, Worker, new_key
from gateway.db.seeds.keys import DEMO_NOW
from gateway.text.addresses import address_key
from gateway.text.keys import sort_key, spelled_key

KINDS: Final = (
    "MISSING_RECEIPTS",
    "EXPENSES_READY_FOR_EXPORT",
    "PAYROLL_BASIS_PENDING",
    "WALLET_BALANCE",
    "BILLS_TO_PAY",
)
TASKS: Final = 3

Rows = Iterator[tuple[Any, ...]]


class Batch(NamedTuple):
    """The rows of one table, and their number `expected`."""

    table: str
    columns: str
    rows: Iterable[tuple[Any, ...]]
    expected: int


def batches(
    random: Random,
    *,
    firms: list[Firm],
    clients: list[Client],
    pairs: list[Pair],
    staff: list[Worker],
    password_hash: str,
) -> Iterator[Batch]:
    """All batches, in an order that satisfies the foreign keys. Consume each batch before you request the next one."""
    plans = {new_key(random): plan for plan in PLANS}
    owners = {place: new_key(random) for place in range(0, len(clients), 10)}
    yield Batch("plan", "id tier sections fee_amount fee_currency", _plans(plans), len(plans))
    yield Batch(
        "user_account",
        "id email email_key name name_key password_hash",
        _users(random, clients, owners, staff, password_hash),
        len(staff) + len(owners),
    )
    yield Batch(
        "firm",
        "id name name_key spelled_key country business_kind contact_name contact_email contact_email_key account_state trial_ends_at"
        " subscription_paid programme_state cashback_rate",
        _firms(firms, staff),
        len(firms),
    )
    yield Batch("firm_member", "id firm_id user_id role state is_owner", _members(firms, staff), len(staff))
    yield Batch(
        "firm_profile",
        "id firm_id revision state display_name name_key spelled_key description specialties location languages",
        _profiles(random, firms),
        len(firms),
    )
    yield Batch(
        "client",
        "id name name_key spelled_key country state company_number address contact_email contact_email_key plan_id created_at"
        " verification_requested_at",
        _clients(random, clients, list(plans)),
        len(clients),
    )
    yield Batch("client_member", "id client_id user_id role state", _owners(random, clients, owners), len(owners))
    yield Batch(
        "kpi_snapshot",
        "client_id kind count amount currency as_of",
        _kpis(random, clients),
        len(clients) * len(KINDS),
    )
    yield Batch(
        "pending_activity",
        "id client_id reference section kind title deep_link",
        _activities(random, clients),
        len(clients) * TASKS,
    )
    yield Batch(
        "collaboration",
        "id firm_id client_id origin state firm_name client_name client_name_key client_spelled_key"
        " created_at started_at ended_at ended_by",
        _collaborations(firms, clients, pairs),
        len(pairs),
    )
    yield Batch(
        "access_grant",
        "id collaboration_id client_id version level shared_kpis granted_at revoked_at expires_at",
        _grants(random, clients, pairs),
        sum(len(pair.grants) for pair in pairs),
    )
    yield Batch(
        "billing_mode_period",
        "id collaboration_id client_id mode from_at to_at",
        _periods(random, clients, pairs),
        sum(len(pair.modes) for pair in pairs),
    )
    yield Batch(
        "assignment",
        "id member_id client_id assigned_at",
        _assignments(random, clients, staff),
        sum(len(worker.clients) for worker in staff),
    )


def _plans(plans: dict[UUID, str]) -> Rows:
    for key, tier in plans.items():
        sections, fee = PLANS[tier]
        yield key, tier, bits(SECTIONS, list(sections)), fee, "EUR"


def _users(
    random: Random, clients: list[Client], owners: dict[int, UUID], staff: list[Worker], password_hash: str
) -> Rows:
    for worker in staff:
        yield worker.user, worker.email, address_key(worker.email), worker.name, sort_key(worker.name), password_hash
    for place, key in owners.items():
        email = f"owner@client-{place}.example"
        name = names.person(random, clients[place].country)
        yield key, email, address_key(email), name, sort_key(name), password_hash


def _firms(firms: list[Firm], staff: list[Worker]) -> Rows:
    for firm, admin in zip(firms, staff, strict=False):
        yield (
            firm.key,
            firm.name,
            sort_key(firm.name),
            spelled_key(firm.name),
            firm.country,
            "advisory",
            admin.name,
            admin.email,
            address_key(admin.email),
            "active",
            BEGINNING,
            True,
            "approved",
            500,
        )


def _members(firms: list[Firm], staff: list[Worker]) -> Rows:
    for place, worker in enumerate(staff):
        yield worker.key, firms[worker.firm].key, worker.user, worker.role, "active", place < len(firms)


def _profiles(random: Random, firms: list[Firm]) -> Rows:
    for firm in firms:
        yield (
            new_key(random),
            firm.key,
            1,
            "published",
            firm.name,
            sort_key(firm.name),
            spelled_key(firm.name),
            "We keep books for companies of all sizes.",
            random.sample(("payroll", "annual accounts", "external CFO", "start-ups", "crafts"), 2),
            firm.country,
            [firm.country.lower()],
        )


def _clients(random: Random, clients: list[Client], plans: list[UUID]) -> Rows:
    chosen = random.choices(plans, (3, 4, 3), k=len(clients))
    for place, (client, plan) in enumerate(zip(clients, chosen, strict=True)):
        yield (
            client.key,
            client.name,
            sort_key(client.name),
            spelled_key(client.name),
            client.country,
            client.state,
            f"{client.country}-{place:07}",
            f"Street {place % 300 + 1}",
            (email := f"owner@client-{place}.example"),
            address_key(email),
            plan,
            client.since,
            client.since,
        )


def _owners(random: Random, clients: list[Client], owners: dict[int, UUID]) -> Rows:
    for place, user in owners.items():
        yield new_key(random), clients[place].key, user, "owner", "active"


def _kpis(random: Random, clients: list[Client]) -> Rows:
    as_of = DEMO_NOW - timedelta(hours=3)
    for client in clients:
        for kind in KINDS:
            if kind == "WALLET_BALANCE":
                yield client.key, kind, None, random.randrange(50_000_00), CURRENCIES[client.country], as_of
            else:  # half of the clients have nothing pending
                yield client.key, kind, max(0, random.randrange(-12, 12)), None, None, as_of


def _activities(random: Random, clients: list[Client]) -> Rows:
    for client in clients:
        for kind in random.sample(KINDS, TASKS):
            work = WORK[kind]
            link = f"https://product.example/{work.section.lower()}"
            yield new_key(random), client.key, kind.lower(), work.section, kind, work.title, link


def _collaborations(firms: list[Firm], clients: list[Client], pairs: list[Pair]) -> Rows:
    for pair in pairs:
        client = clients[pair.client]
        yield (
            pair.key,
            firms[pair.firm].key,
            client.key,
            pair.origin,
            pair.state,
            firms[pair.firm].name,
            client.name,
            sort_key(client.name),
            spelled_key(client.name),
            pair.asked,
            pair.began,
            pair.ended,
            "client" if pair.state == "ended" else None,
        )


def _grants(random: Random, clients: list[Client], pairs: list[Pair]) -> Rows:
    for pair in pairs:
        for version, grant in enumerate(pair.grants, start=1):
            key = new_key(random, grant.since)
            client = clients[pair.client].key
            yield key, pair.key, client, version, grant.level, grant.shared, *grant[2:]


def _periods(random: Random, clients: list[Client], pairs: list[Pair]) -> Rows:
    for pair in pairs:
        for mode in pair.modes:
            yield new_key(random, mode.start), pair.key, clients[pair.client].key, *mode


def _assignments(random: Random, clients: list[Client], staff: list[Worker]) -> Rows:
    for worker in staff:
        for place in worker.clients:
            yield new_key(random), worker.key, clients[place].key, DEMO_NOW - timedelta(days=30)
