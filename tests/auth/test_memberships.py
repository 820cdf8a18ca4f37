"""Who a request comes from, and as whom: one organisation at a time (D4, D49, L16)."""

import asyncio
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, event, insert, select, update
from starlette.datastructures import Headers

from gateway.auth.machines import OPENS_NOTHING
from gateway.auth.memberships import CHOOSE, NOT_MINE, Identity, identify
from gateway.auth.tokens import NOT_GOOD, TokenIssuer, ephemeral_keys
from gateway.auth.viewers import (
    PLATFORM_ID,
    Anonymous,
    ClientToken,
    ClientViewer,
    FirmToken,
    FirmViewer,
    Memberless,
    Membership,
    PlatformViewer,
    SystemViewer,
)
from gateway.db.engine import make_engine
from gateway.db.models import FirmMember, IntegrationToken, PlatformMember, User
from gateway.db.models.people import SCOPES
from gateway.db.words import bits
from gateway.errors import BadInput, Forbidden, Refused, Unauthenticated
from tests import make

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TOKENS = TokenIssuer(ephemeral_keys(), issuer="gateway", audience="portal", lifetime=timedelta(minutes=15))


def seal_id(type_name: str, key: UUID) -> str:
    return f"sealed:{type_name}:{key}"


def open_id(text: str) -> tuple[str, UUID]:
    try:
        seal, type_name, key = text.split(":")
        opened = type_name, UUID(key)
    except ValueError:
        raise BadInput("This is no id of ours.") from None
    if seal != "sealed":
        raise BadInput("This is no id of ours.")
    return opened


class World:
    """The people and places of one test."""

    def __init__(self, connection) -> None:
        self.connection = connection

    async def user(self) -> UUID:
        return await make.user(self.connection)

    async def firm(self, name: str = "Workshop", **given) -> UUID:
        return await make.firm(self.connection, name=name, **given)

    async def client(self, name: str = "Bakery") -> UUID:
        return await make.client(self.connection, name=name)

    async def staff(self, firm: UUID, user: UUID, role: str = "bookkeeper", state: str = "active") -> UUID:
        return await make.member(self.connection, firm_id=firm, user_id=user, role=role, state=state)

    async def employee(self, client: UUID, user: UUID, role: str = "owner", state: str = "active") -> UUID:
        return await make.client_member(self.connection, client_id=client, user_id=user, role=role, state=state)

    async def platform(self, user: UUID, role: str = "admin") -> None:
        await self.connection.execute(insert(PlatformMember).values(user_id=user, role=role))

    async def machine(self, scopes=("billing:write",), role="admin", **given) -> tuple[UUID, str]:
        """A token whose maker has `role` on the platform, and the header that shows it."""
        creator = await self.user()
        if role:
            await self.platform(creator, role)
        return await self.token(creator, scopes, **given)

    async def token(self, creator: UUID, scopes=("clients:read",), **given) -> tuple[UUID, str]:
        raw = f"gwt_{uuid4().hex}"
        wanted = bits(SCOPES, list(scopes))
        return await make.token(self.connection, raw, created_by=creator, scopes=wanted, **given), f"Bearer {raw}"


@pytest.fixture
def world(connection) -> World:
    return World(connection)


@pytest.fixture
def ask(connection):
    async def ask(
        user: UUID | None = None, acting_as: str | None = None, authorization: str | None = None, at: datetime = NOW
    ) -> Identity:
        if user is not None:
            authorization = f"Bearer {TOKENS.issue(user, NOW).text}"
        sent = {"authorization": authorization, "x-acting-as": acting_as}
        headers = Headers({name: value for name, value in sent.items() if value is not None})
        return await identify(connection, headers, at, tokens=TOKENS, open_id=open_id, seal_id=seal_id)

    return ask


@contextmanager
def statements_of(engine):
    """The statements sent meanwhile."""
    statements = []

    def note(*told) -> None:
        statements.append(told[2])

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine.sync_engine, "before_cursor_execute", note)


async def refusal(coroutine) -> Refused:
    with pytest.raises(Refused) as refused:
        await coroutine
    return refused.value


def is_not_mine(refused: Refused) -> bool:
    return type(refused) is Forbidden and refused.message == NOT_MINE and refused.extensions == {"code": "FORBIDDEN"}


def is_not_good(refused: Refused) -> bool:
    said = refused.message, refused.extensions
    return type(refused) is Unauthenticated and said == (NOT_GOOD, {"code": "UNAUTHENTICATED"})


# Nobody


async def test_without_credentials_nobody_asks(ask) -> None:
    assert await ask() == Identity(Anonymous("none", NOW), None, (), signed_in=False)


@pytest.mark.parametrize("acting_as", ["", "rubbish", seal_id("Firm", UUID(int=1)), seal_id("Platform", PLATFORM_ID)])
async def test_nobody_acts_for_no_organisation(ask, acting_as) -> None:
    assert is_not_mine(await refusal(ask(acting_as=acting_as)))


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        " ",
        "Bearer",
        "Bearer ",
        "Bearer a b",
        "Bearer a, Bearer b",
        "Bearer\tabc",
        "Bearer abc\n",
        "Bearer =abc",
        "Bearer é",
        "Bearer \ud800",
        "Bearer not.a.token",
        "Bearer null",
        "Bearer undefined",
        "BearerX abc",
        "Basic YWRhOnNlY3JldA==",
        "Digest abc",
        "Negotiate abc",
        "abc",
        pytest.param("Bearer " + "a" * 100_000, id="far too long"),
        "Bearer gwt_",
        "Bearer gwt_unknown",
        "Bearer gwr_refresh",
    ],
)
async def test_credentials_that_are_not_good_make_nobody_anonymous(connection, authorization) -> None:
    headers = {"Authorization": authorization}
    asked = identify(connection, headers, NOW, tokens=TOKENS, open_id=open_id, seal_id=seal_id)

    assert is_not_good(await refusal(asked))


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR", "Bearer  "])
async def test_the_scheme_is_read_in_any_case(ask, world, scheme) -> None:
    user = await world.user()

    assert (await ask(authorization=f"{scheme} {TOKENS.issue(user, NOW).text}")).user_id == user


async def test_a_token_that_has_ended_is_refused_whoever_it_names(ask, world) -> None:
    user = await world.user()

    assert is_not_good(await refusal(ask(user, at=NOW + timedelta(minutes=16))))


async def test_a_person_who_is_gone_is_refused(ask, world, connection) -> None:
    user = await world.user()
    await connection.execute(delete(User).where(User.id == user))

    assert is_not_good(await refusal(ask(user)))
    assert is_not_good(await refusal(ask(uuid4())))


# One hat


async def test_a_person_of_no_organisation_is_memberless(ask, world) -> None:
    user = await world.user()

    assert await ask(user) == Identity(Memberless(user, "none", NOW), user, (), signed_in=True)


@pytest.mark.parametrize("role", ["admin", "bookkeeper", "staff"])
async def test_the_only_firm_is_the_acting_one(ask, world, role) -> None:
    user, firm = await world.user(), await world.firm()
    member = await world.staff(firm, user, role)

    identity = await ask(user)

    assert identity.viewer == FirmViewer(user, member, firm, role, NOW)
    assert identity.memberships == (Membership("firm", firm, "Workshop", member, role),)
    assert await ask(user, seal_id("Firm", firm)) == identity


@pytest.mark.parametrize("role", ["owner", "admin", "member"])
async def test_the_only_client_is_the_acting_one(ask, world, role) -> None:
    user, client = await world.user(), await world.client()
    member = await world.employee(client, user, role)

    identity = await ask(user)

    assert identity.viewer == ClientViewer(user, member, client, role, NOW)
    assert identity.memberships == (Membership("client", client, "Bakery", member, role),)
    assert await ask(user, seal_id("Client", client)) == identity


@pytest.mark.parametrize("role", ["admin", "reviewer"])
async def test_the_platform_is_an_organisation_with_an_id(ask, world, role) -> None:
    user = await world.user()
    await world.platform(user, role)

    identity = await ask(user)

    assert identity.viewer == PlatformViewer(user, role, NOW)
    assert identity.memberships == (Membership("platform", PLATFORM_ID, "Platform", None, role),)
    assert await ask(user, seal_id("Platform", PLATFORM_ID)) == identity


@pytest.mark.parametrize("state", ["invited", "suspended", "removed"])
async def test_a_place_in_a_firm_that_is_not_active_is_none(ask, world, state) -> None:
    user, firm = await world.user(), await world.firm()
    await world.staff(firm, user, "admin", state)

    assert (await ask(user)).viewer == Memberless(user, "none", NOW)
    assert is_not_mine(await refusal(ask(user, seal_id("Firm", firm))))


async def test_a_removed_place_in_a_client_is_none(ask, world) -> None:
    user, client = await world.user(), await world.client()
    await world.employee(client, user, "owner", "removed")

    assert (await ask(user)).viewer == Memberless(user, "none", NOW)
    assert is_not_mine(await refusal(ask(user, seal_id("Client", client))))


async def test_a_demotion_counts_from_the_next_request_of_the_same_token(ask, world, connection) -> None:
    user, firm = await world.user(), await world.firm()
    member = await world.staff(firm, user, "admin")
    before = await ask(user)
    await connection.execute(update(FirmMember).where(FirmMember.id == member).values(role="staff"))
    after = await ask(user)

    assert (before.viewer.role, after.viewer.role) == ("admin", "staff")


async def test_people_of_a_closed_firm_keep_their_place(ask, world) -> None:
    user, firm = await world.user(), await world.firm(account_state="closed")
    await world.staff(firm, user)

    assert (await ask(user)).viewer.acting_id == firm


# Two hats and more


async def test_of_two_hats_one_is_worn_and_nothing_of_the_other(ask, world) -> None:
    user, firm, client = await world.user(), await world.firm(), await world.client()
    member, place = await world.staff(firm, user), await world.employee(client, user)

    as_firm = await ask(user, seal_id("Firm", firm))
    as_client = await ask(user, seal_id("Client", client))

    assert as_firm.viewer == FirmViewer(user, member, firm, "bookkeeper", NOW)
    assert as_client.viewer == ClientViewer(user, place, client, "owner", NOW)
    assert as_firm.memberships == as_client.memberships == (as_firm.acting, as_client.acting)


async def test_with_several_hats_and_no_choice_one_is_told_ones_own(ask, world) -> None:
    user, stranger = await world.user(), await world.user()
    second, first = await world.firm("Åse & Co"), await world.firm("Adler")
    client = await world.client("Aachen Bakery")
    await world.staff(second, user, "admin")
    await world.staff(first, user, "staff")
    await world.staff(await world.firm("Foreign"), stranger)
    await world.employee(client, user, "member")
    await world.platform(user, "reviewer")

    refused = await refusal(ask(user))

    assert type(refused) is BadInput
    assert refused.message == CHOOSE
    assert refused.extensions == {
        "code": "BAD_USER_INPUT",
        "memberships": [
            {"id": seal_id("Firm", first), "name": "Adler", "kind": "FIRM", "role": "STAFF"},
            {"id": seal_id("Firm", second), "name": "Åse & Co", "kind": "FIRM", "role": "ADMIN"},
            {"id": seal_id("Client", client), "name": "Aachen Bakery", "kind": "CLIENT", "role": "MEMBER"},
            {"id": seal_id("Platform", PLATFORM_ID), "name": "Platform", "kind": "PLATFORM", "role": "REVIEWER"},
        ],
    }
    assert (await ask(user, seal_id("Firm", first))).viewer.role == "staff"


async def test_places_of_the_same_name_have_one_order_too(ask, world) -> None:
    user = await world.user()
    firms = [await world.firm("Twin") for _ in range(5)]
    for firm in firms:
        await world.staff(firm, user)

    identity = await ask(user, seal_id("Firm", firms[0]))

    assert [place.organisation_id for place in identity.memberships] == sorted(firms)


@pytest.mark.parametrize("hats", [0, 1, 2])
async def test_an_organisation_that_is_not_mine_is_forbidden_whether_it_exists_or_not(ask, world, hats) -> None:
    user, foreign_firm, foreign_client = await world.user(), await world.firm(), await world.client()
    mine = [await world.firm() for _ in range(hats)]
    for firm in mine:
        await world.staff(firm, user)
    others = [
        seal_id("Firm", foreign_firm),
        seal_id("Client", foreign_client),
        seal_id("Firm", uuid4()),
        seal_id("Client", uuid4()),
        seal_id("Platform", PLATFORM_ID),
        seal_id("Platform", uuid4()),
        seal_id("Firm", PLATFORM_ID),
        seal_id("Invoice", uuid4()),
        seal_id("User", user),
        *(seal_id("Client", firm) for firm in mine),  # the right key under the wrong type
    ]

    for other in others:
        assert is_not_mine(await refusal(ask(user, other)))


@pytest.mark.parametrize("acting_as", ["", "rubbish", "sealed:Firm:x", f"torn:Firm:{UUID(int=1)}"])
async def test_an_id_that_we_did_not_make_is_bad_input(ask, world, acting_as) -> None:
    user = await world.user()
    await world.staff(await world.firm(), user)

    assert type(await refusal(ask(user, acting_as))) is BadInput


@pytest.mark.parametrize("hats", [0, 1, 3])
async def test_all_of_it_is_read_in_one_statement(ask, world, connection, engine, hats) -> None:
    user = await world.user()
    firms = [await world.firm() for _ in range(hats)]
    for firm in firms:
        await world.staff(firm, user)
    with statements_of(engine) as statements:
        await ask(user, seal_id("Firm", firms[0]) if firms else None)

    assert len(statements) == 1


# Machines


@pytest.mark.parametrize("expiry", [{}, {"expires_at": NOW + timedelta(seconds=1)}])
async def test_a_token_of_the_platform_is_the_billing_machine(ask, world, expiry) -> None:
    token, bearer = await world.machine(**expiry)
    place = Membership("platform", PLATFORM_ID, "Platform", None, "billing")

    assert await ask(authorization=bearer) == Identity(
        SystemViewer(token, "billing", NOW), None, (), signed_in=True, acting=place
    )


@pytest.mark.parametrize(
    "values",
    [
        {"revoked_at": NOW - timedelta(days=1)},
        {"revoked_at": NOW},
        {"expires_at": NOW},
        {"expires_at": NOW - timedelta(days=1)},
        {"role": None},
        {"role": "reviewer"},
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


@pytest.mark.parametrize("scopes", [(), ("clients:read",), ("clients:read", "kpis:write", "payroll:read")])
async def test_other_scopes_of_the_platform_open_nothing_yet(ask, world, scopes) -> None:
    _, bearer = await world.machine(scopes)
    refused = await refusal(ask(authorization=bearer))

    assert type(refused) is Forbidden
    assert refused.message == OPENS_NOTHING


READING = ("clients:read", "kpis:write", "payroll:read")


@pytest.mark.parametrize("scopes", [("clients:read",), READING, ("clients:read", "billing:write")])
@pytest.mark.parametrize("role", ["admin", "bookkeeper"])
async def test_a_token_of_a_firm_acts_for_it_in_the_role_of_who_made_it(ask, world, role, scopes) -> None:
    user, firm = await world.user(), await world.firm()
    member = await world.staff(firm, user, role)
    token, bearer = await world.token(user, scopes, firm_id=firm)
    place = Membership("firm", firm, "Workshop", member, role)
    machine = Identity(FirmToken(token, member, firm, role, NOW), None, (), signed_in=True, acting=place)

    assert await ask(authorization=bearer) == machine
    assert await ask(authorization=bearer, acting_as=seal_id("Firm", firm)) == machine


@pytest.mark.parametrize("scopes", [("clients:read",), READING, ("clients:read", "billing:write")])
@pytest.mark.parametrize("role", ["owner", "admin"])
async def test_a_token_of_a_client_acts_for_it_in_the_role_of_who_made_it(ask, world, role, scopes) -> None:
    user, client = await world.user(), await world.client()
    await world.employee(client, user, role)
    token, bearer = await world.token(user, scopes, client_id=client)
    place = Membership("client", client, "Bakery", None, role)
    machine = Identity(ClientToken(token, client, role, NOW), None, (), signed_in=True, acting=place)

    assert await ask(authorization=bearer) == machine
    assert await ask(authorization=bearer, acting_as=seal_id("Client", client)) == machine


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
    ("firm", "staff", READING),  # a role that has no client
    ("client", "member", READING),  # a role that may make no token
    ("firm", "admin", ()),
    ("firm", "admin", ("kpis:write",)),
    ("firm", "admin", ("payroll:read",)),
    ("firm", "admin", ("billing:write",)),  # the platform's alone (D26)
    ("client", "owner", ()),
    ("client", "owner", ("kpis:write", "payroll:read")),
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
    assert (refused.message, refused.extensions) == (OPENS_NOTHING, {"code": "FORBIDDEN"})


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
        asked = identify(mine, headers, NOW, tokens=TOKENS, open_id=open_id, seal_id=seal_id)
        identity = await asyncio.wait_for(asked, timeout=5)
    await engine.dispose()

    assert identity.viewer == SystemViewer(token, "billing", NOW)
