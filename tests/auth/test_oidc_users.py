"""People of another issuer, end to end: the shipped application, the demo world, and an issuer on a local port."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx
import pytest
from joserfc.jwk import OKPKey
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette

from gateway.app import build_app
from gateway.auth.access_tokens import NOT_GOOD
from gateway.auth.jwks import COOL_DOWN, SILENT
from gateway.auth.oidc_users import NOBODY, visitors_of
from gateway.db.engine import make_engine
from gateway.db.seeds.demo import key
from gateway.observability.logs import make_log
from gateway.settings import Settings
from tests.auth.issuer import AT, AUDIENCE, DISCOVERY, JWKS, NOW, USERINFO, Issuer, issuing, new_key

ELSEWHERE = "https://id.example"
ADA, BEN = "ada@havlygte-revision.example", "ben@havlygte-revision.example"
WHO = "{ viewer { user { email } } clients(first: 10) { totalCount } }"
ADAS = {"viewer": {"user": {"email": ADA}}, "clients": {"totalCount": 4}}
BENS = {"viewer": {"user": {"email": BEN}}, "clients": {"totalCount": 2}}


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class House:
    """The application and who asks it."""

    def __init__(self, app: Starlette, clock: Clock, log: io.StringIO) -> None:
        self.app, self.clock, self.log = app, clock, log
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway.example")

    async def send(self, token: str | None, query: str = WHO, **headers: str) -> httpx.Response:
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return await self.http.post("/graphql", json={"query": query}, headers=headers)

    async def told(self, token: str | None) -> object:
        """The data, or the status and code of a refusal, which has no data."""
        answer = await self.send(token)
        payload = answer.json()
        if answer.status_code == 200:
            assert "errors" not in payload
            return payload["data"]
        assert "data" not in payload
        [error] = payload["errors"]
        return answer.status_code, error["extensions"]["code"]

    def own(self, person: str) -> str:
        return self.app.state.gateway.tokens.issue(key(person), self.clock()).text


UNKNOWN, BAD, AWAY = (403, "UNKNOWN_USER"), (401, "UNAUTHENTICATED"), (503, "SERVICE_UNAVAILABLE")


@pytest.fixture(scope="module")
async def url(copy) -> str:
    return await copy()


@pytest.fixture(scope="module")
async def house(url) -> AsyncIterator[House]:
    clock, log, engine = Clock(), io.StringIO(), make_engine(url)
    made = House(build_app(settings(ELSEWHERE), clock=clock, engine=engine, log=make_log(log)), clock, log)
    async with made.http:
        yield made
    await engine.dispose()


@pytest.fixture
async def engine(house) -> AsyncEngine:
    """The database, without links."""
    engine: AsyncEngine = house.app.state.gateway.engine
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM linked_identity"))
    return engine


@pytest.fixture
async def issuer(house, engine) -> AsyncIterator[Issuer]:
    """The issuer that the application believes, asked nothing yet."""
    with issuing() as running:
        house.clock.now = NOW
        house.log.seek(0)
        house.log.truncate()
        visitors = visitors_of(settings(running.url), engine, make_log(house.log))
        house.app.state.gateway.visitors = visitors
        yield running
        await visitors.provider.close()


def settings(oidc_issuer: str, **more: object) -> Settings:
    given = {"oidc_issuer": oidc_issuer, "oidc_audience": AUDIENCE, "sealing_key": SecretStr("5e" * 32)}
    given |= {"in_flight_person": 1000, "in_flight_organisation": 1000}  # many ask at once here
    return Settings(**(given | more))


async def links(engine) -> list[tuple[str, str]]:
    async with engine.connect() as connection:
        rows = await connection.execute(
            text("SELECT subject, email FROM linked_identity JOIN user_account ON id = user_id ORDER BY subject")
        )
        return [tuple(row) for row in rows]


def adas(issuer: Issuer, subject: str = "a", **more: object) -> str:
    return issuer.token(**({"sub": subject, "email": ADA, "email_verified": True} | more))


# Who it is


async def test_a_token_of_the_issuer_opens_what_ones_own_token_opens(house, issuer) -> None:
    assert await house.told(adas(issuer)) == ADAS == await house.told(house.own("ada"))
    assert await house.told(adas(issuer, "b", email=BEN)) == BENS == await house.told(house.own("ben"))


async def test_roles_are_never_read_from_a_token(house, issuer) -> None:
    claims = {"role": "admin", "roles": ["platform_admin"], "scope": "admin", "groups": ["F"]}

    assert await house.told(adas(issuer, email=BEN, **claims)) == BENS


async def test_the_acting_organisation_is_chosen_as_ever(house, issuer) -> None:
    hedda = adas(issuer, "h", email="hedda@havlygte-revision.example")
    asked = await house.send(hedda, "{ viewer { actingAs { kind } memberships { id kind isDefault } } }")
    viewer = asked.json()["data"]["viewer"]
    chosen = await house.send(
        hedda, "{ viewer { actingAs { kind } } }", **{"X-Acting-As": viewer["memberships"][1]["id"]}
    )

    assert viewer["actingAs"] == {"kind": "FIRM"}
    assert [(place["kind"], place["isDefault"]) for place in viewer["memberships"]] == [
        ("FIRM", True),
        ("CLIENT", False),
    ]
    assert chosen.json() == {"data": {"viewer": {"actingAs": {"kind": "CLIENT"}}}}


async def test_the_address_is_read_as_it_is_for_signing_in(house, issuer) -> None:
    assert await house.told(adas(issuer, email=f" {ADA.upper()} ")) == ADAS


async def test_after_the_first_time_the_subject_counts_and_no_address(house, issuer, engine) -> None:
    await house.told(adas(issuer))
    for later in (
        adas(issuer, email=BEN),
        adas(issuer, email="ada@elsewhere.example"),
        adas(issuer, email_verified=False),
        issuer.token(sub="a"),
    ):
        assert await house.told(later) == ADAS

    assert await links(engine) == [("a", ADA)]
    assert issuer.asked[USERINFO] == 0


async def test_a_link_survives_a_new_address_here(house, issuer, engine) -> None:
    await house.told(adas(issuer))
    async with engine.begin() as connection:
        await connection.execute(
            text("UPDATE user_account SET email_key = 'new@firm.example' WHERE id = :id"), {"id": key("ada")}
        )
    try:
        assert await house.told(adas(issuer)) == ADAS
        assert await house.told(adas(issuer, "another")) == UNKNOWN
    finally:
        async with engine.begin() as connection:
            await connection.execute(
                text("UPDATE user_account SET email_key = :old WHERE id = :id"), {"old": ADA, "id": key("ada")}
            )


async def test_a_second_subject_with_the_same_address_is_refused(house, issuer, engine) -> None:
    await house.told(adas(issuer))

    assert await house.told(adas(issuer, "thief")) == UNKNOWN
    assert await house.told(adas(issuer)) == ADAS
    assert await links(engine) == [("a", ADA)]


async def test_the_subject_of_another_issuer_is_nobody(house, issuer, engine) -> None:
    async with engine.begin() as connection:
        await connection.execute(
            text("INSERT INTO linked_identity VALUES ('https://elsewhere.example', 'a', :id, now())"),
            {"id": key("ben")},
        )

    assert await house.told(adas(issuer, email_verified=False)) == UNKNOWN
    assert await house.told(adas(issuer)) == ADAS


async def test_many_at_once_for_the_first_time_make_one_link(house, issuer, engine) -> None:
    answers = await asyncio.gather(*(house.told(adas(issuer)) for _ in range(20)))

    assert answers == [ADAS] * 20
    assert await links(engine) == [("a", ADA)]
    assert issuer.asked == {DISCOVERY: 1, JWKS: 1}


async def test_of_two_subjects_at_once_with_one_address_one_is_linked(house, issuer, engine) -> None:
    answers = await asyncio.gather(*(house.told(adas(issuer, f"subject {n}")) for n in range(8)))

    assert sorted(answers, key=str) == sorted([ADAS] + [UNKNOWN] * 7, key=str)
    [(subject, _)] = await links(engine)
    assert await house.told(issuer.token(sub=subject)) == ADAS


# Who it is not


@pytest.mark.parametrize(
    "claims",
    [
        {"email": ADA, "email_verified": False},
        {"email": ADA, "email_verified": "true"},
        {"email": ADA},
        {"email": "stranger@elsewhere.example", "email_verified": True},
        {"email": f"{ADA}.evil.example", "email_verified": True},
        {"email": "%", "email_verified": True},
        {},
    ],
)
async def test_nobody_known_is_refused_with_a_code_and_one_sentence(house, issuer, engine, claims) -> None:
    answer = await house.send(issuer.token(**claims))

    assert answer.status_code == 403
    assert answer.json() == {"errors": [{"message": NOBODY, "extensions": {"code": "UNKNOWN_USER"}}]}
    assert await links(engine) == []


async def test_userinfo_is_asked_once_for_somebody_new_and_never_again(house, issuer, engine) -> None:
    issuer.tell(USERINFO, {"sub": "a", "email": ADA, "email_verified": True})
    token = issuer.token(sub="a")

    assert [await house.told(token) for _ in range(3)] == [ADAS] * 3
    assert issuer.asked[USERINFO] == 1
    assert await links(engine) == [("a", ADA)]


async def test_somebody_who_was_unknown_is_known_once_there_is_an_account(house, issuer) -> None:
    issuer.tell(USERINFO, {"sub": "a", "email": ADA, "email_verified": False})
    token = issuer.token(sub="a")
    assert await house.told(token) == UNKNOWN
    issuer.tell(USERINFO, {"sub": "a", "email": ADA, "email_verified": True})

    assert await house.told(token) == UNKNOWN
    house.clock.now += timedelta(minutes=1)
    assert await house.told(token) == ADAS


async def test_a_person_who_is_gone_is_refused(house, issuer, engine) -> None:
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO user_account (id, email, email_key, name, name_key) VALUES (gen_random_uuid(), 'x@x', 'x@x', 'X', 'x')"
            )
        )
    assert await house.told(adas(issuer, "x", email="x@x")) == {
        "viewer": {"user": {"email": "x@x"}},
        "clients": {"totalCount": 0},
    }
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM linked_identity WHERE subject = 'x'"))
        await connection.execute(text("DELETE FROM user_account WHERE email_key = 'x@x'"))

    assert await house.told(adas(issuer, "x", email="x@x")) == UNKNOWN


# Which tokens


async def test_each_issuer_is_judged_by_its_own_keys_alone(house, issuer) -> None:
    own = house.app.state.gateway.tokens
    kid = own.keys.signing.thumbprint()
    ours = OKPKey.import_key(own.keys.signing.private_key, {"alg": "EdDSA", "kid": kid})
    of_ada = {"iss": own.issuer, "aud": own.audience, "sub": str(key("ada")), "nbf": AT, "jti": "1", "sv": 1}

    assert await house.told(issuer.token(ours, **of_ada)) == ADAS
    assert await house.told(issuer.token(**of_ada)) == BAD
    assert await house.told(adas(issuer, key=ours)) == BAD
    assert await house.told(adas(issuer, sub=str(key("ada")))) == ADAS


async def test_a_token_that_is_not_good_is_refused_and_says_how_to_come_back(house, issuer) -> None:
    answer = await house.send(issuer.token(aud="portal"))

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.json() == {"errors": [{"message": NOT_GOOD, "extensions": {"code": "UNAUTHENTICATED"}}]}
    assert await house.told(adas(issuer, exp=AT - 60)) == BAD


async def test_long_tokens_are_taken_and_very_long_ones_are_not(house, issuer) -> None:
    assert await house.told(adas(issuer, groups=["group"] * 1000)) == ADAS
    assert await house.told(adas(issuer, groups=["group"] * 2000)) == BAD


async def test_signing_in_with_a_password_goes_on_beside(house, issuer) -> None:
    query = f'mutation {{ signIn(input: {{email: "{ADA}", password: "look-around-2026"}}) {{ accessToken }} }}'
    answer = await house.send(adas(issuer, exp=AT - 60), query)

    assert await house.told(answer.json()["data"]["signIn"]["accessToken"]) == ADAS


# Keys


async def test_keys_are_rotated_without_a_restart(house, issuer) -> None:
    await house.told(adas(issuer))
    issuer.keys = [new_key("ES256", "second"), *issuer.keys]
    issuer.publish()
    house.clock.now += COOL_DOWN
    new = issuer.token(issuer.keys[0], sub="a")

    assert await house.told(new) == ADAS
    gone = issuer.token(issuer.keys.pop(), sub="a")
    issuer.publish()
    assert await house.told(gone) == ADAS
    house.clock.now += timedelta(minutes=5)
    assert await house.told(gone) == BAD
    assert await house.told(new) == ADAS


async def test_a_flood_of_unknown_keys_asks_once_and_good_tokens_pass_through_it(house, issuer) -> None:
    await house.told(adas(issuer))
    house.clock.now += COOL_DOWN
    unknown = [adas(issuer, header={"kid": f"unknown {n}"}) for n in range(60)]
    good = [adas(issuer)] * 10

    assert await asyncio.gather(*map(house.told, unknown + good)) == [BAD] * 60 + [ADAS] * 10
    assert issuer.asked == {DISCOVERY: 2, JWKS: 2}


async def test_while_the_issuer_is_silent_known_keys_go_on_for_an_hour(house, issuer) -> None:
    token = adas(issuer, exp=AT + 86_400)
    await house.told(token)
    issuer.tell(DISCOVERY, b"", 500)
    house.clock.now += timedelta(minutes=59)
    assert await house.told(token) == ADAS
    house.clock.now += timedelta(minutes=1)
    answer = await house.send(token)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json()["errors"] == [{"message": SILENT, "extensions": {"code": "SERVICE_UNAVAILABLE"}}]
    assert await house.told(house.own("ada")) == ADAS
    assert await house.told("nonsense") == BAD


async def test_an_issuer_that_hangs_holds_no_connection_to_the_database(house, issuer, engine) -> None:
    issuer.pages[DISCOVERY] = None
    waiting = [asyncio.create_task(house.told(adas(issuer))) for _ in range(5)]
    while not issuer.asked:
        assert await house.told(house.own("ada")) == ADAS

    assert engine.pool.checkedout() == 0
    assert not any(task.done() for task in waiting)
    issuer.go_on.set()
    assert await asyncio.gather(*waiting) == [AWAY] * 5


async def test_a_program_that_ends_closes_what_it_asks_with(house, url) -> None:
    made = house.app.state.gateway
    app = build_app(settings(ELSEWHERE), engine=make_engine(url), policy=made.policy, log=make_log(house.log))
    client = app.state.gateway.visitors.provider._web.client
    async with app.router.lifespan_context(app):
        assert not client.is_closed

    assert client.is_closed


async def test_the_log_says_nothing_of_people(house, issuer) -> None:
    await house.told(adas(issuer, "subject-7"))
    await house.told(issuer.token(sub="subject-8", email="stranger@elsewhere.example", email_verified=True))
    issuer.tell(DISCOVERY, b"", 500)
    house.clock.now += timedelta(minutes=5)
    await house.told(adas(issuer, "subject-7"))

    written = house.log.getvalue()
    assert [line.get("codes") for line in map(json.loads, written.splitlines()) if line["event"] == "request"] == [
        [],
        ["UNKNOWN_USER"],
        [],
    ]
    assert "provider silent" in written
    assert not any(word in written for word in ("subject-", ADA, "stranger", "eyJ"))


# Settings


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"oidc_issuer": "http://id.example"}, "GATEWAY_OIDC_ISSUER must be"),
        ({"oidc_issuer": "id.example"}, "GATEWAY_OIDC_ISSUER must be"),
        ({"oidc_issuer": ""}, "GATEWAY_OIDC_ISSUER must be"),
        ({"oidc_issuer": "https://id.example/?tenant=1"}, "GATEWAY_OIDC_ISSUER must be"),
        ({"issuer": "https://id.example"}, "GATEWAY_OIDC_ISSUER must differ from"),
        ({"oidc_audience": None}, "GATEWAY_OIDC_AUDIENCE is not set"),
        ({"oidc_audience": ""}, "GATEWAY_OIDC_AUDIENCE is not set"),
        ({"oidc_jwks_uri": "http://id.example/keys"}, "GATEWAY_OIDC_JWKS_URI must be"),
        ({"oidc_algorithms": "RS256 none"}, "GATEWAY_OIDC_ALGORITHMS must not contain none"),
        ({"oidc_algorithms": "HS256"}, "GATEWAY_OIDC_ALGORITHMS must not contain HS256"),
        ({"oidc_algorithms": ""}, "GATEWAY_OIDC_ALGORITHMS is empty"),
        ({"oidc_outage_seconds": 60}, "GATEWAY_OIDC_OUTAGE_SECONDS must not be"),
        ({"oidc_issuer": None}, "GATEWAY_OIDC_AUDIENCE is set, but GATEWAY_OIDC_ISSUER is not set"),
        (
            {"oidc_issuer": None, "oidc_audience": None, "oidc_jwks_uri": "https://x.example"},
            "GATEWAY_OIDC_JWKS_URI is set",
        ),
    ],
)
async def test_wrong_settings_are_a_sentence_at_the_start(house, wrong, told) -> None:
    made = house.app.state.gateway
    with pytest.raises(ValueError, match=told) as problem:
        build_app(settings(**({"oidc_issuer": ELSEWHERE} | wrong)), engine=made.engine, policy=made.policy)

    assert str(problem.value).endswith(".")


async def test_without_an_issuer_nobody_is_taken(house, issuer, engine) -> None:
    own = Settings(sealing_key=SecretStr("5e" * 32))
    house.app.state.gateway.visitors = visitors_of(own, engine, make_log(house.log))

    assert house.app.state.gateway.visitors is None
    assert await house.told(adas(issuer)) == BAD
    assert issuer.asked == {}
