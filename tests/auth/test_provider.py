"""A real provider in a process of its own, a portal that signs people in there, and the gateway that they ask then."""

import asyncio
import base64
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jwk
from sqlalchemy import text

from gateway.app import build_app
from gateway.auth.jwks import COOL_DOWN
from gateway.auth.oidc_users import visitors_of
from gateway.db.engine import make_engine
from gateway.observability.logs import make_log
from tests.auth.issuer import issuing, new_key, segment, signed
from tests.auth.relying_party import AUDIENCE, Portal, RealProvider, missing, real_provider
from tests.auth.test_oidc_users import ADA, ADAS, AWAY, BAD, BEN, BENS, UNKNOWN, House, settings

pytestmark = pytest.mark.skipif(missing() is not None, reason=missing() or "")


class Clock:
    """The real time, which may be moved."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture(scope="module")
async def provider(tmp_path_factory) -> AsyncIterator[RealProvider]:
    async with real_provider(tmp_path_factory.mktemp("provider") / "errors.txt") as running:
        await running.account("ada", ADA)
        await running.account("ben", BEN)
        await running.account("hasty", ADA, verified=False)
        await running.account("stranger", "stranger@elsewhere.example")
        await running.account("silent", ADA, tells=False)
        yield running


@pytest.fixture(scope="module")
async def shared(copy) -> AsyncIterator[House]:
    clock, log, engine = Clock(), io.StringIO(), make_engine(await copy())
    made = House(build_app(settings("https://id.example"), clock=clock, engine=engine, log=make_log(log)), clock, log)
    async with made.http:
        yield made
    await engine.dispose()


@pytest.fixture
async def house(shared, provider) -> AsyncIterator[House]:
    """The gateway that believes the provider, knows nobody's subject yet, and has asked nothing."""
    engine = shared.app.state.gateway.engine
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM linked_identity"))
    shared.clock.ahead = timedelta()
    visitors = visitors_of(settings(provider.issuer), engine, make_log(shared.log))
    shared.app.state.gateway.visitors = visitors
    yield shared
    await visitors.provider.close()


@pytest.fixture
async def portal(provider) -> AsyncIterator[Portal]:
    async with Portal(provider.issuer) as made:
        yield made


# The code, and what it gives


async def test_the_code_flow_gives_a_token_that_opens_the_right_persons_clients(house, portal, provider) -> None:
    ada = await portal.sign_in("ada")
    async with Portal(provider.issuer) as another:
        ben = await another.sign_in("ben")

    assert await house.told(ada["access_token"]) == ADAS == await house.told(house.own("ada"))
    assert await house.told(ben["access_token"]) == BENS


async def test_a_code_is_nothing_without_its_verifier(portal) -> None:
    answer = await portal.exchange(await portal.authorize("ada"), verifier="x" * 64)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_a_code_that_is_shown_twice_ends_what_it_gave_but_tokens_that_are_out_live_on(house, portal) -> None:
    code = await portal.authorize("ada")
    tokens = (await portal.exchange(code)).json()
    again = await portal.exchange(code)

    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert (await portal.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    # A signed token is good until it ends: nobody asks the provider about each.
    assert await house.told(tokens["access_token"]) == ADAS
    house.clock.ahead = timedelta(seconds=631)
    assert await house.told(tokens["access_token"]) == BAD


async def test_a_refresh_gives_the_next_token_and_a_replayed_one_ends_the_family(house, portal) -> None:
    first = await portal.sign_in("ada")
    second = (await portal.refresh(first["refresh_token"])).json()
    assert second["access_token"] != first["access_token"]
    assert await house.told(second["access_token"]) == ADAS
    replayed = await portal.refresh(first["refresh_token"])

    assert (replayed.status_code, replayed.json()["error"]) == (400, "invalid_grant")
    assert (await portal.refresh(second["refresh_token"])).json()["error"] == "invalid_grant"


# Tokens that are not for us


async def test_an_id_token_is_no_access_token(house, portal) -> None:
    tokens = await portal.sign_in("ada")

    assert await house.told(tokens["id_token"]) == BAD
    assert await house.told(tokens["refresh_token"]) == BAD


async def test_a_token_for_another_audience_is_refused(house, portal) -> None:
    tokens = await portal.sign_in("ada", resource="https://elsewhere.example/api")

    assert await house.told(tokens["access_token"]) == BAD


async def test_a_token_of_another_issuer_is_refused(house, portal) -> None:
    with issuing() as elsewhere:
        claims = {"aud": AUDIENCE, "sub": "ada", "email": ADA, "email_verified": True}
        assert await house.told(elsewhere.token(**claims)) == BAD
        assert await house.told(elsewhere.token(iss=portal.issuer, **claims)) == BAD
        assert elsewhere.asked == {}


async def test_forged_tokens_are_refused(house, portal) -> None:
    good = (await portal.sign_in("ada"))["access_token"]
    _, body, signature = good.split(".")
    [published] = (await portal.http.get(portal.told["jwks_uri"])).json()["keys"]
    public, kid = jwk.import_key(published), published["kid"]
    secret = jwk.OctKey(public.as_pem(), None)
    forged = {
        "alg none": f"{segment({'alg': 'none', 'typ': 'at+jwt'})}.{body}.",
        "alg none under its name": f"{segment({'alg': 'none', 'kid': kid})}.{body}.{signature}",
        "a stranger's key under its name": again(good, new_key("RS256", kid)),
        "another kind of key under its name": again(good, new_key("ES256", kid)),
        "the public key as secret": again(good, secret, kid=kid, algorithm="HS256"),
        "the public key as secret, its algorithm said": again(good, secret, kid=kid, algorithm="HS256", said="RS256"),
    }

    assert await house.told(good) == ADAS
    assert {name: await house.told(token) for name, token in forged.items()} == dict.fromkeys(forged, BAD)


def again(token: str, key, *, kid: str | None = None, algorithm: str | None = None, said: str | None = None) -> str:
    """The claims of a token under another key."""
    algorithm = algorithm or key.alg
    said_and = {"alg": said or algorithm, "kid": kid or key.kid, "typ": "at+jwt"}
    return signed(key, said_and, payload(token), algorithm)


def payload(token: str) -> bytes:
    body = token.split(".")[1]
    return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))


async def test_a_token_is_good_within_its_time_and_the_leeway(house, portal) -> None:
    token = (await portal.sign_in("ada"))["access_token"]
    seen = []
    for seconds in (-60, 0, 590, 700):
        house.clock.ahead = timedelta(seconds=seconds)
        seen.append(await house.told(token))

    assert seen == [BAD, ADAS, ADAS, BAD]


# People


async def test_who_is_not_known_is_told_so(house, portal, provider) -> None:
    seen = {}
    for login in ("hasty", "stranger", "silent", "nobody"):
        async with Portal(provider.issuer) as another:
            seen[login] = await house.told((await another.sign_in(login))["access_token"])

    assert seen == dict.fromkeys(seen, UNKNOWN)


async def test_a_link_survives_another_address_at_the_provider(house, portal, provider) -> None:
    await provider.account("mover", BEN)
    first = await portal.sign_in("mover")
    assert await house.told(first["access_token"]) == BENS
    await provider.account("mover", "moved@elsewhere.example", verified=False)
    moved = (await portal.refresh(first["refresh_token"])).json()

    assert await house.told(moved["access_token"]) == BENS


async def test_an_address_that_is_used_again_opens_nobodys_account(house, portal, provider) -> None:
    await house.told((await portal.sign_in("ben"))["access_token"])
    await provider.account("second", BEN)
    async with Portal(provider.issuer) as another:
        assert await house.told((await another.sign_in("second"))["access_token"]) == UNKNOWN


async def test_the_first_use_by_many_at_once_makes_one_link(house, portal) -> None:
    token = (await portal.sign_in("ada"))["access_token"]

    assert await asyncio.gather(*(house.told(token) for _ in range(16))) == [ADAS] * 16
    async with house.app.state.gateway.engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM linked_identity")) == 1


# The provider's keys


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
async def test_keys_are_rotated_while_both_run(house, portal, provider, algorithm) -> None:
    before = await portal.sign_in("ada")
    assert await house.told(before["access_token"]) == ADAS
    await provider.rotate(algorithm)
    after = (await portal.refresh(before["refresh_token"])).json()
    house.clock.ahead = COOL_DOWN
    assert [await house.told(tokens["access_token"]) for tokens in (after, before)] == [ADAS, ADAS]
    await provider.retire()
    house.clock.ahead = timedelta(minutes=5, seconds=20)

    assert [await house.told(tokens["access_token"]) for tokens in (after, before)] == [ADAS, BAD]


async def test_a_provider_that_is_away_from_the_start_is_waited_for(shared, house, portal, tmp_path) -> None:
    async with real_provider(tmp_path / "errors.txt") as gone:
        await gone.account("ada", ADA)
        async with Portal(gone.issuer) as another:
            token = (await another.sign_in("ada"))["access_token"]
    engine = shared.app.state.gateway.engine
    visitors = shared.app.state.gateway.visitors = visitors_of(settings(gone.issuer), engine, make_log(shared.log))

    assert await house.told(token) == AWAY
    assert await house.told(house.own("ada")) == ADAS
    await visitors.provider.close()


async def test_a_provider_that_goes_away_leaves_its_keys_for_a_time(shared, house, tmp_path) -> None:
    engine = shared.app.state.gateway.engine
    async with real_provider(tmp_path / "errors.txt") as going:
        await going.account("ada", ADA)
        async with Portal(going.issuer) as another:
            token = (await another.sign_in("ada"))["access_token"]
        short = settings(going.issuer, oidc_cache_seconds=60, oidc_outage_seconds=300)
        visitors = shared.app.state.gateway.visitors = visitors_of(short, engine, make_log(shared.log))
        assert await house.told(token) == ADAS
    seen = []
    for seconds in (30, 60, 120, 290, 301):
        house.clock.ahead = timedelta(seconds=seconds)
        seen.append(await house.told(token))

    assert seen == [ADAS, ADAS, ADAS, ADAS, AWAY]
    await visitors.provider.close()
