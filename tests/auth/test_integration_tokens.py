"""Integration tokens: as what a machine asks, and when it may no more (D26, D41)."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from gateway.auth.access_tokens import NOT_GOOD
from gateway.auth.integration_tokens import OPENS_NOTHING
from gateway.auth.memberships import Identity, identify
from gateway.auth.viewers import (
    PLATFORM_ID,
    ClientReporter,
    ClientToken,
    FirmToken,
    Membership,
    PlatformReporter,
    SystemViewer,
)
from gateway.db.engine import make_engine
from gateway.db.models import FirmMember, IntegrationToken
from gateway.errors import BadInput, Forbidden, Unauthenticated
from tests.auth.places import NOW, TOKENS, World, is_not_good, is_not_mine, open_id, refusal, seal_id, statements_of


@pytest.mark.parametrize("role", ["admin", "reviewer"])
@pytest.mark.parametrize("expiry", [{}, {"expires_at": NOW + timedelta(seconds=1)}])
async def test_a_token_of_the_platform_is_the_billing_machine(ask, world, expiry, role) -> None:
    token, bearer = await world.machine(role=role, **expiry)
    place = Membership("platform", PLATFORM_ID, "Platform", None, "billing")

    assert await ask(authorization=bearer) == Identity(
        SystemViewer(token, role, NOW), None, (), signed_in=True, acting=place
    )


@pytest.mark.parametrize(
    "values",
    [
        {"revoked_at": NOW - timedelta(days=1)},
        {"revoked_at": NOW},
        {"expires_at": NOW},
        {"expires_at": NOW - timedelta(days=1)},
        {"role": None},
    ],
)
async def test_a_token_that_is_over_or_whose_maker_lost_the_place_is_refused(ask, world, values) -> None:
    _, bearer = await world.machine(**values)

    assert is_not_good(await refusal(ask(authorization=bearer)))


async def test_a_machine_acts_for_the_platform_only(ask, world) -> None:
    token, bearer = await world.machine()
    firm = await world.firm()

    assert (await ask(authorization=bearer, acting_as=seal_id("Platform", PLATFORM_ID))).viewer.token_id == token
    assert is_not_mine(await refusal(ask(authorization=bearer, acting_as=seal_id("Firm", firm))))
    assert type(await refusal(ask(authorization=bearer, acting_as="rubbish"))) is BadInput


@pytest.mark.parametrize("scopes", [(), ("clients:read",), ("clients:read", "payroll:read")])
async def test_other_scopes_of_the_platform_open_nothing_yet(ask, world, scopes) -> None:
    _, bearer = await world.machine(scopes)
    refused = await refusal(ask(authorization=bearer))

    assert type(refused) is Forbidden
    assert refused.message == OPENS_NOTHING


READING = ("clients:read", "kpis:write", "payroll:read")


@pytest.mark.parametrize("scopes", [("clients:read",), READING, ("clients:read", "billing:write")])
@pytest.mark.parametrize("role", ["admin", "bookkeeper", "staff"])
async def test_a_token_of_a_firm_acts_for_it_in_the_role_of_who_made_it(ask, world, role, scopes) -> None:
    user, firm = await world.user(), await world.firm()
    member = await world.staff(firm, user, role)
    token, bearer = await world.token(user, scopes, firm_id=firm)
    place = Membership("firm", firm, "Workshop", member, role)
    machine = Identity(FirmToken(token, member, firm, role, NOW), None, (), signed_in=True, acting=place)

    assert await ask(authorization=bearer) == machine
    assert await ask(authorization=bearer, acting_as=seal_id("Firm", firm)) == machine


@pytest.mark.parametrize("scopes", [("clients:read",), READING, ("clients:read", "billing:write")])
@pytest.mark.parametrize("role", ["owner", "admin", "member"])
async def test_a_token_of_a_client_acts_for_it_in_the_role_of_who_made_it(ask, world, role, scopes) -> None:
    user, client = await world.user(), await world.client()
    await world.employee(client, user, role)
    token, bearer = await world.token(user, scopes, client_id=client)
    place = Membership("client", client, "Bakery", None, role)
    reporter = ClientReporter(token, client, role, NOW) if "kpis:write" in scopes else None
    machine = Identity(ClientToken(token, client, role, NOW), None, (), signed_in=True, acting=place, reporter=reporter)

    assert await ask(authorization=bearer) == machine
    assert await ask(authorization=bearer, acting_as=seal_id("Client", client)) == machine


@pytest.mark.parametrize("role", ["owner", "admin", "member"])
async def test_a_clients_token_for_reports_alone_is_a_reporter_and_nothing_else(ask, world, role) -> None:
    user, client = await world.user(), await world.client()
    await world.employee(client, user, role)
    token, bearer = await world.token(user, ("kpis:write", "payroll:read"), client_id=client)
    place, reporter = Membership("client", client, "Bakery", None, role), ClientReporter(token, client, role, NOW)

    assert await ask(authorization=bearer) == Identity(
        reporter, None, (), signed_in=True, acting=place, reporter=reporter
    )


@pytest.mark.parametrize("role", ["admin", "reviewer"])
async def test_a_token_of_the_platform_reports_beside_its_billing_or_alone(ask, world, role) -> None:
    alone, bearer = await world.machine(("kpis:write",), role=role)
    both, other = await world.machine(("billing:write", "kpis:write"), role=role)
    reporter = PlatformReporter(alone, role, NOW)
    reports = Membership("platform", PLATFORM_ID, "Platform", None, "reporting")
    bills = Membership("platform", PLATFORM_ID, "Platform", None, "billing")

    assert await ask(authorization=bearer) == Identity(
        reporter, None, (), signed_in=True, acting=reports, reporter=reporter
    )
    assert await ask(authorization=other) == Identity(
        SystemViewer(both, role, NOW),
        None,
        (),
        signed_in=True,
        acting=bills,
        reporter=PlatformReporter(both, role, NOW),
    )


async def test_a_token_follows_its_creators_role_from_request_to_request(ask, world, connection) -> None:
    user, firm = await world.user(), await world.firm()
    member = await world.staff(firm, user, "admin")
    _, bearer = await world.token(user, firm_id=firm)
    seen = []
    for change in ({"role": "bookkeeper"}, {"role": "admin"}, {"state": "suspended"}, {"state": "active"}):
        await connection.execute(update(FirmMember).where(FirmMember.id == member).values(change))
        try:
            seen.append((await ask(authorization=bearer)).viewer.role)
        except Unauthenticated as refused:
            seen.append(refused.message)

    assert seen == ["bookkeeper", "admin", NOT_GOOD, "admin"]


@pytest.mark.parametrize("state", ["invited", "suspended", "removed", None])
async def test_a_firms_token_dies_with_its_creators_place(ask, world, state) -> None:
    user, firm = await world.user(), await world.firm()
    if state:
        await world.staff(firm, user, "admin", state)
    await world.staff(await world.firm("Another"), user, "admin")
    await world.platform(user)
    _, bearer = await world.token(user, READING, firm_id=firm)

    assert is_not_good(await refusal(ask(authorization=bearer)))


@pytest.mark.parametrize("state", ["removed", None])
async def test_a_clients_token_dies_with_its_creators_place(ask, world, state) -> None:
    user, client = await world.user(), await world.client()
    if state:
        await world.employee(client, user, "owner", state)
    await world.employee(await world.client("Another"), user, "owner")
    await world.platform(user)
    _, bearer = await world.token(user, READING, client_id=client)

    assert is_not_good(await refusal(ask(authorization=bearer)))


@pytest.mark.parametrize(("kind", "role", "scopes"), [
    ("firm", "admin", ()),
    ("firm", "admin", ("kpis:write",)),
    ("firm", "admin", ("payroll:read",)),
    ("firm", "admin", ("billing:write",)),  # the platform's alone (D26)
    ("client", "owner", ()),
    ("client", "owner", ("payroll:read",)),
    ("client", "owner", ("billing:write",)),
])  # fmt: skip
async def test_a_token_that_lives_and_opens_nothing_says_so(ask, world, kind, role, scopes) -> None:
    user = await world.user()
    await world.platform(user)
    organisation = await (world.firm() if kind == "firm" else world.client())
    await (world.staff if kind == "firm" else world.employee)(organisation, user, role)
    _, bearer = await world.token(user, scopes, **{f"{kind}_id": organisation})
    refused = await refusal(ask(authorization=bearer))

    assert type(refused) is Forbidden
    assert (refused.message, refused.extensions) == (OPENS_NOTHING, {"code": "FORBIDDEN", "rule": "SCOPES"})


async def test_a_machine_acts_for_no_other_organisation_of_its_creator(ask, world) -> None:
    user, firm, other, client = (
        await world.user(),
        await world.firm(),
        await world.firm("Another"),
        await world.client(),
    )
    for place in (firm, other):
        await world.staff(place, user, "admin")
    await world.employee(client, user)
    _, of_firm = await world.token(user, firm_id=firm)
    _, of_client = await world.token(user, client_id=client)
    wrong = [
        seal_id("Firm", other),
        seal_id("Firm", uuid4()),
        seal_id("Platform", PLATFORM_ID),
        seal_id("User", user),
    ]

    for bearer, acting_as in (
        *((of_firm, each) for each in (*wrong, seal_id("Client", client), seal_id("Client", firm))),
        *((of_client, each) for each in (*wrong, seal_id("Firm", firm), seal_id("Firm", client))),
    ):
        assert is_not_mine(await refusal(ask(authorization=bearer, acting_as=acting_as)))
    for bearer in (of_firm, of_client):
        assert type(await refusal(ask(authorization=bearer, acting_as="rubbish"))) is BadInput


async def test_the_last_use_is_noted_once_a_minute(ask, world, connection, engine) -> None:
    token, bearer = await world.machine()
    noted = []
    for seconds in (0, 1, 59, 60, 61, 119, 120):
        with statements_of(engine) as statements:
            await ask(authorization=bearer, at=NOW + timedelta(seconds=seconds))
        last = await connection.scalar(select(IntegrationToken.last_used_at).where(IntegrationToken.id == token))
        noted.append((int((last - NOW).total_seconds()), len(statements)))

    assert noted == [(0, 2), (0, 1), (0, 1), (60, 2), (60, 1), (60, 1), (120, 2)]


async def test_noting_the_last_use_waits_for_nobody(copy) -> None:
    engine = make_engine(await copy())
    async with engine.begin() as connection:
        token, bearer = await World(connection).machine()
    async with engine.connect() as other, engine.connect() as mine:
        await other.execute(select(IntegrationToken.id).where(IntegrationToken.id == token).with_for_update())
        headers = {"Authorization": bearer}
        asked = identify(mine, headers, NOW, tokens=TOKENS, open_id=open_id)
        identity = await asyncio.wait_for(asked, timeout=5)
    await engine.dispose()

    assert identity.viewer == SystemViewer(token, "admin", NOW)
