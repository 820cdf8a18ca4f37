"""Two hundred viewers at once on one application: nobody is ever answered with anything of somebody else's."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any, Final, NamedTuple

import pytest

from gateway.db.engine import make_engine
from gateway.db.seeds.demo import key
from gateway.policy import Policy
from gateway.settings import Settings
from tests.conftest import Copy
from tests.graph.conftest import NOW, Ask, asker
from tests.support import make

FIRMS: Final = 50
ROUNDS: Final = 2
QUESTION: Final = """query ($id: ID!, $bill: ID!) {
  viewer { user { name } actingAs { name } }
  clients(first: 20) { totalCount nodes { name address kpis { count } collaboration { requestMessage } } }
  invoices(first: 20) { totalCount nodes { number clientName lines { description } } }
  collaborations(first: 20) { nodes { clientName endReason requestMessage } }
  firms(first: 5) { nodes { name staff(first: 50) { nodes { name } } } }
  client(id: $id) { name wallet { balance { amount } } pendingActivities(first: 50) { nodes {
  title } } members(first: 50) { nodes { name } } }
  node(id: $bill) { ... on Invoice { number lines { description } } }
}"""


class Seat(NamedTuple):
    """One viewer: who, for which organisation, about which client and bill they ask, the words that are theirs to read."""

    user: Any
    organisation: tuple[str, Any]
    client: Any
    bill: Any
    canaries: frozenset[str]


@pytest.fixture(scope="module")
async def crowd(copy: Copy, policy: Policy, settings: Settings) -> AsyncIterator[tuple[Ask, list[Seat]]]:
    """Fifty firms, each with an admin, a bookkeeper and one client, whose owner is a bookkeeper of the next firm, too."""
    engine = make_engine(await copy(), pool_timeout=600, statement_seconds=0)  # all wait, none is refused
    seats: list[Seat] = []
    async with engine.begin() as connection:
        users = [await make.user(connection, name=f"owner-{n}-canary") for n in range(FIRMS)]
        places = []
        for n in range(FIRMS):
            firm = await make.firm(connection, name=f"firm-{n}-canary")
            client = await make.client(connection, name=f"client-{n}-canary", address=f"address-{n}-canary")
            await make.kpi(connection, client_id=client, kind="WALLET_BALANCE", amount=1_000_000 + n)
            pair = await make.collaboration(
                connection, firm_id=firm, client_id=client, request_message=f"wish-{n}-canary"
            )
            await make.grant(connection, collaboration_id=pair)
            await make.activity(connection, client_id=client, title=f"task-{n}-canary")
            admin = await make.user(connection, name=f"admin-{n}-canary")
            keeper = await make.user(connection, name=f"keeper-{n}-canary")
            await make.member(connection, firm_id=firm, user_id=admin, role="admin")
            place = await make.member(connection, firm_id=firm, user_id=keeper)
            await make.assignment(connection, member_id=place, client_id=client)
            await make.client_member(connection, client_id=client, user_id=users[n])
            # The owner keeps books at the next firm, for nobody: two hats.
            places.append((firm, client, admin, keeper))
            to_client = await make.invoice(connection, client_id=client, number=f"bill-to-client-{n}-canary")
            to_firm = await make.invoice(connection, client_id=client, firm_id=firm, number=f"bill-to-firm-{n}-canary")
            both = {f"client-{n}-canary", f"firm-{n}-canary"}
            content = {f"address-{n}-canary", f"task-{n}-canary", f"owner-{n}-canary", f"keeper-{n}-canary"}
            of_firm = {*both, *content, f"bill-to-firm-{n}-canary"}
            staff = {f"admin-{n}-canary", f"owner-{(n - 1) % FIRMS}-canary"}
            of_admin = frozenset({*of_firm, *staff, f"wish-{n}-canary"})
            of_owner = frozenset({*both, *content, f"wish-{n}-canary", f"bill-to-client-{n}-canary"})
            seats += [
                Seat(admin, ("Firm", firm), client, to_firm, of_admin),
                Seat(keeper, ("Firm", firm), client, to_client, frozenset(of_firm)),
                Seat(users[n], ("Client", client), client, to_client, of_owner),
            ]
        for n, owner in enumerate(users):
            firm, client, *_ = places[(n + 1) % FIRMS]
            await make.member(connection, firm_id=firm, user_id=owner)
            known = {f"owner-{n}-canary", f"firm-{(n + 1) % FIRMS}-canary"}
            seats.append(Seat(owner, ("Firm", firm), client, to_firm, frozenset(known)))
    async with asker(settings, policy, engine) as made:
        yield made, seats
    await engine.dispose()


async def test_two_hundred_at_once_are_answered_as_each_alone(crowd: tuple[Ask, list[Seat]]) -> None:
    ask, seats = crowd
    body: dict[int, Any] = {}
    headers: dict[int, dict[str, str]] = {}
    for place, seat in enumerate(seats):
        variables = {"id": ask.id("Client", seat.client), "bill": ask.id("Invoice", seat.bill)}
        body[place] = {"query": QUESTION, "variables": variables}
        token = ask.gateway.tokens.issue(seat.user, NOW).text
        acting = ask.gateway.seal.id(*seat.organisation)
        headers[place] = {"Authorization": f"Bearer {token}", "X-Acting-As": acting}

    alone = [(await ask.sent(body[place], headers[place])).text for place in range(len(seats))]
    order = list(range(len(seats))) * ROUNDS
    random.Random(7).shuffle(order)  # noqa: S311 - an order, not a secret
    together = await asyncio.gather(*(ask.sent(body[place], headers[place]) for place in order))

    assert len(seats) == 4 * FIRMS == 200
    for place, answer in zip(order, together, strict=True):
        assert answer.text == alone[place]
    for place, said in enumerate(alone):
        found = {word for word in said.replace('"', " ").split() if word.endswith("-canary")}
        assert found == set(seats[place].canaries), place


async def test_somebody_without_a_seat_hears_no_canary(crowd: tuple[Ask, list[Seat]]) -> None:
    ask, seats = crowd
    variables = {"id": ask.id("Client", seats[0].client), "bill": ask.id("Invoice", seats[0].bill)}
    for who in ("ada", "gus", "cora", "nora", "anonymous", "rolf"):
        assert "canary" not in (await ask(who, QUESTION, **variables)).text
    assert key("ada") not in {seat.user for seat in seats}
