"""Who a request comes from, and as whom: one organisation at a time (D4, D49, L16)."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, update

from gateway.auth.memberships import Identity, identify
from gateway.auth.viewers import (
    PLATFORM_ID,
    Anonymous,
    ClientViewer,
    FirmViewer,
    Memberless,
    Membership,
    PlatformViewer,
)
from gateway.db.models import FirmMember, User
from gateway.errors import BadInput
from tests.auth.places import NOW, TOKENS, is_not_good, is_not_mine, open_id, refusal, seal_id, statements_of

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
    asked = identify(connection, headers, NOW, tokens=TOKENS, open_id=open_id)

    assert is_not_good(await refusal(asked))


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR", "Bearer  "])
async def test_the_scheme_is_read_in_any_case(ask, world, scheme) -> None:
    user = await world.user()

    assert (await ask(authorization=f"{scheme} {TOKENS.issue(user, NOW).text}")).user_id == user


async def test_a_token_that_has_ended_is_refused_whoever_it_names(ask, world) -> None:
    user = await world.user()

    assert is_not_good(await refusal(ask(user, at=NOW + timedelta(minutes=16))))


@pytest.mark.parametrize("version", [1, 3])
async def test_a_token_of_another_version_of_the_persons_sessions_is_refused(ask, world, connection, version) -> None:
    user = await world.user()
    await connection.execute(update(User).where(User.id == user).values(session_version=2))
    tokens = [f"Bearer {TOKENS.issue(user, NOW, each).text}" for each in (version, 2)]

    assert is_not_good(await refusal(ask(authorization=tokens[0])))
    assert (await ask(authorization=tokens[1])).user_id == user


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


async def test_with_several_hats_and_no_choice_one_acts_for_the_first(ask, world) -> None:
    """D71: the organisation that the person joined first, whatever its name; a second membership never changes that."""
    user = await world.user()
    first = await world.firm("Åse & Co")
    await world.staff(first, user, "admin", since=NOW - timedelta(days=2))
    before = await ask(user)
    for name in ("Adler", "Zander"):
        await world.staff(await world.firm(name), user, "staff", since=NOW - timedelta(days=1))
    await world.employee(await world.client("Aachen Bakery"), user, "member")
    after = await ask(user)

    assert before.acting.organisation_id == after.acting.organisation_id == first
    assert [each.is_default for each in after.memberships] == [False, True, False, False]
    assert [each.organisation_name for each in after.memberships] == ["Adler", "Åse & Co", "Zander", "Aachen Bakery"]


async def test_with_several_hats_one_acts_for_the_chosen_one_while_one_is_a_member(ask, world) -> None:
    user = await world.user()
    first, chosen, foreign = [await world.firm(name) for name in ("First", "Chosen", "Foreign")]
    await world.staff(first, user, since=NOW - timedelta(days=2))
    await world.staff(chosen, user, since=NOW - timedelta(days=1))
    acting = []
    for default in (None, chosen, foreign):
        await world.choose(user, default)
        acting.append((await ask(user)).acting.organisation_id)

    assert acting == [first, chosen, first]


@pytest.mark.parametrize("default", [None, "chosen"])
async def test_the_choice_is_a_part_of_the_proof(ask, world, default) -> None:
    """A compiled statement proves it: otherwise a remembered identity would act for the earlier choice."""
    user, firm = await world.user(), await world.firm()
    await world.staff(firm, user)
    before = (await ask(user)).proof
    await world.choose(user, firm if default else None)
    after = await ask(user)

    assert (before == after.proof) is (default is None)
    assert after.proof == await world.proof(user)


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
