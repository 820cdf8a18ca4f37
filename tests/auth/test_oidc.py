"""What a token of the provider must be before anybody believes it, and whose address the provider is asked for."""

import asyncio
import hmac
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
import structlog
from joserfc import jwk

from gateway.auth.access_tokens import NOT_GOOD
from gateway.auth.bearer import MAX_LENGTH
from gateway.auth.http_client import HttpClient
from gateway.auth.jwks import SILENT, Kept, Published, read_published
from gateway.auth.oidc import ASK_AGAIN, AT_ONCE, REMEMBERED, Opened, Provider
from gateway.errors import Unauthenticated, Unavailable
from tests.auth.issuer import AT, AUDIENCE, DISCOVERY, JWKS, NOW, USERINFO, Issuer, issuing, new_key, segment, signed

ISSUER = "https://id.example"
LEEWAY = timedelta(seconds=30)
KEYS = {name: new_key(name, f"key {name}") for name in ("RS256", "PS256", "ES256", "EdDSA")}
NAMELESS = jwk.generate_key("RSA", 2048)
STRANGER = new_key("RS256", "key RS256")
RSA = KEYS["RS256"]


def provider(*keys, algorithms=("RS256", "ES256", "EdDSA")) -> Provider:
    """One that publishes these keys, or all."""

    async def ask() -> Published:
        return Published(tuple(type(key).import_key(key.as_dict(private=False)) for key in keys or KEYS.values()))

    kept = Kept(ask, fresh=timedelta(hours=1), longest=timedelta(hours=2), log=structlog.get_logger())
    return Provider(ISSUER, AUDIENCE, algorithms, LEEWAY, kept, HttpClient(httpx.AsyncClient(), 5.0))


def claims(**changes: object) -> dict[str, object]:
    told = {"iss": ISSUER, "aud": AUDIENCE, "sub": "somebody", "iat": AT, "exp": AT + 600}
    return {name: value for name, value in (told | changes).items() if value is not None}


def header(key=RSA, **changes: object) -> dict[str, object]:
    told = {"alg": key.alg, "kid": key.kid, "typ": "at+jwt"} | changes
    return {name: value for name, value in told.items() if value is not None}


def token(body=None, head=None, key=RSA, algorithm=None) -> str:
    return signed(key, head or header(key), claims() if body is None else body, algorithm)


def by_hmac(secret: bytes, algorithm: str = "HS256") -> str:
    said = f"{segment(header(alg=algorithm))}.{segment(claims())}"
    return f"{said}.{segment(hmac.digest(secret, said.encode(), 'sha256'))}"


async def subject(text: str, believed: Provider | None = None, at: timedelta = timedelta()) -> str | None:
    """Of a token of this provider; None for a token that is none of its."""
    believed = believed or provider()
    opened = believed.open(text)
    return opened and (await believed.vouch(opened, NOW + at)).subject


GOOD = token()
HEAD, BODY, SIGNATURE = GOOD.split(".")
PUBLIC = type(RSA).import_key(RSA.as_dict(private=False))

NOT_ITS = {
    "nothing": "",
    "a word": "token",
    "two segments": f"{HEAD}.{BODY}",
    "four segments": f"{GOOD}.{SIGNATURE}",
    "five segments, as if encrypted": f"{HEAD}.{HEAD}.{BODY}.{BODY}.{SIGNATURE}",
    "no payload": f"{HEAD}..{SIGNATURE}",
    "padding": f"{HEAD}.{BODY}=.{SIGNATURE}",
    "half a character": GOOD + "\ud800",
    "too long": token(claims(more="x" * 2 * MAX_LENGTH)),
    "header too long": token(head=header(x5c=["A" * 4096])),
    "header deep": f"{segment(b'{' + b'[' * 1400)}.{BODY}.{SIGNATURE}",
    "payload deep": f"{HEAD}.{segment(b'[' * 9000)}.{SIGNATURE}",
    "payload a list": token([claims()]),
    "payload null": token(b"null"),
    "payload no JSON": token(b"iss"),
    "payload with NaN": token(json.dumps(claims(exp=float("nan"))).encode()),
    "payload not encoded": token(head=header(b64=False)),
    "alg missing": token(head={"kid": RSA.kid}),
    "a list for a header": token(head=["alg", "kid", "typ"]),
    "another issuer": token(claims(iss="https://elsewhere.example")),
    "the issuer with a slash": token(claims(iss=ISSUER + "/")),
    "the issuer in capitals": token(claims(iss=ISSUER.upper())),
    "issuers": token(claims(iss=[ISSUER])),
    "iss missing": token(claims(iss=None)),
}

ATTACKS = {
    "no signature": f"{HEAD}.{BODY}.",
    "signature cut": GOOD[:-4],
    "claims changed": f"{HEAD}.{segment(claims(sub='else'))}.{SIGNATURE}",
    "header changed": f"{segment(header(x='y'))}.{BODY}.{SIGNATURE}",
    "alg none, unsigned": f"{segment(header(alg='none'))}.{BODY}.",
    "alg none, its signature": f"{segment(header(alg='none'))}.{BODY}.{SIGNATURE}",
    "alg NONE": f"{segment(header(alg='NONE'))}.{BODY}.",
    "alg null": f"{segment({**header(), 'alg': None})}.{BODY}.{SIGNATURE}",
    "alg a list": f"{segment(header(alg=['RS256']))}.{BODY}.{SIGNATURE}",
    "HS256 with the public key as PEM": by_hmac(PUBLIC.as_pem()),
    "HS256 with the public key as DER": by_hmac(PUBLIC.as_der()),
    "HS256 with nothing": by_hmac(b""),
    "RS256 said, HS256 done": by_hmac(PUBLIC.as_pem(), "RS256"),
    "an algorithm that is not allowed": token(key=KEYS["PS256"]),
    "a weaker algorithm of the same key": token(head=header(alg="RS512"), algorithm="RS512"),
    "another algorithm than its key's": token(head=header(KEYS["ES256"], kid=RSA.kid), key=KEYS["ES256"]),
    "the name of another key": token(head=header(kid=KEYS["EdDSA"].kid)),
    "another kind of key under its name": token(head=header(kid=KEYS["ES256"].kid)),
    "an unknown name": token(head=header(kid="unknown")),
    "a name that is empty": token(head=header(kid="")),
    "a name that is a number": token(head=header(kid=1)),
    "a stranger's signature under its name": token(key=STRANGER),
    "a stranger's key brought along": token(head=header(jwk=STRANGER.as_dict(private=False)), key=STRANGER),
    "a stranger's key, its address brought along": token(head=header(jku="https://evil.example/keys"), key=STRANGER),
    "a stranger's certificate's address": token(head=header(x5u="https://evil.example/cert"), key=STRANGER),
    "crit": token(head=header(crit=["exp"])),
    "crit, empty": token(head=header(crit=[])),
    "crit, a number": token(head=header(crit=1)),
    "b64 said": token(head=header(b64=True)),
    "typ of a logout token": token(head=header(typ="logout+jwt")),
    "typ of a security event": token(head=header(typ="secevent+jwt")),
    "typ of a refresh token": token(head=header(typ="rt+jwt")),
    "typ of a proof": token(head=header(typ="dpop+jwt")),
    "typ a list": token(head=header(typ=["JWT"])),
    "an ID token by its hash": token(claims(at_hash="x")),
    "a logout token by its events": token(claims(events={})),
    "a token bound to a key": token(claims(cnf={"jkt": "x"})),
    "an ID token by its audience": token(claims(aud="portal")),
    "other audiences": token(claims(aud=["portal", "billing"], azp="portal")),
    "the audience with a slash": token(claims(aud=AUDIENCE + "/")),
    "aud missing": token(claims(aud=None)),
    "aud empty": token(claims(aud=[])),
    "aud an object": token(claims(aud={AUDIENCE: True})),
    "aud a list in a list": token(claims(aud=[[AUDIENCE]])),
    "several audiences and nobody named": token(claims(aud=[AUDIENCE, "portal"])),
    "several audiences and nobody named, empty": token(claims(aud=[AUDIENCE, "portal"], azp="")),
    "several audiences and nobody named, a list": token(claims(aud=[AUDIENCE, "portal"], azp=["portal"])),
    "sub missing": token(claims(sub=None)),
    "sub empty": token(claims(sub="")),
    "sub a number": token(claims(sub=7)),
    "sub too long": token(claims(sub="x" * 256)),
    "sub with NUL": token(claims(sub="some\0body")),
    "sub with letters of no subject": token(claims(sub="ådа")),
    "exp missing": token(claims(exp=None)),
    "exp a string": token(claims(exp=str(AT + 600))),
    "exp true": token(claims(exp=True)),
    "expired": token(claims(exp=AT - 30)),
    "iat missing": token(claims(iat=None)),
    "issued in the future": token(claims(iat=AT + 31)),
    "not yet valid": token(claims(nbf=AT + 31)),
    "nbf a string": token(claims(nbf="0")),
    "nbf null": token(json.dumps({**claims(), "nbf": None}).encode()),
}


@pytest.mark.parametrize("key", [KEYS["RS256"], KEYS["ES256"], KEYS["EdDSA"]], ids=lambda key: key.alg)
async def test_a_token_names_its_subject(key) -> None:
    assert await subject(token(key=key)) == "somebody"


@pytest.mark.parametrize(
    "good",
    [
        token(head=header(typ=None)),
        token(head=header(typ="JWT")),
        token(head=header(typ="application/at+jwt")),
        token(head=header(typ="AT+JWT")),
        token(head=header(x5t="x", jku="https://evil.example/keys", own={"a": 1})),
        token(claims(aud=[AUDIENCE])),
        token(claims(aud=["portal", AUDIENCE], azp="portal")),
        token(claims(aud=["portal", AUDIENCE], client_id="portal")),
        token(claims(nbf=AT + 30)),
        token(claims(iat=AT + 30)),
        token(claims(exp=AT - 29)),
        token(claims(exp=AT + 0.5)),
        token(claims(sub="x" * 255)),
        token(claims(sub="auth0|5f7c8ec7c33c6c004bbafe82")),
        token(claims(role="admin", scope="everything", groups=["x"] * 500)),
    ],
)
async def test_what_a_provider_may_leave_open_is_left_open(good) -> None:
    assert await subject(good) in {"somebody", "x" * 255, "auth0|5f7c8ec7c33c6c004bbafe82"}


@pytest.mark.parametrize("name", NOT_ITS)
def test_a_token_that_does_not_name_the_provider_is_none_of_its_business(name) -> None:
    assert provider().open(NOT_ITS[name]) is None


@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_token_that_is_not_good_is_refused_with_one_text(attack) -> None:
    with pytest.raises(Unauthenticated) as refused:
        await subject(ATTACKS[attack])

    assert (refused.value.message, refused.value.extensions) == (NOT_GOOD, {"code": "UNAUTHENTICATED"})
    assert refused.value.__suppress_context__


async def test_a_token_without_a_name_takes_the_only_key() -> None:
    nameless = token(head=header(RSA, kid=None))

    assert await subject(nameless, provider(RSA)) == "somebody"
    with pytest.raises(Unauthenticated):
        await subject(nameless, provider(RSA, STRANGER))


async def test_a_key_without_words_of_its_own_is_taken_by_its_kind() -> None:
    plain = token(head={"alg": "RS256"}, key=NAMELESS, algorithm="RS256")

    assert await subject(plain, provider(NAMELESS)) == "somebody"


async def test_the_algorithms_are_those_that_are_set() -> None:
    assert await subject(token(key=KEYS["PS256"]), provider(algorithms=("PS256",))) == "somebody"
    with pytest.raises(Unauthenticated):
        await subject(GOOD, provider(algorithms=("PS256",)))


@pytest.mark.parametrize(
    ("seconds", "is_good"), [(-31, False), (-30, True), (0, True), (629, True), (630, False), (86_400, False)]
)
async def test_clocks_may_differ_by_the_leeway_and_no_more(seconds, is_good) -> None:
    try:
        seen = await subject(GOOD, at=timedelta(seconds=seconds)) == "somebody"
    except Unauthenticated:
        seen = False

    assert seen is is_good


# Addresses


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as running:
        running.tell(USERINFO, {"sub": "somebody", "email": "ada@firm.example", "email_verified": True})
        yield running


@pytest.fixture
async def asking(issuer) -> AsyncIterator[Provider]:
    web = HttpClient(httpx.AsyncClient(), 5.0)

    async def ask() -> Published:
        return await read_published(web, issuer.url, None)

    kept = Kept(ask, fresh=timedelta(hours=1), longest=timedelta(hours=2), log=structlog.get_logger())
    made = Provider(issuer.url, AUDIENCE, ("RS256",), LEEWAY, kept, web)
    yield made
    await made.close()


class Held:
    """In the web's place: counts, and answers when let go."""

    def __init__(self) -> None:
        self.asked, self.go_on, self.client = 0, asyncio.Event(), httpx.AsyncClient()

    async def read(self, address, *, token=None) -> dict[str, object]:
        self.asked += 1
        await self.go_on.wait()
        return {"sub": "nobody"}


async def email(asking: Provider, text: str, at: timedelta = timedelta()) -> str | None:
    opened = asking.open(text)
    assert isinstance(opened, Opened)
    return await asking.verified_email(opened, await asking.vouch(opened, NOW + at), NOW + at)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"email": "ada@firm.example", "email_verified": True}, "ada@firm.example"),
        ({"email": "ada@firm.example", "email_verified": False}, None),
        ({"email": "ada@firm.example", "email_verified": "true"}, None),
        ({"email": "ada@firm.example", "email_verified": 1}, None),
        ({"email": "ada@firm.example"}, None),
        ({"email": "", "email_verified": True}, None),
        ({"email": "a\0@firm.example", "email_verified": True}, None),
        ({"email": "=?utf-8?q?a=0d=0a?=@firm.example", "email_verified": True}, None),
        ({"email": "a" * 321, "email_verified": True}, None),
        ({"email": ["ada@firm.example"], "email_verified": True}, None),
    ],
)
async def test_an_address_in_the_token_counts_if_it_is_verified_and_nobody_is_asked(
    issuer, asking, told, found
) -> None:
    assert await email(asking, issuer.token(**told)) == found
    assert issuer.asked[USERINFO] == 0


async def test_an_address_that_the_token_does_not_say_is_asked_for_with_the_token(issuer, asking) -> None:
    text = issuer.token()

    assert await email(asking, text) == "ada@firm.example"
    assert issuer.shown == [None, None, f"Bearer {text}"]


async def test_somebody_is_asked_for_once_a_minute(issuer, asking) -> None:
    text = issuer.token()
    assert await asyncio.gather(*(email(asking, text) for _ in range(20))) == ["ada@firm.example"] * 20
    assert issuer.asked[USERINFO] == 1
    await email(asking, text, ASK_AGAIN - timedelta(microseconds=1))
    assert issuer.asked[USERINFO] == 1
    await email(asking, text, ASK_AGAIN)
    assert issuer.asked[USERINFO] == 2
    await email(asking, issuer.token(sub="another"), ASK_AGAIN)
    assert issuer.asked[USERINFO] == 3


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (200, {"sub": "another", "email": "ada@firm.example", "email_verified": True}),
        (200, {"email": "ada@firm.example", "email_verified": True}),
        (200, {"sub": "somebody", "email": "ada@firm.example"}),
        (200, {"sub": "somebody"}),
        (401, {}),
        (403, {}),
        (404, {}),
    ],
)
async def test_what_is_not_said_of_this_person_is_not_believed(issuer, asking, status, told) -> None:
    issuer.tell(USERINFO, told, status)

    assert await email(asking, issuer.token()) is None


@pytest.mark.parametrize("status", [302, 429, 500, 503])
async def test_a_provider_that_cannot_tell_now_is_asked_again(issuer, asking, status) -> None:
    issuer.tell(USERINFO, {}, status)

    for _ in range(2):
        with pytest.raises(Unavailable) as refused:
            await email(asking, issuer.token())
        assert refused.value.message == SILENT
    assert issuer.asked[USERINFO] == 2


async def test_a_provider_without_userinfo_has_nobody_asked_for(issuer, asking) -> None:
    issuer.tell(DISCOVERY, {"issuer": issuer.url, "jwks_uri": issuer.url + JWKS})

    assert await email(asking, issuer.token()) is None


async def test_a_few_people_at_once_are_asked_for(issuer, asking) -> None:
    held, opened = Held(), asking.open(issuer.token())
    vouched = await asking.vouch(opened, NOW)
    asking._web = held
    crowd = [
        asyncio.create_task(asking.verified_email(opened, replace(vouched, subject=f"person {n}"), NOW))
        for n in range(3 * AT_ONCE)
    ]
    for _ in range(20):
        await asyncio.sleep(0)

    assert held.asked == AT_ONCE
    held.go_on.set()
    assert await asyncio.gather(*crowd) == [None] * 3 * AT_ONCE
    assert held.asked == 3 * AT_ONCE


async def test_no_more_than_some_people_are_remembered(issuer, asking) -> None:
    held, opened = Held(), asking.open(issuer.token())
    vouched = await asking.vouch(opened, NOW)
    asking._web = held
    held.go_on.set()
    for n in range(REMEMBERED + 1):
        await asking.verified_email(opened, replace(vouched, subject=f"person {n}"), NOW)

    await asking.verified_email(opened, replace(vouched, subject="person 1"), NOW)
    assert held.asked == REMEMBERED + 1
    await asking.verified_email(opened, replace(vouched, subject="person 0"), NOW)
    assert held.asked == REMEMBERED + 2
