"""Keys of the provider: how often it is asked, what is believed, and for how long."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import httpx
import pytest
import structlog
from joserfc import jwk
from joserfc.jws import JWSRegistry
from structlog.testing import CapturingLogger

from gateway.auth.http_client import MAX_SIZE, HttpClient, NotAnswered, is_safe_address
from gateway.auth.jwks import COOL_DOWN, SILENT, Kept, Published, read_published
from gateway.errors import Unavailable
from tests.auth.issuer import DISCOVERY, JWKS, NOW, Issuer, issuing, new_key

FRESH, MAX_LENGTH = timedelta(minutes=5), timedelta(hours=1)
RS256, ES256, EDDSA = (JWSRegistry.algorithms[name] for name in ("RS256", "ES256", "EdDSA"))
FIRST, SECOND = new_key("EdDSA", "first"), new_key("EdDSA", "second")
BEFORE = timedelta(microseconds=1)


class PageArguments:
    """In the provider's place: counts, answers with `keys`, or is silent; `held` it answers only when let go."""

    def __init__(self, *keys) -> None:
        self.keys, self.times, self.silent, self.held = keys, 0, False, None
        self.log = CapturingLogger()

    async def __call__(self) -> Published:
        self.times += 1
        if self.held:
            await self.held.wait()
        if self.silent:
            raise NotAnswered("status 500")
        return Published(self.keys)

    def kept(self) -> Kept:
        return Kept(self, fresh=FRESH, longest=MAX_LENGTH, log=structlog.wrap_logger(self.log, processors=[]))


@pytest.fixture
def asked() -> PageArguments:
    return PageArguments(FIRST)


async def key(kept: Kept, kid: str, at: timedelta = timedelta()) -> str | None:
    found = await kept.key(kid, EDDSA, NOW + at)
    return found and found.kid


async def settled() -> None:
    """What goes on beside has had its turn."""
    for _ in range(5):
        await asyncio.sleep(0)


async def refusal(kept: Kept, kid: str, at: timedelta = timedelta()) -> str:
    with pytest.raises(Unavailable) as refused:
        await key(kept, kid, at)
    return refused.value.message


# How often


async def test_the_first_need_asks_and_the_next_do_not(asked) -> None:
    kept = asked.kept()

    assert [await key(kept, "first", timedelta(seconds=second)) for second in range(0, 150, 10)] == ["first"] * 15
    assert asked.times == 1


async def test_many_at_once_ask_once(asked) -> None:
    kept, asked.held = asked.kept(), asyncio.Event()
    many = [asyncio.create_task(key(kept, "first")) for _ in range(50)]
    await settled()
    asked.held.set()

    assert await asyncio.gather(*many) == ["first"] * 50
    assert asked.times == 1


async def test_a_flood_of_unknown_names_asks_once_per_cool_down(asked) -> None:
    kept = asked.kept()
    await key(kept, "first")
    for second in range(61):
        found = await asyncio.gather(*(key(kept, f"{second}.{n}", timedelta(seconds=second)) for n in range(20)))
        assert found == [None] * 20

    assert asked.times == 1 + 60 // COOL_DOWN.seconds


async def test_good_tokens_do_not_wait_for_a_flood(asked) -> None:
    kept = asked.kept()
    await key(kept, "first")
    asked.held = asyncio.Event()
    unknown = asyncio.create_task(key(kept, "unknown", COOL_DOWN))
    await settled()

    assert await key(kept, "first", COOL_DOWN) == "first"
    assert not unknown.done()

    asked.held.set()
    assert await unknown is None


async def test_a_caller_who_hangs_up_ends_nobody_elses_asking(asked) -> None:
    kept, asked.held = asked.kept(), asyncio.Event()
    hasty, patient = (asyncio.create_task(key(kept, "first")) for _ in range(2))
    await settled()
    hasty.cancel()
    await settled()
    asked.held.set()

    assert await patient == "first"
    assert hasty.cancelled()
    assert asked.times == 1


async def test_a_clock_that_is_set_back_does_not_stop_the_asking(asked) -> None:
    kept = asked.kept()
    await key(kept, "first")
    asked.keys = (SECOND,)

    assert await key(kept, "second", -timedelta(days=1)) == "second"


# Rotation


async def test_a_new_key_is_believed_as_soon_as_its_name_is_shown(asked) -> None:
    kept = asked.kept()
    await key(kept, "first")
    asked.keys = (SECOND, FIRST)

    assert await key(kept, "second", COOL_DOWN - BEFORE) is None
    assert await key(kept, "second", COOL_DOWN) == "second"
    assert await key(kept, "first", COOL_DOWN) == "first"


async def test_a_key_that_was_removed_is_not_believed_after_the_time_of_the_cache(asked) -> None:
    kept = asked.kept()
    await key(kept, "first")
    asked.keys = (SECOND,)

    assert await key(kept, "first", FRESH / 2 - BEFORE) == "first"
    assert await key(kept, "first", FRESH) is None


async def test_from_half_time_on_it_is_asked_beside_and_nobody_waits(asked) -> None:
    kept = asked.kept()
    await key(kept, "first")
    asked.keys, asked.held = (SECOND,), asyncio.Event()

    assert await key(kept, "first", FRESH / 2) == "first"
    await settled()
    assert asked.times == 2
    asked.held.set()
    await settled()
    assert await key(kept, "second", FRESH / 2) == "second"
    assert asked.times == 2


async def test_a_provider_without_any_key_is_believed_in_that(asked) -> None:
    kept = asked.kept()
    await key(kept, "first")
    asked.keys = ()

    assert await key(kept, "first", FRESH) is None


# Silence


async def test_a_provider_that_is_silent_from_the_start_is_told_as_such(asked) -> None:
    kept, asked.silent = asked.kept(), True

    assert [await refusal(kept, "first", timedelta(seconds=second)) for second in range(11)] == [SILENT] * 11
    assert asked.times == 2
    asked.silent = False
    assert await key(kept, "first", timedelta(seconds=20)) == "first"


async def test_known_keys_go_on_while_the_provider_is_silent_but_not_for_ever(asked) -> None:
    kept = asked.kept()
    await key(kept, "first")
    asked.silent = True
    for at in (FRESH, FRESH * 2, MAX_LENGTH - BEFORE):
        assert await key(kept, "first", at) == "first"
        await settled()

    assert await refusal(kept, "first", MAX_LENGTH) == SILENT
    assert [call.kwargs for call in asked.log.calls] == [{"event": "provider silent", "problem": "status 500"}] * 3


async def test_while_the_provider_is_known_to_be_silent_nobody_waits_for_it(asked) -> None:
    kept = asked.kept()
    await key(kept, "first")
    asked.silent = True
    await key(kept, "first", FRESH)
    asked.held = asyncio.Event()

    assert await key(kept, "first", FRESH * 2) == "first"
    await settled()
    assert asked.times == 3
    await kept.close()


async def test_an_unknown_name_is_not_called_bad_while_it_cannot_be_asked_for(asked) -> None:
    kept = asked.kept()
    await key(kept, "first")
    asked.silent = True

    assert await refusal(kept, "second", COOL_DOWN) == SILENT
    assert await refusal(kept, "second", COOL_DOWN) == SILENT
    assert asked.times == 2


async def test_closing_ends_an_asking(asked) -> None:
    kept, asked.held = asked.kept(), asyncio.Event()
    waiting = asyncio.create_task(key(kept, "first"))
    await settled()
    await kept.close()

    with pytest.raises(asyncio.CancelledError):
        await waiting


# Which key


def test_a_token_without_a_name_is_good_where_one_key_alone_fits() -> None:
    other = new_key("ES256", "third")

    assert Published((FIRST, other)).key(None, EDDSA) is FIRST
    assert Published((FIRST, SECOND)).key(None, EDDSA) is None


@pytest.mark.parametrize(
    ("made", "algorithm"),
    [
        (new_key("ES256", "x"), EDDSA),
        (new_key("EdDSA", "x"), ES256),
        (new_key("RS256", "x"), ES256),
        (new_key("RS256", "x", alg="PS256"), RS256),
        (new_key("ES256", "x", use="enc"), ES256),
        (jwk.generate_key("EC", "P-256", {"kid": "x", "key_ops": ["sign"]}), ES256),
        (jwk.generate_key("EC", "P-384", {"kid": "x"}), ES256),
        (jwk.generate_key("EC", "secp256k1", {"kid": "x"}), ES256),
    ],
)
def test_a_key_of_the_name_must_be_for_the_algorithm(made, algorithm) -> None:
    assert Published((made,)).key("x", algorithm) is None


# What it publishes


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as running:
        yield running


@pytest.fixture
async def web() -> AsyncIterator[HttpClient]:
    async with httpx.AsyncClient(follow_redirects=False) as client:
        yield HttpClient(client, 5.0)


async def test_the_keys_are_found_by_discovery(issuer, web) -> None:
    published = await read_published(web, issuer.url, None)

    assert [found.kid for found in published.keys] == ["first"]
    assert published.userinfo == f"{issuer.url}/userinfo"
    assert issuer.asked == {DISCOVERY: 1, JWKS: 1}


async def test_an_address_of_the_keys_makes_discovery_needless(issuer, web) -> None:
    published = await read_published(web, issuer.url, issuer.url + JWKS)

    assert ([found.kid for found in published.keys], published.userinfo) == (["first"], None)
    assert issuer.asked == {JWKS: 1}


async def problem(issuer: Issuer, web: HttpClient) -> str:
    with pytest.raises(NotAnswered) as refused:
        await read_published(web, issuer.url, None)
    return str(refused.value)


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://elsewhere.example"},
        {"issuer": None},
        {"jwks_uri": None},
        {"jwks_uri": "http://keys.example/"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": ["https://keys.example/"]},
        {"userinfo_endpoint": "http://people.example/"},
    ],
)
async def test_a_discovery_document_that_is_not_right_is_not_followed(issuer, web, change) -> None:
    issuer.tell(DISCOVERY, {"issuer": issuer.url, "jwks_uri": issuer.url + JWKS, **change})

    assert await problem(issuer, web)
    assert issuer.asked == {DISCOVERY: 1}


async def test_a_redirect_is_not_followed(issuer, web) -> None:
    issuer.tell("/elsewhere", {"keys": []})
    issuer.tell(JWKS, b"", 302, Location=f"{issuer.url}/elsewhere")

    assert await problem(issuer, web) == "status 302"
    assert issuer.asked["/elsewhere"] == 0


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "not JSON"),
        (b"<html>", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b"{}", "the response is not a key set"),
        (b'{"keys": {}}', "the response is not a key set"),
        (b'{"keys": "' + b"x" * MAX_SIZE + b'"}', "too long"),
    ],
    ids=["nothing", "a page", "no text", "deep", "a list", "no keys", "keys no list", "long"],
)
async def test_what_is_no_key_set_is_not_believed(issuer, web, body, told) -> None:
    issuer.tell(JWKS, body)

    assert await problem(issuer, web) == told


async def test_an_answer_that_does_not_come_is_not_waited_for(issuer, web) -> None:
    issuer.pages[JWKS] = None

    assert await problem(issuer, HttpClient(web.client, 0.05)) == "no response in time"


async def test_a_closed_door_is_no_answer(web) -> None:
    with issuing() as gone:
        pass

    assert await problem(gone, web) == "ConnectError"


async def test_keys_that_are_of_no_use_are_passed_over(issuer, web) -> None:
    good = issuer.keys[0].as_dict(private=False)
    useless = [
        None,
        "key",
        {},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "secret"},
        {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA"},
        {"kty": ["RSA"]},
        {"kty": "RSA"},
        {**good, "n": 5},
        {**good, "n": "AQAB"},
        {**good, "n": "A" * 342},
        {**good, "e": "!"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-999", "x": "AA", "y": "AA"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AA"},
        {"kty": "OKP", "crv": "Ed25519"},
        issuer.keys[0].as_dict(private=True),
    ]
    issuer.tell(JWKS, {"keys": [*useless, good]})

    assert [found.kid for found in (await read_published(web, issuer.url, None)).keys] == ["first"]


@pytest.mark.parametrize(
    ("address", "is_safe"),
    [
        ("https://id.example", True),
        ("https://id.example:8443/realms/one?p=policy", True),
        ("http://127.0.0.1:4000", True),
        ("http://[::1]:4000", True),
        ("http://localhost", True),
        ("http://id.example", False),
        ("http://127.0.0.1.id.example", False),
        ("http://localhost.example", False),
        ("https://", False),
        ("https://somebody:secret@id.example", False),
        ("https://id.example#part", False),
        ("https://id.example:port", False),
        ("https://id.exa\nmple", False),
        ("//id.example", False),
        ("id.example", False),
        ("ftp://id.example", False),
        ("http://[::1", False),
        ("", False),
    ],
)
def test_addresses_are_asked_by_https_or_on_this_machine(address, is_safe) -> None:
    assert is_safe_address(address) is is_safe
